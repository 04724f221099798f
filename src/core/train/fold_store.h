/*
 * fold_store.h
 *		The rows of an internal cross-validation as its many passes read them.
 */
#ifndef LINLEARN_CORE_TRAIN_FOLD_STORE_H
#define LINLEARN_CORE_TRAIN_FOLD_STORE_H

#include "core/solve/row_span.h"

typedef struct FoldStore
{
	SolverProblem problem; /* of the rows that the folds name now */
	Rows copies;		   /* of rows that lie in a file */
	RowSpan span;
} FoldStore;

/*
 * Copies a file's rows, which each pass would read anew, into memory, and with
 * spanned puts rows into coordinates of their span (row_span.h).  The folds name
 * the rows that the store's problem has.
 */
extern Status fold_store_open(const SolverProblem *problem,
							  const SolverControl *control, bool spanned,
							  FoldRows *folds, FoldStore *store,
							  Failure *failure);

extern void fold_store_close(FoldStore *store);

#endif
