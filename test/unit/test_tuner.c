/*
 * test_tuner.c
 *		Grids, Hyperband, the median rule, what is known or tried before, ties, ends.
 */
#include "tuner_fixture.h"

static void
test_determinism(void **state)
{
	double a[20], b[20];

	(void) state;
	for (int strategy = STRATEGY_BAYESIAN; strategy <= STRATEGY_RANDOM;
		 strategy++)
	{
		tune_branin(strategy, 20, 3, 7, a);
		tune_branin(strategy, 20, 3, 7, b);
		assert_memory_equal(a, b, sizeof(a));
		tune_branin(strategy, 20, 3, 8, b);
		assert_memory_not_equal(a, b, sizeof(a));
	}
	/* Random search does not care for the batch. */
	tune_branin(STRATEGY_RANDOM, 20, 1, 7, a);
	tune_branin(STRATEGY_RANDOM, 20, 20, 7, b);
	assert_memory_equal(a, b, sizeof(a));
}

/* Suggests all trials without caring for their objectives. */
static uint32_t
suggest_all(Tuner *tuner)
{
	uint32_t first, count;
	Failure failure;

	do
	{
		assert_int_equal(tuner_suggest(tuner, &first, &count, &failure),
						 LL_OK);
		for (uint32_t i = first; i < first + count; i++)
			tuner_finish(tuner, i, TRIAL_COMPLETED, 1, i);
	} while (count > 0);
	return tuner->trial_count;
}

static void
test_grid(void **state)
{
	Range categories = {HP_OPTIMIZER, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 3,
						{0, 1, 2}};
	Range all[] = {bias, categories, rate};
	SearchSpace space = space_of(all, 2);
	TunerOptions options = {.strategy = STRATEGY_GRID,
							.max_parallel_jobs = 4,
							.target = NAN,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	bool seen[3][2] = {{false}};

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	assert_int_equal(suggest_all(&tuner), 6);
	for (uint32_t i = 0; i < 6; i++)
	{
		bool *cell = &seen[(int) tuner.trials[i].values[0]]
						  [(int) tuner.trials[i].values[1]];

		assert_false(*cell);
		*cell = true;
	}
	/* A continuum takes what max_jobs leaves: 24 / 6 points. */
	space = space_of(all, 3);
	options.max_jobs = 26;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	assert_int_equal(suggest_all(&tuner), 24);
	assert_near(tuner.trials[0].values[1], 1e-5, 1e-12);
	/* Too many points. */
	options.max_jobs = 11;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_INVALID);
	assert_string_equal(failure.message,
						"the grid has more than max_jobs = 11 points");
	malloc_arena_free(&arena);
}

static void
test_grid_of_integers(void **state)
{
	Range range = {HP_EPOCHS, RANGE_INTEGER, SCALING_LINEAR, 3, 5, 0, {0}};
	SearchSpace space = space_of(&range, 1);
	TunerOptions options = {.strategy = STRATEGY_GRID,
							.max_parallel_jobs = 4,
							.max_jobs = 100,
							.target = NAN,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	assert_int_equal(suggest_all(&tuner), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_near(tuner.trials[i].values[0], 3 + i, 0);
	malloc_arena_free(&arena);
}

/*
 * Li et al. 2018, table 1: R = 81, eta = 3 starts 81, 34, 15, 8 and 5 trials
 * at 1, 3, 9, 27 and 81 epochs; in the first bracket 27, 9, 3 and 1 go on.
 */
static void
test_hyperband_schedule(void **state)
{
	static const uint32_t sizes[] = {81, 34, 15, 8, 5};
	static const uint32_t run_to[] = {81, 27, 9, 3, 1};
	SearchSpace space = space_of(&wd, 1);
	TunerOptions options = {.strategy = STRATEGY_HYPERBAND,
							.max_parallel_jobs = 2,
							.target = NAN,
							.min_resource = 1,
							.max_resource = 81};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	assert_int_equal(tuner.options.max_jobs, 81 + 34 + 15 + 8 + 5);
	for (int bracket = 0; bracket < 5; bracket++)
	{
		uint32_t alive[81], left, reached[82] = {0};

		assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
						 LL_OK);
		assert_int_equal(count, sizes[bracket]);
		for (left = 0; left < count; left++)
			alive[left] = first + left;
		for (uint32_t epoch = 1; epoch <= 81; epoch++)
		{
			uint32_t kept = 0;

			/* The later a trial, the better; better still with epochs. */
			for (uint32_t i = 0; i < left; i++)
				tuner_epoch(&tuner, alive[i], 1000.0 - alive[i] - epoch);
			for (uint32_t i = 0; i < left; i++)
				if (tuner_stops(&tuner, alive[i]))
					reached[epoch]++;
				else
					alive[kept++] = alive[i];
			left = kept;
		}
		assert_int_equal(left, bracket == 0 ? 1 : bracket == 4 ? 5 : left);
		assert_int_equal(alive[left - 1], first + count - 1);
		if (bracket == 0)
		{
			assert_int_equal(reached[1], 81 - 27);
			assert_int_equal(reached[3], 27 - 9);
			assert_int_equal(reached[9], 9 - 3);
			assert_int_equal(reached[27], 3 - 1);
		}
		assert_true(run_to[bracket] >= 1);
		for (uint32_t i = first; i < first + count; i++)
			tuner_finish(&tuner, i, TRIAL_COMPLETED, 81, 1000.0 - i);
	}
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	assert_int_equal(count, 0);
	options.min_resource = 100;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_INVALID);
	malloc_arena_free(&arena);
}

