/*
 * test_gram_sums.c
 *		Sums over rows that are not kept: exact, the same in any order, and as
 *		good as the rows themselves to a solver.
 */
#include "core/rows/gram_sums.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/rows/channel.h"
#include "core/rows/rows_order.h"
#include "core/rows/rows_summed.h"
#include "core/solve/solver.h"
#include "unit.h"

#define DIMENSION 4
#define ROWS 1000

typedef struct Sample
{
	double x[DIMENSION];
	double y;
	float weight;
} Sample;

/* How wild the drawn values are. */
typedef enum Kind
{
	TAME, /* about 0, of one size */
	FAR,  /* means of up to 1e8 deviations */
	WILD  /* sizes from 1e-290 to 1e140, zeros, powers of two */
} Kind;

static double
uniform(uint64_t row, uint64_t j)
{
	return random_uniform(row + 1, j) - 0.5;
}

static void
draw(Sample *samples, size_t count, Kind kind, bool weighted)
{
	for (size_t i = 0; i < count; i++)
	{
		Sample *s = &samples[i];
		double *x = s->x;

		for (int j = 0; j < DIMENSION; j++)
		{
			x[j] = uniform(i, (uint64_t) j);
			if (kind == FAR)
				x[j] = x[j] * (j + 1) + pow(100.0, j + 1);
			if (kind == WILD)
				x[j] = i % 7 == 3 ? 0.0
					   : i % 7 == 4
						   ? ldexp(1.0, (int) (i % 48) - 24)
						   : x[j] * pow(10.0,
										floor(430 * uniform(i, 9 + j)) - 75);
		}
		s->y = 1.0 + 2.0 * x[0] - 3.0 * x[1] + x[3] / 7.0 + uniform(i, 99);
		s->weight = weighted ? (float) (uniform(i, 77) + 0.5) : 1.0f;
	}
}

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Sample samples[ROWS];
} Fixture;

static void
open_fixture(Fixture *f, Kind kind, bool weighted)
{
	f->runtime = malloc_runtime(&f->arena);
	draw(f->samples, ROWS, kind, weighted);
}

static GramSums *
create(Fixture *f)
{
	GramSums *totals;

	assert_int_equal(gram_sums_create(&f->runtime, ROWS_F64, DIMENSION,
									  &totals, &f->failure),
					 LL_OK);
	return totals;
}

static void
add(Fixture *f, GramSums *totals, size_t i)
{
	RowView view = {.dense = f->samples[i].x};

	assert_int_equal(gram_sums_add(totals, &view, f->samples[i].y,
								   f->samples[i].weight, &f->failure),
					 LL_OK);
}

static void
flush(Fixture *f, GramSums *totals)
{
	assert_int_equal(gram_sums_flush(totals, &f->failure), LL_OK);
}

/* The samples from..to in steps, their number a prime. */
static GramSums *
collect(Fixture *f, size_t from, size_t to, size_t step)
{
	GramSums *totals = create(f);

	for (size_t i = 0; i < to - from; i++)
		add(f, totals, from + (i * step + 5) % (to - from));
	flush(f, totals);
	return totals;
}

static void
assert_same(const GramSums *a, const GramSums *b)
{
	assert_memory_equal(gram_sums_image(a), gram_sums_image(b),
						gram_sums_image_size(DIMENSION));
}

static void
test_same_in_any_order(void **state)
{
	static const Kind kinds[] = {TAME, FAR, WILD};

	for (int k = 0; k < 6; k++)
	{
		Fixture f;
		GramSums *first, *second, *parts;

		open_fixture(&f, kinds[k / 2], k % 2 == 1);
		first = collect(&f, 0, ROWS, 1);
		second = collect(&f, 0, ROWS, 777);
		assert_same(first, second);

		/* Through workers of any size, in any order; flushed now and then. */
		parts = collect(&f, 900, ROWS, 1);
		gram_sums_merge(parts, collect(&f, 0, 1, 1));
		gram_sums_merge(parts, create(&f));
		gram_sums_merge(parts, collect(&f, 1, 302, 5));
		for (size_t i = 302; i < 900; i++)
		{
			add(&f, parts, i);
			if (i % 50 == 0)
				flush(&f, parts);
		}
		flush(&f, parts);
		assert_same(first, parts);

		assert_true(gram_sums_restore(second, gram_sums_image(parts)));
		assert_same(second, parts);
		malloc_arena_free(&f.arena);
	}
}

