/*
 * test_train_l1.c
 *		Weights that l1 makes zero, and the candidates of a given l1.
 */
#include "trainer_fixture.h"

/* l1 leaves exact zeros, and more of them the larger it is. */
static void
test_l1(void **state)
{
	static const double strengths[] = {0, 0.02, 0.1, 10};
	int before = -1;

	(void) state;
	for (int s = 0; s < 4; s++)
	{
		int zeros = 0;
		Candidate *c;
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, 1);
		fill(&f, 400, 0);
		seal(&f);
		converge(&f, 300, 0.05);
		f.settings.value[HP_L1] = strengths[s];
		c = train_one(&f);
		for (int j = 0; j < DIMENSION; j++)
			zeros += fabsf(c->weights[j]) < 1e-6f;
		assert_true(zeros >= before);
		if (s == 3)
			assert_int_equal(zeros, DIMENSION);
		before = zeros;
		close_fixture(&f);
	}
}

/* What num_models varies: l1 too when one is given, and only then. */
static void
test_l1_candidates(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_ADAM,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
		for (int given = 0; given < 2; given++)
		{
			Fixture f;
			Candidate *candidates;
			size_t count, other = 0, below = 0, above = 0;

			open_fixture(&f, PREDICTOR_BINARY, 1);
			fill(&f, 200, 50);
			f.settings.value[HP_OPTIMIZER] = optimizers[o];
			f.settings.given[HP_MINI_BATCH_SIZE] = false;
			f.settings.given[HP_L1] = given == 1;
			if (given == 1)
				f.settings.value[HP_L1] = 0.01;
			seal(&f);
			candidates = candidates_of(&f, &count);
			assert_true(candidates[0].settings.value[HP_L1] ==
						(given == 1 ? 0.01 : 0.0));
			for (size_t i = 0; i < count; i++)
			{
				below += candidates[i].settings.value[HP_L1] < 0.01;
				above += candidates[i].settings.value[HP_L1] > 0.01;
				other += candidates[i].settings.value[HP_WD] !=
						 candidates[0].settings.value[HP_WD];
			}
			assert_true(other > 0);
			assert_int_equal(below, given == 1 ? count / 3 : count);
			assert_int_equal(above, given == 1 ? count / 3 : 0);
			close_fixture(&f);
		}
}

/* Given settings that leave nothing auto are varied too, and never alike. */
static void
test_given_candidates(void **state)
{
	static const struct
	{
		OptimizerKind optimizer;
		double rate, wd, l1; /* NAN: auto */
		size_t different;
	} cases[] = {
		{OPTIMIZER_ADAM, 0.01, 0.001, NAN, 60},
		{OPTIMIZER_ADAM, 0.01, 0, NAN, 60},
		{OPTIMIZER_SGD, 0.01, 0.001, 0.1, 60},
		{OPTIMIZER_RMSPROP, 0.01, 0, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0.001, NAN, 60},
		{OPTIMIZER_LBFGS, NAN, 0.001, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0, NAN, 1}, /* nothing that is not 0 */
	};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		static const int rows[] = {HP_LEARNING_RATE, HP_WD, HP_L1};
		double values[] = {cases[c].rate, cases[c].wd, cases[c].l1};
		size_t count, different = 0;
		Candidate *candidates;
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, 1);
		fill(&f, 200, 50);
		seal(&f);
		f.settings.value[HP_OPTIMIZER] = cases[c].optimizer;
		f.settings.given[HP_MINI_BATCH_SIZE] = false;
		for (int k = 0; k < 3; k++)
		{
			f.settings.given[rows[k]] = !isnan(values[k]);
			f.settings.value[rows[k]] = values[k];
		}
		f.settings.value[HP_NUM_MODELS] = NAN;
		candidates = candidates_of(&f, &count);
		assert_int_equal(count, isnan(cases[c].l1) ? 1 : 3);
		f.settings.value[HP_NUM_MODELS] = 60;
		candidates = candidates_of(&f, &count);
		for (size_t i = 0; i < count; i++)
		{
			bool repeats = false;

			for (int k = 0; k < 3; k++)
			{
				double value = candidates[i].settings.value[rows[k]];

				if (!isnan(values[k]))
					assert_true(i == 0 || values[k] == 0 ? value == values[k]
														 : value >= 0);
			}
			for (size_t j = 0; j < i && !repeats; j++)
				repeats = memcmp(candidates[i].settings.value,
								 candidates[j].settings.value,
								 sizeof(candidates[i].settings.value)) == 0;
			different += !repeats;
		}
		assert_int_equal(different, cases[c].different);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_l1),
		cmocka_unit_test(test_l1_candidates),
		cmocka_unit_test(test_given_candidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
