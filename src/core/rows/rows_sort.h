/*
 * rows_sort.h
 *		Row numbers sorted by hash and content.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_SORT_H
#define LINLEARN_CORE_ROWS_ROWS_SORT_H

#include "core/rows/rows.h"

/*
 * Sorts row numbers by hash; equal hashes by bytes (records must be readable),
 * else by label, weight and as they stand.  pool may be NULL.
 */
extern Status rows_sort(const Rows *rows, uint32_t *order, size_t count,
						bool by_bytes, ThreadPool *pool, Failure *failure);

#endif