/* An image whose digits stand where no double has any is none. */
static void
test_damaged_image(void **state)
{
	Fixture f;
	GramSums *sums;
	size_t size = gram_sums_image_size(DIMENSION);
	char *image;
	int32_t place[] = {44, -47, INT32_MAX, INT32_MIN + 1};

	open_fixture(&f, TAME, false);
	sums = collect(&f, 0, ROWS, 1);
	image = runtime_allocate(&f.runtime, size);
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
	{
		memcpy(image, gram_sums_image(sums), size);
		assert_true(gram_sums_restore(create(&f), image));
		/* The place of the last column, the label. */
		memcpy(image + size - sizeof(int32_t), &place[i], sizeof(int32_t));
		assert_false(gram_sums_restore(create(&f), image));
	}
	malloc_arena_free(&f.arena);
}

/* Products of integers that no double could sum. */
static void
test_integers_are_exact(void **state)
{
	Fixture f;
	GramSums *totals;
	double gram[36];
	double x[DIMENSION] = {1 << 30, 3, 0, -5};
	RowView view = {.dense = x};

	open_fixture(&f, TAME, false);
	totals = create(&f);
	for (int i = 0; i < 1001; i++)
	{
		x[0] = (double) (1 << 30) + (i % 2);
		assert_int_equal(
			gram_sums_add(totals, &view, 7.0 * (i % 2), 1.0f, &f.failure),
			LL_OK);
	}
	flush(&f, totals);
	assert_int_equal(gram_sums_normalised(totals, NULL, NULL, 0.0, 1.0, 6,
										  gram, NULL, &f.failure),
					 LL_OK);
	/* sum of (2^30 + b)^2 / 1001 */
	assert_true(gram[0] == (1001 * 0x1p60 + 500 * (0x1p31 + 1)) / 1001);
	assert_true(gram[5] == 500 * (0x1p30 + 1) * 7 / 1001);
	assert_true(gram[2] == 0.0 && gram[3] == -5 * (0x1p30 + 500.0 / 1001));
	assert_true(gram_sums_weight(totals) == 1001.0);
	assert_int_equal(gram_sums_zeros(totals), 1001);
	assert_false(gram_sums_weighted(totals));
	malloc_arena_free(&f.arena);
}

