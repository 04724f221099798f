/*
 * test_sandwich.c
 *		Robust standard errors and intervals against their closed forms.
 */
#include "core/solve/sandwich.h"

#include "core/model/interval.h"
#include "core/solve/precise.h"
#include "solver_fixture.h"

#define ROWS 40
static const ErrorKind kinds[] = {ERRORS_MODEL, ERRORS_HC0, ERRORS_HC1,
								  ERRORS_HC2, ERRORS_HC3};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A simple regression, weighted, and what textbooks say of it. */
typedef struct Simple
{
	double x[ROWS], y[ROWS], w[ROWS];
	double weight, mean, square; /* of x about its mean */
	double slope, intercept;
	double variance; /* of a row of weight 1 */
} Simple;

static void
draw_simple(Simple *s)
{
	uint64_t seed = 8;
	double wy = 0.0, wxy = 0.0;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < ROWS; i++)
	{
		s->x[i] = (double) (float) (10 + 3 * draw(&seed));
		s->y[i] = 2 * s->x[i] - 5 + s->x[i] * draw(&seed);
		s->w[i] = 1 + i % 3;
		s->weight += s->w[i];
		s->mean += s->w[i] * s->x[i];
		wy += s->w[i] * s->y[i];
	}
	s->mean /= s->weight;
	for (int i = 0; i < ROWS; i++)
	{
		s->square += s->w[i] * pow(s->x[i] - s->mean, 2);
		wxy += s->w[i] * (s->x[i] - s->mean) * s->y[i];
	}
	s->slope = wxy / s->square;
	s->intercept = wy / s->weight - s->slope * s->mean;
	for (int i = 0; i < ROWS; i++)
		s->variance += s->w[i] *
					   pow(s->y[i] - s->slope * s->x[i] - s->intercept, 2) /
					   (ROWS - 2);
}

/* The variance of the estimated mean at x; of the slope alone. */
static double
variance_at(const Simple *s, ErrorKind kind, double x, bool slope_alone)
{
	double sum = 0.0;
	double own = slope_alone ? 0.0 : 1.0 / s->weight;
	double by_slope = (slope_alone ? 1.0 : x - s->mean) / s->square;

	for (int i = 0; i < ROWS; i++)
	{
		double from_mean = s->x[i] - s->mean;
		double residual = s->y[i] - s->slope * s->x[i] - s->intercept;
		double h =
			s->w[i] * (1.0 / s->weight + from_mean * from_mean / s->square);
		double pull = s->w[i] * (own + by_slope * from_mean);
		double g = kind == ERRORS_HC1	? ROWS / (ROWS - 2.0)
				   : kind == ERRORS_HC2 ? 1.0 / (1.0 - h)
				   : kind == ERRORS_HC3 ? pow(1.0 - h, -2)
										: 1.0;

		sum += kind == ERRORS_MODEL ? pull * pull * s->variance / s->w[i]
									: pull * pull * residual * residual * g;
	}
	return sum;
}

static void
open_simple(Fixture *f, const Simple *s, RowFormat format, ErrorKind kind)
{
	open_fixture(f, format, 1, LOSS_SQUARED);
	for (int i = 0; i < ROWS; i++)
		add_row(f, &s->x[i], s->y[i], (float) s->w[i]);
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	f->problem.label_mean = 14;
	f->problem.label_deviation = 4;
	f->control.standard_errors = true;
	f->control.error_kind = kind;
}

/* The variance of a margin at x, as a model keeps it of a result. */
static double
kept_variance(const Fixture *f, double center, double scale, double x)
{
	ModelFit fit = {.root_count = 3,
					.root = f->result.root,
					.meat = f->result.meat,
					.columns = f->result.columns,
					.center = &center,
					.scale = &scale};
	Model model = {.dimension = 1, .outputs = 1, .byte_unit = 1, .fit = &fit};
	RowView row = {.dense = &x};
	double room[4];

	return interval_variance(&model, ROWS_F64, &row, room);
}

/* Each kind, of dense and sparse rows, by each solver. */
static void
test_simple_regression(void **state)
{
	static const RowFormat formats[] = {ROWS_F64, ROWS_SPARSE};
	double mean = 9.5, inverse = 0.6;
	Simple s;

	(void) state;
	draw_simple(&s);
	for (size_t k = 0; k < KINDS; k++)
		for (int sparse = 0; sparse < 2; sparse++)
			for (OptimizerKind o = OPTIMIZER_NEWTON; o <= OPTIMIZER_EXACT; o++)
			{
				Fixture f;

				open_simple(&f, &s, formats[sparse], kinds[k]);
				f.problem.mean = &mean; /* ignored of sparse rows */
				f.problem.inverse_deviation = &inverse;
				f.control.tolerance = 1e-12;
				solve(&f, o);
				assert_non_null(f.result.standard_errors);
				assert_near(f.result.standard_errors[0] /
								sqrt(variance_at(&s, kinds[k], 0, true)),
							1.0, 1e-9);
				assert_near(f.result.standard_errors[1] /
								sqrt(variance_at(&s, kinds[k], 0, false)),
							1.0, 1e-9);
				for (double x = -3; x < 20; x += 7)
					assert_near(
						kept_variance(&f, sparse ? 0.0 : mean, inverse, x) /
							variance_at(&s, kinds[k], x, false),
						1.0, 1e-9);
				close_fixture(&f);
			}
}

