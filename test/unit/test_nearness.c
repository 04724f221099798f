/*
 * test_nearness.c
 *		What is left of an objective's fall.
 */
#include <math.h>

#include "core/solve/nearness.h"
#include "unit.h"

/* Notes so many values of least + size * ratio^i. */
static void
note(Nearness *nearness, const Runtime *runtime, int count, double least,
	 double size, double ratio)
{
	for (int i = 0; i < count; i++)
		assert_true(
			nearness_note(nearness, runtime, least + size * pow(ratio, i)));
}

/* A geometric series is continued to its end, however long the windows are. */
static void
test_geometric(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	(void) state;
	for (int count = 20; count <= 200; count += 60)
	{
		Nearness nearness = {0};
		double left = 5.0 * pow(0.9, count - 1);

		note(&nearness, &runtime, count, 2.0, 5.0, 0.9);
		assert_true(fabs(nearness_left(&nearness, (size_t) count) / left - 1) <
					1e-4);
		nearness_shift(&nearness, -3.0);
		assert_true(fabs(nearness_left(&nearness, (size_t) count) / left - 1) <
					1e-4);
		runtime_release(&runtime, nearness.values);
	}
	malloc_arena_free(&arena);
}

/* What does not fall ever slower has no end in sight. */
static void
test_unknown(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Nearness nearness = {0};

	(void) state;
	assert_true(isinf(nearness_left(&nearness, 0)));
	note(&nearness, &runtime, 6, 0.0, 1.0, 0.5);
	assert_true(isinf(nearness_left(&nearness, 6)));
	note(&nearness, &runtime, 1, 1.0 / 64, 0.0, 1.0);
	assert_true(nearness_left(&nearness, 6) > 0.0 &&
				nearness_left(&nearness, 6) < 0.02);
	assert_true(isinf(nearness_left(&nearness, 100)));
	runtime_release(&runtime, nearness.values);

	nearness = (Nearness){0};
	note(&nearness, &runtime, 9, 0.0, -1.0, 1.1);
	assert_true(isinf(nearness_left(&nearness, 9)));
	note(&nearness, &runtime, 7, -9.0, 0.0, 1.0);
	assert_true(nearness_left(&nearness, 9) == 0.0);
	runtime_release(&runtime, nearness.values);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_geometric),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