/* Spreads, normalised totals and residuals against sums in long double. */
static void
check_against_rows(Kind kind, bool weighted)
{
	static const double w[DIMENSION] = {1.9, -3.1, 0.25, 0.1};
	Fixture f;
	GramSums *totals;
	long double weight = 0, mean[DIMENSION + 1] = {0}, square = 0, error = 0;
	double center[DIMENSION], scale[DIMENSION], gram[36], found[2];
	double label_mean, label_deviation;

	open_fixture(&f, kind, weighted);
	totals = collect(&f, 0, ROWS, 1);
	for (size_t i = 0; i < ROWS; i++)
	{
		const Sample *s = &f.samples[i];

		weight += s->weight;
		for (int j = 0; j < DIMENSION; j++)
			mean[j] += (long double) s->weight * s->x[j];
		mean[DIMENSION] += (long double) s->weight * s->y;
	}
	for (int j = 0; j <= DIMENSION; j++)
		mean[j] /= weight;
	for (size_t i = 0; i < ROWS; i++)
	{
		const Sample *s = &f.samples[i];
		long double r = s->y - 0.7L;

		for (int j = 0; j < DIMENSION; j++)
			r -= (long double) w[j] * s->x[j];
		square += s->weight * r * r;
		error += s->weight * r;
	}
	for (uint32_t j = 0; j < DIMENSION; j++)
	{
		double deviation, minimum, maximum;

		gram_sums_spread(totals, j, &center[j], &deviation);
		gram_sums_range(totals, j, &minimum, &maximum);
		assert_true(fabsl(center[j] - mean[j]) <=
					1e-15L * fabsl(mean[j]) + 1e-18L);
		assert_true(minimum <= center[j] && center[j] <= maximum);
		scale[j] = 1.0 / deviation;
	}
	gram_sums_spread(totals, DIMENSION, &label_mean, &label_deviation);
	assert_int_equal(gram_sums_normalised(totals, center, scale, label_mean,
										  label_deviation, 6, gram, NULL,
										  &f.failure),
					 LL_OK);
	for (int i = 0; i < 6; i++)
		for (int j = 0; j <= i; j++)
		{
			long double sum = 0;

			for (size_t n = 0; n < ROWS; n++)
			{
				const Sample *s = &f.samples[n];
				long double z[6];

				for (int k = 0; k < DIMENSION; k++)
					z[k] = ((long double) s->x[k] - center[k]) * scale[k];
				z[4] = 1;
				z[5] = ((long double) s->y - label_mean) / label_deviation;
				sum += s->weight * z[i] * z[j];
			}
			/* Weighted values are rounded as what came in was. */
			assert_true(fabsl(gram[j * 6 + i] - sum / weight) <
						(kind == FAR && weighted ? 1e-7L : 1e-13L));
		}
	gram_sums_residual(totals, w, 0.7, &found[0], &found[1]);
	assert_true(fabsl(found[0] - square / weight) <= 1e-13L * square / weight);
	assert_true(fabsl(found[1] - error / weight) <=
				1e-13L * sqrtl(square / weight));
	assert_int_equal(gram_sums_weighted(totals), weighted);
	malloc_arena_free(&f.arena);
}

static void
test_sums_of_rows(void **state)
{
	check_against_rows(TAME, false);
	check_against_rows(TAME, true);
	check_against_rows(FAR, false);
	check_against_rows(FAR, true);
}

/* The same relations at any scale of a feature, of the label and of weights. */
static void
test_scales(void **state)
{
	static const double scales[] = {0x1p-1060, 0x1p-1000, 0x1p-700, 0x1p-520,
									1,		   0x1p520,	  0x1p700,	0x1p1000};

	(void) state;
	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++)
		for (size_t j = 0; j < sizeof(scales) / sizeof(scales[0]); j++)
		{
			double feature = scales[i], label = scales[j];
			double mean, deviation, square, error, gram[36];
			double center[DIMENSION] = {0}, scale[DIMENSION] = {0};
			double weights[DIMENSION] = {0};
			Fixture f;
			GramSums *totals;

			open_fixture(&f, TAME, false);
			totals = create(&f);
			for (size_t row = 0; row < ROWS; row++)
			{
				double a = (double) (row % 17), b = (double) (row % 5);

				memset(f.samples[row].x, 0, sizeof(f.samples[row].x));
				f.samples[row].x[2] = a * feature;
				f.samples[row].y = (2 * a + b) * label;
				f.samples[row].weight = 1.0f;
				add(&f, totals, row);
			}
			flush(&f, totals);
			gram_sums_spread(totals, 2, &mean, &deviation);
			assert_true(fabs(mean / feature - 8) < 0.2);
			assert_true(fabs(deviation / feature - sqrt(24)) < 0.2);
			center[2] = mean;
			scale[2] = 1 / deviation;
			/* Subnormal deviations have no inverse, and few digits. */
			if (isfinite(scale[2]) && label > DBL_MIN)
			{
				gram_sums_spread(totals, DIMENSION, &mean, &deviation);
				assert_int_equal(gram_sums_normalised(totals, center, scale,
													  mean, deviation, 6, gram,
													  NULL, &f.failure),
								 LL_OK);
				assert_true(fabs(gram[2 * 6 + 2] - 1) < 1e-12);
				assert_true(fabs(gram[5 * 6 + 5] - 1) < 1e-12);
				assert_true(gram[2 * 6 + 5] > 0.9 && gram[2 * 6 + 5] < 1);
			}
			weights[2] = 2 * (label / feature);
			gram_sums_residual(totals, weights, 0, &square, &error);
			if (isfinite(weights[2]) && weights[2] > DBL_MIN)
				assert_true(fabs(error / label - 2) < 0.01);
			if (label == 1 && isfinite(weights[2]) && weights[2] > DBL_MIN)
				assert_true(fabs(square - 6) < 0.05);
			malloc_arena_free(&f.arena);
		}
}

