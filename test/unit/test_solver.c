/*
 * test_solver.c
 *		Solvers against each other, against closed forms and against the
 *		conditions that an optimum fulfils.
 */
#include "core/solve/solver.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/options/optimizer_table.h"
#include "core/rows/rows_order.h"

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Rows rows;
	SolverProblem problem;
	SolverControl control;
	SolverResult result;
} Fixture;

/* A reproducible number in [-1, 1). */
static double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 4503599627370496.0 - 1.0;
}

static void
open_fixture(Fixture *f, RowFormat format, uint32_t dimension, LossKind loss)
{
	memset(f, 0, sizeof(*f));
	f->arena.allocations_left = -1;
	f->runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->runtime, format, dimension);
	f->problem = (SolverProblem){.rows = &f->rows,
								 .loss = loss,
								 .parameters = {1.0, 0.5, 1.0, 0.01},
								 .outputs = 1,
								 .label_deviation = 1.0,
								 .use_bias = true};
	f->control =
		(SolverControl){.optimizer = OPTIMIZER_LBFGS, .runtime = &f->runtime};
}

static void
add_row(Fixture *f, const double *x, double label, float weight)
{
	uint32_t index[32];
	float value[32];
	RowView view = {.dense = x};

	if (f->rows.format == ROWS_SPARSE)
	{
		view = (RowView){.index = index, .value = value};
		for (uint32_t j = 0; j < f->rows.dimension; j++)
			if (x[j] != 0.0)
			{
				index[view.count] = j;
				value[view.count++] = (float) x[j];
			}
	}
	assert_int_equal(rows_append(&f->rows, &view, label,
								 hash64_bytes(&label, sizeof(label), 0),
								 weight, &f->failure),
					 LL_OK);
}

/* 600 rows of 8 features, a third of them zero; classes classes. */
static void
fill(Fixture *f, int classes)
{
	uint64_t seed = 11;

	for (int i = 0; i < 600; i++)
	{
		double x[8];
		double score = 0.4;
		double label;

		for (int j = 0; j < 8; j++)
		{
			x[j] = (i * 7 + j * 5) % 3 == 0 ? 0.0
											: (float) (draw(&seed) * (1 + j));
			score += x[j] * (j % 3 - 1) * 0.5;
		}
		score += 2 * draw(&seed);
		label = classes == 0   ? score
				: classes == 2 ? (score > 0)
							   : fmod(floor(fabs(score) * 2), classes);
		add_row(f, x, label, 1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

static void
solve(Fixture *f, OptimizerKind optimizer)
{
	Status status;

	f->control.optimizer = optimizer;
	status = solver_run(&f->problem, &f->control, &f->result, &f->failure);
	if (status != LL_OK)
		print_error("%s\n", f->failure.message);
	assert_int_equal(status, LL_OK);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

static void
assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance * fmax(1.0, fabs(b))))
	{
		print_error("%.15g is not %.15g\n", a, b);
		assert_true(false);
	}
}

static void
test_newton_and_lbfgs_agree(void **state)
{
	(void) state;
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		bool numbers = loss_table[kind].predictors & APPLIES_REGRESSOR;
		Fixture f;
		double newton[9];

		if (!solver_supports(OPTIMIZER_NEWTON, (LossKind) kind, false))
			continue;
		open_fixture(&f, ROWS_F64, 8, (LossKind) kind);
		fill(&f, numbers ? 0 : 2);
		f.problem.wd = 0.01;
		solve(&f, OPTIMIZER_NEWTON);
		assert_true(f.result.converged);
		memcpy(newton, f.result.weights, sizeof(newton));
		solve(&f, OPTIMIZER_LBFGS);
		assert_true(f.result.converged);
		for (int j = 0; j < 9; j++)
			assert_near(f.result.weights[j], newton[j], 1e-6);
		close_fixture(&f);
	}
}

