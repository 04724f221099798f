/*
 * finite.h
 *		Whether weights that may run off have a finite estimate.
 */
#ifndef LINLEARN_CORE_SOLVE_FINITE_H
#define LINLEARN_CORE_SOLVE_FINITE_H

#include "core/solve/pass.h"

/*
 * By Newton steps from the gradient and the factored matrix at the solution, both
 * of which are overwritten; where it is not finite result has the direction.
 */
extern Status finite_find(Pass *pass, const double *weights, double *gradient,
						  double *factor, bool *finite, SolverResult *result,
						  Failure *failure);

/*
 * By the information at the solution, [dimension + 1], beside the diagonal of the
 * matrix at zero weights, which gram is.
 */
extern Status finite_find_vanished(Pass *pass, const double *information,
								   const double *gram, bool *vanished,
								   SolverResult *result, Failure *failure);

/* The direction of a singular matrix; factor[n * n] is scratch. */
extern Status finite_find_null(Pass *pass, const double *weights,
							   const double *gram, double *factor,
							   SolverResult *result, Failure *failure);

#endif
