/*
 * test_solver.c
 *		Solvers against each other, against closed forms and against the
 *		conditions that an optimum fulfils.
 */
#include "core/options/optimizer_table.h"

#include "core/rows/rows_order.h"
#include "core/solve/vector.h"
#include "solver_fixture.h"

static void
test_newton_and_lbfgs_agree(void **state)
{
	(void) state;
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		bool numbers = loss_table[kind].predictors & APPLIES_REGRESSOR;
		Fixture f;
		double newton[9];

		/* test_rounded.c has those with kinks */
		if (!solver_supports(OPTIMIZER_NEWTON, (LossKind) kind, false) ||
			loss_table[kind].kinked)
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

/* The rows of a fixture once more, with offsets, their labels as a function says. */
static void
fill_offsets(Fixture *f, double (*label)(double score, double offset))
{
	uint64_t seed = 3;

	for (int i = 0; i < 400; i++)
	{
		double x[3] = {draw(&seed), draw(&seed), draw(&seed)};
		double offset = 3 * draw(&seed);
		double score = x[0] - 0.5 * x[1] + 0.3 + 0.4 * draw(&seed);

		add_row(f, x, label(score, offset), 1.0f);
		assert_int_equal(rows_give_offset(&f->rows, offset, &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

static double
linear_label(double score, double offset)
{
	return score + offset;
}

static double
count_label(double score, double offset)
{
	return exp(score + offset);
}

/* What is known of a margin is not learned again, whatever the solver. */
static void
test_offsets(void **state)
{
	static const RowFormat formats[] = {ROWS_F64, ROWS_SPARSE};

	(void) state;
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		for (int optimizer = 0; optimizer < 2 * OPTIMIZER_COUNT; optimizer++)
		{
			OptimizerKind o = (OptimizerKind) (optimizer / 2);
			bool log_link = loss_is_log_link((LossKind) kind);
			Fixture f;

			if (!loss_table[kind].offset ||
				!(loss_table[kind].predictors & APPLIES_REGRESSOR) ||
				!solver_supports(o, (LossKind) kind, false))
				continue;
			open_fixture(&f, formats[optimizer % 2], 3, (LossKind) kind);
			fill_offsets(&f, log_link ? count_label : linear_label);
			if (!log_link)
				f.problem.label_deviation = 2.0;
			solve(&f, o);
			for (int j = 0; j < 4; j++)
				assert_near(f.result.weights[j] * f.problem.label_deviation,
							j == 0	 ? 1.0
							: j == 1 ? -0.5
							: j == 2 ? 0.0
									 : 0.3,
							0.1);
			close_fixture(&f);
		}
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
 * Where steps promise less than the objective's rounding, a solve ends: few
 * iterations for every l1, also near that at which all weights are 0.
 */
static void
test_owlqn_ends(void **state)
{
	Fixture f;
	uint64_t seed = 3;
	uint32_t most = 0;

	(void) state;
	open_fixture(&f, ROWS_F64, 4, LOSS_SOFTMAX);
	for (int i = 0; i < 1360; i++)
	{
		double x[4] = {draw(&seed), draw(&seed), draw(&seed),
					   draw(&seed) < 0.1 * (i % 8) - 0.6};

		add_row(&f, x, i % 8, 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.problem.outputs = 8;
	for (int k = 0; k < 120; k++)
	{
		f.problem.l1 = 0.014 * pow(0.985, k);
		solve(&f, OPTIMIZER_LBFGS);
		assert_true(f.result.gradient_norm < 1e-6);
		most = f.result.iterations > most ? f.result.iterations : most;
	}
	assert_true(most < 50);
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
	f.control.optimizer = OPTIMIZER_EXACT;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.problem.loss = LOSS_HUBER;
	f.problem.l1 = 0.1;
	f.control.optimizer = OPTIMIZER_NEWTON;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_UNSUPPORTED);
	f.problem.loss = LOSS_LOGISTIC;
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
			/* 1e-8 but for rounding, which differs between kernels */
			assert_true(f.result.gradient_norm <= 1e-7);
			assert_near(newton, lbfgs, 1e-6);
			/* the iterations given are of both together */
			f.control.max_iterations = 2;
			solve(&f, OPTIMIZER_NEWTON);
			assert_true(f.result.iterations <= 2);
			close_fixture(&f);
		}
}

/* Rows of features of which each hangs together with the one before it. */
static void
fill_chain(Fixture *f)
{
	uint64_t seed = 7;

	for (int i = 0; i < 300; i++)
	{
		double x[30], label = 0.0;

		for (int j = 0; j < 30; j++)
		{
			x[j] = draw(&seed) + (j > 0 ? 0.9 * x[j - 1] : 0.0);
			label += x[j] * (j % 3 - 1);
		}
		add_row(f, x, label + draw(&seed), 1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/*
 * Of squared loss lbfgs goes to the least point of each line, and is as fast as
 * conjugate gradients are.
 */
static void
test_lines_of_squares(void **state)
{
	Fixture f;
	double objective;

	(void) state;
	open_fixture(&f, ROWS_SPARSE, 30, LOSS_SQUARED);
	fill_chain(&f);
	f.problem.wd = 0.001;
	solve(&f, OPTIMIZER_EXACT);
	objective = f.result.objective;
	f.control.tolerance = 1e-8;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	assert_in_range(f.result.iterations, 1, 35);
	assert_near(f.result.objective, objective, 1e-12);
	assert_near(f.result.objective - f.result.data_loss,
				0.5 * f.problem.wd *
					vector_dot(f.result.weights, f.result.weights, 30),
				1e-12);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newton_and_lbfgs_agree),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_exact_singular),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_normalisation_and_formats),
		cmocka_unit_test(test_threads_give_the_same_bits),
		cmocka_unit_test(test_owlqn_ends),
		cmocka_unit_test(test_owlqn),
		cmocka_unit_test(test_softmax),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_initial_and_selection),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_straight_huber),
		cmocka_unit_test(test_lines_of_squares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
