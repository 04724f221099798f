/*
 * test_tuner.c
 *		Scalings, the search space, the Gaussian process, every strategy on
 *		functions whose optimum is known, determinism, memory failures.
 */
#include "core/math/gaussian_process.h"
#include "core/tune/tuner.h"

#include "unit.h"

#include <math.h>

static const Range wd = {HP_WD, RANGE_CONTINUOUS, SCALING_AUTO, 1e-7, 1, 0,
						 {0}};
static const Range rate = {
	HP_LEARNING_RATE, RANGE_CONTINUOUS, SCALING_AUTO, 1e-5, 1, 0, {0}};
static const Range batch = {
	HP_MINI_BATCH_SIZE, RANGE_INTEGER, SCALING_AUTO, 100, 2000, 0, {0}};
static const Range bias = {
	HP_USE_BIAS, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 2, {1, 0}};

static void
assert_near(double a, double b, double tolerance)
{
	bool near = fabs(a - b) <= tolerance * fmax(1.0, fabs(b));

	if (!near)
		print_error("%.17g is not near %.17g\n", a, b);
	assert_true(near);
}

static SearchSpace
space_of(const Range *ranges, size_t count)
{
	SearchSpace space = {0};
	Failure failure;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(space_add(&space, &ranges[i], &failure), LL_OK);
	return space;
}

/* ---- Search space ---- */

static void
test_scalings(void **state)
{
	Range linear = wd,
		  reverse = {HP_BETA_1, RANGE_CONTINUOUS, SCALING_REVERSE_LOGARITHMIC,
					 0.9,		0.9999,			  0,
					 {0}};
	SearchSpace space = space_of(&wd, 1);

	(void) state;
	assert_int_equal(space.ranges[0].scaling, SCALING_LOGARITHMIC);
	assert_near(range_at(&space.ranges[0], 0), 1e-7, 1e-15);
	assert_near(log10(range_at(&space.ranges[0], 0.5)), -3.5, 1e-12);
	assert_near(range_at(&space.ranges[0], 1), 1, 1e-12);
	linear.scaling = SCALING_LINEAR;
	assert_near(range_at(&linear, 0.5), 0.50000005, 1e-12);
	/* Half way between 1 - 0.1 and 1 - 0.0001 by factors. */
	assert_near(range_at(&reverse, 0.5), 1 - sqrt(0.1 * 0.0001), 1e-12);
	assert_near(range_at(&reverse, 0), 0.9, 1e-12);
	assert_near(range_at(&reverse, 1), 0.9999, 1e-12);
	/* 2000 / 100 is below the ratio from which on Auto is Logarithmic. */
	space = space_of(&batch, 1);
	assert_int_equal(space.ranges[0].scaling, SCALING_LINEAR);
}

static void
test_round_trip(void **state)
{
	Range all[] = {wd, rate, batch, bias};
	SearchSpace space = space_of(all, 4);

	(void) state;
	for (uint32_t i = 0; i < space.count; i++)
		for (double u = 0; u <= 1.0; u += 1.0 / 64)
		{
			const Range *range = &space.ranges[i];
			double value = range_at(range, u);

			assert_true(range_holds(range, value));
			assert_near(range_at(range, range_unit(range, value)), value,
						1e-12);
			if (range->kind == RANGE_CONTINUOUS)
				assert_near(range_unit(range, value), u, 1e-12);
		}
	/* Outside is moved inside. */
	assert_near(range_unit(&space.ranges[0], 1e9), 1, 1e-3);
}

static void
test_integers_get_equal_shares(void **state)
{
	Range range = {HP_EPOCHS, RANGE_INTEGER, SCALING_LINEAR, 1, 4, 0, {0}};
	int seen[5] = {0};

	(void) state;
	for (int i = 0; i < 4000; i++)
		seen[(int) range_at(&range, (i + 0.5) / 4000)]++;
	for (int value = 1; value <= 4; value++)
		assert_true(seen[value] >= 999 && seen[value] <= 1001);
}

