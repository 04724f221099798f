/*
 * test_merge.c
 *		Merges of two sequences against a sort of both, in rooms of any size.
 */
#include "core/base/random.h"
#include "core/math/merge.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define MOST 300

static int
compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

	return (x > y) - (x < y);
}

/* Draws sorted entries whose second word says which input they are of, and where. */
static void
draw(uint64_t *entries, size_t count, size_t words, uint64_t input,
	 uint64_t seed)
{
	uint64_t keys[MOST];
	/* Few values make many equal keys; the largest one has no successor. */
	uint64_t values = seed % 3 == 0 ? 5 : UINT64_MAX;

	for (size_t i = 0; i < count; i++)
		keys[i] = i % 17 == 3 ? UINT64_MAX : random_bits(seed, i) % values;
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	for (size_t i = 0; i < count; i++)
	{
		entries[i * words] = keys[i];
		if (words > 1)
			entries[i * words + 1] = input << 32 | i;
	}
}

/* Merges all, in rooms of so many; appends what one input has left. */
static size_t
merge_all(MergeInput inputs[2], size_t words, uint64_t *to, size_t room)
{
	size_t merged = 0, more;

	while ((more = merge_entries(inputs, words, to + merged * words, room)) >
		   0)
	{
		assert_true(more <= room);
		merged += more;
	}
	assert_true(inputs[0].at == inputs[0].count ||
				inputs[1].at == inputs[1].count);
	for (int i = 0; i < 2; i++)
		for (; inputs[i].at < inputs[i].count; inputs[i].at++, merged++)
			memcpy(to + merged * words,
				   inputs[i].entries + inputs[i].at * words,
				   words * sizeof(uint64_t));
	return merged;
}

/* Whether entries are in order, and those of one key the first input's first. */
static void
check_order(const uint64_t *entries, size_t count, size_t words)
{
	for (size_t i = 1; i < count; i++)
	{
		const uint64_t *before = entries + (i - 1) * words;
		const uint64_t *here = entries + i * words;

		assert_true(before[0] <= here[0]);
		if (words > 1 && before[0] == here[0])
			assert_true(before[1] < here[1]);
	}
}

static void
test_merges(void **state)
{
	static const size_t counts[] = {0, 1, 2, 17, MOST};
	uint64_t a[2 * MOST], b[2 * MOST], merged[4 * MOST];

	(void) state;
	for (size_t words = 1; words <= 2; words++)
		for (size_t i = 0; i < 25; i++)
			for (size_t room = 1; room < 2 * MOST; room = room * 3 + 1)
			{
				size_t a_count = counts[i / 5], b_count = counts[i % 5];
				MergeInput inputs[2] = {{a, 0, a_count}, {b, 0, b_count}};
				uint64_t seed = words * 100 + i;

				draw(a, a_count, words, 0, seed);
				draw(b, b_count, words, 1, seed);
				assert_int_equal(merge_all(inputs, words, merged, room),
								 a_count + b_count);
				check_order(merged, a_count + b_count, words);
				if (words > 1)
					continue;
				memcpy(merged + 2 * MOST, a, a_count * sizeof(a[0]));
				memcpy(merged + 2 * MOST + a_count, b, b_count * sizeof(b[0]));
				qsort(merged + 2 * MOST, a_count + b_count, sizeof(a[0]),
					  compare_keys);
				assert_memory_equal(merged, merged + 2 * MOST,
									(a_count + b_count) * sizeof(a[0]));
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_merges)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
