/*
 * row_array.h
 *		Memory of an array with an element a row.
 */
#ifndef LINLEARN_CORE_ROWS_ROW_ARRAY_H
#define LINLEARN_CORE_ROWS_ROW_ARRAY_H

#include "core/base/runtime.h"

/*
 * Allocates new_size bytes that begin as the old ones do, old_size of them, which
 * are given back; NULL when out of memory or the host wants to stop: then they
 * stay.  old may be NULL.  A large array starts at a huge page: the pages before
 * and after whole ones are small, and touched one by one.
 */
extern void *row_array_resize(const Runtime *runtime, void *old,
							  size_t old_size, size_t new_size);

/* Gives an array back; NULL is allowed. */
extern void row_array_release(const Runtime *runtime, void *array);

#endif
