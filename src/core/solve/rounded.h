/*
 * rounded.h
 *		Losses with kinks to their optimum: rounded, less and less.
 *
 * Each smoothing's optimum is near the last one's, and is only sought as near as
 * the smoothing leaves it away from the loss's own (kink.h).  newton's matrix
 * has the curvatures that slopes which move with the weights give (Chan, Golub
 * and Mulet 1999): some ten to twenty matrices are enough from any beginning,
 * whatever the smoothing's end.
 */
#ifndef LINLEARN_CORE_SOLVE_ROUNDED_H
#define LINLEARN_CORE_SOLVE_ROUNDED_H

#include "core/solve/pass.h"

/*
 * Weights in and out, feature major; by control's optimizer, newton or lbfgs.
 * A tolerance is on the result's gap.
 */
extern Status rounded_solve(Pass *pass, const SolverControl *control,
							double *weights, SolverResult *result,
							Failure *failure);

#endif
