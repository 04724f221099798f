/*
 * explain.h
 *		A margin as the sum of what each feature, or column, adds.
 */
#ifndef LINLEARN_PG_PREDICT_EXPLAIN_H
#define LINLEARN_PG_PREDICT_EXPLAIN_H

#include "pg/base/version.h"

#include "pg/predict/model_cache.h"

/*
 * Returns the lines of a row, the last that the model was given, for each class;
 * a call's argument 2, where there is one, asks for a line a column.
 */
extern void explain_row(FunctionCallInfo fcinfo, CachedModel *cached,
						RowFormat format, const RowView *row);

#endif
