/*
 * lbfgs.h
 *		L-BFGS, also of weights that l1 or a bound holds at 0.
 */
#ifndef LINLEARN_CORE_SOLVE_LBFGS_H
#define LINLEARN_CORE_SOLVE_LBFGS_H

#include "core/solve/pass.h"

/*
 * Weights in and out, feature major.  The iterations go on from those that the
 * result has.
 */
extern Status lbfgs_solve(Pass *pass, const SolverControl *control,
						  double *weights, SolverResult *result,
						  Failure *failure);

#endif