static void
test_median_rule(void **state)
{
	SearchSpace space = space_of(&wd, 1);
	TunerOptions options = {.strategy = STRATEGY_RANDOM,
							.max_jobs = 5,
							.max_parallel_jobs = 1,
							.maximize = true,
							.median_stopping = true,
							.target = NAN,
							.max_resource = 3};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	for (int i = 0; i < 3; i++)
	{
		assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
						 LL_OK);
		for (int epoch = 1; epoch <= 3; epoch++)
		{
			/* Running averages after two epochs: 0.65, 0.75, 0.85. */
			tuner_epoch(&tuner, first, -(0.5 + 0.1 * i + 0.1 * epoch));
			assert_false(tuner_stops(&tuner, first));
		}
		tuner_finish(&tuner, first, TRIAL_COMPLETED, 3, 0.8 + 0.1 * i);
	}
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	tuner_epoch(&tuner, first, -0.1);
	assert_false(tuner_stops(&tuner, first));
	tuner_epoch(&tuner, first, -0.76);
	assert_false(tuner_stops(&tuner, first));
	tuner_finish(&tuner, first, TRIAL_FAILED, 2, NAN);
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	tuner_epoch(&tuner, first, -0.1);
	tuner_epoch(&tuner, first, -0.74);
	assert_true(tuner_stops(&tuner, first));
	malloc_arena_free(&arena);
}

static void
test_target_and_start(void **state)
{
	SearchSpace space = space_of(&wd, 1);
	TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
							.max_jobs = 9,
							.max_parallel_jobs = 2,
							.maximize = true,
							.target = 0.9,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;
	double outside = 5, nan_value = 1e-3;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	assert_int_equal(tuner_start_with(&tuner, &nan_value, &failure), LL_OK);
	assert_int_equal(tuner_start_with(&tuner, &outside, &failure), LL_OK);
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	assert_int_equal(count, 2);
	assert_near(tuner.trials[0].values[0], 1e-3, 0);
	assert_near(tuner.trials[1].values[0], 1, 1e-12);
	tuner_finish(&tuner, 0, TRIAL_COMPLETED, 1, NAN);
	assert_int_equal(tuner.trials[0].status, TRIAL_FAILED);
	assert_int_equal(tuner_best(&tuner), -1);
	tuner_finish(&tuner, 1, TRIAL_COMPLETED, 1, 0.5);
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	tuner_finish(&tuner, 2, TRIAL_COMPLETED, 1, 0.95);
	tuner_finish(&tuner, 3, TRIAL_COMPLETED, 1, 0.95);
	assert_int_equal(tuner_best(&tuner), 2);
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	assert_int_equal(count, 0);
	malloc_arena_free(&arena);
}

