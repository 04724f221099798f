/*
 * sparse_pass.h
 *		Products of sparse rows with a weight matrix [features + 1][columns],
 * the bias last, and the list of the features that a mini-batch touches.
 */
#ifndef LINLEARN_CORE_ROWS_SPARSE_PASS_H
#define LINLEARN_CORE_ROWS_SPARSE_PASS_H

#include "core/base/threads.h"
#include "core/rows/rows.h"

/* margins[n][columns] of rows in the given order; values are scaled. */
extern void sparse_forward(const Rows *rows, const uint32_t *order, size_t n,
						   const float *scale, const float *weights,
						   size_t columns, float *margins);

/* The features that the rows of a mini-batch hold, each once. */
typedef struct TouchedFeatures
{
	uint32_t *features; /* [dimension] room; count are used */
	size_t count;
	uint32_t *stamp;  /* [dimension]: mini-batch that last touched it */
	uint32_t current; /* stamp of this mini-batch, from 1 */
} TouchedFeatures;

/*
 * gradient[feature][columns] += value * derivative; a feature touched for the
 * first time in this mini-batch starts from zero, and so does the bias row
 * when first is true.
 */
extern void sparse_backward(const Rows *rows, const uint32_t *order, size_t n,
							const float *scale, const float *derivatives,
							size_t columns, bool first,
							TouchedFeatures *touched, float *gradient);

/* counts[dimension]: rows in which a feature is there. */
extern Status sparse_count_features(const Rows *rows, uint32_t *counts,
									ThreadPool *pool, Failure *failure);

#endif
