/*
 * test_coordinate.c
 *		l1 by coordinate descent against its conditions, worked out the long way, and
 *		against OWL-QN.
 */
#include "solver_fixture.h"

#include "core/solve/coordinate.h"

#include <stdlib.h>

#define MOST 64

/* Rows of correlated features with weights; classes 2: the label's sign. */
static void
fill_correlated(Fixture *f, size_t count, int classes, bool reversed)
{
	uint32_t d = f->rows.dimension;

	for (size_t k = 0; k < count; k++)
	{
		size_t i = reversed ? count - 1 - k : k;
		uint64_t seed = 1000 + i;
		double x[MOST], shared, label = 0.2;

		draw(&seed);
		shared = draw(&seed);
		for (uint32_t j = 0; j < d; j++)
			x[j] = draw(&seed) + 0.8 * shared;
		for (uint32_t j = 0; j < d && j < 5; j++)
			label += x[j] * (j % 2 == 0 ? 1.0 : -0.7);
		label += draw(&seed);
		if (classes == 2)
			label = label > 0.2;
		if (loss_is_log_link(f->problem.loss))
			label = exp(0.5 * label);
		assert_int_equal(rows_append(&f->rows, &(RowView){.dense = x}, label,
									 hash64_bytes(&i, sizeof(i), 0),
									 1.0f + (float) (i % 3), &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* The norm of the least subgradient at the result, by the definition. */
static double
subgradient(const Fixture *f)
{
	const SolverProblem *p = &f->problem;
	uint32_t d = f->rows.dimension;
	const double *w = f->result.weights;
	double g[MOST + 1] = {0}, weights = 0.0, squares = 0.0;

	for (size_t i = 0; i < f->rows.count; i++)
	{
		const double *x = rows_view(&f->rows, i).dense;
		double margin = w[d], slope;
		double weight = f->rows.weights == NULL ? 1.0 : f->rows.weights[i];

		for (uint32_t j = 0; j < d; j++)
			margin += w[j] * x[j];
		slope = loss_derivative(p->loss, &p->parameters, margin,
								f->rows.labels[i]);
		weights += weight;
		for (uint32_t j = 0; j <= d; j++)
			g[j] += weight * slope * (j < d ? x[j] : 1.0);
	}
	for (uint32_t j = 0; j < d + p->use_bias; j++)
	{
		double at =
			g[j] / weights + (j < d ? p->wd : p->wd * p->bias_wd_mult) * w[j];

		if (j < d)
			at = w[j] != 0.0
					 ? at + copysign(p->l1, w[j])
					 : fmax((solver_bounds_feature(p, j) ? -at : fabs(at)) -
								p->l1,
							0.0);
		squares += at * at;
	}
	return sqrt(squares);
}

/* Every loss with a second derivative, with wd and without, bias or not. */
static void
test_conditions(void **state)
{
	const LossKind losses[] = {LOSS_SQUARED, LOSS_LOGISTIC, LOSS_POISSON,
							   LOSS_GAMMA};

	(void) state;
	for (size_t c = 0; c < 4 * 4 * 3; c++)
	{
		Fixture f;
		double objective;
		int zeros = 0;

		open_fixture(&f, ROWS_F64, 20, losses[c % 4]);
		f.problem.use_bias = c / 4 % 2 == 0;
		f.problem.wd = c / 8 % 2 == 0 ? 0.0 : 0.1;
		f.problem.bias_wd_mult = c / 8 % 2 == 0 ? 0.0 : 0.5;
		f.problem.l1 = c / 16 == 0 ? 0.001 : c / 16 == 1 ? 0.05 : 100.0;
		fill_correlated(&f, 300, losses[c % 4] == LOSS_LOGISTIC ? 2 : 0,
						false);
		solve(&f, OPTIMIZER_NEWTON);
		assert_true(f.result.converged);
		assert_true(subgradient(&f) < 1e-8);
		for (int j = 0; j < 20; j++)
			zeros += f.result.weights[j] == 0.0;
		assert_true(c / 16 == 2 ? zeros == 20 : c / 16 == 0 || zeros > 3);
		objective = f.result.objective;
		f.control.tolerance = 1e-9;
		solve(&f, OPTIMIZER_LBFGS);
		assert_true(objective <= f.result.objective * (1 + 1e-12));
		close_fixture(&f);
	}
}

/*
 * More features than rows, and one that another repeats: no system of all of
 * them has one solution.
 */
static void
test_singular(void **state)
{
	(void) state;
	for (int wide = 0; wide < 2; wide++)
		for (int classes = 0; classes <= 2; classes += 2)
		{
			Fixture f;

			open_fixture(&f, ROWS_F64, wide ? 60 : 12,
						 classes == 2 ? LOSS_LOGISTIC : LOSS_SQUARED);
			for (size_t i = 0; i < (wide ? 30 : 200); i++)
			{
				uint64_t seed = 77 + i;
				double x[MOST];

				for (uint32_t j = 0; j < f.rows.dimension; j++)
					x[j] = j % 4 == 3 ? x[j - 1] : 1e3 * (draw(&seed) + 1);
				assert_int_equal(rows_append(&f.rows, &(RowView){.dense = x},
											 classes == 2 ? x[0] + x[1] > 2e3
														  : x[0] + draw(&seed),
											 hash64_bytes(&i, sizeof(i), 0),
											 1.0f, &f.failure),
								 LL_OK);
			}
			assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
			f.problem.l1 = classes == 2 ? 10.0 : 1e3;
			solve(&f, OPTIMIZER_NEWTON);
			assert_true(f.result.converged);
			assert_true(subgradient(&f) < 1e-5); /* of some 1e6 */
			close_fixture(&f);
		}
}

/* The same bytes from any order of rows and number of threads. */
static void
test_same_bytes(void **state)
{
	(void) state;
	for (int classes = 0; classes <= 2; classes += 2)
	{
		Fixture a, b;
		ThreadPool *pool;
		LossKind loss = classes == 2 ? LOSS_LOGISTIC : LOSS_SQUARED;

		open_fixture(&a, ROWS_F64, 20, loss);
		open_fixture(&b, ROWS_F64, 20, loss);
		a.problem.l1 = b.problem.l1 = 0.01;
		fill_correlated(&a, 3000, classes, false);
		fill_correlated(&b, 3000, classes, true);
		solve(&a, OPTIMIZER_NEWTON);
		assert_int_equal(threads_start(&pool, 3, &b.runtime, &b.failure),
						 LL_OK);
		b.control.pool = pool;
		solve(&b, OPTIMIZER_NEWTON);
		assert_memory_equal(a.result.weights, b.result.weights,
							21 * sizeof(double));
		threads_stop(pool);
		close_fixture(&a);
		close_fixture(&b);
	}
}

/* Features that are pinned, a start from other weights, and failures. */
static void
test_ends(void **state)
{
	double inverse[20], initial[21], whole[21];
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 20, LOSS_SQUARED);
	f.problem.l1 = 0.01;
	fill_correlated(&f, 300, 0, false);
	solve(&f, OPTIMIZER_NEWTON);
	memcpy(whole, f.result.weights, sizeof(whole));
	for (int j = 0; j < 21; j++)
		initial[j] = 1.0 - j;
	f.control.initial = initial;
	solve(&f, OPTIMIZER_NEWTON);
	for (int j = 0; j < 21; j++)
		assert_near(f.result.weights[j], whole[j], 1e-9);
	f.control.initial = NULL;
	for (int j = 0; j < 20; j++)
		inverse[j] = j == 2 ? 0.0 : 1.0;
	f.problem.inverse_deviation = inverse;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.weights[2] == 0.0 && whole[2] != 0.0);
	assert_true(f.result.converged);
	f.arena.interrupt = true;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_CANCELLED);
	f.arena.interrupt = false;
	for (int loss = 0; loss < 2; loss++)
		for (long left = 0;; left++)
		{
			Status status;

			f.problem.loss = loss == 0 ? LOSS_SQUARED : LOSS_POISSON;
			f.arena.allocations_left = left;
			status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
			if (status == LL_OK)
				break;
			assert_int_equal(status, LL_NO_MEMORY);
		}
	close_fixture(&f);
}

/* Features whose weights may not be negative: all, or half of them. */
static const bool bounded[2][20] = {
	{true, true, true, true, true, true, true, true, true, true,
	 true, true, true, true, true, true, true, true, true, true},
	{true,	true,  false, false, true,	true,  false, false, true,	true,
	 false, false, true,  true,	 false, false, true,  true,	 false, false}};

/* Weights that may not be negative, by newton and lbfgs in an orthant. */
static void
test_nonnegative(void **state)
{
	const LossKind losses[] = {LOSS_SQUARED, LOSS_LOGISTIC, LOSS_POISSON,
							   LOSS_GAMMA};

	(void) state;
	for (size_t c = 0; c < 4 * 4 * 2 * 2; c++)
	{
		const bool *held = bounded[c / 32];
		Fixture f;
		double objective;
		int zeros = 0, negative = 0;

		open_fixture(&f, ROWS_F64, 20, losses[c % 4]);
		f.problem.bounded = held;
		f.problem.use_bias = c / 4 % 2 == 0;
		f.problem.wd = c / 8 % 2 == 0 ? 0.0 : 0.1;
		f.problem.l1 = c / 16 % 2 == 0 ? 0.0 : 0.02;
		fill_correlated(&f, 300, losses[c % 4] == LOSS_LOGISTIC ? 2 : 0,
						false);
		solve(&f, OPTIMIZER_NEWTON);
		assert_true(f.result.converged);
		assert_true(subgradient(&f) < 2e-8);
		for (int j = 0; j < 20; j++)
		{
			assert_true(f.result.weights[j] >= 0.0 || !held[j]);
			zeros += f.result.weights[j] == 0.0;
			negative += f.result.weights[j] < 0.0;
		}
		assert_true(zeros >= 1 && zeros < 20);
		assert_true((negative > 0) == (c / 32 == 1));
		assert_null(f.result.standard_errors);
		objective = f.result.objective;
		f.control.tolerance = 1e-9;
		solve(&f, OPTIMIZER_LBFGS);
		assert_near(objective, f.result.objective, 1e-9);
		for (int j = 0; j < 20; j++)
			assert_true(f.result.weights[j] >= 0.0 || !held[j]);
		close_fixture(&f);
	}
}

/* A loss with kinks by lbfgs alone; what starts below 0 is brought there. */
static void
test_nonnegative_ends(void **state)
{
	double initial[6] = {-1, 2, -3, 4, -5, 0.5};
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F64, 5, LOSS_ABSOLUTE);
	f.problem.bounded = bounded[0];
	fill_correlated(&f, 200, 0, false);
	f.control.optimizer = OPTIMIZER_NEWTON;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.problem.loss = LOSS_SQUARED;
	f.control.optimizer = OPTIMIZER_EXACT;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.control.initial = initial;
	for (int loss = 0; loss < 3; loss++)
	{
		f.problem.loss = loss == 0	 ? LOSS_ABSOLUTE
						 : loss == 1 ? LOSS_HUBER
									 : LOSS_SQUARED;
		f.problem.parameters.huber_delta = 1.0;
		solve(&f, OPTIMIZER_LBFGS);
		assert_true(f.result.converged);
		for (int j = 0; j < 5; j++)
			assert_true(f.result.weights[j] >= 0.0);
		assert_true(f.result.weights[0] > 0.1);
	}
	close_fixture(&f);
}

