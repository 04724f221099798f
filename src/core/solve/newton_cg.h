/*
 * newton_cg.h
 *		Newton's method whose steps conjugate gradients find, on sparse rows (Lin,
 *		Weng and Keerthi 2008).
 */
#ifndef LINLEARN_CORE_SOLVE_NEWTON_CG_H
#define LINLEARN_CORE_SOLVE_NEWTON_CG_H

#include "core/solve/pass.h"

/*
 * Whether it can: smooth losses of sparse rows in memory, with wd, and room for a
 * packed copy of them.
 */
extern bool newton_cg_suits(const SolverProblem *problem,
							const SolverControl *control);

/*
 * Solves from weights [dimension + 1][outputs].  Where steps bring no more it ends
 * unconverged, and others can go on.
 */
extern Status newton_cg_solve(Pass *pass, const SolverControl *control,
							  double *weights, SolverResult *result,
							  Failure *failure);

#endif
