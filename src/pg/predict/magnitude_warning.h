/*
 * magnitude_warning.h
 *		Warnings of rows that must be in another unit than a model's.
 */
#ifndef LINLEARN_PG_PREDICT_MAGNITUDE_WARNING_H
#define LINLEARN_PG_PREDICT_MAGNITUDE_WARNING_H

#include "pg/predict/model_cache.h"

/*
 * Warns, but once a call site, which keeps *warned, and once a statement, of a
 * row so much larger or smaller than all training rows that it must be in
 * another unit.
 */
extern void warn_of_magnitude(const CachedModel *cached, RowFormat format,
							  const RowView *row, bool *warned);

/* Warns of a training on rows of another unit than the model it goes on from. */
extern void warn_of_other_unit(const Model *start, const Model *model);

#endif
