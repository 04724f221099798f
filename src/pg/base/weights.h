/*
 * weights.h
 *		Row weights: finite and not negative; a row of weight 0 is no row.
 */
#ifndef LINLEARN_PG_BASE_WEIGHTS_H
#define LINLEARN_PG_BASE_WEIGHTS_H

#include "pg/base/version.h"

#include "core/judge/metrics.h"

/*
 * Whether a row's weight is 0.  Such a row is none: of what else it holds not even
 * an error may come.
 */
static inline bool
row_weighs_nothing(FunctionCallInfo fcinfo, int weight)
{
	return PG_NARGS() > weight && !PG_ARGISNULL(weight) &&
		   PG_GETARG_FLOAT8(weight) == 0;
}

/* The weight, or an error that says what is allowed. */
static inline double
checked_weight(double weight)
{
	if (unlikely(!WEIGHT_IS_VALID(weight)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative, not %g",
						weight)));
	return weight;
}

#endif
