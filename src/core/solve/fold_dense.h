/*
 * fold_dense.h
 *		The dense rows of a cross-validation as a matrix, those that a fold holds out
 *		side by side.
 *
 * Each fold then learns from two stretches of the matrix, which passes multiply
 * where they are.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_DENSE_H
#define LINLEARN_CORE_SOLVE_FOLD_DENSE_H

#include "core/solve/fold_path.h"
#include "core/solve/row_matrix.h"

typedef struct FoldDense
{
	RowMatrix matrix;
	FoldRows folds;	 /* as given, by the matrix's rows */
	uint32_t *place; /* [count]: 0, 1, 2 ... */
	size_t count;
} FoldDense;

/*
 * Makes it of all rows of the folds, whole listing them: those that the last fold
 * learns from, and behind them those that it holds out, each in the folds' order.
 */
extern Status fold_dense_make(const SolverProblem *problem,
							  const SolverControl *control,
							  const FoldRows *folds, const uint32_t *whole,
							  size_t count, bool single, FoldDense *dense,
							  Failure *failure);

/*
 * Puts one of doubles, of fewer rows than features, into coordinates of the rows' span
 * (row_span.h), as floats or doubles: of losses that weights are held by wd alone in.
 */
extern Status fold_dense_span(FoldDense *dense, const SolverControl *control,
							  bool single, Failure *failure);

/* Gives it back; one of zeros is none. */
extern void fold_dense_release(FoldDense *dense);

#endif
