/*
 * sandwich.h
 *		Covariances of weights whose rows need not have the model's variance.
 *
 * The covariance is A^-1 (sum_i s_i^2 g_i x_i x_i^T) A^-1: A is the information
 * matrix, s_i the weighted derivative of row i's loss, and g_i by kind 1 (HC0),
 * rows / (rows - weights) (HC1), 1 / (1 - h_i) (HC2) or its square (HC3), h_i being
 * the row's leverage: Huber 1967, White 1980, MacKinnon and White 1985; of
 * generalised linear models as R's sandwich has them (Zeileis 2006).
 *
 * Rows are whitened, z = L^-1 x with A = L L^T, before their products are summed: so
 * near-collinear features cost as many digits as they do an orthogonal
 * decomposition, not twice as many.
 */
#ifndef LINLEARN_CORE_SOLVE_SANDWICH_H
#define LINLEARN_CORE_SOLVE_SANDWICH_H

#include "core/solve/pass.h"

/* What whitens rows of normalised features and 1, of n elements. */
typedef struct Whitening
{
	/*
	 * L[n][n] of the mean information matrix: lower triangle, by columns, a unit
	 * row for what has no weight of its own.
	 */
	double *factor;
	const size_t *columns; /* [n] of x by the factor's place; NULL: in order */
	size_t count;		   /* places in use, before those that are left out */
	/* [n] margins are products of z with, to keep their digits; NULL: of x. */
	const double *coordinates;
	double weight; /* of all rows */
} Whitening;

/* Whether a place of the factor has a weight of its own. */
extern bool whitening_is_learned(const Whitening *whitening,
								 const SolverProblem *problem, size_t place);

/*
 * The mean of s_i^2 g_i z_i z_i^T at weights (as a pass has them), but for HC1's
 * factor: meat[n][n], lower triangle by columns.  *decisive is how many rows have a
 * leverage of 1, which HC2 and HC3 do not bear: meat is then nothing.
 */
extern Status sandwich_meat(const SolverProblem *problem,
							const SolverControl *control,
							const Whitening *whitening, const double *weights,
							double *meat, size_t *decisive, Failure *failure);

/* In the meat's place the whole of L^-T meat L^-1, in the factor's places. */
extern Status sandwich_close(const SolverControl *control,
							 const Whitening *whitening, size_t n,
							 const double *meat, double *covariance,
							 Failure *failure);

#endif