/* The same by the solve in pairs of doubles, which puts the bias first. */
static void
test_precise(void **state)
{
	Simple s;

	(void) state;
	draw_simple(&s);
	for (size_t k = 0; k < KINDS; k++)
	{
		Fixture f;

		open_simple(&f, &s, ROWS_F64, kinds[k]);
		solve(&f, OPTIMIZER_EXACT);
		assert_int_equal(
			precise_solve(&f.problem, &f.control, true, &f.result, &f.failure),
			LL_OK);
		assert_true(f.result.precise);
		assert_int_equal(f.result.columns[0], 1);
		for (int j = 0; j < 2; j++)
			assert_near(f.result.standard_errors[j] /
							sqrt(variance_at(&s, kinds[k], 0, j == 0)),
						1.0, 1e-12);
		assert_near(kept_variance(&f, 0.0, 1.0, 13) /
						variance_at(&s, kinds[k], 13, false),
					1.0, 1e-12);
		close_fixture(&f);
	}
}

/*
 * Two groups of a logistic model: that of a group's log odds is the model's own,
 * 1 / (n p (1 - p)), for HC0, and each row's leverage is 1 / n.
 */
static void
test_logistic_groups(void **state)
{
	const int counts[2][2] = {{30, 12}, {17, 41}}; /* [x][y] */

	(void) state;
	for (size_t k = 1; k < KINDS; k++)
	{
		double variance[2];
		Fixture f;

		open_fixture(&f, ROWS_F64, 1, LOSS_LOGISTIC);
		for (int x = 0; x < 2; x++)
		{
			double n = counts[x][0] + counts[x][1];
			double g = kinds[k] == ERRORS_HC1	? 100.0 / 98
					   : kinds[k] == ERRORS_HC2 ? n / (n - 1)
					   : kinds[k] == ERRORS_HC3 ? pow(n / (n - 1), 2)
												: 1;

			variance[x] = (1.0 / counts[x][0] + 1.0 / counts[x][1]) * g;
			for (int y = 0; y < 2; y++)
				for (int i = 0; i < counts[x][y]; i++)
				{
					double value = x;

					add_row(&f, &value, y, 1.0f);
				}
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.control.standard_errors = true;
		f.control.error_kind = kinds[k];
		solve(&f, OPTIMIZER_NEWTON);
		assert_near(f.result.standard_errors[1] / sqrt(variance[0]), 1.0,
					1e-8);
		assert_near(f.result.standard_errors[0] /
						sqrt(variance[0] + variance[1]),
					1.0, 1e-8);
		close_fixture(&f);
	}
}

/* A row that alone has a feature: HC2 and HC3 do not bear it, HC1 does. */
static void
test_decisive_row(void **state)
{
	(void) state;
	for (size_t k = 1; k < KINDS; k++)
	{
		uint64_t seed = 5;
		Fixture f;

		open_fixture(&f, ROWS_F64, 2, LOSS_SQUARED);
		for (int i = 0; i < 30; i++)
		{
			double x[2] = {draw(&seed), i == 7};

			add_row(&f, x, draw(&seed), 1.0f);
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.control.standard_errors = true;
		f.control.error_kind = kinds[k];
		solve(&f, OPTIMIZER_EXACT);
		if (kinds[k] == ERRORS_HC0 || kinds[k] == ERRORS_HC1)
			assert_non_null(f.result.standard_errors);
		else
		{
			assert_null(f.result.standard_errors);
			assert_non_null(strstr(f.result.reason, "1 of the rows"));
		}
		close_fixture(&f);
	}
}

/* Threads, memory that runs out at any place, and a cancel leave no other bytes. */
static void
test_threads_and_memory(void **state)
{
	double errors[9];
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_SQUARED);
	fill(&f, 2);
	f.control.standard_errors = true;
	f.control.error_kind = ERRORS_HC3;
	solve(&f, OPTIMIZER_EXACT);
	assert_non_null(f.result.standard_errors);
	memcpy(errors, f.result.standard_errors, sizeof(errors));
	for (int threads = 1; threads <= 3; threads++)
	{
		assert_int_equal(
			threads_start(&f.control.pool, threads, &f.runtime, &f.failure),
			LL_OK);
		solve(&f, OPTIMIZER_EXACT);
		assert_memory_equal(f.result.standard_errors, errors, sizeof(errors));
		threads_stop(f.control.pool);
		f.control.pool = NULL;
	}
	for (long left = 0;; left++)
	{
		Status status;

		f.arena.allocations_left = left;
		status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
		f.arena.allocations_left = -1;
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
	}
	assert_memory_equal(f.result.standard_errors, errors, sizeof(errors));
	f.arena.interrupt = true;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_CANCELLED);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple_regression),
		cmocka_unit_test(test_precise),
		cmocka_unit_test(test_logistic_groups),
		cmocka_unit_test(test_decisive_row),
		cmocka_unit_test(test_threads_and_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
