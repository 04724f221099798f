/*
 * inference_fill.h
 *		Standard errors and variance inflation of an inverse information matrix.
 */
#ifndef LINLEARN_CORE_SOLVE_INFERENCE_FILL_H
#define LINLEARN_CORE_SOLVE_INFERENCE_FILL_H

#include "core/solve/solver.h"

/* What standard errors are made of, of normalised features. */
typedef struct InferenceSums
{
	double *inverse;	  /* [dimension + 1]^2 of the mean information matrix:
						   * lower triangle, by columns; 0 where no weight is */
	double bias_variance; /* of the bias in the features' own units ... */
	double scale;		  /* ... and of the inverse: what multiplies both */
	double weight;		  /* of all rows */
	/* [dimension + 1] of a weight beside the bias, but for others; overwritten */
	double *information;
} InferenceSums;

/* Fills the result, which takes what sums points to; or its reason. */
extern Status inference_fill(const SolverProblem *problem,
							 const Runtime *runtime, const InferenceSums *sums,
							 SolverResult *result, Failure *failure);

/*
 * How the bias in the features' own units moves with a normalised weight: it is
 * b - sum_j w_j (mean_j + center_j) / deviation_j.
 */
extern double inference_bias_change(const SolverProblem *problem, size_t j);

/*
 * The least 1 - R^2 of a feature on those before it; the matrix's columns are of
 * `size`, its factor's of n.
 */
extern double inference_independence(const double *gram, size_t size,
									 const double *factor, size_t n);

#endif