/* The closed form makes the gradient vanish and matches L-BFGS. */
static void
test_exact(void **state)
{
	Fixture f;
	double exact[9];

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_SQUARED);
	fill(&f, 0);
	f.problem.wd = 0.1;
	solve(&f, OPTIMIZER_EXACT);
	assert_true(f.result.gradient_norm < 1e-12);
	memcpy(exact, f.result.weights, sizeof(exact));
	solve(&f, OPTIMIZER_LBFGS);
	for (int j = 0; j < 9; j++)
		assert_near(f.result.weights[j], exact[j], 1e-6);
	close_fixture(&f);
}

/* Twice the same feature: the least-norm solution shares the weight. */
static void
test_exact_singular(void **state)
{
	Fixture f;
	uint64_t seed = 5;

	(void) state;
	open_fixture(&f, ROWS_F64, 2, LOSS_SQUARED);
	for (int i = 0; i < 50; i++)
	{
		double u = draw(&seed);
		double x[2] = {u, u};

		add_row(&f, x, 3.0 * u + 1.0, 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_EXACT);
	assert_true(f.result.singular);
	assert_near(f.result.weights[0], 1.5, 1e-9);
	assert_near(f.result.weights[1], 1.5, 1e-9);
	assert_near(f.result.weights[2], 1.0, 1e-9);
	assert_null(f.result.standard_errors);
	assert_non_null(strstr(f.result.reason, "linearly dependent"));
	close_fixture(&f);
}

/*
 * The same when it is too wide for eigenvectors, and for blocks of the
 * Cholesky factorisation; with wd, Newton and the closed form agree there.
 */
static void
test_wide(void **state)
{
	enum
	{
		dimension = 600
	};
	Fixture f;
	uint64_t seed = 6;
	double exact[dimension + 1];

	(void) state;
	open_fixture(&f, ROWS_F64, dimension, LOSS_SQUARED);
	for (int i = 0; i < 900; i++)
	{
		double x[dimension];
		double y = 2.0;

		for (int j = 0; j < dimension / 2; j++)
		{
			x[j] = x[j + dimension / 2] = draw(&seed);
			y += x[j] * (j % 7 - 3);
		}
		add_row(&f, x, y, 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	solve(&f, OPTIMIZER_EXACT);
	assert_true(f.result.singular);
	assert_true(f.result.gradient_norm < 1e-9);
	for (int j = 0; j < dimension; j++)
		assert_near(f.result.weights[j], (j % (dimension / 2) % 7 - 3) / 2.0,
					1e-6);
	f.problem.wd = 0.01;
	solve(&f, OPTIMIZER_EXACT);
	assert_false(f.result.singular);
	memcpy(exact, f.result.weights, sizeof(exact));
	solve(&f, OPTIMIZER_NEWTON);
	for (int j = 0; j <= dimension; j++)
		assert_near(f.result.weights[j], exact[j], 1e-8);
	close_fixture(&f);
}

/* Normalisation changes the coordinates, not the unregularised optimum. */
static void
test_normalisation_and_formats(void **state)
{
	const RowFormat formats[] = {ROWS_F64, ROWS_SPARSE};
	double mean[8];
	double inverse[8];
	double plain[9];

	(void) state;
	for (int j = 0; j < 8; j++)
	{
		mean[j] = 0.3 * j;
		inverse[j] = 1.0 / (1 + j);
	}
	for (int k = 0; k < 2; k++)
	{
		Fixture f;
		double bias;

		open_fixture(&f, formats[k], 8, LOSS_LOGISTIC);
		fill(&f, 2);
		f.control.tolerance = 1e-10;
		solve(&f, OPTIMIZER_NEWTON);
		if (k == 0)
			memcpy(plain, f.result.weights, sizeof(plain));
		for (int j = 0; j < 9; j++)
			assert_near(f.result.weights[j], plain[j], 1e-8);
		f.problem.mean = mean;
		f.problem.inverse_deviation = inverse;
		for (int o = 0; o < 2; o++)
		{
			solve(&f, o == 0 ? OPTIMIZER_NEWTON : OPTIMIZER_LBFGS);
			bias = f.result.weights[8];
			for (int j = 0; j < 8; j++)
			{
				double w = f.result.weights[j] * inverse[j];

				assert_near(w, plain[j], 1e-6);
				if (formats[k] != ROWS_SPARSE)
					bias -= w * mean[j];
			}
			assert_near(bias, plain[8], 1e-6);
		}
		close_fixture(&f);
	}
}

/* The same bits with one thread and with three. */
static void
test_threads_give_the_same_bits(void **state)
{
	const OptimizerKind optimizers[] = {OPTIMIZER_NEWTON, OPTIMIZER_LBFGS};

	(void) state;
	for (int k = 0; k < 2; k++)
	{
		Fixture f;
		double alone[9];
		ThreadPool *pool;
		uint64_t seed = 3;

		open_fixture(&f, ROWS_F64, 8, LOSS_LOGISTIC);
		for (int i = 0; i < 6000; i++)
		{
			double x[8];

			for (int j = 0; j < 8; j++)
				x[j] = draw(&seed);
			add_row(&f, x, x[0] + x[1] + draw(&seed) > 0, 1.0f);
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.problem.wd = 1e-3;
		solve(&f, optimizers[k]);
		memcpy(alone, f.result.weights, sizeof(alone));
		assert_int_equal(threads_start(&pool, 3, &f.runtime, &f.failure),
						 LL_OK);
		f.control.pool = pool;
		solve(&f, optimizers[k]);
		assert_memory_equal(alone, f.result.weights, sizeof(alone));
		threads_stop(pool);
		close_fixture(&f);
	}
}

/*
 * A problem large enough for float tiles and the preconditioner reaches the
 * optimum that Newton finds in double: by coarse matrices with wd, by exact ones
 * without, and with any number of threads the same.
 */
static void
test_large_problem(void **state)
{
	enum
	{
		dimension = 420,
		rows = 41000
	};
	Fixture f;
	uint64_t seed = 17;
	double lbfgs;
	double *newton;

	(void) state;
	open_fixture(&f, ROWS_U8, dimension, LOSS_LOGISTIC);
	for (int i = 0; i < rows; i++)
	{
		uint8_t x[dimension];
		RowView view = {.dense = x};
		double score = -0.3;

		for (int j = 0; j < dimension; j++)
		{
			x[j] = (uint8_t) (128 + 127 * draw(&seed));
			score += (x[j] - 128) / 128.0 * (j % 5 - 2) * 0.2;
		}
		score = score + draw(&seed) > 0;
		assert_int_equal(
			rows_append(&f.rows, &view, score, score > 0, 1.0f, &f.failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.problem.wd = 1e-6;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	assert_true(f.result.iterations < 40);
	lbfgs = f.result.objective;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_true(f.result.gradient_norm <= 1e-8);
	assert_true(f.result.iterations < 16);
	assert_near(lbfgs / f.result.objective, 1.0, 1e-6);
	newton = f.result.weights;
	assert_int_equal(threads_start(&f.control.pool, 3, &f.runtime, &f.failure),
					 LL_OK);
	solve(&f, OPTIMIZER_NEWTON);
	threads_stop(f.control.pool);
	f.control.pool = NULL;
	assert_memory_equal(f.result.weights, newton,
						(dimension + 1) * sizeof(double));
	/* Next to nothing separates wd from none, but for the way there. */
	f.problem.wd = 0.0;
	f.control.initial = newton;
	f.control.standard_errors = true;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_true(f.result.iterations < 8);
	assert_non_null(f.result.standard_errors);
	close_fixture(&f);
}

/* Features too rare for a share of the rows do not lead Newton astray. */
static void
test_rare_features(void **state)
{
	enum
	{
		dimension = 420,
		rows = 41000
	};
	Fixture f;
	uint64_t seed = 23;

	(void) state;
	open_fixture(&f, ROWS_U8, dimension, LOSS_LOGISTIC);
	for (int i = 0; i < rows; i++)
	{
		uint8_t x[dimension];
		RowView view = {.dense = x};
		double score = -0.3;

		for (int j = 0; j < dimension; j++)
		{
			bool there = j % 2 == 0 || draw(&seed) > 0.999;

			x[j] = there ? (uint8_t) (128 + 127 * draw(&seed)) : 0;
			score += x[j] / 128.0 * (j % 5 - 2) * 0.2;
		}
		score = score + draw(&seed) > 0;
		assert_int_equal(
			rows_append(&f.rows, &view, score, score > 0, 1.0f, &f.failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.problem.wd = 1e-6;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_true(f.result.iterations < 16);
	close_fixture(&f);
}

/* OWL-QN: exact zeros, and the subgradient conditions hold everywhere. */
static void
test_owlqn(void **state)
{
	Fixture f;
	const double *w;
	int zeros = 0;

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_LOGISTIC);
	fill(&f, 2);
	f.problem.l1 = 0.12;
	f.control.tolerance = 1e-6;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	w = f.result.weights;
	for (int j = 0; j < 9; j++)
	{
		double gradient = 0.0;

		for (size_t i = 0; i < f.rows.count; i++)
		{
			const double *x = rows_view(&f.rows, i).dense;
			double margin = w[8];

			for (int k = 0; k < 8; k++)
				margin += w[k] * x[k];
			gradient += loss_derivative(LOSS_LOGISTIC, NULL, margin,
										f.rows.labels[i]) *
						(j < 8 ? x[j] : 1.0) / (double) f.rows.count;
		}
		if (j == 8)
			assert_near(gradient, 0.0, 1e-5);
		else if (w[j] != 0.0)
			assert_near(gradient, -copysign(0.12, w[j]), 1e-5);
		else
		{
			assert_true(fabs(gradient) <= 0.12 + 1e-6);
			zeros++;
		}
	}
	assert_true(zeros >= 2 && zeros < 8);
	close_fixture(&f);
}

/* Softmax of two classes with wd is logistic with half of wd. */
static void
test_softmax(void **state)
{
	Fixture f;
	double soft[18];

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_SOFTMAX);
	fill(&f, 2);
	f.problem.outputs = 2;
	f.problem.wd = 0.02;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	memcpy(soft, f.result.weights, sizeof(soft));
	f.problem.loss = LOSS_LOGISTIC;
	f.problem.outputs = 1;
	f.problem.wd = 0.01;
	solve(&f, OPTIMIZER_NEWTON);
	for (int j = 0; j < 9; j++)
		assert_near(soft[9 + j] - soft[j], f.result.weights[j], 1e-6);
	close_fixture(&f);
}

/* A row of weight 2 is the row twice; class weights likewise. */
static void
test_weights(void **state)
{
	const float class_weight[2] = {1.0f, 2.0f};
	double solution[3][3];

	(void) state;
	for (int k = 0; k < 3; k++)
	{
		Fixture f;
		uint64_t seed = 9;

		open_fixture(&f, ROWS_F64, 2, LOSS_LOGISTIC);
		for (int i = 0; i < 200; i++)
		{
			double x[2] = {draw(&seed), draw(&seed)};
			double y = x[0] + draw(&seed) > 0;

			add_row(&f, x, y, k == 0 && y > 0 ? 2.0f : 1.0f);
			if (k == 1 && y > 0)
				add_row(&f, x, y, 1.0f);
		}
		assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
		f.problem.class_weight = k == 2 ? class_weight : NULL;
		solve(&f, OPTIMIZER_NEWTON);
		memcpy(solution[k], f.result.weights, sizeof(solution[k]));
		close_fixture(&f);
	}
	for (int j = 0; j < 3; j++)
	{
		assert_near(solution[0][j], solution[1][j], 1e-7);
		assert_near(solution[0][j], solution[2][j], 1e-7);
	}
}

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

/* Pinned features and an unused bias stay exactly zero. */
static void
test_pins(void **state)
{
	const OptimizerKind optimizers[] = {OPTIMIZER_NEWTON, OPTIMIZER_LBFGS,
										OPTIMIZER_EXACT};
	const double inverse[8] = {1, 1, 0, 1, 1, 1, 1, 1};

	(void) state;
	for (int k = 0; k < 3; k++)
	{
		Fixture f;

		open_fixture(&f, ROWS_F64, 8, LOSS_SQUARED);
		fill(&f, 0);
		f.problem.inverse_deviation = inverse;
		f.problem.use_bias = false;
		solve(&f, optimizers[k]);
		assert_true(f.result.converged);
		assert_true(f.result.weights[2] == 0.0);
		assert_true(f.result.weights[8] == 0.0);
		assert_true(f.result.weights[1] != 0.0);
		close_fixture(&f);
	}
}

/*
 * Starting at the solution takes no iteration; a selection is a smaller set.
 */
static void
test_initial_and_selection(void **state)
{
	Fixture f;
	Fixture g;
	uint32_t chosen[600];
	double all[9];
	size_t count = 0;

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_LOGISTIC);
	fill(&f, 2);
	f.problem.wd = 0.01;
	solve(&f, OPTIMIZER_NEWTON);
	memcpy(all, f.result.weights, sizeof(all));
	f.control.initial = all;
	solve(&f, OPTIMIZER_LBFGS);
	assert_int_equal(f.result.iterations, 0);
	assert_true(f.result.converged);

	open_fixture(&g, ROWS_F64, 8, LOSS_LOGISTIC);
	for (size_t place = 0; place < f.rows.count; place++)
	{
		size_t i = rows_at(&f.rows, place);

		if (i % 2 == 0)
			continue;
		chosen[count++] = (uint32_t) i;
		add_row(&g, rows_view(&f.rows, i).dense, f.rows.labels[i], 1.0f);
	}
	assert_int_equal(rows_seal(&g.rows, &g.failure), LL_OK);
	g.problem.wd = 0.01;
	f.problem.selection = chosen;
	f.problem.count = count;
	f.control.initial = NULL;
	solve(&f, OPTIMIZER_NEWTON);
	solve(&g, OPTIMIZER_NEWTON);
	assert_memory_equal(f.result.weights, g.result.weights,
						9 * sizeof(double));
	close_fixture(&f);
	close_fixture(&g);
}

static void
test_refusals(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 8, LOSS_HINGE);
	fill(&f, 2);
	f.control.optimizer = OPTIMIZER_LBFGS;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.problem.loss = LOSS_LOGISTIC;
	f.problem.l1 = 0.1;
	f.control.optimizer = OPTIMIZER_NEWTON;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.problem.l1 = 0;
	f.arena.interrupt = true;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_CANCELLED);
	f.arena.interrupt = false;
	for (long left = 0;; left++)
	{
		Status status;

		f.arena.allocations_left = left;
		status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
	}
	close_fixture(&f);
}

enum
{
	WIDE = 40000 /* weights fill several chunks of the vector operations */
};

/* 3000 rows of six features, from frequent to rare and of scales of 1 to 100. */
static void
fill_wide(Fixture *f, int classes)
{
	uint64_t seed = 29;

	for (int i = 0; i < 3000; i++)
	{
		uint32_t index[6];
		float value[6];
		RowView view = {.index = index, .value = value, .count = 6};
		double score = draw(&seed);
		double label;

		for (uint32_t e = 0; e < 6; e++)
		{
			double place = exp(log(6000.0) * fabs(draw(&seed)));

			index[e] = e * 6600 + (uint32_t) place;
			value[e] = (float) (draw(&seed) * pow(10.0, index[e] % 5 * 0.5));
			score += value[e] * (index[e] % 3 == 0 ? 1 : -0.1);
		}
		label = classes == 2 ? score > 0 : fmod(floor(fabs(score)), classes);
		assert_int_equal(rows_append(&f->rows, &view, label,
									 hash64_bytes(&label, sizeof(label), 0),
									 1.0f, &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* What one row adds to a gradient[WIDE + 1][outputs], by the definition. */
static void
add_gradient(const Fixture *f, size_t row, double *gradient)
{
	size_t outputs = f->problem.outputs;
	RowView view = rows_view(&f->rows, row);
	double p[3];
	double sum = 0.0;

	for (size_t k = 0; k < outputs; k++)
	{
		const double *w = f->result.weights + k * (WIDE + 1);

		p[k] = w[WIDE];
		for (uint32_t e = 0; e < view.count; e++)
			p[k] += w[view.index[e]] * view.value[e];
		sum += p[k] = exp(p[k]);
	}
	for (size_t k = 0; k < outputs; k++)
	{
		double d = outputs == 1
					   ? p[0] / (1 + p[0]) - f->rows.labels[row]
					   : p[k] / sum - (f->rows.labels[row] == (double) k);

		for (uint32_t e = 0; e < view.count; e++)
			gradient[view.index[e] * outputs + k] +=
				d * view.value[e] / (double) f->rows.count;
		gradient[WIDE * outputs + k] += d / (double) f->rows.count;
	}
}

/* The norm of the (sub)gradient at the result, by the definition. */
static double
norm_of_gradient(const Fixture *f)
{
	size_t outputs = f->problem.outputs;
	double *gradient = calloc((WIDE + 1) * outputs, sizeof(double));
	double l1 = f->problem.l1;
	double squares = 0.0;

	for (size_t i = 0; i < f->rows.count; i++)
		add_gradient(f, i, gradient);
	for (size_t j = 0; j <= WIDE; j++)
		for (size_t k = 0; k < outputs; k++)
		{
			double w = f->result.weights[k * (WIDE + 1) + j];
			double g = gradient[j * outputs + k];

			if (j < WIDE)
				g += f->problem.wd * w;
			if (j < WIDE && w != 0)
				g += copysign(l1, w);
			else if (j < WIDE)
				g = fmax(fabs(g) - l1, 0);
			squares += g * g;
		}
	free(gradient);
	return sqrt(squares);
}

/*
 * Sparse features of any scale and frequency: the optimum is found within the
 * iterations allowed, which takes the preconditioner, and with the same bytes
 * by any number of threads.
 */
static void
test_wide_sparse(void **state)
{
	const struct
	{
		int classes;
		double wd;
		double l1;
	} cases[] = {{2, 1e-3, 0}, {3, 1e-2, 0}, {2, 1e-3, 3e-3}};

	(void) state;
	for (size_t c = 0; c < 3; c++)
	{
		Fixture f;
		ThreadPool *pool;
		size_t size;
		double *alone;

		open_fixture(&f, ROWS_SPARSE, WIDE,
					 cases[c].classes == 2 ? LOSS_LOGISTIC : LOSS_SOFTMAX);
		f.problem.outputs = cases[c].classes == 2 ? 1 : cases[c].classes;
		f.problem.wd = cases[c].wd;
		f.problem.l1 = cases[c].l1;
		f.control.tolerance = 1e-6;
		fill_wide(&f, cases[c].classes);
		solve(&f, OPTIMIZER_LBFGS);
		assert_true(f.result.converged);
		assert_true(norm_of_gradient(&f) < 2e-6);
		alone = f.result.weights;
		size = f.problem.outputs * (WIDE + 1) * sizeof(double);
		for (int threads = 2; threads <= 3; threads++)
		{
			assert_int_equal(
				threads_start(&pool, threads, &f.runtime, &f.failure), LL_OK);
			f.control.pool = pool;
			solve(&f, OPTIMIZER_LBFGS);
			assert_memory_equal(alone, f.result.weights, size);
			threads_stop(pool);
		}
		close_fixture(&f);
	}
}

/* All residuals beyond delta: the Hessian at the start is 0. */
static void
test_straight_huber(void **state)
{
	static const double deltas[] = {1e-3, 1e-1, 1.0};

	(void) state;
	for (int d = 0; d < 3; d++)
		for (int start = 0; start < 2; start++)
		{
			double far[9] = {1e3, -1e3, 1e3, 0, 0, 0, 0, 0, 1e4};
			double lbfgs, newton;
			Fixture f;

			open_fixture(&f, ROWS_F64, 8, LOSS_HUBER);
			fill(&f, 0);
			f.problem.parameters.huber_delta = deltas[d];
			f.problem.label_mean = -50.0; /* no residual near 0 */
			f.control.max_iterations = 500;
			if (start == 1)
				f.control.initial = far;
			solve(&f, OPTIMIZER_LBFGS);
			lbfgs = f.result.objective;
			solve(&f, OPTIMIZER_NEWTON);
			newton = f.result.objective;
			assert_true(f.result.converged);
			assert_true(f.result.gradient_norm <= 1e-8);
			assert_near(newton, lbfgs, 1e-6);
			/* the iterations given are of both together */
			f.control.max_iterations = 2;
			solve(&f, OPTIMIZER_NEWTON);
			assert_true(f.result.iterations <= 2);
			close_fixture(&f);
		}
}

/* What an iteration told last, and before. */
typedef struct Norms
{
	double before;
	double last;
} Norms;

static Status
note_norm(void *context, const SolverProgress *progress, Failure *failure)
{
	Norms *norms = context;

	norms->before = norms->last;
	norms->last = progress->gradient_norm;
	(void) failure;
	return LL_OK;
}

/* Bytes of so many rows and features, drawn by a seed. */
static void
fill_bytes(Fixture *f, size_t rows, size_t dimension, int classes,
		   uint64_t seed)
{
	uint8_t *x = malloc(dimension);

	for (size_t i = 0; i < rows; i++)
	{
		RowView view = {.dense = x};

		for (size_t j = 0; j < dimension; j++)
			x[j] = draw(&seed) > 0.8;
		assert_int_equal(
			rows_append(&f->rows, &view,
						fmod(floor((draw(&seed) + 1) * 50), classes), seed,
						1.0f, &f->failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	free(x);
}

/*
 * A solver ends with the first iteration that reaches its tolerance: some of these
 * problems have one little above it, or little below.  Many weights bear 1e-6.
 */
static void
test_tolerances(void **state)
{
	static const struct
	{
		size_t rows, dimension;
		int classes; /* 2: one margin */
		double wd;
		int turns;
		double tolerance;
	} cases[] = {{300, 30, 2, 0.01, 10, 1e-8},
				 {60, 1000, 10, 0.01, 6, 1e-6},
				 {60, 998, 10, 0.01, 2, 1e-8}};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
		for (int turn = 0; turn < cases[c].turns; turn++)
		{
			bool many = cases[c].classes > 2;
			Norms norms = {1, 1};
			Fixture f;

			open_fixture(&f, ROWS_U8, (uint32_t) cases[c].dimension,
						 many ? LOSS_SOFTMAX : LOSS_LOGISTIC);
			fill_bytes(&f, cases[c].rows, cases[c].dimension, cases[c].classes,
					   7);
			f.problem.outputs = many ? (uint32_t) cases[c].classes : 1;
			f.problem.wd = cases[c].wd * (1 + 0.2 * turn);
			f.control.max_iterations = 500;
			f.control.progress = note_norm;
			f.control.context = &norms;
			solve(&f, OPTIMIZER_LBFGS);
			if (!(norms.last <= cases[c].tolerance &&
				  norms.before > cases[c].tolerance))
				fail_msg("case %zu: %g, then %g", c, norms.before, norms.last);
			close_fixture(&f);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newton_and_lbfgs_agree),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_exact_singular),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_normalisation_and_formats),
		cmocka_unit_test(test_threads_give_the_same_bits),
		cmocka_unit_test(test_large_problem),
		cmocka_unit_test(test_rare_features),
		cmocka_unit_test(test_owlqn),
		cmocka_unit_test(test_wide_sparse),
		cmocka_unit_test(test_softmax),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_standard_errors_linear),
		cmocka_unit_test(test_standard_errors_logistic),
		cmocka_unit_test(test_tolerances),
		cmocka_unit_test(test_separated_classes_have_no_errors),
		cmocka_unit_test(test_partly_separated_classes),
		cmocka_unit_test(test_straight_huber),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_initial_and_selection),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
