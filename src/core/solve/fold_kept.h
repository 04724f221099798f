/*
 * fold_kept.h
 *		A fold's solves by Newton's method at one penalty after another.
 *
 * Neighbours on a path have nearly the same matrix, and the last point of one says
 * of its weights all that the next one begins with: both are kept.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_KEPT_H
#define LINLEARN_CORE_SOLVE_FOLD_KEPT_H

#include "core/solve/solver.h"

typedef struct FoldKept FoldKept;

/* Whether a loss has one margin and a second derivative that moves. */
extern bool fold_kept_suits(const SolverProblem *problem);

/* Makes ready; the control has to stay. */
extern Status fold_kept_open(FoldKept **kept, const SolverProblem *problem,
							 const SolverControl *control, Failure *failure);

/*
 * Goes on from weights[dimension + 1], those that the last solve left (of the first
 * one and after a restart any), at the problem's penalties and the control's
 * tolerance and norm at zero weights.
 */
extern Status fold_kept_solve(FoldKept *kept, const SolverProblem *problem,
							  double *weights, SolverResult *result,
							  Failure *failure);

/* Begins anew: weights are others. */
extern void fold_kept_restart(FoldKept *kept);

extern void fold_kept_close(FoldKept *kept);

#endif
