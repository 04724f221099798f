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

#include "core/loss/loss_table.h"
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

static void
test_optima(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int o = 0; o < 2; o++)
		{
			OptimizerKind optimizer =
				o == 0 ? OPTIMIZER_NEWTON : OPTIMIZER_LBFGS;
			const Case *c = &cases[i];
			Fixture f;

			if (optimizer == OPTIMIZER_NEWTON &&
				(c->l1 > 0 || c->labels == CLASSES_3))
				continue;
			open_case(&f, c, false);
			f.control.max_iterations = 500;
			solve(&f, optimizer);
			print_message("%zu %d: %u iterations, objective %.10g optimum "
						  "%.10g relative %.2g gap %.2g\n",
						  i, o, f.result.iterations, f.result.objective,
						  c->optimum,
						  (f.result.objective - c->optimum) /
							  (c->optimum > 0 ? c->optimum : 1),
						  f.result.gap);
			close_fixture(&f);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_optima)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
