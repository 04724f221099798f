/*
 * fold_rows.h
 *		The rows of an internal cross-validation.
 */
#ifndef LINLEARN_CORE_TRAIN_FOLD_ROWS_H
#define LINLEARN_CORE_TRAIN_FOLD_ROWS_H

#include "core/problem/problem.h"
#include "core/solve/fold_path.h"

/*
 * Deals so many of the training rows out to at most folds->count folds: those of
 * a selection, or (NULL) at even places of the canonical order; by the problem's
 * fold_key, or else class by class.  False in *whole: a fold would have none.
 */
extern Status fold_rows_deal(Problem *problem, uint64_t seed,
							 const uint32_t *selection, size_t count,
							 FoldRows *folds, bool *whole, Failure *failure);

/* Has the folds name each row by its place among all of theirs. */
extern void fold_rows_renumber(FoldRows *folds);

/* How many rows a fold learns from, on the mean. */
extern double fold_rows_mean_learned(const FoldRows *folds);

extern void fold_rows_release(const Problem *problem, FoldRows *folds);

#endif
