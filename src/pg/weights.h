/*
 * weights.h
 *		Row weights: finite and not negative.
 */
#ifndef LINLEARN_PG_WEIGHTS_H
#define LINLEARN_PG_WEIGHTS_H

#include "linlearn.h"

#include "core/metrics.h"

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
