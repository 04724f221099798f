/*
 * inference.h
 *		Standard errors at the solution.
 */
#ifndef LINLEARN_CORE_SOLVE_INFERENCE_H
#define LINLEARN_CORE_SOLVE_INFERENCE_H

#include "core/solve/pass.h"

/* Standard errors at the solution, or a reason. */
extern Status solver_inference(const SolverProblem *problem,
							   const SolverControl *control,
							   const double *weights, SolverResult *result,
							   Failure *failure);

#endif
