/*
 * sort_threads.h
 *		Pairs in order, in their place and on threads.
 */
#ifndef LINLEARN_CORE_MATH_SORT_THREADS_H
#define LINLEARN_CORE_MATH_SORT_THREADS_H

#include "core/base/threads.h"
#include "core/math/sort.h"

/*
 * Pairs that sort_on_threads needs room for, twice as many at most, and no fewer
 * for more of them.  So few are sorted at once, by scratch of their size, which
 * takes a third of the time of parting them.
 */
#define SORT_FEW ((size_t) 1 << 17)
#define SORT_ROOM(count)                                                      \
	((count) < SORT_FEW ? 2 * (count)                                         \
						: (count) + ((count) / 8 < SORT_FEW / 2               \
										 ? SORT_FEW                           \
										 : (count) / 8 + SORT_FEW / 2))

/*
 * Sorts by key, ascending, pairs with SORT_ROOM behind their start, on the pool's
 * threads or, pool being NULL, on this one; they are fewer than 2^32.  The same
 * pairs in the same order end in one order, whatever the threads.  False when
 * runtime (NULL: never) is interrupted: then the pairs mean nothing.
 */
extern bool sort_on_threads(SortPair *pairs, size_t count, ThreadPool *pool,
							const Runtime *runtime);

#endif