/* Twenty known trials make the very first suggestion a good one. */
static void
test_known_trials(void **state)
{
	SearchSpace space = space_of(&rate, 1);
	TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
							.max_jobs = 1,
							.max_parallel_jobs = 1,
							.target = NAN,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;
	double value;
	bool used;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	for (int i = 0; i < 20; i++)
	{
		double u = (i + 0.5) / 20;

		value = range_at(&space.ranges[0], u);
		assert_int_equal(
			tuner_know(&tuner, &value, fabs(u - 0.66), &used, &failure),
			LL_OK);
		assert_true(used);
	}
	value = 3;
	assert_int_equal(tuner_know(&tuner, &value, 0, &used, &failure), LL_OK);
	assert_false(used);
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure), LL_OK);
	assert_true(fabs(range_unit(&space.ranges[0], tuner.trials[0].values[0]) -
					 0.66) < 0.06);
	malloc_arena_free(&arena);
}

/* A space of four points: all four come once before any comes twice. */
static void
test_small_space(void **state)
{
	Range categories = {HP_OPTIMIZER, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 2,
						{0, 1}};
	Range all[] = {bias, categories};
	SearchSpace space = space_of(all, 2);

	(void) state;
	for (int strategy = STRATEGY_BAYESIAN; strategy <= STRATEGY_RANDOM;
		 strategy++)
	{
		TunerOptions options = {.strategy = strategy,
								.max_jobs = 6,
								.max_parallel_jobs = 1,
								.target = NAN,
								.max_resource = 1};
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Tuner tuner;
		Failure failure;
		int seen = 0;

		assert_int_equal(
			tuner_init(&tuner, &space, &options, &runtime, &failure), LL_OK);
		assert_int_equal(suggest_all(&tuner), 6);
		for (int i = 0; i < 4; i++)
			seen |= 1 << (int) (2 * tuner.trials[i].values[0] +
								tuner.trials[i].values[1]);
		assert_int_equal(seen, 15);
		malloc_arena_free(&arena);
	}
}

/* Whatever allocation fails, the answer is a status. */
static void
test_memory_failures(void **state)
{
	Range all[] = {wd, bias};
	SearchSpace space = space_of(all, 2);
	TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
							.max_jobs = 6,
							.max_parallel_jobs = 2,
							.target = NAN,
							.max_resource = 2};
	bool finished = false;

	(void) state;
	for (long allowed = 0; !finished; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Tuner tuner;
		Failure failure;
		uint32_t first, count = 0;
		Status status;

		arena.allocations_left = allowed;
		status = tuner_init(&tuner, &space, &options, &runtime, &failure);
		while (status == LL_OK)
		{
			status = tuner_suggest(&tuner, &first, &count, &failure);
			if (status == LL_OK && count == 0)
				break;
			for (uint32_t i = first; status == LL_OK && i < first + count; i++)
				tuner_finish(&tuner, i, TRIAL_COMPLETED, 1, i * 0.1);
		}
		if (status == LL_OK)
			finished = true;
		else
			assert_int_equal(status, LL_NO_MEMORY);
		malloc_arena_free(&arena);
		assert_true(allowed < 1000);
	}
}

static void
test_interrupt(void **state)
{
	SearchSpace space = space_of(&wd, 1);
	TunerOptions options = {.strategy = STRATEGY_BAYESIAN,
							.max_jobs = 9,
							.max_parallel_jobs = 1,
							.target = NAN,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;

	(void) state;
	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	for (int i = 0; i < 5; i++)
	{
		assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
						 LL_OK);
		tuner_finish(&tuner, first, TRIAL_COMPLETED, 1, i);
	}
	arena.interrupt = true;
	assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
					 LL_CANCELLED);
	malloc_arena_free(&arena);
}

