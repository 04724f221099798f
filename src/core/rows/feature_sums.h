/*
 * feature_sums.h
 *		Sums and ranges of every feature over rows that are there.
 */
#ifndef LINLEARN_CORE_ROWS_FEATURE_SUMS_H
#define LINLEARN_CORE_ROWS_FEATURE_SUMS_H

#include "core/rows/rows.h"

/*
 * Running sums of every feature, about a pivot so that nothing cancels, in units
 * whose squares a double holds.
 */
typedef struct FeatureSums
{
	double *sum;
	double *square;
	double *minimum;
	double *maximum;
	double *pivot;		  /* in the features' own units, as the two before */
	double *inverse_unit; /* powers of two; nearly always 1 */
	double *entries;	  /* of sparse rows: how many have one */
	double weight;
} FeatureSums;

/* Makes sums of no rows. */
extern Status feature_sums_init(FeatureSums *sums, uint32_t dimension,
								const Runtime *runtime, Failure *failure);

/*
 * The sums over rows.  Where features are extreme, which their range tells after
 * the first time, they are taken again in units of their own.
 */
extern Status feature_sums_take(FeatureSums *sums, const Rows *rows,
								ThreadPool *pool, const Runtime *runtime,
								Failure *failure);

#endif
