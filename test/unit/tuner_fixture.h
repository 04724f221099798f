/*
 * tuner_fixture.h
 *		Spaces and tuners, and what their trials cost.
 */
#ifndef LINLEARN_TEST_TUNER_FIXTURE_H
#define LINLEARN_TEST_TUNER_FIXTURE_H

#include <math.h>

#include "core/tune/tuner.h"
#include "unit.h"

static const Range wd = {HP_WD, RANGE_CONTINUOUS, SCALING_AUTO, 1e-7, 1, 0,
						 {0}};

static const Range rate = {
	HP_LEARNING_RATE, RANGE_CONTINUOUS, SCALING_AUTO, 1e-5, 1, 0, {0}};

static const Range bias = {
	HP_USE_BIAS, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 2, {1, 0}};

static inline void
assert_near(double a, double b, double tolerance)
{
	bool near = fabs(a - b) <= tolerance * fmax(1.0, fabs(b));

	if (!near)
		print_error("%.17g is not near %.17g\n", a, b);
	assert_true(near);
}

static inline SearchSpace
space_of(const Range *ranges, size_t count)
{
	SearchSpace space = {0};
	Failure failure;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(space_add(&space, &ranges[i], &failure), LL_OK);
	return space;
}

/* Branin's function over the unit square; its least value is 0.397887. */
static inline double
branin(double u, double v)
{
	double x = 15 * u - 5, y = 15 * v;
	double a = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;

	return a * a + 10 * (1 - 1 / (8 * M_PI)) * cos(x) + 10;
}

/* Runs a tuner over Branin's function of two ranges; the best it found. */
static inline double
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

#endif
