/*
 * newton.h
 *		Newton's method.
 */
#ifndef LINLEARN_CORE_SOLVE_NEWTON_H
#define LINLEARN_CORE_SOLVE_NEWTON_H

#include "core/solve/pass.h"

/* The relative gradient norm that Newton's method reaches. */
#define NEWTON_TOLERANCE 1e-8

/* Weights in and out, feature major. */
extern Status newton_solve(Pass *pass, const SolverControl *control,
						   double *weights, SolverResult *result,
						   Failure *failure);

#endif
