/*
 * gram_sums.h
 *		The sums of products of features, 1 and label over rows that are not
 *		kept: all that least squares needs, in memory that does not grow with the
 *		rows.
 *
 * The sums are exact integers, so they depend on the rows alone, not on the
 * order, the batches or the workers that these came through.  Every value is
 * cut into digits of 24 bits at places that do not depend on the other values
 * (as in reproducible summation, Demmel and Nguyen 2015, and Ozaki's products,
 * 2012); products of digits over MOMENTS_BLOCK rows are exact in a double,
 * whatever way a BLAS adds them up.  Of each column MOMENTS_DIGITS digits count
 * from its largest value on: what is left out is below 2^-93 of the largest
 * product, so that means may be 1e8 times the deviations.
 */
#ifndef LINLEARN_CORE_ROWS_GRAM_SUMS_H
#define LINLEARN_CORE_ROWS_GRAM_SUMS_H

#include "core/rows/rows.h"

/* Widest rows that have moments: their sums then take 50 MB. */
#define MOMENTS_MAX_DIMENSION 1024

/* Makes the moments of no rows, of a dense format. */
extern Status moments_create(const Runtime *runtime, RowFormat format,
							 uint32_t dimension, Moments **moments,
							 Failure *failure);

/* Gives them back early. */
extern void moments_release(Moments *moments);

/*
 * Adds a row; its weight is 0 or positive.
 */
extern Status moments_add(Moments *moments, const RowView *row, double label,
						  float weight, Failure *failure);

/*
 * Sums up what waits; needed before all that follows.  May be repeated, and rows
 * may be added afterwards.
 */
extern Status moments_flush(Moments *moments, Failure *failure);

/* Adds the rows of other moments of the same format and dimension. */
extern void moments_merge(Moments *into, const Moments *from);

/* What moments take in all, their block and its digits included. */
extern size_t moments_memory(uint32_t dimension);

/* The sums as bytes of moments_image_size(dimension), for this machine only. */
extern size_t moments_image_size(uint32_t dimension);
extern const void *moments_image(const Moments *moments);

/* Takes an image over, which has the right size. */
extern void moments_restore(Moments *moments, const void *image);

/* Sum of the rows' weights. */
extern double moments_weight(const Moments *moments);

/* Whether any row had another weight than 1. */
extern bool moments_weighted(const Moments *moments);

/* Features that were 0, of all rows. */
extern uint64_t moments_zeros(const Moments *moments);

/*
 * Mean and population deviation of a feature, or of the label as feature number
 * `dimension`.  What the mean's rounding alone would give counts as none.
 */
extern void moments_spread(const Moments *moments, uint32_t feature,
						   double *mean, double *deviation);

/* Least and largest value of a feature. */
extern void moments_range(const Moments *moments, uint32_t feature,
						  double *minimum, double *maximum);

/*
 * The mean products of (x', 1, y'), x'_j = (x_j - center_j) scale_j and
 * y' = (y - label_mean) / label_deviation: the lower triangle of the first
 * `size` (dimension + 1 or + 2) of them, gram[size][size] column-major.
 * center NULL: 0, scale NULL: 1.
 */
extern Status moments_normalised(const Moments *moments, const double *center,
								 const double *scale, double label_mean,
								 double label_deviation, size_t size,
								 double *gram, Failure *failure);

/*
 * The weighted means of (y - w.x - b)^2 and of y - w.x - b, weights[dimension]
 * and bias in the rows' own units.
 */
extern void moments_residual(const Moments *moments, const double *weights,
							 double bias, double *square, double *mean);

#endif
