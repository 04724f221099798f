/*
 * test_bias_shift.c
 *		L-BFGS where features have means.
 */
#include "solver_fixture.h"

/* Iterations of lbfgs on features far from 0, or with their means taken off. */
static uint32_t
count_far(LossKind loss, int classes, double l1, bool taken, double *objective)
{
	enum
	{
		FEATURES = 24
	};
	uint64_t seed = 3;
	double mean[FEATURES], x[FEATURES];
	uint32_t iterations;
	Fixture f;

	open_fixture(&f, ROWS_F64, FEATURES, loss);
	f.problem.outputs = classes > 2 ? (uint32_t) classes : 1;
	f.problem.l1 = l1;
	f.problem.wd = l1 > 0.0 ? 0.0 : 1e-3;
	for (int j = 0; j < FEATURES; j++)
		mean[j] = 3.0 + j % 5;
	if (taken)
		f.problem.mean = mean;
	for (int i = 0; i < 400; i++)
	{
		double score = draw(&seed);

		for (int j = 0; j < FEATURES; j++)
		{
			x[j] = mean[j] + draw(&seed);
			score += (x[j] - mean[j]) * (j % 4 == 0);
		}
		add_row(&f, x, fmin(fabs(floor(score)), classes - 1.0), 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.converged);
	*objective = f.result.objective;
	iterations = f.result.iterations;
	close_fixture(&f);
	return iterations;
}

/* What features' means make of the bias takes no more iterations. */
static void
test_far_features(void **state)
{
	static const struct
	{
		LossKind loss;
		int classes;
		double l1;
	} cases[] = {{LOSS_LOGISTIC, 2, 0.01},
				 {LOSS_LOGISTIC, 2, 0.0},
				 {LOSS_SOFTMAX, 3, 0.01},
				 {LOSS_SOFTMAX, 4, 0.0}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		double near_objective, far_objective;
		uint32_t near = count_far(cases[i].loss, cases[i].classes, cases[i].l1,
								  true, &near_objective);
		uint32_t far = count_far(cases[i].loss, cases[i].classes, cases[i].l1,
								 false, &far_objective);

		assert_near(far_objective, near_objective, 1e-10);
		assert_in_range(far, 1, near + near / 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_far_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
