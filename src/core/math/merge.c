/*
 * merge.c
 *		Merges sequences in order, without a branch on which entry is next.
 */
#include "core/math/merge.h"

/* Merges as many as cannot use up an input: so they need no look at its end. */
static inline __attribute__((always_inline)) void
merge_some(const uint64_t **first, const uint64_t **second, uint64_t *to,
		   size_t count, const size_t words)
{
	const uint64_t *a = *first, *b = *second;

	for (size_t i = 0; i < count; i++)
	{
		uint64_t own = -(uint64_t) (*a <= *b);
		const uint64_t *from =
			(const uint64_t *) (((uintptr_t) a & (uintptr_t) own) |
								((uintptr_t) b & ~(uintptr_t) own));

		to[i * words] = from[0];
		if (words > 1)
			to[i * words + 1] = from[1];
		a += words & own;
		b += words & ~own;
	}
	*first = a;
	*second = b;
}

static inline __attribute__((always_inline)) size_t
merge(MergeInput inputs[2], const size_t words, uint64_t *to, size_t room)
{
	const uint64_t *a = inputs[0].entries + inputs[0].at * words;
	const uint64_t *b = inputs[1].entries + inputs[1].at * words;
	const uint64_t *a_end = inputs[0].entries + inputs[0].count * words;
	const uint64_t *b_end = inputs[1].entries + inputs[1].count * words;
	size_t merged = 0;

	while (merged < room && a < a_end && b < b_end)
	{
		size_t a_left = (size_t) (a_end - a) / words;
		size_t b_left = (size_t) (b_end - b) / words;
		size_t count = a_left < b_left ? a_left : b_left;

		if (count > room - merged)
			count = room - merged;
		merge_some(&a, &b, to + merged * words, count, words);
		merged += count;
	}
	inputs[0].at = (size_t) (a - inputs[0].entries) / words;
	inputs[1].at = (size_t) (b - inputs[1].entries) / words;
	return merged;
}

size_t
merge_entries(MergeInput inputs[2], size_t words, uint64_t *to, size_t room)
{
	return words == 1 ? merge(inputs, 1, to, room)
					  : merge(inputs, 2, to, room);
}
