/*
 * lasso_squares.h
 *		A path of l1 of squared loss.
 */
#ifndef LINLEARN_CORE_SOLVE_LASSO_SQUARES_H
#define LINLEARN_CORE_SOLVE_LASSO_SQUARES_H

#include "core/solve/lasso_walk.h"

/* All walks, of so many rows; choice as in lasso_path_walk. */
extern Status lasso_walk_squares(LassoWalk *walk, size_t rows,
								 const LassoChoice *choice, Failure *failure);

#endif
