/*
 * fold_scales.h
 *		What features are divided by in the folds of an internal cross-validation.
 */
#ifndef LINLEARN_CORE_TRAIN_FOLD_SCALES_H
#define LINLEARN_CORE_TRAIN_FOLD_SCALES_H

#include "core/problem/problem.h"
#include "core/solve/fold_path.h"

/*
 * Gives folds the scales of what they learn from, where those of all rows know of
 * values far out among the rows held out: rows to come have such, too, that no
 * scale knows of.  solver's rows are those that the folds name.
 */
extern Status fold_scales_take(Problem *problem,
							   const Hyperparameters *settings,
							   const SolverProblem *solver, FoldRows *folds,
							   Failure *failure);

#endif
