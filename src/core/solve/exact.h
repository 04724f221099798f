/*
 * exact.h
 *		The closed form of squared loss.
 */
#ifndef LINLEARN_CORE_SOLVE_EXACT_H
#define LINLEARN_CORE_SOLVE_EXACT_H

#include "core/solve/pass.h"

/* Weights out, feature major. */
extern Status exact_solve(Pass *pass, const SolverControl *control,
						  double *weights, SolverResult *result,
						  Failure *failure);

/* The sums of a pass, those that solves share or its own. */
extern Status exact_sums(Pass *pass, const SolverControl *control,
						 double **sums, Failure *failure);

#endif
