/*
 * test_robust_scale.c
 *		Scales of features with heavy tails.
 */
#include "core/rows/normalizer.h"

#include "core/rows/robust_scale.h"
#include "core/rows/rows_order.h"
#include "normalizer_fixture.h"

/* A value at random from a standard normal distribution. */
static double
normal(uint64_t row, uint64_t j)
{
	double sum = -6.0;

	for (uint64_t i = 0; i < 12; i++)
		sum += random_uniform(row * 100 + j, i);
	return sum;
}

/*
 * One outlier, a normal feature, one mostly of one value, an exponential one and
 * a Cauchy one: the first and the last are scaled by their robust, if asked for.
 */
static void
test_robust_scale(void **state)
{
	enum
	{
		rows_count = 3000,
		dimension = 5
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Normalizer plain, robust;
	Rows rows;

	rows_init(&rows, &runtime, ROWS_F64, dimension);
	for (uint64_t i = 0; i < rows_count; i++)
	{
		double u = random_uniform(i, 7);
		double x[dimension] = {i == 5 ? 1e6 : 3.0 * normal(i, 0), normal(i, 1),
							   i % 10 == 0 ? 1e6 * normal(i, 2) : 0.0,
							   -log(1.0 - u), tan(3.14159265 * (u - 0.5))};
		RowView view = {.dense = x};

		assert_int_equal(rows_append(&rows, &view, 0.0, i, 1.0f, &failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&plain, &rows, 0, true, 1.0, true, false,
									NULL, &runtime, &failure),
					 LL_OK);
	assert_int_equal(normalizer_fit(&robust, &rows, 0, true, 1.0, true, true,
									NULL, &runtime, &failure),
					 LL_OK);
	assert_true(plain.scale[0] < 1e-4);
	assert_true(fabs(robust.scale[0] * 3.0 - 1.0) < 0.2);
	for (int j = 1; j < 4; j++)
		assert_true(robust.scale[j] == plain.scale[j]);
	/* a Cauchy distribution's quartiles are at -1 and 1 */
	assert_true(fabs(robust.scale[4] * 2.0 / 1.349 - 1.0) < 0.3);
	for (int j = 0; j < dimension; j++)
		assert_true(robust.mean[j] == plain.mean[j] &&
					robust.deviation[j] == plain.deviation[j]);
	malloc_arena_free(&arena);
}

static void
set_place(Rows *rows, size_t place, double value)
{
	*(double *) (uintptr_t) rows->records[rows_at(rows, place)] = value;
}

/*
 * Checks the scale of one feature: even values whose spread is 1, a part of them
 * the same, and a fiftieth far out, so that the deviation is `times` the spread.
 */
static void
check_tail(size_t count, double times, double tied, bool heavy)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	size_t outliers = (count + 49) / 50;
	double share = (double) outliers / (double) count;
	Failure failure;
	Normalizer n;
	Rows rows;

	rows_init(&rows, &runtime, ROWS_F64, 1);
	for (size_t i = 0; i < count; i++)
	{
		double u = ((double) i + 0.5) / (double) count - 0.5;
		double x = (double) i < tied * (double) count ? 0.1 : 2 * 1.349 * u;

		assert_int_equal(rows_append(&rows, &(RowView){.dense = &x}, 0.0, i,
									 1.0f, &failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	for (size_t i = 0; i < outliers; i++)
		set_place(&rows, count - 1 - i, times / sqrt(share * (1 - share)));
	assert_int_equal(normalizer_fit(&n, &rows, 0, true, 1.0, true, true, NULL,
									&runtime, &failure),
					 LL_OK);
	check_near(n.deviation[0], times, 0.03);
	if (heavy ? fabs(n.scale[0] - 1) > 0.1
			  : fabs(n.scale[0] * n.deviation[0] - 1) > 1e-12)
		fail_msg("%zu rows, %g times, %g tied: the scale is %g", count, times,
				 tied, n.scale[0]);
	malloc_arena_free(&arena);
}

/*
 * Tails count as heavy from ten robust scales on, in samples of 50 rows
 * at least, of which a twentieth may be ties.
 */
static void
test_heavy_tails(void **state)
{
	static const struct
	{
		size_t rows;
		double times, tied;
		bool heavy;
	} tails[] = {{1000, 9, 0, false},	  {1000, 11, 0, true},
				 {1000, 20, 0.035, true}, {1000, 20, 0.075, false},
				 {49, 20, 0, false},	  {50, 20, 0, true}};

	(void) state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		check_tail(tails[i].rows, tails[i].times, tails[i].tied,
				   tails[i].heavy);
}

/* Of many rows the first five hundred are the sample, with 25 ties at most. */
static void
test_spread_sample(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	double spread;
	Failure failure;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F64, 1);
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(rows_append(&rows,
									 &(RowView){.dense = &(double){1e9}}, 0.0,
									 i, 1.0f, &failure),
						 LL_OK);
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	for (size_t place = 0; place < 500; place++)
		set_place(&rows, place, (double) place);
	assert_int_equal(robust_spread(&rows, &spread, &runtime, &failure), LL_OK);
	/* the quartiles are the 126th values from either end */
	assert_true(fabs(spread - 249 / 1.349) < 1e-9);
	for (size_t place = 475; place < 500; place++)
		set_place(&rows, place, -1);
	assert_int_equal(robust_spread(&rows, &spread, &runtime, &failure), LL_OK);
	assert_true(spread > 0);
	set_place(&rows, 474, -1);
	assert_int_equal(robust_spread(&rows, &spread, &runtime, &failure), LL_OK);
	assert_true(spread == 0);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_robust_scale),
		cmocka_unit_test(test_heavy_tails),
		cmocka_unit_test(test_spread_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
