/*
 * inference.h
 *		Standard errors at the solution.
 */
#ifndef LINLEARN_CORE_SOLVE_INFERENCE_H
#define LINLEARN_CORE_SOLVE_INFERENCE_H

#include "core/solve/pass.h"

/* The least part of a feature that those before it must leave: 1 - R^2. */
#define LEAST_INDEPENDENT 1e-11

/* Whether standard errors would be wrong, and why. */
extern Status inference_refused(const SolverProblem *problem,
								size_t free_parameters, SolverResult *result,
								bool *refused);

/* Standard errors at the solution, or a reason. */
extern Status solver_inference(const SolverProblem *problem,
							   const SolverControl *control,
							   const double *weights, SolverResult *result,
							   Failure *failure);

#endif