/* Every allocation that fails, and an interrupt, end in a status. */
static void
test_failures(void **state)
{
	Fixture f;
	GramSums *totals;
	long allowed = 0;
	Status status;

	open_fixture(&f, TAME, false);
	do
	{
		f.arena.allocations_left = allowed++;
		status = gram_sums_create(&f.runtime, ROWS_F64, DIMENSION, &totals,
								  &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
	} while (status != LL_OK);
	assert_true(allowed > 6);
	f.arena.allocations_left = -1;
	add(&f, totals, 0);
	f.arena.interrupt = true;
	assert_int_equal(gram_sums_flush(totals, &f.failure), LL_CANCELLED);
	malloc_arena_free(&f.arena);
}

/* ---- Summed rows ---- */

static void
append(Fixture *f, Rows *rows, size_t i)
{
	const Sample *s = &f->samples[i];
	RowView view = {.dense = s->x};

	assert_int_equal(channel_append(rows, &view, s->y,
									hash64_bytes(&s->y, sizeof(s->y), 0),
									s->weight, &f->failure),
					 LL_OK);
}

/* Rows summed after so many of them; SIZE_MAX: kept. */
static void
fill(Fixture *f, Rows *rows, size_t sum_after)
{
	rows_init(rows, &f->runtime, ROWS_F64, DIMENSION);
	for (size_t i = 0; i < ROWS; i++)
	{
		if (i == sum_after)
			assert_int_equal(rows_sum_up(rows, &f->failure), LL_OK);
		append(f, rows, i);
	}
	assert_int_equal(rows_seal(rows, &f->failure), LL_OK);
}

static void
test_sum_anywhere(void **state)
{
	Fixture f;
	Rows kept, early, late, none, worker;

	open_fixture(&f, WILD, true);
	fill(&f, &kept, SIZE_MAX);
	fill(&f, &early, 0);
	fill(&f, &late, ROWS - 1);
	assert_same(early.sums, late.sums);
	assert_int_equal(early.count, ROWS);
	assert_int_equal(early.fingerprint, kept.fingerprint);
	assert_int_equal(late.fingerprint, kept.fingerprint);
	assert_true(kept.magnitudes.largest > kept.magnitudes.least);
	assert_memory_equal(&early.magnitudes, &kept.magnitudes,
						sizeof(MagnitudeRange));
	assert_memory_equal(&late.magnitudes, &kept.magnitudes,
						sizeof(MagnitudeRange));

	/* A worker's summed rows with rows that are there, and with none. */
	rows_init(&none, &f.runtime, ROWS_F64, DIMENSION);
	assert_int_equal(rows_sum_in(&none, &early, &f.failure), LL_OK);
	assert_same(early.sums, none.sums);
	assert_int_equal(none.fingerprint, kept.fingerprint);
	assert_memory_equal(&none.magnitudes, &kept.magnitudes,
						sizeof(MagnitudeRange));
	rows_init(&worker, &f.runtime, ROWS_F64, DIMENSION);
	append(&f, &worker, 17);
	assert_int_equal(rows_sum_in(&worker, &early, &f.failure), LL_OK);
	append(&f, &none, 17);
	assert_int_equal(rows_seal(&none, &f.failure), LL_OK);
	assert_int_equal(rows_seal(&worker, &f.failure), LL_OK);
	assert_same(worker.sums, none.sums);
	assert_int_equal(worker.count, ROWS + 1);
	assert_int_equal(worker.fingerprint, none.fingerprint);
	malloc_arena_free(&f.arena);
}

static void
solve(Fixture *f, const Rows *rows, double wd, SolverResult *result)
{
	static const double mean[DIMENSION] = {0.1, -0.2, 0.05, 0.0};
	static const double inverse[DIMENSION] = {3.0, 2.0, 0.0, 4.0};
	SolverProblem problem = {.rows = rows,
							 .loss = LOSS_SQUARED,
							 .parameters = {1.0, 0.5, 1.0, 0.01},
							 .outputs = 1,
							 .mean = mean,
							 .inverse_deviation = inverse,
							 .label_mean = 0.9,
							 .label_deviation = 2.5,
							 .use_bias = true,
							 .wd = wd};
	SolverControl control = {.optimizer = OPTIMIZER_EXACT,
							 .standard_errors = true,
							 .runtime = &f->runtime};

	assert_int_equal(solver_run(&problem, &control, result, &f->failure),
					 LL_OK);
}

static void
test_solved_as_rows(void **state)
{
	for (int weighted = 0; weighted < 2; weighted++)
	{
		Fixture f;
		Rows kept, summed;
		SolverResult a, b;

		open_fixture(&f, TAME, weighted);
		fill(&f, &kept, SIZE_MAX);
		fill(&f, &summed, 300);
		for (int penalised = 0; penalised < 2; penalised++)
		{
			solve(&f, &kept, penalised * 0.3, &a);
			solve(&f, &summed, penalised * 0.3, &b);
			for (int j = 0; j <= DIMENSION; j++)
				assert_true(fabs(a.weights[j] - b.weights[j]) < 1e-11);
			assert_true(fabs(a.data_loss - b.data_loss) < 1e-12);
			assert_int_equal(a.standard_errors == NULL,
							 b.standard_errors == NULL);
			assert_string_equal(a.reason, b.reason);
			for (int j = 0; j <= DIMENSION && a.standard_errors != NULL; j++)
				assert_true(j == 2 ? isnan(b.standard_errors[j])
								   : fabs(a.standard_errors[j] -
										  b.standard_errors[j]) < 1e-10);
		}
		malloc_arena_free(&f.arena);
	}
}

/* Without residuals there is nothing to estimate errors from. */
static void
test_perfect_fit(void **state)
{
	Fixture f;
	Rows summed;
	SolverResult result;

	open_fixture(&f, TAME, false);
	for (size_t i = 0; i < ROWS; i++)
		f.samples[i].y =
			1.0 + 2.0 * f.samples[i].x[0] - 3.0 * f.samples[i].x[1];
	fill(&f, &summed, 0);
	solve(&f, &summed, 0.0, &result);
	assert_null(result.standard_errors);
	assert_non_null(strstr(result.reason, "the fit is perfect"));
	malloc_arena_free(&f.arena);
}

/* A constant has no variance and is met, however its mean is rounded. */
static void
test_constant_label(void **state)
{
	static const double weights[DIMENSION] = {0};
	Fixture f;
	GramSums *totals;

	open_fixture(&f, TAME, false);
	totals = create(&f);
	for (size_t i = 0; i < ROWS; i++)
	{
		double mean, deviation, square, error;

		f.samples[i].y = 1e9 + 0.1;
		add(&f, totals, i);
		flush(&f, totals);
		gram_sums_spread(totals, DIMENSION, &mean, &deviation);
		assert_true(deviation == 0.0);
		gram_sums_residual(totals, weights, mean, &square, &error);
		assert_true(square == 0.0);
	}
	malloc_arena_free(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_in_any_order),
		cmocka_unit_test(test_damaged_image),
		cmocka_unit_test(test_integers_are_exact),
		cmocka_unit_test(test_sums_of_rows),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_sum_anywhere),
		cmocka_unit_test(test_solved_as_rows),
		cmocka_unit_test(test_perfect_fit),
		cmocka_unit_test(test_constant_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