/*
 * Levels of categories, each set of which adds up to 1, and a small l1: where a
 * support is dependent, steps along what is flat end it within some rounds.
 */
static void
test_dependent_support(void **state)
{
	enum
	{
		SETS = 6,
		LEVELS = 10,
		SIZE = SETS * LEVELS,
		COUNT = 2000
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint64_t draws = 3;
	const Blas *blas;
	Failure failure;
	Quadratic q;
	double mean[SIZE] = {0}, right[SIZE] = {0}, label = 0.0;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	assert_int_equal(quadratic_init(&q, SIZE, blas, &runtime, &failure),
					 LL_OK);
	for (int i = 0; i < COUNT; i++)
	{
		double x[SIZE] = {0}, y = draw(&draws);

		for (int set = 0; set < SETS; set++)
		{
			double u = 0.5 + 0.5 * draw(&draws);
			int level = (int) (LEVELS * u * u); /* some are rare */

			x[set * LEVELS + level] = 1.0;
			y += sin(set * LEVELS + level);
		}
		label += y / COUNT;
		for (int j = 0; j < SIZE; j++)
		{
			mean[j] += x[j] / COUNT;
			right[j] += x[j] * y / COUNT;
			for (int k = 0; k < SIZE; k++)
				q.gram[j * SIZE + k] += x[j] * x[k] / COUNT;
		}
	}
	for (int j = 0; j < SIZE; j++)
	{
		q.right[j] = right[j] - mean[j] * label;
		for (int k = 0; k < SIZE; k++)
			q.gram[j * SIZE + k] -= mean[j] * mean[k];
	}
	assert_int_equal(quadratic_solve(&q, 1e-6, 0.0, INFINITY, 1e-10, &failure),
					 LL_OK);
	assert_true(q.norm <= 1e-10);
	quadratic_release(&q);
	malloc_arena_free(&arena);
}

/*
 * Features that a few factors move, down a path: weights that become 0 on the way
 * to a solution leave it at once, and most points take one round (they took five).
 */
static void
test_factors(void **state)
{
	enum
	{
		FACTORS = 8,
		SIZE = 60,
		COUNT = 400,
		POINTS = 60
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint64_t draws = 5;
	const Blas *blas;
	Failure failure;
	Quadratic q;
	double loads[FACTORS][SIZE], l1, before = INFINITY;
	uint32_t rounds = 0;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	assert_int_equal(quadratic_init(&q, SIZE, blas, &runtime, &failure),
					 LL_OK);
	for (int k = 0; k < FACTORS; k++)
		for (int j = 0; j < SIZE; j++)
			loads[k][j] = draw(&draws);
	for (int i = 0; i < COUNT; i++)
	{
		double x[SIZE], y = 2.0 * draw(&draws), factor[FACTORS];

		for (int k = 0; k < FACTORS; k++)
			factor[k] = draw(&draws);
		for (int j = 0; j < SIZE; j++)
		{
			x[j] = 0.3 * draw(&draws);
			for (int k = 0; k < FACTORS; k++)
				x[j] += factor[k] * loads[k][j];
			y += j % 7 == 0 ? x[j] * sin(j) : 0.0;
		}
		for (int j = 0; j < SIZE; j++)
		{
			q.right[j] += x[j] * y / COUNT;
			for (int k = 0; k < SIZE; k++)
				q.gram[j * SIZE + k] += x[j] * x[k] / COUNT;
		}
	}
	l1 = quadratic_largest(&q);
	for (int i = 0; i < POINTS; i++)
	{
		l1 *= 0.86;
		assert_int_equal(quadratic_solve(&q, l1, 0.0, before, 1e-6, &failure),
						 LL_OK);
		assert_true(q.norm <= 1e-6);
		before = l1;
		rounds += q.rounds;
	}
	assert_true(rounds <= 2 * POINTS);
	quadratic_release(&q);
	malloc_arena_free(&arena);
}

/*
 * A spectrum, whose neighbours hardly differ, levels nested in coarser ones, and a
 * small l1 from 0 on: solved within some rounds (they took hundreds).
 */
static void
test_near_dependent(void **state)
{
	enum
	{
		WAVES = 40,
		FINE = 20,
		COARSE = 4,
		SIZE = WAVES + FINE + COARSE,
		COUNT = 200
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint64_t draws = 21;
	const Blas *blas;
	Failure failure;
	Quadratic q;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	assert_int_equal(quadratic_init(&q, SIZE, blas, &runtime, &failure),
					 LL_OK);
	for (int i = 0; i < COUNT; i++)
	{
		double x[SIZE] = {0}, y = 0.1 * draw(&draws);

		for (int k = 0; k < 6; k++)
		{
			double height = draw(&draws);

			for (int j = 0; j < WAVES; j++)
				x[j] += height * exp(-pow((j - 7.0 * k) / 15.0, 2));
		}
		for (int j = 0; j < WAVES; j++)
			x[j] += 1e-4 * draw(&draws);
		x[WAVES + i % FINE] = 1.0;
		x[WAVES + FINE + i % FINE / 5] = 1.0;
		y += x[3] - 2.0 * x[20] + sin(i % FINE);
		for (int j = 0; j < SIZE; j++)
		{
			q.right[j] += x[j] * y / COUNT;
			for (int k = 0; k < SIZE; k++)
				q.gram[j * SIZE + k] += x[j] * x[k] / COUNT;
		}
	}
	for (int i = 0; i < 3; i++)
	{
		memset(q.weights, 0, SIZE * sizeof(double));
		assert_int_equal(
			quadratic_solve(&q, quadratic_largest(&q) * pow(0.1, i + 2), 0.0,
							INFINITY, 1e-9, &failure),
			LL_OK);
		assert_true(q.norm <= 1e-9);
		assert_true(q.rounds <= 20);
	}
	quadratic_release(&q);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_singular),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_dependent_support),
		cmocka_unit_test(test_factors),
		cmocka_unit_test(test_near_dependent),
		cmocka_unit_test(test_nonnegative),
		cmocka_unit_test(test_nonnegative_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
