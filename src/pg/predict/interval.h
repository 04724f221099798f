/*
 * interval.h
 *		Confidence and prediction intervals of rows.
 */
#ifndef LINLEARN_PG_PREDICT_INTERVAL_H
#define LINLEARN_PG_PREDICT_INTERVAL_H

#include "pg/base/version.h"

#include "pg/predict/model_cache.h"

/*
 * What a model predicts of a row, the last that it was given, and its limits: a
 * record.  A call's arguments 2 and 3 are level and kind; errors for others than
 * there are, and for a model without standard errors.
 */
extern Datum interval_of_row(FunctionCallInfo fcinfo, CachedModel *cached,
							 RowFormat format, const RowView *row);

#endif
