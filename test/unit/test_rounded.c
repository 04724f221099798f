/*
 * test_rounded.c
 *		Losses with kinks come to their optimum.
 *
 * The optima are those of linear programs by HiGHS (scipy.optimize.linprog) of
 * the same rows, of scikit-learn's LinearSVC(loss="hinge", dual=True, tol=1e-12,
 * fit_intercept=False) for the hinge loss with wd, and of SLSQP
 * (scipy.optimize.minimize) on the epigraph for the others with wd:
 *
 *	rows:  x_j = draw() (1 + j % 3), score = 0.5 + sum_j 0.7 (j % 3 - 1) x_j,
 *	       y = score + draw() + 3 draw() draw()
 *	linprog(c = [l1, l1, 0, up w / sum w, down w / sum w],
 *	        A_ub = [[-Z, -I, 0], [Z, 0, -I]], b_ub = [-(y - eps), y + eps],
 *	        method = "highs"), Z = [X, -X, 1]
 */
#include "solver_fixture.h"

#include "core/base/threads.h"
#include "core/options/optimizer_table.h"
#include "core/solve/kink.h"

typedef enum Labels
{
	NUMBERS,
	TIES,
	CLASSES_2,
	SEPARABLE,
	CLASSES_3,
	COLLINEAR
} Labels;

typedef struct Case
{
	LossKind loss;
	Labels labels;
	int rows;
	uint32_t dimension;
	double parameter; /* quantile or insensitivity */
	double wd;
	double l1;
	bool bias;
	bool weighted; /* by 1 + i % 3 */
	double optimum;
} Case;

static const Case cases[] = {
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.1, 0, 0, true, false, 0.155662437246},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.5, 0, 0, true, false, 0.404839484469},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.9, 0, 0, true, false, 0.152154750632},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.9, 0, 0, true, true, 0.146169582914},
	{LOSS_QUANTILE, NUMBERS, 200, 30, 0.9, 0, 0, true, false, 0.156863122996},
	{LOSS_QUANTILE, COLLINEAR, 60, 4, 0.9, 0, 0, true, false, 0.174250321971},
	{LOSS_QUANTILE, TIES, 60, 4, 0.5, 0, 0, true, false, 0.432389177825},
	{LOSS_QUANTILE, TIES, 60, 4, 0.9, 0, 0, true, false, 0.158773252505},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.9, 0.05, 0, true, false, 0.201512383574},
	{LOSS_ABSOLUTE, NUMBERS, 60, 4, 0, 0, 0, true, false, 0.809678968937},
	{LOSS_ABSOLUTE, NUMBERS, 60, 4, 0, 0.05, 0, true, false, 0.851127780571},
	{LOSS_EPS_ABSOLUTE, NUMBERS, 60, 4, 0.3, 0, 0, true, false,
	 0.544912018503},
	{LOSS_EPS_ABSOLUTE, NUMBERS, 60, 4, 0.3, 0.05, 0, true, false,
	 0.58103426155},
	{LOSS_EPS_SQUARED, NUMBERS, 60, 4, 0.8, 0.05, 0, true, false,
	 0.620178465014},
	{LOSS_HINGE, CLASSES_2, 60, 4, 0, 0, 0, true, false, 0.387452740422},
	{LOSS_HINGE, CLASSES_2, 60, 4, 0, 0.05, 0, false, false, 0.488178951595},
	{LOSS_HINGE, SEPARABLE, 60, 4, 0, 0, 0, true, false, 0},
	/* fewer rows than features, and one row */
	{LOSS_QUANTILE, NUMBERS, 8, 12, 0.9, 0, 0, true, false, 0},
	{LOSS_ABSOLUTE, NUMBERS, 1, 4, 0, 0, 0, true, false, 0},
	{LOSS_HINGE, CLASSES_2, 1, 4, 0, 0, 0, true, false, 0},
	{LOSS_MULTICLASS_HINGE, CLASSES_3, 60, 4, 0, 0.01, 0, true, false,
	 0.981404515683},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.1, 0, 0.05, true, false, 0.229717513987},
	{LOSS_QUANTILE, NUMBERS, 60, 4, 0.9, 0, 0.05, true, false, 0.241743801955},
	{LOSS_ABSOLUTE, NUMBERS, 60, 4, 0, 0, 0.05, true, false, 0.916357762591},
};

