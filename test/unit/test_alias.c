/*
 * test_alias.c
 *		Which features others give, in which order.
 */
#include "core/solve/alias.h"

#include "core/rows/gram_sums.h"
#include "solver_fixture.h"

#define FEATURES 6

/*
 * Rows of two categories' levels, a number, and the number again: the levels 0, 1
 * and 2 sum to the bias, so do 3 and the rest of it; 5 is 1 - 2 times 4.
 */
static void
fill_levels(Fixture *f, bool with_third)
{
	uint64_t seed = 3;

	for (int i = 0; i < 240; i++)
	{
		double number = draw(&seed);
		double x[FEATURES] = {i % 3 == 0, i % 3 == 1, i % 3 == 2 && with_third,
							  i % 7 < 3,  number,	  1.0 - 2.0 * number};

		add_row(f, x, i % 2, 1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* The features that are left out, as bits; their number must be right. */
static unsigned
left_out(Fixture *f)
{
	double scale[FEATURES];
	size_t count;
	unsigned bits = 0;
	unsigned found = 0;

	assert_int_equal(solver_find_aliased(&f->problem, &f->control, scale,
										 &count, &f->failure),
					 LL_OK);
	for (unsigned j = 0; j < FEATURES; j++)
		if (scale[j] == 0.0)
		{
			bits |= 1u << j;
			found++;
		}
	assert_true(count <= found);
	return bits;
}

/* Features go in their order, and those that come last behind all others. */
static void
test_order(void **state)
{
	static const bool first[FEATURES] = {true};
	static const bool second[FEATURES] = {false, true, false,
										  false, true, false};
	static const bool all[FEATURES] = {true, true, true, true, true, true};
	static const struct
	{
		LossKind loss;
		RowFormat format;
	} cases[] = {{LOSS_LOGISTIC, ROWS_F64},
				 {LOSS_SQUARED, ROWS_F64},
				 {LOSS_LOGISTIC, ROWS_SPARSE},
				 {LOSS_SQUARED, ROWS_SPARSE}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Fixture f;
		bool sparse = cases[c].format == ROWS_SPARSE;

		open_fixture(&f, cases[c].format, FEATURES, cases[c].loss);
		fill_levels(&f, true);
		/* single numbers do not sum to 1 to the last digit */
		assert_int_equal(left_out(&f) & ~(sparse ? 1u << 5 : 0u),
						 1u << 2 | (sparse ? 0u : 1u << 5));
		f.problem.comes_last = first;
		assert_true(left_out(&f) & 1u << 0);
		assert_false(left_out(&f) & 1u << 2);
		f.problem.comes_last = second;
		assert_int_equal(left_out(&f) & 0x7u, 1u << 1);
		if (!sparse)
			assert_int_equal(left_out(&f), 1u << 1 | 1u << 4);
		f.problem.comes_last = all;
		assert_int_equal(left_out(&f) & 0x7u, 1u << 2);
		/* without a bias nothing gives the levels */
		f.problem.comes_last = NULL;
		f.problem.use_bias = false;
		assert_int_equal(left_out(&f) & 0x1fu, 0);
		close_fixture(&f);
	}
}

/* What is constant, or held at 0, is none of them; scales stay. */
static void
test_scales(void **state)
{
	static const double mean[FEATURES] = {0.3, 0.3, 0.0, 0.4, 0.1, 0.8};
	static const double inverse[FEATURES] = {2.0, 2.5, 0.0, 1.5, 1e6, 1e-6};
	double scale[FEATURES];
	size_t count;
	Fixture f;

	open_fixture(&f, ROWS_F64, FEATURES, LOSS_LOGISTIC);
	fill_levels(&f, false);
	f.problem.mean = mean;
	f.problem.inverse_deviation = inverse;
	assert_int_equal(
		solver_find_aliased(&f.problem, &f.control, scale, &count, &f.failure),
		LL_OK);
	assert_int_equal(count, 1);
	for (int j = 0; j < 5; j++)
		assert_true(scale[j] == inverse[j]);
	assert_true(scale[5] == 0.0);
	close_fixture(&f);
}

/* Each allocation fails in its turn. */
static void
test_no_memory(void **state)
{
	Status status = LL_NO_MEMORY;
	int failed = 0;
	Fixture f;

	open_fixture(&f, ROWS_F64, FEATURES, LOSS_LOGISTIC);
	fill_levels(&f, true);
	for (; status == LL_NO_MEMORY; failed++)
	{
		double scale[FEATURES];
		size_t count;

		f.arena.allocations_left = failed;
		status = solver_find_aliased(&f.problem, &f.control, scale, &count,
									 &f.failure);
	}
	assert_int_equal(status, LL_OK);
	assert_true(failed > 3);
	f.arena.allocations_left = -1;
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),
									   cmocka_unit_test(test_scales),
									   cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
