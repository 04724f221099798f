/*
 * dual.h
 *		Least squares with wd of fewer rows than features, by the rows' products with
 *		each other (ridge regression in dual variables: Saunders, Gammerman and Vovk
 *		1998).
 *
 * The weights are sums of rows, X' a, whose factors a take a matrix of rows by rows:
 * less work and memory than one of features by features.
 */
#ifndef LINLEARN_CORE_SOLVE_DUAL_H
#define LINLEARN_CORE_SOLVE_DUAL_H

#include "core/solve/solver.h"

/* Whether a closed form does better so. */
extern bool dual_serves(const SolverProblem *problem,
						const SolverControl *control);

/*
 * Solves into weights[dimension + 1], zeros; *found is false where the products are
 * too near to singular to trust.
 */
extern Status dual_solve(const SolverProblem *problem,
						 const SolverControl *control, double *weights,
						 SolverResult *result, bool *found, Failure *failure);

#endif
