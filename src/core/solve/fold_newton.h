/*
 * fold_newton.h
 *		Folds of sparse rows solved together, at one wd after another, by Newton's
 *		method with conjugate gradients (Lin, Weng and Keerthi 2008).
 *
 * Each product with the rows is one of all folds, in floats: what they leave of an
 * objective is far below what a choice of wd is told by.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_NEWTON_H
#define LINLEARN_CORE_SOLVE_FOLD_NEWTON_H

#include "core/solve/fold_state.h"

/* Whether folds of a problem can be solved so: sparse, smooth, and held by no bound. */
extern bool fold_newton_suits(const SolverProblem *problem);

/*
 * Solves all folds at a wd from where they are, and judges them: until a step
 * promises no more than this part of the objective.
 */
extern Status fold_newton_judge(FoldState *state, double wd, double tolerance,
								FoldLosses *losses, Failure *failure);

#endif
