/*
 * cached_table.h
 *		Rows of tables, or JSON objects, as the features of a cached model.
 */
#ifndef LINLEARN_PG_PREDICT_CACHED_TABLE_H
#define LINLEARN_PG_PREDICT_CACHED_TABLE_H

#include "pg/predict/model_cache.h"

/* Makes what reads rows for a model that has columns, in the current context. */
extern CachedTable *cached_table_create(const Model *model);

/*
 * Whether features of a type are rows (or jsonb), which the model takes; errors
 * when they are and it takes arrays, or the reverse.
 */
extern bool cached_model_takes(const CachedModel *cached, Oid type);

/*
 * Encodes a row, in the model's own format; the view lasts until the next.  Errors
 * for a column that it lacks or that is of another kind, and for numbers that are
 * not finite.
 */
extern void cached_model_encode(CachedModel *cached, Datum value, Oid type,
								RowView *view);

#endif