static void
refuse(Range range, const char *part)
{
	SearchSpace space = {0};
	Failure failure;

	assert_int_equal(space_add(&space, &range, &failure), LL_INVALID);
	if (strstr(failure.message, part) == NULL)
		print_error("\"%s\" does not say \"%s\"\n", failure.message, part);
	assert_non_null(strstr(failure.message, part));
	assert_int_equal(space.count, 0);
}

static void
test_space_refuses(void **state)
{
	Range range = wd;

	(void) state;
	range.minimum = 2;
	refuse(range, "minimum 2 is above maximum 1");
	range = wd;
	range.minimum = -1;
	refuse(range, "invalid value for hyperparameter \"wd\": -1");
	range.minimum = 0;
	range.scaling = SCALING_LOGARITHMIC;
	refuse(range, "minimum 0 is not above 0");
	range.scaling = SCALING_REVERSE_LOGARITHMIC;
	refuse(range, "not within [0, 1)");
	range = batch;
	range.kind = RANGE_CONTINUOUS;
	refuse(range, "is an integer");
	range.kind = RANGE_INTEGER;
	range.maximum = 300.5;
	refuse(range, "must be integers");
	range.maximum = NAN;
	refuse(range, "is empty");
	range = bias;
	range.category_count = 0;
	refuse(range, "is empty");
	range = bias;
	range.kind = RANGE_CONTINUOUS;
	range.maximum = 1;
	refuse(range, "cannot have a continuous range");
	range = wd;
	range.row = HP_SEED;
	refuse(range, "cannot be tuned");
}

static void
test_duplicate_range(void **state)
{
	SearchSpace space = space_of(&wd, 1);
	Failure failure;

	(void) state;
	assert_int_equal(space_add(&space, &wd, &failure), LL_INVALID);
	assert_string_equal(failure.message, "\"wd\" has two ranges");
}

/* The ranges that SageMaker recommends, of rows that are not given. */
static void
test_recommended(void **state)
{
	static const Range wanted[] = {
		{HP_MINI_BATCH_SIZE, RANGE_INTEGER, SCALING_LINEAR, 100, 5000, 0, {0}},
		{HP_LEARNING_RATE,
		 RANGE_CONTINUOUS,
		 SCALING_LOGARITHMIC,
		 1e-5,
		 1,
		 0,
		 {0}},
		{HP_WD, RANGE_CONTINUOUS, SCALING_LOGARITHMIC, 1e-7, 1, 0, {0}},
		{HP_L1, RANGE_CONTINUOUS, SCALING_LOGARITHMIC, 1e-7, 1, 0, {0}},
		{HP_USE_BIAS, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 2, {1, 0}},
		{HP_POSITIVE_EXAMPLE_WEIGHT_MULT,
		 RANGE_CONTINUOUS,
		 SCALING_LOGARITHMIC,
		 1e-5,
		 1e5,
		 0,
		 {0}}};
	SearchSpace space = {0};
	Hyperparameters fixed;

	(void) state;
	hyperparameters_init(&fixed);
	space_add_recommended(&space, &fixed, PREDICTOR_BINARY);
	assert_int_equal(space.count, 6);
	for (uint32_t i = 0; i < space.count; i++)
	{
		const Range *r = &space.ranges[i], *w = &wanted[i];

		assert_int_equal(r->row, w->row);
		assert_int_equal(r->kind, w->kind);
		assert_int_equal(r->scaling, w->scaling);
		assert_true(r->minimum == w->minimum && r->maximum == w->maximum);
		assert_int_equal(r->category_count, w->category_count);
		assert_memory_equal(r->categories, w->categories,
							sizeof(r->categories));
	}
	memset(&space, 0, sizeof(space));
	space_add_recommended(&space, &fixed, PREDICTOR_REGRESSOR);
	assert_int_equal(space.count, 5);
	memset(&space, 0, sizeof(space));
	fixed.given[HP_WD] = true;
	space_add_recommended(&space, &fixed, PREDICTOR_REGRESSOR);
	assert_int_equal(space.count, 4);
	for (uint32_t i = 0; i < space.count; i++)
		assert_int_not_equal(space.ranges[i].row, HP_WD);
}

