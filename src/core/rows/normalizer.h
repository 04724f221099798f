/*
 * normalizer.h
 *		Means and deviations of features, and rows made ready for a batch.
 *
 * A normalised feature is (x - mean) * scale.  The scale of a dense feature is
 * one over its population deviation, which is not taken below a part of its range
 * (DEVIATION_FLOOR): a pixel that is lit in one row of 50,000 has a deviation so
 * small that this one row would be 200 deviations away, and no value of the rows
 * looked at is more than 10 from the mean, however heavy its tails.  That of a sparse feature
 * is one over its largest size: most are as rare as that pixel, and by their
 * deviations wd would spare the rare ones; but numbers of a table's rows, which
 * come centered, have that of dense ones, and their words, whose rows have length 1,
 * stay as they are.  A constant feature has scale 0, so
 * that its weight never matters.
 */
#ifndef LINLEARN_CORE_ROWS_NORMALIZER_H
#define LINLEARN_CORE_ROWS_NORMALIZER_H

#include "core/base/threads.h"
#include "core/rows/rows.h"

typedef struct Normalizer
{
	uint32_t dimension;
	double *mean;	   /* [dimension] of the rows looked at, weighted */
	double *deviation; /* [dimension] population deviation; 0: constant */
	double *center;	   /* [dimension] what is subtracted: mean or 0 */
	double *scale;	   /* [dimension] what is multiplied by */
	float *scale_f32;  /* as floats, for uint8 and sparse rows */
	float *shift_f32;  /* -center * scale */
} Normalizer;

/*
 * Learns from `points` rows of even places in canonical order (all when 0).
 * unbias: subtract the mean (never for sparse rows, which would fill up).
 * normalize false: scale `unit`, what 1 of a feature counts (0 for constant ones
 * all the same).
 * pool NULL: the caller's thread alone; the sums are the same.  Summed rows are
 * all learned from.
 */
extern Status normalizer_fit(Normalizer *normalizer, const Rows *rows,
							 size_t points, bool normalize, double unit,
							 bool unbias, ThreadPool *pool,
							 const Runtime *runtime, Failure *failure);

extern void normalizer_release(Normalizer *normalizer, const Runtime *runtime);

/* Writes one dense row, normalised: out[dimension]. */
extern void normalizer_apply(const Normalizer *normalizer, const Rows *rows,
							 size_t row, float *out);

#endif
