/*
 * alias.h
 *		Features that are linear combinations of others.
 */
#ifndef LINLEARN_CORE_SOLVE_ALIAS_H
#define LINLEARN_CORE_SOLVE_ALIAS_H

#include "core/solve/solver.h"

/*
 * Finds the features that the bias and the features before them give, those that
 * come last behind all others: scale
 * [dimension] becomes problem's inverse deviations, 0 where that is so, and *count
 * how many there are.  What is left has the same span, each a weight that can be
 * estimated.  One margin only.  LL_NO_MEMORY, LL_CANCELLED, or what a pass over
 * the rows returns.
 */
extern Status solver_find_aliased(const SolverProblem *problem,
								  const SolverControl *control, double *scale,
								  size_t *count, Failure *failure);

#endif
