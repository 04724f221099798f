/*
 * merge.h
 *		Two sequences in order as one.
 */
#ifndef LINLEARN_CORE_MATH_MERGE_H
#define LINLEARN_CORE_MATH_MERGE_H

#include <stddef.h>
#include <stdint.h>

/* Entries of 1 or 2 words, a key first, by which they are in order. */
typedef struct MergeInput
{
	const uint64_t *entries;
	size_t at; /* of the next one */
	size_t count;
} MergeInput;

/*
 * Merges entries of so many words until there is no room for more of them or an
 * input has none left; returns how many.  Of one key those of the first come first.
 */
extern size_t merge_entries(MergeInput inputs[2], size_t words, uint64_t *to,
							size_t room);

#endif
