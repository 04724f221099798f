/*
 * test_sort.c
 *		The radix sort against a sort by insertion, of every kind of key.
 */
#include "core/base/random.h"
#include "core/judge/ranking.h"
#include "core/math/sort_threads.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#define MOST 5000

static uint64_t
draw_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x9E3779B97F4A7C15);
}

/* Keys: anything, floats and doubles of both signs, few values, one, one bit ... */
static uint64_t
draw_key(int kind, uint64_t *state)
{
	uint64_t bits = draw_bits(state);
	double number = (double) (int64_t) bits * 0x1p-63;

	switch (kind)
	{
		case 0:
			return bits;
		case 1:
			return score_to_key((float) number);
		case 2:
			return ~score_to_key(number);
		case 3:
			return score_to_key((int) (number * 10));
		case 4:
			return 7;
		case 5:
			return bits & (UINT64_C(1) << 63);
		case 6:
			return bits & (UINT64_C(1) << 63) ? bits >> 8 << 8 : bits & 1;
		case 7: /* long runs of one upper half */
			return bits & UINT64_C(0xC0000000FFFFFFFF);
		case 8: /* and runs within them */
			return bits & UINT64_C(0xC00700060000FFFF);
		case 9:
			return score_to_key((number > 0 ? 1 : -1) + number * 0x1p-40);
		default:
			return bits >> 32;
	}
}

static int
compare_pairs(const void *a, const void *b)
{
	const SortPair *p = a;
	const SortPair *q = b;

	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	return (p->with.word > q->with.word) - (p->with.word < q->with.word);
}

/* Keys ascend, and what has one key keeps its order. */
static void
test_sorts(void **state)
{
	static const size_t counts[] = {0, 1, 2, 47, 48, 49, 1023, 1024, MOST};
	static SortPair pairs[2 * MOST], expected[MOST];
	static uint64_t keys[2 * MOST];
	uint64_t random = 3;

	(void) state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
		for (int kind = 0; kind < 11; kind++)
		{
			size_t n = counts[c];

			for (size_t i = 0; i < n; i++)
			{
				keys[i] = draw_key(kind, &random);
				expected[i] = pairs[i] = (SortPair){keys[i], {.word = i}};
			}
			qsort(expected, n, sizeof(SortPair), compare_pairs);
			assert_true(sort_pairs(pairs, pairs + n, n, NULL));
			assert_true(sort_keys(keys, keys + n, n, NULL));
			for (size_t i = 0; i < n; i++)
			{
				assert_true(pairs[i].key == expected[i].key);
				assert_true(pairs[i].with.word == expected[i].with.word);
				assert_true(keys[i] == expected[i].key);
			}
		}
}

/* Pairs of a kind: doubles of one or both signs, few keys, one key, words. */
static uint64_t
draw_kind(int kind, uint64_t *random)
{
	uint64_t bits = draw_bits(random);
	double number = (double) (int64_t) bits / 0x1p62;

	switch (kind)
	{
		case 0:
			return sortable_double(number * number * number);
		case 1:
			return sortable_double(fabs(number));
		case 2:
			return bits % 5;
		case 3:
			return 7;
		default:
			return bits;
	}
}

/* Who sorts a part of what there is room for has enough, and twice as much does. */
static void
test_room(void **state)
{
	size_t before = 0;

	(void) state;
	for (size_t n = 0; n < 10 * SORT_FEW; n++)
	{
		size_t room = SORT_ROOM(n);

		assert_true(room >= before && room <= 2 * n);
		before = room;
	}
}

/* By any number of threads the same pairs in the same places, all in order. */
static void
test_on_threads(void **state)
{
	enum
	{
		COUNT = 1000000
	};
	static SortPair pairs[3][SORT_ROOM(COUNT)];
	MallocArena arena = {.allocations_left = -1};
	Runtime runtime = malloc_runtime(&arena);
	ThreadPool *pool[3] = {NULL, NULL, NULL};
	uint64_t random = 9;

	(void) state;
	for (int t = 1; t < 3; t++)
		assert_int_equal(threads_start(&pool[t], 1 + t, &runtime, NULL),
						 LL_OK);
	for (int kind = 0; kind < 5; kind++)
		for (size_t n = COUNT; n > 0; n /= 7)
		{
			uint64_t sum = 0;

			for (size_t i = 0; i < n; i++)
			{
				uint64_t key = draw_kind(kind, &random);

				sum += key * (i + 1);
				for (int t = 0; t < 3; t++)
					pairs[t][i] = (SortPair){key, {.word = i}};
			}
			for (int t = 0; t < 3; t++)
				assert_true(sort_on_threads(pairs[t], n, pool[t], &runtime));
			for (size_t i = 0; i < n; i++)
			{
				assert_true(i == 0 || pairs[0][i].key >= pairs[0][i - 1].key);
				sum -= pairs[0][i].key * (pairs[0][i].with.word + 1);
			}
			assert_true(sum == 0);
			for (int t = 1; t < 3; t++)
				assert_memory_equal(pairs[t], pairs[0], n * sizeof(SortPair));
		}
	for (int t = 1; t < 3; t++)
		threads_stop(pool[t]);
	malloc_arena_free(&arena);
}

static bool
always(void *context)
{
	(void) context;
	return true;
}

/* A sort that takes time can be stopped. */
static void
test_stops(void **state)
{
	static SortPair pairs[2 * MOST];
	Runtime runtime = {.interrupted = always};
	uint64_t random = 4;

	(void) state;
	for (size_t i = 0; i < MOST; i++)
		pairs[i].key = draw_bits(&random);
	assert_false(sort_pairs(pairs, pairs + MOST, MOST, &runtime));
	assert_false(sort_on_threads(pairs, MOST, NULL, &runtime));
}

static void
test_compare(void **state)
{
	const double numbers[] = {-INFINITY, -1, 0, 5e-324, 2, INFINITY};

	(void) state;
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++)
			assert_int_equal(compare_doubles(&numbers[i], &numbers[j]),
							 (i > j) - (i < j));
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Items of any size, as qsort sorts them; and an interrupt. */
static void
test_array(void **state)
{
	static const size_t counts[] = {0, 1, 2, 4095, 4096, 4097, 20000, 65537};

	(void) state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++)
	{
		size_t count = counts[c];
		uint64_t(*items)[3] = malloc((count + 1) * sizeof(*items));
		uint64_t(*scratch)[3] = malloc((count + 1) * sizeof(*items));

		for (size_t i = 0; i < count; i++)
		{
			items[i][0] = random_bits(c, i) % (count + 1);
			items[i][1] = items[i][0] + 1;
			items[i][2] = ~items[i][0];
		}
		assert_true(sort_array(items, scratch, count, sizeof(*items),
							   compare_numbers, NULL));
		for (size_t i = 0; i < count; i++)
		{
			assert_true(i == 0 || items[i - 1][0] <= items[i][0]);
			assert_true(items[i][1] == items[i][0] + 1);
			assert_true(items[i][2] == ~items[i][0]);
		}
		free(items);
		free(scratch);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array), cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_room),  cmocka_unit_test(test_on_threads),
		cmocka_unit_test(test_stops), cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
