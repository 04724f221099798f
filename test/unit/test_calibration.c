/*
 * test_calibration.c
 *		Platt scaling recovers what drew the labels; isotonic regression pools.
 */
#include "core/calibration.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Calibration calibration;
} Fixture;

/* A reproducible number in [0, 1). */
static double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 9007199254740992.0;
}

static void
fit(Fixture *f, CalibrationKind kind, const double *m, const double *y,
	const float *w, size_t n)
{
	*f = (Fixture){.arena = {.allocations_left = -1}};
	f->runtime = malloc_runtime(&f->arena);
	assert_int_equal(calibration_fit(kind, m, y, w, n, &f->runtime,
									 &f->calibration, &f->failure),
					 LL_OK);
}

static void
test_platt_recovers(void **state)
{
	enum
	{
		n = 20000
	};
	double *m = malloc(n * sizeof(double));
	double *y = malloc(n * sizeof(double));
	uint64_t seed = 4;
	Fixture f;
	double g = 0;
	double gm = 0;

	(void) state;
	for (int i = 0; i < n; i++)
	{
		m[i] = 50 + 20 * draw(&seed);
		y[i] = draw(&seed) < 1 / (1 + exp(-(0.3 * m[i] - 18)));
	}
	fit(&f, CALIBRATE_PLATT, m, y, NULL, n);
	assert_int_equal(f.calibration.count, 2);
	assert_true(fabs(f.calibration.x[0] - 0.3) < 0.02);
	assert_true(fabs(f.calibration.x[1] + 18) < 1.2);
	/* At the optimum, probabilities sum to the smoothed labels. */
	for (int i = 0; i < n; i++)
	{
		double p = calibration_apply(&f.calibration, m[i]);

		g += p - y[i];
		gm += (p - y[i]) * m[i];
	}
	assert_true(fabs(g) < 1.1);
	assert_true(fabs(gm) < 1.1 * 70);
	malloc_arena_free(&f.arena);
	free(m);
	free(y);
}

/* Separable margins stay finite, thanks to the smoothed targets. */
static void
test_platt_separable(void **state)
{
	const double m[] = {-2e5, -1e5, 1e5, 2e5};
	const double y[] = {0, 0, 1, 1};
	Fixture f;

	(void) state;
	fit(&f, CALIBRATE_PLATT, m, y, NULL, 4);
	assert_true(isfinite(f.calibration.x[0]) && f.calibration.x[0] > 0);
	/* (n+ + 1) / (n+ + 2) = 3/4 is what the positives tend to. */
	assert_true(calibration_apply(&f.calibration, 1e5) > 0.6);
	assert_true(calibration_apply(&f.calibration, 2e5) < 0.9);
	assert_true(calibration_apply(&f.calibration, 1e30) == 1.0);
	malloc_arena_free(&f.arena);
}

static void
test_isotonic_pools(void **state)
{
	const double m[] = {6, 1, 3, 2, 5, 4, 4};
	const double y[] = {1, 0, 0, 1, 1, 1, 0};
	Fixture f;

	/* by margin: 0 | 1 0 (4: 1 0) | 1 1: values 0, 1/2 over 2..4, 1 */
	(void) state;
	fit(&f, CALIBRATE_ISOTONIC, m, y, NULL, 7);
	assert_int_equal(f.calibration.count, 5);
	assert_true(calibration_apply(&f.calibration, 0) == 0);
	assert_true(calibration_apply(&f.calibration, 1) == 0);
	assert_true(calibration_apply(&f.calibration, 1.5) == 0.25);
	assert_true(calibration_apply(&f.calibration, 2) == 0.5);
	assert_true(calibration_apply(&f.calibration, 3.7) == 0.5);
	assert_true(calibration_apply(&f.calibration, 4.5) == 0.75);
	assert_true(calibration_apply(&f.calibration, 5) == 1);
	assert_true(calibration_apply(&f.calibration, 99) == 1);
	/* the least margin of an equal score */
	assert_true(calibration_level(&f.calibration, 0) == 1);
	assert_true(calibration_level(&f.calibration, 1.5) == 1.5);
	assert_true(calibration_level(&f.calibration, 2) == 2);
	assert_true(calibration_level(&f.calibration, 3.7) == 2);
	assert_true(calibration_level(&f.calibration, 4) == 2);
	assert_true(calibration_level(&f.calibration, 4.5) == 4.5);
	assert_true(calibration_level(&f.calibration, 99) == 5);
	malloc_arena_free(&f.arena);
}

/* Non-decreasing, and the mean of the fit is the mean of the labels. */
static void
test_isotonic_properties(void **state)
{
	enum
	{
		n = 3000
	};
	double m[n];
	double y[n];
	float w[n];
	uint64_t seed = 8;
	double excess = 0;
	Fixture f;

	(void) state;
	for (int i = 0; i < n; i++)
	{
		m[i] = floor(200 * draw(&seed)) / 10;
		y[i] = draw(&seed) < m[i] / 20;
		w[i] = (float) (0.5 + draw(&seed));
	}
	fit(&f, CALIBRATE_ISOTONIC, m, y, w, n);
	for (uint32_t k = 1; k < f.calibration.count; k++)
	{
		assert_true(f.calibration.x[k] > f.calibration.x[k - 1]);
		assert_true(f.calibration.y[k] >= f.calibration.y[k - 1]);
	}
	for (int i = 0; i < n; i++)
		excess += w[i] * (calibration_apply(&f.calibration, m[i]) - y[i]);
	assert_true(fabs(excess) < 1e-8);
	malloc_arena_free(&f.arena);
}

static void
test_one_class(void **state)
{
	const double m[] = {1, 2, 3};
	const double y[] = {1, 1, 1};
	Fixture f;

	(void) state;
	for (int k = CALIBRATE_NONE; k <= CALIBRATE_ISOTONIC; k++)
	{
		fit(&f, k, m, y, NULL, 3);
		assert_int_equal(f.calibration.kind, CALIBRATE_NONE);
		malloc_arena_free(&f.arena);
		fit(&f, k, m, y, NULL, 0);
		assert_int_equal(f.calibration.kind, CALIBRATE_NONE);
		malloc_arena_free(&f.arena);
	}
}

static void
test_interrupted(void **state)
{
	const double m[] = {3, 1, 2};
	const double y[] = {1, 0, 1};

	(void) state;
	for (int k = CALIBRATE_PLATT; k <= CALIBRATE_ISOTONIC; k++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		Calibration calibration;

		arena.interrupt = true;
		assert_int_equal(calibration_fit(k, m, y, NULL, 3, &runtime,
										 &calibration, &failure),
						 LL_CANCELLED);
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platt_recovers),
		cmocka_unit_test(test_platt_separable),
		cmocka_unit_test(test_isotonic_pools),
		cmocka_unit_test(test_isotonic_properties),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
