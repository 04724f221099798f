/*
 * test_leak.c
 *		Which columns are the label by another name.
 */
#include "core/columns/leak.h"

#include "unit.h"

#define COLUMNS 4

static const ColumnKind kinds[COLUMNS] = {COLUMN_CATEGORY, COLUMN_NUMBER,
										  COLUMN_CATEGORY, COLUMN_WORDS};

static uint64_t
bits_of(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

/*
 * Watches rows of so many labels in turn: column 0 is the label by name, 1 by its
 * number, 2 says nothing of it, and 3 is the label's words.  Bits of those that leak.
 */
static unsigned
leaks(uint64_t rows, uint32_t labels, double step)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	LeakWatch watch;
	unsigned found = 0;

	assert_int_equal(leak_watch_begin(&watch, COLUMNS, &runtime, &failure),
					 LL_OK);
	for (uint64_t i = 0; i < rows; i++)
	{
		double label = step * (double) (i % labels);
		uint64_t words[COLUMNS] = {1000 + i % labels, bits_of(label), i % 2,
								   i % labels};

		leak_watch_row(&watch, label, words, kinds);
	}
	for (uint32_t c = 0; c < COLUMNS; c++)
		found |= leak_found(&watch, c, rows) ? 1u << c : 0u;
	malloc_arena_free(&arena);
	return found;
}

/* 50 rows, 2 labels, and 5 rows a label on average, or the label's own numbers. */
static void
test_limits(void **state)
{
	static const struct
	{
		uint64_t rows;
		uint32_t labels;
		unsigned leaks;
	} cases[] = {{49, 3, 0},	 {50, 3, 3},	 {50, 10, 3},
				 {50, 1, 0},	 {54, 11, 2},	 {55, 11, 3},
				 {99, 20, 2},	 {100, 20, 3},	 {1279, 256, 2},
				 {1280, 256, 3}, {5000, 257, 2}, {500, 500, 2}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
		assert_int_equal(leaks(cases[c].rows, cases[c].labels, 1.5),
						 cases[c].leaks);
	/* the label twice over is another number */
	assert_int_equal(leaks(100, 2, 0.0), 0);
}

/* One row that does not fit clears a column. */
static void
test_exceptions(void **state)
{
	for (int wrong = 0; wrong < 3; wrong++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		LeakWatch watch;

		assert_int_equal(leak_watch_begin(&watch, 2, &runtime, &failure),
						 LL_OK);
		for (int i = 0; i < 60; i++)
		{
			double label = i % 2;
			uint64_t words[2] = {(uint64_t) i % 2, bits_of(label)};

			if (i == 59 && wrong == 1)
				words[0] = 0; /* that of the other label */
			if (i == 59 && wrong == 2)
				words[0] = 2, words[1] = bits_of(7.0);
			leak_watch_row(&watch, label, words, kinds);
		}
		assert_true(leak_found(&watch, 0, 60) == (wrong == 0));
		assert_true(leak_found(&watch, 1, 60) == (wrong < 2));
		malloc_arena_free(&arena);
	}
}

/* Two labels that share a value are no renaming of them. */
static void
test_shared_value(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	LeakWatch watch;

	assert_int_equal(leak_watch_begin(&watch, 1, &runtime, &failure), LL_OK);
	for (int i = 0; i < 90; i++)
	{
		uint64_t word = i % 3 == 0;

		leak_watch_row(&watch, i % 3, &word, kinds);
	}
	assert_false(leak_found(&watch, 0, 90));
	malloc_arena_free(&arena);
}

static void
test_no_memory(void **state)
{
	Status status = LL_NO_MEMORY;
	int failed = 0;

	for (; status == LL_NO_MEMORY; failed++)
	{
		MallocArena arena = {0};
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		LeakWatch watch;

		arena.allocations_left = failed;
		status = leak_watch_begin(&watch, 3, &runtime, &failure);
		malloc_arena_free(&arena);
	}
	assert_int_equal(status, LL_OK);
	assert_int_equal(failed, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits), cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_shared_value), cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
