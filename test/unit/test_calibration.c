/*
 * test_calibration.c
 *		Platt scaling recovers what drew the labels; isotonic regression pools.
 */
#include "core/model/calibration.h"

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
	ThreadPool *pool;
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
fit_on(Fixture *f, int threads, CalibrationKind kind, const double *m,
	   const double *y, const float *w, size_t n)
{
	*f = (Fixture){.arena = {.allocations_left = -1}};
	f->runtime = malloc_runtime(&f->arena);
	assert_int_equal(
		threads_start(&f->pool, threads, &f->runtime, &f->failure), LL_OK);
	assert_int_equal(calibration_fit(kind, m, y, w, n, &f->runtime, f->pool,
									 &f->calibration, &f->failure),
					 LL_OK);
	threads_stop(f->pool);
}

static void
fit(Fixture *f, CalibrationKind kind, const double *m, const double *y,
	const float *w, size_t n)
{
	fit_on(f, 1, kind, m, y, w, n);
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

static int looks_left;

/* Ends what looks at the interrupt flag too often: a pass does so a block. */
static bool
count_look(void *context)
{
	(void) context;
	return looks_left-- <= 0;
}

/*
 * Many rows whose calibration is the identity, nearly: the sums' rounding is
 * then larger than what a step gains.  Some ten passes do.
 */
static void
test_platt_ends(void **state)
{
	enum
	{
		n = 500000,
		looks = 20 * n / 4096
	};
	double *m = malloc(n * sizeof(double));
	double *y = malloc(n * sizeof(double));

	(void) state;
	for (int scale = 1; scale <= 16; scale *= 2)
	{
		uint64_t seed = 4;
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Calibration calibration;
		ThreadPool *pool;
		Failure failure;

		assert_int_equal(threads_start(&pool, 1, &runtime, &failure), LL_OK);
		for (int i = 0; i < n; i++)
		{
			m[i] = scale * (draw(&seed) - 0.5);
			y[i] = draw(&seed) < 1 / (1 + exp(-m[i]));
		}
		looks_left = looks;
		runtime.interrupted = count_look;
		assert_int_equal(calibration_fit(CALIBRATE_PLATT, m, y, NULL, n,
										 &runtime, pool, &calibration,
										 &failure),
						 LL_OK);
		assert_true(fabs(calibration.x[0] - 1) < 0.1);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
	free(m);
	free(y);
}

static void
test_platt_threads(void **state)
{
	enum
	{
		n = 50000
	};
	double *m = malloc(n * sizeof(double));
	double *y = malloc(n * sizeof(double));
	uint64_t seed = 6;
	double slope[3];
	Fixture f;

	(void) state;
	for (int i = 0; i < n; i++)
	{
		m[i] = 8 * draw(&seed) - 3;
		y[i] = draw(&seed) < 1 / (1 + exp(-m[i]));
	}
	for (int threads = 1; threads <= 3; threads++)
	{
		fit_on(&f, threads, CALIBRATE_PLATT, m, y, NULL, n);
		slope[threads - 1] = f.calibration.x[0];
		malloc_arena_free(&f.arena);
	}
	assert_true(slope[0] == slope[1] && slope[0] == slope[2]);
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
		ThreadPool *pool;

		assert_int_equal(threads_start(&pool, 1, &runtime, &failure), LL_OK);
		arena.interrupt = true;
		assert_int_equal(calibration_fit(k, m, y, NULL, 3, &runtime, pool,
										 &calibration, &failure),
						 LL_CANCELLED);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

/* One plain step of Newton's method for Platt's two numbers of scaled margins. */
static void
platt_step(const double *x, const double *y, size_t n, double *at,
		   double *promise)
{
	double positives = 0, loss = 0, g[2] = {0}, h[3] = {0}, step[2], det;

	for (size_t i = 0; i < n; i++)
		positives += y[i];
	for (size_t i = 0; i < n; i++)
	{
		double t = y[i] > 0 ? (positives + 1) / (positives + 2)
							: 1 / ((double) n - positives + 2);
		double z = at[0] * x[i] + at[1], p = 1 / (1 + exp(-z));

		loss += (log1p(exp(z)) - t * z) / (double) n;
		g[0] += (p - t) * x[i] / (double) n;
		g[1] += (p - t) / (double) n;
		h[0] += p * (1 - p) * x[i] * x[i] / (double) n;
		h[1] += p * (1 - p) * x[i] / (double) n;
		h[2] += p * (1 - p) / (double) n;
	}
	det = h[0] * h[2] - h[1] * h[1];
	step[0] = (h[1] * g[1] - h[2] * g[0]) / det;
	step[1] = (h[1] * g[0] - h[0] * g[1]) / det;
	at[0] += step[0];
	at[1] += step[1];
	*promise = -(g[0] * step[0] + g[1] * step[1]) / loss;
}

/*
 * The last step is the first that promises 1e-11 of the loss or less: of many
 * labels some have a step that promises little more, some little less.
 */
static void
test_platt_last_step(void **state)
{
	enum
	{
		n = 200
	};
	double m[n], y[n], x[n];
	uint64_t seed = 11;
	int above = 0, below = 0;

	(void) state;
	for (int turn = 0; turn < 300; turn++)
	{
		double mean = 0, square = 0, at[2] = {0, 0}, promise;
		Fixture f;

		for (int i = 0; i < n; i++)
		{
			m[i] = draw(&seed) - 0.5;
			y[i] = draw(&seed) < 1 / (1 + exp(-m[i] * turn * 0.03));
			mean += m[i] / n;
		}
		for (int i = 0; i < n; i++)
			square += (m[i] - mean) * (m[i] - mean) / n;
		for (int i = 0; i < n; i++)
			x[i] = (m[i] - mean) / sqrt(square);
		do
		{
			platt_step(x, y, n, at, &promise);
			above += promise > 1e-11 && promise < 2e-11;
			below += promise <= 1e-11 && promise > 0.5e-11;
		} while (promise > 1e-11);
		fit(&f, CALIBRATE_PLATT, m, y, NULL, n);
		if (!(fabs(f.calibration.x[0] * sqrt(square) - at[0]) < 1e-13))
			fail_msg("turn %d: slope %.17g, not %.17g", turn,
					 f.calibration.x[0] * sqrt(square), at[0]);
		malloc_arena_free(&f.arena);
	}
	assert_true(above > 2 && below > 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platt_recovers),
		cmocka_unit_test(test_platt_ends),
		cmocka_unit_test(test_platt_last_step),
		cmocka_unit_test(test_platt_threads),
		cmocka_unit_test(test_platt_separable),
		cmocka_unit_test(test_isotonic_pools),
		cmocka_unit_test(test_isotonic_properties),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
