/*
 * rows_gather.h
 *		Rows put once into their canonical order, so that passes over them read
 *		memory from end to end.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_GATHER_H
#define LINLEARN_CORE_ROWS_ROWS_GATHER_H

#include "core/rows/rows.h"

/*
 * Gathers sealed stores, records of which may lie in each other's pieces: the
 * order of arrival is the canonical one then.  Leaves them as they are where
 * records are in a file or summed up, where they are so few that caches hold
 * them, or, of sparse rows, where a second copy of all of them takes more than
 * `room` bytes.  pool may be NULL.
 */
extern Status rows_gather(Rows *const *stores, size_t count, size_t room,
						  ThreadPool *pool, Failure *failure);

#endif
