/*
 * rows_hash.h
 *		Hashes of rows, as they come and at their end.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_HASH_H
#define LINLEARN_CORE_ROWS_ROWS_HASH_H

#include "core/rows/rows.h"

/*
 * Hands the rows that are there to the thread beside, if there is one, and has the
 * pages made that arrays will soon come to.
 */
extern void rows_look_ahead(Rows *rows);

/* Between the two nobody else reads the arrays of a store. */
extern void rows_hold(const Rows *rows);
extern void rows_let_go(const Rows *rows);

/* Takes a store back from the thread beside. */
extern void rows_settle(Rows *rows);

#endif
