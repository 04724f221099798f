/*
 * inference_fill.h
 *		Standard errors, variance inflation and intervals' parts, out of an inverse
 *		information matrix and its factor.
 */
#ifndef LINLEARN_CORE_SOLVE_INFERENCE_FILL_H
#define LINLEARN_CORE_SOLVE_INFERENCE_FILL_H

#include "core/solve/sandwich.h"

/* What standard errors are made of, of normalised features. */
typedef struct InferenceSums
{
	const double *weights; /* [dimension + 1], the bias last */
	double *inverse;	   /* [dimension + 1]^2 of the mean information matrix:
						   * lower triangle, by columns; 0 where no weight is */
	double bias_variance;  /* of the bias in the features' own units ... */
	double scale;		   /* ... and of the inverse: what multiplies both */
	size_t parameters;	   /* that are estimated */
	/* [dimension + 1] of a weight beside the bias, but for others; overwritten */
	double *information;
	Whitening
		whitening; /* its factor is NULL where inference_whitens is false */
} InferenceSums;

/* Whether filling takes the factor. */
extern bool inference_whitens(const SolverProblem *problem,
							  const SolverControl *control);

/* Fills the result; takes what sums points to.  Or gives its reason. */
extern Status inference_fill(const SolverProblem *problem,
							 const SolverControl *control, InferenceSums *sums,
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
