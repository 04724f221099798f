/*
 * cached_table.h
 *		Rows of tables, or JSON objects, as the features of a cached model.
 */
#ifndef LINLEARN_PG_PREDICT_CACHED_TABLE_H
#define LINLEARN_PG_PREDICT_CACHED_TABLE_H

#include "pg/predict/model_cache.h"
#include "utils/jsonb.h"

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
 * not finite.  The row's offset is then cached->offset.
 */
extern void cached_model_encode(CachedModel *cached, Datum value, Oid type,
								RowView *view);

/* The same for the fields of a record type, which has been blessed. */
extern void cached_model_encode_fields(CachedModel *cached, int32 typmod,
									   const NullableDatum *fields,
									   RowView *view);

/*
 * The same for a row that is values in the order of the model's columns, as many
 * as there are, and an offset of its margin.
 */
extern void cached_model_encode_values(CachedModel *cached,
									   const JsonbValue *values, double offset,
									   RowView *view);

/* Likewise for a model of numbers alone; NaN and infinity are errors. */
extern void cached_model_encode_numbers(CachedModel *cached,
										const double *numbers, RowView *view);

/*
 * The place of a piece's level, LEVEL_OTHER or LEVEL_NULL, in the row that was
 * encoded last; of pieces that have one level a row.
 */
extern uint32 cached_model_level(const CachedModel *cached, uint32 piece);

#endif