/* Rows and problem of a case; turned: the rows come in another order. */
static void
open_case(Fixture *f, const Case *c, bool turned)
{
	uint64_t seed = 7;
	double x[200][32], label[200];

	open_fixture(f, ROWS_F64, c->dimension, c->loss);
	for (int i = 0; i < c->rows; i++)
	{
		double score = 0.5, e;

		for (uint32_t j = 0; j < c->dimension; j++)
			x[i][j] = draw(&seed) * (1 + j % 3);
		if (c->labels == COLLINEAR)
		{
			x[i][1] = 2 * x[i][0];
			x[i][2] = 3;
		}
		for (uint32_t j = 0; j < c->dimension; j++)
			score += x[i][j] * ((int) (j % 3) - 1) * 0.7;
		e = draw(&seed);
		e += draw(&seed) * draw(&seed) * 3;
		label[i] = c->labels == TIES		? floor(score + e)
				   : c->labels == CLASSES_2 ? (score + e > 0)
				   : c->labels == SEPARABLE ? (score > 0.5)
				   : c->labels == CLASSES_3 ? fmod(floor(fabs(score + e)), 3)
											: score + e;
	}
	for (int i = 0; i < c->rows; i++)
	{
		int at = turned ? c->rows - 1 - i : i;

		add_row(f, x[at], label[at],
				c->weighted ? (float) (1 + at % 3) : 1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	f->problem.parameters.quantile = c->parameter;
	f->problem.parameters.loss_insensitivity = c->parameter;
	f->problem.outputs = c->labels == CLASSES_3 ? 3 : 1;
	f->problem.use_bias = c->bias;
	f->problem.wd = c->wd;
	f->problem.l1 = c->l1;
}

/* Every case by both optimizers, within what each says of itself. */
static void
test_optima(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (OptimizerKind o = OPTIMIZER_NEWTON; o <= OPTIMIZER_LBFGS; o++)
		{
			const Case *c = &cases[i];
			double above;
			Fixture f;

			if (!solver_supports(o, c->loss, c->l1 > 0))
				continue;
			open_case(&f, c, false);
			f.control.max_iterations = 500;
			solve(&f, o);
			above = f.result.objective - c->optimum;
			if (!(above <= (o == OPTIMIZER_NEWTON ? 2e-6 : 3e-4) *
							   fmax(c->optimum, 1e-2)) ||
				!(above >= -1e-9))
				fail_msg("case %zu by %d: %.12g, not %.12g", i, (int) o,
						 f.result.objective, c->optimum);
			assert_true(f.result.gap >= 0);
			assert_true(isnan(f.result.gradient_norm));
			if (f.result.converged)
				assert_true(above <= 1e-4 * c->optimum + 1e-8);
			if (o == OPTIMIZER_NEWTON)
				assert_true(f.result.converged && f.result.iterations <= 40);
			close_fixture(&f);
		}
}

/* l1 has the zeros of the linear program. */
static void
test_zeros(void **state)
{
	static const Case c = {
		LOSS_QUANTILE, NUMBERS,		  60, 12, 0.5, 0, 0.1, true,
		false,		   0.740052356726};
	Fixture f;

	(void) state;
	open_case(&f, &c, false);
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_near(f.result.objective, c.optimum, 1e-5);
	for (int j = 0; j < 12; j++)
		assert_int_equal(f.result.weights[j] != 0, j % 3 == 2);
	assert_near(f.result.weights[2], 0.4947, 1e-3);
	close_fixture(&f);
}

/* The same rows in another order, and on more threads: the same bits. */
static void
test_order(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *c = &cases[i];
		OptimizerKind o = solver_supports(OPTIMIZER_NEWTON, c->loss, c->l1 > 0)
							  ? OPTIMIZER_NEWTON
							  : OPTIMIZER_LBFGS;
		size_t size = (c->dimension + 1) * (c->labels == CLASSES_3 ? 3 : 1) *
					  sizeof(double);
		Fixture f, g;

		open_case(&f, c, false);
		open_case(&g, c, true);
		assert_int_equal(
			threads_start(&g.control.pool, 3, &g.runtime, &g.failure), LL_OK);
		solve(&f, o);
		solve(&g, o);
		assert_memory_equal(f.result.weights, g.result.weights, size);
		threads_stop(g.control.pool);
		close_fixture(&f);
		close_fixture(&g);
	}
}

/* A start at the optimum stays there; few iterations are told to be too few. */
static void
test_ends(void **state)
{
	const Case *c = &cases[2];
	double start[5];
	Fixture f;

	(void) state;
	open_case(&f, c, false);
	solve(&f, OPTIMIZER_NEWTON);
	memcpy(start, f.result.weights, sizeof(start));
	f.control.initial = start;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_near(f.result.objective, c->optimum, 1e-6);
	f.control.initial = NULL;
	f.control.max_iterations = 3;
	f.control.bound = true;
	for (OptimizerKind o = OPTIMIZER_NEWTON; o <= OPTIMIZER_LBFGS; o++)
	{
		solve(&f, o);
		assert_false(f.result.converged);
		assert_int_equal(f.result.iterations, 3);
		/* the gap bounds what is missing */
		assert_true(f.result.gap > 1e-4 &&
					f.result.objective * (1 - f.result.gap) <=
						c->optimum * 1.0001);
	}
	/* newton ends what lbfgs could not, unless so many iterations were asked for */
	f.control.bound = false;
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged && f.result.iterations > 3);
	assert_near(f.result.objective, c->optimum, 1e-6);
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

/* Labels that zero weights give, and features that are all constant. */
static void
test_nothing_to_learn(void **state)
{
	static const LossKind losses[] = {LOSS_ABSOLUTE, LOSS_QUANTILE,
									  LOSS_EPS_ABSOLUTE, LOSS_EPS_SQUARED};

	(void) state;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		for (int shifted = 0; shifted < 2; shifted++)
		{
			const double x[2] = {1, 1};
			Fixture f;

			open_fixture(&f, ROWS_F64, 2, losses[i]);
			for (int k = 0; k < 5; k++)
				add_row(&f, x, shifted ? 4 : 0, 1.0f);
			assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
			solve(&f, OPTIMIZER_NEWTON);
			assert_true(f.result.converged);
			assert_true(f.result.objective < 1e-7);
			close_fixture(&f);
		}
}

/* What is rounded is above the loss, by the slopes that the tests of losses have. */
static void
test_formulas(void **state)
{
	static const LossParameters p = {0.8, 0.3, 1.0, 0.4};

	(void) state;
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		for (double z = -2; z <= 2; z += 0.37)
			for (double m = 1; m > 1e-3; m /= 10)
			{
				LossKind loss = (LossKind) kind;
				const double h = 1e-6;
				double target = loss == LOSS_HINGE ? 1 : 0.21;
				KinkRow row, low, high;

				if (!loss_table[kind].kinked || loss_is_multiclass(loss))
					continue;
				kink_row(loss, &p, m, z, target, NULL, &row);
				kink_row(loss, &p, m, z - h, target, NULL, &low);
				kink_row(loss, &p, m, z + h, target, NULL, &high);
				assert_near(row.loss, loss_value(loss, &p, z, target), 1e-15);
				assert_true(row.smooth >= row.loss && row.gap >= 0);
				assert_true(row.smooth - row.loss <= m + 1e-12);
				assert_near(row.derivative,
							(high.smooth - low.smooth) / (2 * h), 1e-6);
				assert_near(row.curvature,
							(high.derivative - low.derivative) / (2 * h),
							1e-4);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_optima),
									   cmocka_unit_test(test_zeros),
									   cmocka_unit_test(test_order),
									   cmocka_unit_test(test_ends),
									   cmocka_unit_test(test_nothing_to_learn),
									   cmocka_unit_test(test_formulas)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
