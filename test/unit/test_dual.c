/*
 * test_dual.c
 *		Least squares by the rows' products, against the features' matrix.
 */
#include "core/solve/dual.h"
#include "core/solve/exact.h"
#include "solver_fixture.h"

enum
{
	ROWS = 80,
	FEATURES = 130
};

static double mean[FEATURES];
static double inverse[FEATURES];

/* Rows that arrive forwards or backwards, some of which repeat others' features. */
static void
open_rows(Fixture *f, RowFormat format, bool backwards)
{
	open_fixture(f, format, FEATURES, LOSS_SQUARED);
	for (int j = 0; j < FEATURES; j++)
	{
		mean[j] = 0.3 + 0.01 * (j % 9);
		inverse[j] = j == 40 ? 0.0 : 0.8 + 0.1 * (j % 4);
	}
	f->problem.mean = mean;
	f->problem.inverse_deviation = inverse;
	f->problem.label_mean = 0.4;
	f->problem.label_deviation = 1.3;
	f->problem.wd = 0.02;
	f->control.optimizer = OPTIMIZER_EXACT;
	for (uint64_t n = 0; n < ROWS; n++)
	{
		uint64_t i = backwards ? ROWS - 1 - n : n, seed = 77 + i / 2 * 2;
		float floats[FEATURES];
		double doubles[FEATURES], score = 0.1 * (double) (i % 2);
		RowView view = {.dense = format == ROWS_F32 ? (void *) floats
													: (void *) doubles};

		for (int j = 0; j < FEATURES; j++)
		{
			floats[j] = (float) draw(&seed);
			doubles[j] = floats[j];
			score += j < 8 ? doubles[j] : 0.0;
		}
		assert_int_equal(rows_append(&f->rows, &view, score, i,
									 1.0f + (float) (i % 3), &f->failure),
						 LL_OK);
		assert_int_equal(
			rows_give_offset(&f->rows, 0.1 * (double) (i % 4), &f->failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* The same by the features' matrix. */
static void
solve_by_features(Fixture *f, double *weights, SolverResult *result)
{
	Pass pass;

	memset(weights, 0, (FEATURES + 1) * sizeof(double));
	*result = (SolverResult){0};
	assert_int_equal(
		pass_init(&pass, &f->problem, &f->control, 2, false, &f->failure),
		LL_OK);
	assert_int_equal(
		exact_solve(&pass, &f->control, weights, result, &f->failure), LL_OK);
	pass_release(&pass);
}

/* With a bias that has a wd, one without, none, and a part of the rows. */
static void
test_solution(void **state)
{
	(void) state;
	for (int i = 0; i < 8; i++)
	{
		Fixture f;
		SolverResult other;
		double weights[FEATURES + 1];

		open_rows(&f, i % 2 ? ROWS_F32 : ROWS_F64, false);
		f.problem.bias_wd_mult = i / 2 == 1 ? 0.7 : 0.0;
		f.problem.use_bias = i / 2 != 2;
		if (i / 2 == 3)
		{
			f.problem.selection = f.rows.order + 5;
			f.problem.count = ROWS - 20;
		}
		assert_true(dual_serves(&f.problem, &f.control));
		solve_by_features(&f, weights, &other);
		solve(&f, OPTIMIZER_EXACT);
		assert_true(f.result.converged && f.result.iterations == 1);
		assert_true(f.result.gradient_norm < 1e-13);
		assert_near(f.result.objective, other.objective, 1e-13);
		assert_near(f.result.data_loss, other.data_loss, 1e-13);
		for (size_t j = 0; j <= FEATURES; j++)
			assert_near(f.result.weights[j], weights[j], 1e-12);
		assert_true(f.result.weights[40] == 0.0);
		assert_true(f.result.independence > 0.0 &&
					f.result.independence <= 1.0);
		close_fixture(&f);
	}
}

/* The same bits whatever the rows' order and the number of threads. */
static void
test_bits(void **state)
{
	Fixture f, other;

	(void) state;
	open_rows(&f, ROWS_F32, false);
	open_rows(&other, ROWS_F32, true);
	assert_int_equal(
		threads_start(&other.control.pool, 3, &other.runtime, &other.failure),
		LL_OK);
	solve(&f, OPTIMIZER_EXACT);
	solve(&other, OPTIMIZER_EXACT);
	assert_memory_equal(f.result.weights, other.result.weights,
						(FEATURES + 1) * sizeof(double));
	assert_true(f.result.objective == other.result.objective);
	threads_stop(other.control.pool);
	close_fixture(&f);
	close_fixture(&other);
}

/* What is left to the features' matrix, and products that cannot be trusted. */
static void
test_limits(void **state)
{
	Fixture f;
	SolverGram sums = {.ready = true};
	double weights[FEATURES + 1] = {0};
	bool found = true;

	(void) state;
	open_rows(&f, ROWS_F64, false);
	f.problem.selection = f.rows.order;
	f.problem.count = ROWS;
	f.control.sums = &sums;
	assert_false(dual_serves(&f.problem, &f.control));
	sums.ready = false;
	assert_true(dual_serves(&f.problem, &f.control));
	f.control.initial = weights;
	assert_false(dual_serves(&f.problem, &f.control));
	f.control.initial = NULL;
	f.problem.wd = 0.0;
	assert_false(dual_serves(&f.problem, &f.control));
	/* rows that repeat others, and next to no wd */
	f.problem.wd = 1e-17;
	assert_int_equal(dual_solve(&f.problem, &f.control, weights, &f.result,
								&found, &f.failure),
					 LL_OK);
	assert_false(found);
	for (size_t j = 0; j <= FEATURES; j++)
		assert_true(weights[j] == 0.0);
	close_fixture(&f);
}

static long looks_left;

static bool
stop_at_last(void *context)
{
	(void) context;
	return looks_left-- <= 0;
}

/* Without room at every allocation, and ended at every look. */
static void
test_ends(void **state)
{
	Fixture f;
	double weights[FEATURES + 1];
	bool found;
	Status status;
	long steps = 0;

	(void) state;
	open_rows(&f, ROWS_F32, false);
	do
	{
		f.arena.allocations_left = (int) steps++;
		status = dual_solve(&f.problem, &f.control, weights, &f.result, &found,
							&f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
	} while (status != LL_OK);
	assert_true(steps > 10);
	f.arena.allocations_left = -1;
	f.runtime.interrupted = stop_at_last;
	steps = 0;
	do
	{
		looks_left = steps++;
		status = dual_solve(&f.problem, &f.control, weights, &f.result, &found,
							&f.failure);
		assert_true(status == LL_OK || status == LL_CANCELLED);
	} while (status != LL_OK);
	assert_true(steps > 3);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_solution),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
