/*
 * test_bayesian.c
 *		The Gaussian process, and trials that it chooses.
 */
#include "core/math/gaussian_process.h"

#include "tuner_fixture.h"

static double
smooth(const double *x)
{
	return sin(3 * x[0]) + 0.3 * cos(5 * x[1]);
}

static void
fill(GaussianProcess *gp, int n)
{
	for (int i = 0; i < n; i++)
	{
		double x[2] = {fmod(i * 0.7548776662, 1), fmod(i * 0.5698402910, 1)};

		gp_add(gp, x, smooth(x));
	}
}

static void
test_gp_gradient(void **state)
{
	static const uint32_t groups[] = {0, 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	GaussianProcess gp;
	Failure failure;
	double gradient[3], h = 1e-5;

	(void) state;
	assert_int_equal(gp_init(&gp, &runtime, 2, groups, 2, 12, &failure),
					 LL_OK);
	fill(&gp, 12);
	gp.log_parameters[0] = -0.4;
	gp.log_parameters[1] = 0.2;
	gp.log_parameters[2] = -4;
	assert_true(isfinite(gp_log_posterior(&gp, gradient)));
	for (int i = 0; i < 3; i++)
	{
		double at = gp.log_parameters[i], above, below;

		gp.log_parameters[i] = at + h;
		above = gp_log_posterior(&gp, NULL);
		gp.log_parameters[i] = at - h;
		below = gp_log_posterior(&gp, NULL);
		gp.log_parameters[i] = at;
		assert_near(gradient[i], (above - below) / (2 * h), 1e-5);
	}
	malloc_arena_free(&arena);
}

static void
test_gp_predicts(void **state)
{
	static const uint32_t groups[] = {0, 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	GaussianProcess gp;
	Failure failure;
	double worst = 0, x[2], mean, deviation, far[2] = {9, 9};

	(void) state;
	assert_int_equal(gp_init(&gp, &runtime, 2, groups, 2, 40, &failure),
					 LL_OK);
	fill(&gp, 40);
	assert_int_equal(gp_fit(&gp, &failure), LL_OK);
	for (x[0] = 0.1; x[0] < 0.95; x[0] += 0.2)
		for (x[1] = 0.1; x[1] < 0.95; x[1] += 0.2)
		{
			gp_predict(&gp, x, &mean, &deviation);
			worst = fmax(worst, fabs(mean - smooth(x)));
		}
	assert_true(worst < 0.05);
	/* Far from all that is known it falls back on its mean and amplitude. */
	gp_predict(&gp, far, &mean, &deviation);
	assert_near(deviation, sqrt(gp.amplitude), 0.2);
	assert_true(gp_expected_improvement(&gp, far, gp.mean) > 0);
	malloc_arena_free(&arena);
}

/* Points all alike must not be a singular matrix. */
static void
test_gp_repeated_points(void **state)
{
	static const uint32_t groups[] = {0, 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	GaussianProcess gp;
	Failure failure;
	double x[2] = {0.5, 0.5}, mean, deviation;

	(void) state;
	assert_int_equal(gp_init(&gp, &runtime, 2, groups, 2, 20, &failure),
					 LL_OK);
	for (int i = 0; i < 20; i++)
		gp_add(&gp, x, 1.0);
	assert_int_equal(gp_fit(&gp, &failure), LL_OK);
	gp_predict(&gp, x, &mean, &deviation);
	assert_near(mean, 1, 1e-6);
	malloc_arena_free(&arena);
}

static void
test_bayesian_beats_random(void **state)
{
	double bayesian = 0, random = 0, batched = 0;

	(void) state;
	for (uint64_t seed = 0; seed < 10; seed++)
	{
		bayesian += tune_branin(STRATEGY_BAYESIAN, 30, 1, seed, NULL) / 10;
		batched += tune_branin(STRATEGY_BAYESIAN, 32, 4, seed, NULL) / 10;
		random += tune_branin(STRATEGY_RANDOM, 30, 1, seed, NULL) / 10;
	}
	print_message("# Branin after 30: Bayesian %.4f, batches of 4 %.4f, "
				  "random %.4f; least 0.3979\n",
				  bayesian, batched, random);
	assert_true(bayesian < 0.45);
	assert_true(batched < 0.6);
	assert_true(bayesian < random);
}

/* When a tuning that minimises ends by itself. */
static void
test_convergence(void **state)
{
	static const struct
	{
		uint32_t not_improving; /* 0: complete_on_convergence */
		uint32_t steady;		/* trials that each take off a twentieth */
		uint32_t at;			/* one that takes off a share ... */
		double share;
		uint32_t expected;
	} cases[] = {
		{0, 0, 5, 0.0009, 11}, {0, 0, 5, 0.0011, 16}, {0, 30, 99, 0, 44},
		{4, 0, 3, 0.009, 5},   {4, 0, 3, 0.011, 8},
	};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		SearchSpace space = space_of(&wd, 1);
		TunerOptions options = {.strategy = STRATEGY_RANDOM,
								.max_jobs = 100,
								.max_parallel_jobs = 1,
								.target = NAN,
								.max_not_improving = cases[c].not_improving,
								.complete_on_convergence =
									cases[c].not_improving == 0,
								.max_resource = 1};
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		double objective = 1;
		uint32_t first, count;
		Tuner tuner;
		Failure failure;

		assert_int_equal(
			tuner_init(&tuner, &space, &options, &runtime, &failure), LL_OK);
		while (assert_int_equal(
				   tuner_suggest(&tuner, &first, &count, &failure), LL_OK),
			   count > 0)
		{
			if (first > 0 && first < cases[c].steady)
				objective *= 0.95;
			tuner_finish(&tuner, first, TRIAL_COMPLETED, 1,
						 first == cases[c].at
							 ? objective * (1 - cases[c].share)
							 : objective);
		}
		if (tuner.trial_count != cases[c].expected)
			fail_msg("case %zu: %u trials", c, tuner.trial_count);
		malloc_arena_free(&arena);
	}
}

/* Runs jobs of one range, whose objectives fall or rise; their first values. */
static void
tune_slope(uint32_t jobs, double slope, double *values)
{
	SearchSpace space = space_of(&wd, 1);
	TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
							.max_jobs = jobs,
							.max_parallel_jobs = 1,
							.target = NAN,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint32_t first, count;
	Tuner tuner;
	Failure failure;

	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	for (uint32_t i = 0; i < jobs; i++)
	{
		assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
						 LL_OK);
		values[i] = tuner.trials[first].values[0];
		tuner_finish(&tuner, first, TRIAL_COMPLETED, 1,
					 slope * log(values[i]));
	}
	malloc_arena_free(&arena);
}

/* Objectives do not matter while the design lasts: three trials at least. */
static void
test_design(void **state)
{
	static const uint32_t designs[][2] = {{4, 3}, {6, 3}, {8, 3}, {5, 3}};
	double design[8];

	(void) state;
	tune_slope(8, 1, design);
	for (size_t i = 0; i < sizeof(designs) / sizeof(designs[0]); i++)
	{
		double down[8], up[8];
		uint32_t same = 0;

		tune_slope(designs[i][0], -1, down);
		tune_slope(designs[i][0], 1, up);
		while (same < designs[i][0] && down[same] == up[same])
			same++;
		assert_int_equal(same, designs[i][1]);
		assert_memory_equal(up, design, same * sizeof(double));
	}
}

/*
 * Where trials go whose first settings are given: about them as long as there are
 * few, and then to where it pays.
 */
static void
test_belief(void **state)
{
	static const struct
	{
		double start;	 /* in the unit cube */
		double least;	 /* where objectives are least */
		double units[6]; /* of the trials */
	} cases[] = {{0.2, 0.8, {0.200, 0.365, 0.983, 0.762, 0.614, 0.794}},
				 {0.6, 0.1, {0.600, 0.365, 0.983, 0.294, 0.255, 0.201}}};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		SearchSpace space = space_of(&wd, 1);
		TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
								.max_jobs = 8,
								.max_parallel_jobs = 1,
								.target = NAN,
								.max_resource = 1};
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		double value = range_at(&space.ranges[0], cases[c].start);
		uint32_t first, count;
		Tuner tuner;
		Failure failure;

		assert_int_equal(
			tuner_init(&tuner, &space, &options, &runtime, &failure), LL_OK);
		assert_int_equal(tuner_start_with(&tuner, &value, &failure), LL_OK);
		for (uint32_t i = 0; i < 6; i++)
		{
			double unit;

			assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
							 LL_OK);
			unit = range_unit(&space.ranges[0], tuner.trials[first].values[0]);
			if (!(fabs(unit - cases[c].units[i]) < 0.02))
				fail_msg("case %zu, trial %u is at %.3f, not %.3f", c, i, unit,
						 cases[c].units[i]);
			tuner_finish(&tuner, first, TRIAL_COMPLETED, 1,
						 (unit - cases[c].least) * (unit - cases[c].least));
		}
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gp_gradient),
		cmocka_unit_test(test_gp_predicts),
		cmocka_unit_test(test_gp_repeated_points),
		cmocka_unit_test(test_bayesian_beats_random),
		cmocka_unit_test(test_convergence),
		cmocka_unit_test(test_design),
		cmocka_unit_test(test_belief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
