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
 * 2012); products of digits over a block of rows are exact in a double,
 * whatever way a BLAS adds them up.  Of each column GRAM_SUMS_DIGITS digits count
 * from its largest value on: what is left out is below 2^-93 of the largest
 * product, so that means may be 1e8 times the deviations.
 */
#ifndef LINLEARN_CORE_ROWS_GRAM_SUMS_H
#define LINLEARN_CORE_ROWS_GRAM_SUMS_H

#include "core/math/double2.h"
#include "core/rows/rows.h"

/* Widest rows that are summed: the sums then take 50 MB. */
#define GRAM_SUMS_MAX_DIMENSION 1024

/* Makes the sums of no rows, of a dense format. */
extern Status gram_sums_create(const Runtime *runtime, RowFormat format,
							   uint32_t dimension, GramSums **totals,
							   Failure *failure);

/* Gives them back early. */
extern void gram_sums_release(GramSums *totals);

/*
 * Adds a row; its weight is 0 or positive.
 */
extern Status gram_sums_add(GramSums *totals, const RowView *row, double label,
							float weight, Failure *failure);

/*
 * Has the row that is added next take part in the fingerprint, as a record of so
 * many bytes and a label of that hash; NULL: of hash64_number().  Between two
 * flushes all rows do, with or all without a hash, or none.
 */
extern void gram_sums_hash(GramSums *totals, const void *record, size_t size,
						   double label, const uint64_t *label_hash);

/* The sum of the hashes of rows summed up since this was last asked. */
extern uint64_t gram_sums_take_fingerprint(GramSums *totals);

/*
 * Sums up what waits; needed before all that follows.  May be repeated, and rows
 * may be added afterwards.
 */
extern Status gram_sums_flush(GramSums *totals, Failure *failure);

/* Adds the rows of other sums of the same format and dimension. */
extern void gram_sums_merge(GramSums *into, const GramSums *from);

/* What they take in all, the block and its digits included. */
extern size_t gram_sums_memory(uint32_t dimension);

/* The sums as bytes of gram_sums_image_size(dimension), for this machine only. */
extern size_t gram_sums_image_size(uint32_t dimension);
extern const void *gram_sums_image(const GramSums *totals);

/* Takes an image over, which has the right size; false: it is none. */
extern bool gram_sums_restore(GramSums *totals, const void *image);

/* Sum of the rows' weights. */
extern double gram_sums_weight(const GramSums *totals);

/* Whether any row had another weight than 1. */
extern bool gram_sums_weighted(const GramSums *totals);

/* Features that were 0, of all rows. */
extern uint64_t gram_sums_zeros(const GramSums *totals);

/*
 * Mean and population deviation of a feature, or of the label as feature number
 * `dimension`.  What the mean's rounding alone would give counts as none.
 */
extern void gram_sums_spread(const GramSums *totals, uint32_t feature,
							 double *mean, double *deviation);

/* Least and largest value of a feature. */
extern void gram_sums_range(const GramSums *totals, uint32_t feature,
							double *minimum, double *maximum);

/*
 * The mean products of (x', 1, y'), x'_j = (x_j - center_j) scale_j and
 * y' = (y - label_mean) / label_deviation: the lower triangle of the first
 * `size` (dimension + 1 or + 2) of them, gram[size][size] column-major.
 * center NULL: 0, scale NULL: 1.  With pairs they go there instead, to some 100
 * bits of the sums.
 */
extern Status gram_sums_normalised(const GramSums *totals,
								   const double *center, const double *scale,
								   double label_mean, double label_deviation,
								   size_t size, double *gram, Double2 *pairs,
								   Failure *failure);

/*
 * The weighted means of (y - w.x - b)^2 and of y - w.x - b, weights[dimension]
 * and bias in the rows' own units.
 */
extern void gram_sums_residual(const GramSums *totals, const double *weights,
							   double bias, double *square, double *mean);

#endif
