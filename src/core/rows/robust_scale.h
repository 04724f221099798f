/*
 * robust_scale.h
 *		The robust scale of a feature, which outliers leave alone.
 */
#ifndef LINLEARN_CORE_ROWS_ROBUST_SCALE_H
#define LINLEARN_CORE_ROWS_ROBUST_SCALE_H

#include "core/rows/rows.h"

/*
 * Estimates for each feature the deviation that a normal distribution of its
 * interquartile range would have: spread[dimension].  0 where that says little:
 * few rows, sparse rows, bytes, or values of which many are the same, as in
 * pictures, counts and flags.  Looks at the first rows in canonical order, which
 * are a sample.
 */
extern Status robust_spread(const Rows *rows, double *spread,
							const Runtime *runtime, Failure *failure);

#endif
