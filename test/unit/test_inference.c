/*
 * test_inference.c
 *		Standard errors, and why there are none.
 */
#include "core/solve/inference.h"

#include "core/options/optimizer_table.h"
#include "core/rows/gram_sums.h"
#include "core/rows/rows_order.h"
#include "core/rows/rows_summed.h"
#include "core/solve/precise.h"
#include "solver_fixture.h"

/* Simple regression has its errors in every textbook. */
static void
test_standard_errors_linear(void **state)
{
	Fixture f;
	uint64_t seed = 21;
	double n = 40, sx = 0, sxx = 0, sy = 0, sxy = 0, rss = 0;
	double xs[40], ys[40];
	double slope, intercept, s2, sd;
	double mean, inverse;

	(void) state;
	open_fixture(&f, ROWS_F64, 1, LOSS_SQUARED);
	for (int i = 0; i < 40; i++)
	{
		xs[i] = 10 + 3 * draw(&seed);
		ys[i] = 2 * xs[i] - 5 + draw(&seed);
		sx += xs[i];
		sxx += xs[i] * xs[i];
		sy += ys[i];
		sxy += xs[i] * ys[i];
		add_row(&f, &xs[i], ys[i], 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
	intercept = (sy - slope * sx) / n;
	for (int i = 0; i < 40; i++)
		rss += pow(ys[i] - slope * xs[i] - intercept, 2);
	s2 = rss / (n - 2);
	sd = sxx - sx * sx / n;
	mean = 9.5;
	inverse = 0.6;
	f.problem.mean = &mean;
	f.problem.inverse_deviation = &inverse;
	f.problem.label_mean = 14;
	f.problem.label_deviation = 4;
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_EXACT);
	assert_non_null(f.result.standard_errors);
	assert_near(f.result.weights[0] * inverse * 4, slope, 1e-10);
	assert_near(f.result.standard_errors[0], sqrt(s2 / sd), 1e-9);
	assert_near(f.result.standard_errors[1],
				sqrt(s2 * (1 / n + sx * sx / (n * n) / sd)), 1e-9);
	f.problem.wd = 0.1;
	solve(&f, OPTIMIZER_EXACT);
	assert_null(f.result.standard_errors);
	assert_non_null(strstr(f.result.reason, "wd"));
	close_fixture(&f);
}

/* A single binary feature: the errors of log odds are sums of 1 / counts. */
static void
test_standard_errors_logistic(void **state)
{
	const int counts[2][2] = {{30, 12}, {17, 41}}; /* [x][y] */
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 1, LOSS_LOGISTIC);
	for (int x = 0; x < 2; x++)
		for (int y = 0; y < 2; y++)
			for (int i = 0; i < counts[x][y]; i++)
			{
				double value = x;

				add_row(&f, &value, y, 1.0f);
			}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_NEWTON);
	assert_near(f.result.weights[1], log(12.0 / 30), 1e-8);
	assert_near(f.result.weights[0], log(41.0 / 17) - log(12.0 / 30), 1e-8);
	assert_near(f.result.standard_errors[1], sqrt(1.0 / 30 + 1.0 / 12), 1e-8);
	assert_near(f.result.standard_errors[0],
				sqrt(1.0 / 30 + 1.0 / 12 + 1.0 / 17 + 1.0 / 41), 1e-8);
	close_fixture(&f);
}

/*
 * Powers 0 to 5 of 0 to 20, as NIST's Wampler3 has them, whose weights are 1: of
 * rows, and of rows that are only summed; in doubles normal equations keep 8
 * digits.  A sixth feature that is a sum of others leaves no solution.
 */
static void
test_near_collinear_features_keep_digits(void **state)
{
	const double error[21] = {759,	 -2048, 2048,  -2048, 2523,	 -2048, 2048,
							  -2048, 1838,	-2048, 2048,  -2048, 1838,	-2048,
							  2048,	 -2048, 2523,  -2048, 2048,	 -2048, 759};
	const double expected[6] = {2363.55173469681,  779.343524331583,
								101.475507550350,  5.64566512170752,
								0.112324854679312, 2152.32624678170};

	(void) state;
	for (int summed = 0; summed < 2; summed++)
	{
		Fixture f;

		open_fixture(&f, ROWS_F64, 5, LOSS_SQUARED);
		for (int i = 0; i <= 20; i++)
		{
			double x[5] = {i}, y = 1 + i + error[i];

			for (int j = 1; j < 5; j++)
				y += x[j] = x[j - 1] * i;
			add_row(&f, x, y, 1.0f);
		}
		if (summed)
		{
			assert_int_equal(rows_sum_up(&f.rows, &f.failure), LL_OK);
			assert_int_equal(gram_sums_flush(f.rows.sums, &f.failure), LL_OK);
		}
		else
			assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.control.standard_errors = true;
		solve(&f, OPTIMIZER_EXACT);
		assert_true(precise_wanted(&f.problem, &f.control, &f.result));
		assert_int_equal(precise_solve(&f.problem, &f.control, false,
									   &f.result, &f.failure),
						 LL_OK);
		assert_true(f.result.precise);
		for (int j = 0; j < 6; j++)
		{
			assert_near(f.result.weights[j], 1.0, 1e-12);
			assert_near(f.result.standard_errors[j] / expected[j], 1.0, 1e-12);
		}
		close_fixture(&f);
	}
}

