/*
 * precise.h
 *		Least squares on near-collinear features, to the digits that they have.
 */
#ifndef LINLEARN_CORE_SOLVE_PRECISE_H
#define LINLEARN_CORE_SOLVE_PRECISE_H

#include "core/solve/pass.h"

/*
 * The least part of a feature that those before it must leave, 1 - R^2, to be told
 * from what rounding to doubles makes of a linear combination of them.
 */
#define LEAST_PRECISE 1e-20
/*
 * Features as independent take so few digits that a solve in doubles will do, and
 * those below lose more than half of them.
 */
#define INDEPENDENT_ENOUGH 1e-2
#define HARDLY_INDEPENDENT 1e-7

/*
 * Whether a solver's result wants it and it can be had: plain least squares of
 * dense rows, kept or summed, of not too many products.  Whatever solver it was
 * that came to the optimum, this is the same one.
 */
extern bool precise_wanted(const SolverProblem *problem,
						   const SolverControl *control,
						   const SolverResult *result);

/*
 * Solves from exact sums in pairs of doubles.  Features that those before them
 * give to LEAST_PRECISE are left out (drop), or else result stays as it is.
 */
extern Status precise_solve(const SolverProblem *problem,
							const SolverControl *control, bool drop,
							SolverResult *result, Failure *failure);

#endif
