/*
 * test_runtime.c
 *		Failure reports and the malloc-backed Runtime.
 */
#include "unit.h"

#include "core/base/runtime.h"

/* A failure keeps its status and its whole message, and cuts a longer one. */
static void
test_fail(void **state)
{
	Failure failure;
	char name[2000];

	assert_int_equal(fail(&failure, LL_LIMIT, "row %d of %s", 7, "x"),
					 LL_LIMIT);
	assert_int_equal(failure.status, LL_LIMIT);
	assert_string_equal(failure.message, "row 7 of x");
	assert_string_equal(failure.detail, "");
	fail_detail(&failure, "It has %d columns.", 3);
	fail_hint(&failure, "Give %d.", 4);
	assert_string_equal(failure.detail, "It has 3 columns.");
	assert_string_equal(failure.hint, "Give 4.");
	fail_remedy(&failure, REMEDY_READ_SIZE);
	fail_remedy(NULL, REMEDY_READ_SIZE);
	assert_int_equal(failure.remedy, REMEDY_READ_SIZE);

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fail(&failure, LL_INVALID, "%s", name);
	assert_int_equal(strlen(failure.message), sizeof(failure.message) - 1);
	assert_string_equal(failure.detail, "");
	assert_string_equal(failure.hint, "");
	assert_int_equal(failure.remedy, REMEDY_NONE);
}

/* Nobody needs to ask for a report. */
static void
test_fail_without_report(void **state)
{
	assert_int_equal(fail(NULL, LL_IO, "unseen"), LL_IO);
	fail_detail(NULL, "Unseen.");
	fail_hint(NULL, "Unseen.");
	assert_int_equal(fail_no_memory(NULL), LL_NO_MEMORY);
	assert_int_equal(fail_cancelled(NULL), LL_CANCELLED);
}

/* Memory is aligned for vector loads, zeroed on request, and all freed. */
static void
test_memory(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	void *released = NULL;

	for (size_t size = 0; size < 300; size++)
	{
		unsigned char *bytes = runtime_allocate_zero(&runtime, size, 1);

		assert_non_null(bytes);
		assert_int_equal((uintptr_t) bytes % 64, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], 0);
		if (size == 150)
			released = bytes;
	}
	assert_int_equal(arena.count, 300);
	runtime_release(&runtime, released);
	runtime_release(&runtime, NULL);
	assert_int_equal(arena.count, 299);
	malloc_arena_free(&arena);
	assert_int_equal(arena.count, 0);
}

/* A size that overflows is refused, as is memory past the arena's limit. */
static void
test_no_memory(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	assert_null(runtime_allocate_zero(&runtime, SIZE_MAX / 2, 3));
	arena.allocations_left = 1;
	assert_non_null(runtime_allocate(&runtime, 10));
	assert_null(runtime_allocate(&runtime, 10));
	malloc_arena_free(&arena);
}

static void
test_interrupt(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	assert_false(runtime_interrupted(&runtime));
	arena.interrupt = true;
	assert_true(runtime_interrupted(&runtime));
	runtime.interrupted = NULL;
	assert_false(runtime_interrupted(&runtime));
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_without_report),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
