/*
 * rows_order.h
 *		The canonical order of rows, what is split off by it, and shuffles of it.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_ORDER_H
#define LINLEARN_CORE_ROWS_ROWS_ORDER_H

#include "core/base/kinds.h"
#include "core/rows/rows.h"

/*
 * Moves about a fraction of the rows to another store, which shares their
 * records.  A row's hash decides, so the same rows move in whatever order they
 * came; of copies of a row the fraction moves too.  Where folds go by keys, so
 * does the split (split_keys.h).  Before rows_seal.
 */
extern Status rows_split(Rows *rows, double fraction, uint64_t key, FoldKey by,
						 Rows *taken, Failure *failure);

/* Sorts into canonical order; no row may be appended afterwards. */
extern Status rows_seal(Rows *rows, Failure *failure);

/* The same on threads; pool may be NULL. */
extern Status rows_seal_on_threads(Rows *rows, ThreadPool *pool,
								   Failure *failure);

/* Puts all rows of a sealed store into order, shuffled by a key. */
extern Status rows_shuffle(const Rows *rows, uint64_t key, uint32_t *order,
						   Failure *failure);

#endif