static void
test_encoding(void **state)
{
	Range all[] = {bias, wd};
	SearchSpace space = space_of(all, 2);
	double values[] = {1e-7, 0}, encoded[3];

	(void) state;
	assert_int_equal(space_encoded_size(&space), 3);
	/* In the table's order: wd comes before use_bias. */
	space_encode(&space, values, encoded);
	assert_near(encoded[0], 0, 1e-12);
	assert_near(encoded[1], 0, 0);
	assert_near(encoded[2], 1, 0);
}

/* ---- Gaussian process ---- */

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

/* ---- Strategies ---- */

/* Branin's function over the unit square; its least value is 0.397887. */
static double
branin(double u, double v)
{
	double x = 15 * u - 5, y = 15 * v;
	double a = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;

	return a * a + 10 * (1 - 1 / (8 * M_PI)) * cos(x) + 10;
}

/* Runs a tuner over Branin's function of two ranges; the best it found. */
static double
tune_branin(TunerStrategy strategy, uint32_t jobs, uint32_t parallel,
			uint64_t seed, double *trace)
{
	Range all[] = {wd, rate};
	SearchSpace space = space_of(all, 2);
	TunerOptions options = {.strategy = strategy,
							.max_jobs = jobs,
							.max_parallel_jobs = parallel,
							.target = NAN,
							.seed = seed,
							.min_resource = 1,
							.max_resource = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Tuner tuner;
	Failure failure;
	uint32_t first, count;
	double best;

	assert_int_equal(tuner_init(&tuner, &space, &options, &runtime, &failure),
					 LL_OK);
	for (;;)
	{
		assert_int_equal(tuner_suggest(&tuner, &first, &count, &failure),
						 LL_OK);
		if (count == 0)
			break;
		assert_true(count <= parallel);
		for (uint32_t i = first; i < first + count; i++)
		{
			double u = range_unit(&space.ranges[0], tuner.trials[i].values[0]);
			double v = range_unit(&space.ranges[1], tuner.trials[i].values[1]);

			tuner_finish(&tuner, i, TRIAL_COMPLETED, 1, branin(u, v));
			if (trace != NULL)
				trace[i] = tuner.trials[i].objective;
		}
	}
	assert_int_equal(tuner.trial_count, jobs);
	best = tuner.trials[tuner_best(&tuner)].objective;
	malloc_arena_free(&arena);
	return best;
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

/* Auto counts a hundredfold, and no less, by factors. */
static void
test_auto_scaling(void **state)
{
	Range range = rate;

	(void) state;
	range.minimum = 0.001;
	range.maximum = 0.101;
	assert_int_equal(space_of(&range, 1).ranges[0].scaling,
					 SCALING_LOGARITHMIC);
	range.maximum = 0.099;
	assert_int_equal(space_of(&range, 1).ranges[0].scaling, SCALING_LINEAR);
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

	(void) state;
	for (size_t i = 0; i < sizeof(designs) / sizeof(designs[0]); i++)
	{
		double down[8], up[8];
		uint32_t same = 0;

		tune_slope(designs[i][0], -1, down);
		tune_slope(designs[i][0], 1, up);
		while (same < designs[i][0] && down[same] == up[same])
			same++;
		assert_int_equal(same, designs[i][1]);
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
		cmocka_unit_test(test_scalings),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_integers_get_equal_shares),
		cmocka_unit_test(test_space_refuses),
		cmocka_unit_test(test_duplicate_range),
		cmocka_unit_test(test_recommended),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_gp_gradient),
		cmocka_unit_test(test_gp_predicts),
		cmocka_unit_test(test_gp_repeated_points),
		cmocka_unit_test(test_bayesian_beats_random),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_grid_of_integers),
		cmocka_unit_test(test_hyperband_schedule),
		cmocka_unit_test(test_median_rule),
		cmocka_unit_test(test_target_and_start),
		cmocka_unit_test(test_known_trials),
		cmocka_unit_test(test_small_space),
		cmocka_unit_test(test_default_jobs),
		cmocka_unit_test(test_most_jobs),
		cmocka_unit_test(test_auto_scaling),
		cmocka_unit_test(test_convergence),
		cmocka_unit_test(test_design),
		cmocka_unit_test(test_median_of_few),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_memory_failures),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
