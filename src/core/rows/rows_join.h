/*
 * rows_join.h
 *		The rows of two stores as one.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_JOIN_H
#define LINLEARN_CORE_ROWS_ROWS_JOIN_H

#include "core/rows/rows.h"

/*
 * Makes a sealed store of the rows of two that are sealed and of one shape: it
 * shares their records, or of summed rows has its own sums.  Spilled rows of the
 * two are not to be loaded any more, only those of the joined store.  Memory comes
 * from runtime.
 */
extern Status rows_join(const Rows *a, const Rows *b, const Runtime *runtime,
						Rows *joined, Failure *failure);

#endif
