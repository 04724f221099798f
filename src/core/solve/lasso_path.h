/*
 * lasso_path.h
 *		A path of l1, or of an elastic net, by cross-validation.
 */
#ifndef LINLEARN_CORE_SOLVE_LASSO_PATH_H
#define LINLEARN_CORE_SOLVE_LASSO_PATH_H

#include "core/model/l1_path.h"
#include "core/solve/fold_curve.h"

/* A path that l1 is chosen from beside wd. */
typedef struct LassoChoice
{
	uint32_t points;   /* of the path, instead of L1_PATH_POINTS */
	double whole;	   /* the path's penalties, of those of the folds */
	bool ends;		   /* where its best lies behind, or for ... */
	double to_beat;	   /* ... a loss that it stays above */
	FoldLosses losses; /* out: of the chosen point */
} LassoChoice;

/*
 * Solves all rows and each fold's along the path from the least penalty that
 * leaves no weight down, each point from the last one's weights, and judges the
 * folds' on what they hold out.  path comes with rule and ratio; its points are
 * in the units of the problem, whose l1, wd and selection do not matter; selection
 * is all that the folds are of.  When control's late() says so it ends with the
 * points it has, at least one.  choice may be NULL; only a path of squared loss
 * ends where its choice says so.
 */
extern Status lasso_path_walk(const SolverProblem *problem,
							  const SolverControl *control,
							  const FoldRows *folds, L1Path *path,
							  LassoChoice *choice, Failure *failure);

#endif
