/*
 * test_solver_large.c
 *		Solvers on much work and many weights, and where they end.
 */
#include <stdlib.h>

#include "core/rows/rows_order.h"
#include "core/solve/pass.h"
#include "solver_fixture.h"

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
	assert_near(lbfgs / f.result.objective, 1.0, 5e-9);
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

/*
 * Classes and features of any frequency: softmax takes few iterations, as each
 * class has a matrix of its own, and with any number of threads the same ones.
 */
static void
test_rare_classes(void **state)
{
	enum
	{
		dimension = 40,
		classes = 5,
		rows = 90000
	};
	Fixture f;
	uint64_t seed = 31;
	double *alone;
	double mean[dimension], inverse[dimension];

	(void) state;
	open_fixture(&f, ROWS_F32, dimension, LOSS_SOFTMAX);
	f.problem.outputs = classes;
	for (int i = 0; i < rows; i++)
	{
		float x[dimension] = {0};
		RowView view = {.dense = x};
		double best = -INFINITY;
		int label = 0;
		int flag = (int) (exp(log(30.0) * fabs(draw(&seed)))) - 1;

		for (int j = 0; j < 10; j++)
			x[j] = (float) (draw(&seed) + (j > 0 ? 0.7 * x[j - 1] : 0.0));
		x[10 + flag] = 1.0f;
		for (int k = 0; k < classes; k++)
		{
			double score = -1.3 * k + x[k] * 2 - x[k + 3] +
						   (flag % classes == k) + 2 * draw(&seed);

			label = score > best ? k : label;
			best = fmax(best, score);
		}
		assert_int_equal(rows_append(&f.rows, &view, label,
									 hash64_bytes(&i, sizeof(i), 0), 1.0f,
									 &f.failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	for (int j = 0; j < dimension; j++)
	{
		double sum = 0.0, squares = 0.0;

		for (int i = 0; i < rows; i++)
		{
			RowView view = rows_view(&f.rows, (size_t) i);
			double x = ((const float *) view.dense)[j];

			sum += x / rows;
			squares += x * x / rows;
		}
		mean[j] = sum;
		inverse[j] = squares > 0.0 ? 1.0 / sqrt(squares - sum * sum) : 0.0;
	}
	f.problem.mean = mean;
	f.problem.inverse_deviation = inverse;
	f.problem.wd = 1e-5;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	assert_true(f.result.iterations < 25);
	alone = f.result.weights;
	assert_int_equal(threads_start(&f.control.pool, 3, &f.runtime, &f.failure),
					 LL_OK);
	solve(&f, OPTIMIZER_LBFGS);
	threads_stop(f.control.pool);
	f.control.pool = NULL;
	assert_memory_equal(f.result.weights, alone,
						classes * (dimension + 1) * sizeof(double));
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
 * problems have one little above it, or little below.  Many weights bear 1e-6, and
 * 2^24 products or more are computed in float, which bears 5e-6.
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
				 {60, 998, 10, 0.01, 2, 1e-8},
				 {4096, 512, 8, 0.01, 3, 5e-6},
				 {4095, 512, 8, 0.01, 1, 1e-8}};

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

/* What labels of rows in great numbers are like. */
typedef enum Kind
{
	NOISY,
	NO_SIGNAL,
	SEPARABLE,
	RARE /* the second feature is there in hardly any row */
} Kind;

static void
fill_many(Fixture *f, Kind kind)
{
	uint64_t seed = 5;

	for (int i = 0; i < 40000; i++)
	{
		double x[2] = {draw(&seed), draw(&seed)};
		double score, noise = 2 * draw(&seed);
		double rare = i % 8000 == 0 ? 1.0 : 0.0;

		x[1] = kind == RARE ? rare : x[1];
		score = kind == NO_SIGNAL ? 0.0 : 3 * x[0] - x[1];
		score += kind == SEPARABLE ? 0.0 : noise;
		add_row(f, x,
				f->problem.loss == LOSS_LOGISTIC  ? score > 0
				: f->problem.loss == LOSS_POISSON ? floor(exp(score))
												  : score,
				1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/*
 * Newton's method begins with a sample of very many narrow rows, unless it is
 * given where to start, and ends where it would without.
 */
static void
test_sample(void **state)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_POISSON, LOSS_HUBER};
	double almost_zero[3] = {1e-300, 0.0, 0.0};

	(void) state;
	for (size_t l = 0; l < 3; l++)
		for (Kind kind = NOISY; kind <= RARE; kind++)
		{
			SolverResult sampled;
			Fixture f;

			open_fixture(&f, ROWS_F64, 2, losses[l]);
			fill_many(&f, kind);
			f.problem.wd = kind == SEPARABLE ? 1e-6 : 0.0;
			solve(&f, OPTIMIZER_NEWTON);
			sampled = f.result;
			f.control.initial = almost_zero;
			solve(&f, OPTIMIZER_NEWTON);
			assert_true(sampled.converged && f.result.converged);
			assert_true(sampled.iterations <= f.result.iterations);
			for (int i = 0; i < 3; i++)
				assert_near(sampled.weights[i], f.result.weights[i],
							1e-6 * (1 + fabs(f.result.weights[i])));
			if (losses[l] == LOSS_LOGISTIC && kind == NOISY)
				assert_true(sampled.iterations + 2 <= f.result.iterations);
			close_fixture(&f);
		}
}

/* One pass finds at zero weights what a pass of its own does, to the bit. */
static void
test_with_zero(void **state)
{
	static const double weights[3] = {0.3, -0.2, 0.1}, zero[3] = {0.0};
	double loss[2], gradient[2][3], zero_loss[2], zero_gradient[2][3];
	Fixture f;
	Pass pass;

	(void) state;
	open_fixture(&f, ROWS_F64, 2, LOSS_LOGISTIC);
	fill_many(&f, NOISY);
	assert_int_equal(
		pass_init(&pass, &f.problem, &f.control, 0, false, &f.failure), LL_OK);
	assert_int_equal(pass_run_with_zero(&pass, weights, &loss[0], gradient[0],
										NULL, &zero_loss[0], zero_gradient[0],
										&f.failure),
					 LL_OK);
	assert_int_equal(
		pass_run(&pass, weights, &loss[1], gradient[1], NULL, &f.failure),
		LL_OK);
	assert_int_equal(pass_run(&pass, zero, &zero_loss[1], zero_gradient[1],
							  NULL, &f.failure),
					 LL_OK);
	assert_true(loss[0] == loss[1] && zero_loss[0] == zero_loss[1]);
	assert_true(loss[0] != zero_loss[0]);
	assert_memory_equal(gradient[0], gradient[1], sizeof(gradient[0]));
	assert_memory_equal(zero_gradient[0], zero_gradient[1],
						sizeof(zero_gradient[0]));
	pass_release(&pass);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_problem),
		cmocka_unit_test(test_rare_features),
		cmocka_unit_test(test_rare_classes),
		cmocka_unit_test(test_wide_sparse),
		cmocka_unit_test(test_tolerances),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_with_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
