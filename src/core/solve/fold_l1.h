/*
 * fold_l1.h
 *		An l1 in the place of the best wd, where it loses less on rows held out.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_L1_H
#define LINLEARN_CORE_SOLVE_FOLD_L1_H

#include "core/model/l1_path.h"
#include "core/solve/fold_walk.h"

/*
 * Solves and judges the folds along a falling path of l1 and fills path if its
 * best loses clearly less than the best wd did; else its count stays 0.  Its
 * penalties are those of all the folds' rows, of which folds learn from fewer.
 */
extern Status fold_l1_walk(FoldWalk *walk, const FoldLosses *ridge,
						   L1Path *path, Failure *failure);

#endif
