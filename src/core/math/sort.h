/*
 * sort.h
 *		Numbers in order.
 */
#ifndef LINLEARN_CORE_MATH_SORT_H
#define LINLEARN_CORE_MATH_SORT_H

#include <string.h>

#include "core/base/runtime.h"

/* Bits that sort as the numbers do, which are not NaN. */
static inline uint64_t
sortable_double(double number)
{
	uint64_t bits, top = UINT64_C(1) << 63;

	number += 0.0; /* no -0 */
	memcpy(&bits, &number, sizeof(bits));
	return bits & top ? ~bits : bits | top;
}

/* A key and what goes with it. */
typedef struct SortPair
{
	uint64_t key;
	union
	{
		double number;
		uint64_t word;
	} with;
} SortPair;

/*
 * Sorts by key, ascending; what has one key keeps its order.  scratch has room
 * for as many; they are fewer than 2^32.  False when runtime (NULL: never) is interrupted: then the
 * entries mean nothing.
 */
extern bool sort_keys(uint64_t *keys, uint64_t *scratch, size_t count,
					  const Runtime *runtime);
extern bool sort_pairs(SortPair *pairs, SortPair *scratch, size_t count,
					   const Runtime *runtime);

/*
 * Sorts count items of so many bytes by a comparison, as qsort does; what compares
 * equal may change places.  scratch has room for as many; false as above.
 */
extern bool sort_array(void *items, void *scratch, size_t count, size_t size,
					   int (*compare)(const void *a, const void *b),
					   const Runtime *runtime);

/* For qsort and bsearch: doubles that are not NaN, ascending. */
extern int compare_doubles(const void *a, const void *b);

#endif