/* Of equal objectives the least loss wins, where losses measure one thing. */
static void
test_ties(void **state)
{
	TunerTrial trials[] = {
		{.objective = 0.90, .loss = 0.3}, {.objective = 0.90, .loss = 0.2},
		{.objective = 0.90, .loss = 0.2}, {.objective = 0.8999, .loss = 0.1},
		{.objective = NAN, .loss = 0.0},  {.objective = 0.95, .loss = 0.0}};
	Tuner tuner = {.trials = trials,
				   .trial_count = 6,
				   .options = {.maximize = true, .losses_compare = true}};

	(void) state;
	for (uint32_t i = 0; i < 5; i++)
		trials[i].finished = true;
	assert_int_equal(tuner_best(&tuner), 1);
	tuner.options.losses_compare = false;
	assert_int_equal(tuner_best(&tuner), 0);
	tuner.options.maximize = false;
	assert_int_equal(tuner_best(&tuner), 3);
}

/* ---- Numbers of docs/defaults.md ---- */

/* The trials that a tuner comes to when max_jobs is not given. */
static uint32_t
trials_of(TunerStrategy strategy, uint32_t ranges)
{
	Range all[] = {wd, rate};
	SearchSpace space = space_of(all, ranges);
	TunerOptions options = {.strategy = strategy,
							.max_parallel_jobs = 3,
							.target = NAN,
							.min_resource = 1,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t count;

	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	count = suggest_all(&tuner);
	malloc_arena_free(&arena);
	return count;
}

static void
test_default_jobs(void **state)
{
	(void) state;
	assert_int_equal(trials_of(STRATEGY_RANDOM, 1), 10);
	assert_int_equal(trials_of(STRATEGY_BAYESIAN, 1), 10);
	assert_int_equal(trials_of(STRATEGY_GRID, 1), 5);
	assert_int_equal(trials_of(STRATEGY_GRID, 2), 25);
}

static void
test_most_jobs(void **state)
{
	static const struct
	{
		TunerStrategy strategy;
		uint32_t max_jobs;
		Status expected;
	} jobs[] = {{STRATEGY_BAYESIAN, 750, LL_OK},
				{STRATEGY_BAYESIAN, 751, LL_INVALID},
				{STRATEGY_RANDOM, 10000, LL_OK},
				{STRATEGY_RANDOM, 10001, LL_INVALID}};
	SearchSpace space = space_of(&wd, 1);

	(void) state;
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
	{
		TunerOptions options = {.strategy = jobs[i].strategy,
								.max_jobs = jobs[i].max_jobs,
								.max_parallel_jobs = 1,
								.target = NAN,
								.max_resource = 1};
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Tuner tuner;
		Failure failure;

		if (tuner_init(&tuner, &space, &options, &runtime, &failure) !=
			jobs[i].expected)
			fail_msg("%u jobs", jobs[i].max_jobs);
		malloc_arena_free(&arena);
	}
}

/* The median of two trials stops none; that of three does. */
static void
test_median_of_few(void **state)
{
	(void) state;
	for (uint32_t finished = 1; finished < 5; finished++)
	{
		SearchSpace space = space_of(&wd, 1);
		TunerOptions options = {.strategy = STRATEGY_RANDOM,
								.max_jobs = 5,
								.max_parallel_jobs = 1,
								.median_stopping = true,
								.target = NAN,
								.max_resource = 3};
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint32_t first, count;
		Tuner tuner;
		Failure failure;

		assert_int_equal(
			tuner_init(&tuner, &space, &options, &runtime, &failure), LL_OK);
		for (uint32_t i = 0; i <= finished; i++)
		{
			assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
							 LL_OK);
			tuner_epoch(&tuner, first, i == finished ? 9 : 1);
			assert_false(tuner_stops(&tuner, first));
			tuner_epoch(&tuner, first, i == finished ? 9 : 1);
			assert_int_equal(tuner_stops(&tuner, first),
							 i == finished && finished >= 3);
			tuner_finish(&tuner, first, TRIAL_COMPLETED, 2, 1);
		}
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_grid_of_integers),
		cmocka_unit_test(test_hyperband_schedule),
		cmocka_unit_test(test_median_rule),
		cmocka_unit_test(test_median_of_few),
		cmocka_unit_test(test_target_and_start),
		cmocka_unit_test(test_known_trials),
		cmocka_unit_test(test_small_space),
		cmocka_unit_test(test_memory_failures),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_default_jobs),
		cmocka_unit_test(test_most_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