/* A feature that is the sum of two others is left out, or nothing is done. */
static void
test_dependent_features_are_left_out(void **state)
{
	uint64_t seed = 3;
	Fixture f;
	double least_norm;

	(void) state;
	open_fixture(&f, ROWS_F64, 3, LOSS_SQUARED);
	for (int i = 0; i < 50; i++)
	{
		double x[3] = {draw(&seed), draw(&seed)};

		x[2] = x[0] + x[1];
		add_row(&f, x, 2 * x[0] + x[1] + 0.1 * draw(&seed), 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_EXACT);
	least_norm = f.result.weights[0];
	assert_int_equal(
		precise_solve(&f.problem, &f.control, false, &f.result, &f.failure),
		LL_OK);
	assert_true(f.result.dependent && f.result.weights[0] == least_norm);
	assert_int_equal(
		precise_solve(&f.problem, &f.control, true, &f.result, &f.failure),
		LL_OK);
	assert_true(f.result.weights[2] == 0.0);
	assert_near(f.result.weights[0], 2.0, 0.1);
	assert_non_null(f.result.standard_errors);
	assert_true(isnan(f.result.standard_errors[2]));
	assert_true(isnan(f.result.inflation[2]));
	close_fixture(&f);
}

static void
test_separated_classes_have_no_errors(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 1, LOSS_LOGISTIC);
	for (int i = -10; i < 10; i++)
	{
		double x = i + 0.5;

		add_row(&f, &x, i >= 0, 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_NEWTON);
	assert_null(f.result.standard_errors);
	assert_non_null(strstr(f.result.reason, "separated"));
	assert_true(isfinite(f.result.weights[0]));
	close_fixture(&f);
}

/*
 * 3,000 rows of which one in 100 carries a rare feature: all of those positive,
 * or not; or a feature nearly a copy of another; or all three at once.
 */
static void
test_partly_separated_classes(void **state)
{
	enum
	{
		SEPARATED,
		OVERLAPPING,
		COLLINEAR,
		COPIED,
		SHARED,
		CASES
	};
	const OptimizerKind optimizers[] = {OPTIMIZER_NEWTON, OPTIMIZER_LBFGS};

	(void) state;
	for (int c = 0; c < CASES; c++)
		for (int o = 0; o < 2; o++)
		{
			uint64_t seed = 5;
			Fixture f;

			open_fixture(&f, ROWS_F64, 3, LOSS_LOGISTIC);
			for (int i = 0; i < 3000; i++)
			{
				double x[3] = {draw(&seed), i % 100 == 0, 0};
				bool y = x[0] + draw(&seed) > 0;

				if (c != OVERLAPPING && x[1] == 1)
					y = true;
				if (c == OVERLAPPING && x[1] == 1)
					y = i != 0;
				if (c == COLLINEAR || c == COPIED)
				{
					x[1] = x[0] + (c == COLLINEAR ? 1e-4 * draw(&seed) : 0);
					x[2] = draw(&seed);
				}
				if (c == SHARED) /* two that run off, on rows of both */
				{
					x[2] = i % 150 == 0;
					y = y || x[2] == 1;
				}
				if (c <= OVERLAPPING)
					x[2] = draw(&seed);
				add_row(&f, x, y, 1.0f);
			}
			assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
			f.control.standard_errors = true;
			f.control.tolerance = o == 1 ? 1e-10 : 0;
			f.control.max_iterations = 500;
			solve(&f, optimizers[o]);
			if (c == OVERLAPPING || c == COLLINEAR)
				assert_non_null(f.result.standard_errors);
			else
			{
				assert_null(f.result.standard_errors);
				assert_non_null(strstr(
					f.result.reason, c == COPIED ? "dependent" : "separated"));
			}
			close_fixture(&f);
		}
}

/* A bound of iterations holds for the steps that bring digits, too. */
static void
test_bound(void **state)
{
	int moved = 0;

	(void) state;
	for (uint32_t limit = 3; limit < 9; limit++)
	{
		double weights[4];
		Fixture f;
		uint64_t seed = 9;

		open_fixture(&f, ROWS_F64, 3, LOSS_LOGISTIC);
		for (int i = 0; i < 300; i++)
		{
			double x[3] = {draw(&seed), draw(&seed), draw(&seed)};

			add_row(&f, x, x[0] + draw(&seed) > 0, 1.0f);
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.control.tolerance = 1e-15; /* which none reaches */
		f.control.max_iterations = limit;
		solve(&f, OPTIMIZER_LBFGS);
		assert_int_equal(f.result.iterations, limit);
		memcpy(weights, f.result.weights, sizeof(weights));
		f.control.standard_errors = f.control.bound = true;
		solve(&f, OPTIMIZER_LBFGS);
		assert_memory_equal(f.result.weights, weights, sizeof(weights));
		f.control.bound = false;
		solve(&f, OPTIMIZER_LBFGS);
		moved += memcmp(f.result.weights, weights, sizeof(weights)) != 0;
		close_fixture(&f);
	}
	assert_true(moved > 0);
}

/* A mean loss above the bound is not yet that of separated classes. */
static void
test_separated_bound(void **state)
{
	static const struct
	{
		LossKind loss;
		double data_loss;
		bool separated;
	} cases[] = {{LOSS_LOGISTIC, 0.99e-6, true},
				 {LOSS_LOGISTIC, 1.01e-6, false},
				 {LOSS_SQUARED, 0.99e-6, false}};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Fixture f;

		open_fixture(&f, ROWS_F64, 8, cases[c].loss);
		fill(&f, 2);
		solve(&f, OPTIMIZER_NEWTON);
		f.result.data_loss = cases[c].data_loss;
		assert_int_equal(solver_inference(&f.problem, &f.control,
										  f.result.weights, &f.result,
										  &f.failure),
						 LL_OK);
		assert_int_equal(strstr(f.result.reason, "perfectly") != NULL,
						 cases[c].separated);
		assert_int_equal(f.result.standard_errors == NULL, cases[c].separated);
		close_fixture(&f);
	}
}

/*
 * Matrices are formed of 4096 features and no more: newton and exact refuse what
 * is wider, lbfgs solves it and gives no standard errors.
 */
static void
test_widest_matrix(void **state)
{
	(void) state;
	for (uint32_t width = 4096; width <= 4097; width++)
	{
		static const double weights[4098];
		SolverResult result = {.converged = true};
		Fixture f;

		open_fixture(&f, ROWS_SPARSE, width, LOSS_SQUARED);
		for (uint32_t i = 0; i < 2 * width; i++)
		{
			uint32_t index = i % width;
			float value = 1.0f;
			RowView view = {.index = &index, .value = &value, .count = 1};

			assert_int_equal(
				rows_append(&f.rows, &view, i, i, 1.0f, &f.failure), LL_OK);
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.arena.interrupt = true;
		for (OptimizerKind o = OPTIMIZER_NEWTON; o <= OPTIMIZER_EXACT; o++)
		{
			Status status;

			f.control.optimizer = o;
			status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
			assert_int_equal(status, optimizer_table[o].matrix_extra > 0 &&
											 width > 4096
										 ? LL_LIMIT
										 : LL_CANCELLED);
		}
		assert_int_equal(solver_inference(&f.problem, &f.control, weights,
										  &result, &f.failure),
						 width > 4096 ? LL_OK : LL_CANCELLED);
		assert_int_equal(strstr(result.reason, "too many features") != NULL,
						 width > 4096);
		close_fixture(&f);
	}
}

/*
 * Of a loss whose matrix is as expected, steps that the gradient leads leave the
 * loss what it is: Pearson's statistic, summed in its place, is the dispersion.
 */
static void
test_stuck_gamma(void **state)
{
	Fixture f;
	double loss = 0.0, pearson = 0.0;

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_GAMMA);
	fill(&f, 0);
	solve(&f, OPTIMIZER_LBFGS);
	f.result.converged = false;
	f.result.gradient_norm = 1e-8;
	assert_int_equal(solver_inference(&f.problem, &f.control, f.result.weights,
									  &f.result, &f.failure),
					 LL_OK);
	assert_non_null(f.result.standard_errors);
	for (size_t i = 0; i < f.rows.count; i++)
	{
		const double *x = rows_view(&f.rows, i).dense;
		double margin = f.result.weights[8], ratio;

		for (int j = 0; j < 8; j++)
			margin += f.result.weights[j] * x[j];
		ratio = f.rows.labels[i] / exp(margin);
		loss += (ratio - 1.0 - log(ratio)) / (double) f.rows.count;
		pearson += (ratio - 1.0) * (ratio - 1.0);
	}
	assert_near(f.result.data_loss, loss, 1e-12);
	assert_true(fabs(0.5 * pearson / (double) f.rows.count - loss) >
				0.005 * loss);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard_errors_linear),
		cmocka_unit_test(test_standard_errors_logistic),
		cmocka_unit_test(test_near_collinear_features_keep_digits),
		cmocka_unit_test(test_dependent_features_are_left_out),
		cmocka_unit_test(test_separated_classes_have_no_errors),
		cmocka_unit_test(test_partly_separated_classes),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_separated_bound),
		cmocka_unit_test(test_widest_matrix),
		cmocka_unit_test(test_stuck_gamma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
