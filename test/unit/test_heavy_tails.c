/*
 * test_heavy_tails.c
 *		Scales of features with heavy tails stay bounded.
 */
#include "core/rows/normalizer.h"

#include "core/rows/rows_order.h"
#include "normalizer_fixture.h"

enum
{
	ROWS_COUNT = 3000,
	FEATURES = 3
};

/* An outlier among small values, a Cauchy feature and an exponential of one. */
static void
draw_row(uint64_t i, double *x)
{
	double u = random_uniform(i, 7);

	x[0] = i == 5 ? 1e6 : u;
	x[1] = tan(3.14159265 * (u - 0.5));
	x[2] = exp(20.0 * random_uniform(i, 8));
}

/* Whatever the tails, a normalised training row is within ten of the mean. */
static void
test_bounded(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Normalizer normalizer;
	Rows rows;
	double x[FEATURES];
	double largest[FEATURES] = {0};

	rows_init(&rows, &runtime, ROWS_F64, FEATURES);
	for (uint64_t i = 0; i < ROWS_COUNT; i++)
	{
		RowView view = {.dense = x};

		draw_row(i, x);
		assert_int_equal(rows_append(&rows, &view, 0.0, i, 1.0f, &failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&normalizer, &rows, 0, true, 1.0, true,
									NULL, &runtime, &failure),
					 LL_OK);
	for (uint64_t i = 0; i < ROWS_COUNT; i++)
	{
		draw_row(i, x);
		for (int j = 0; j < FEATURES; j++)
			largest[j] = fmax(largest[j], fabs((x[j] - normalizer.center[j]) *
											   normalizer.scale[j]));
	}
	for (int j = 0; j < FEATURES; j++)
		assert_true(largest[j] > 5.0 && largest[j] <= 10.0);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounded)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
