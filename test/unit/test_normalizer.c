/*
 * test_normalizer.c
 *		Means and deviations of features, and rows that are normalised by them.
 */
#include "core/rows/normalizer.h"

#include <float.h>
#include <stdlib.h>

#include "core/rows/rows_order.h"
#include "normalizer_fixture.h"

#define DIMENSION 37
#define ROWS 500

/* what normalizer.c does not take a deviation below, as part of the range */
#define FLOOR 0.1

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Rows rows;
	double x[ROWS][DIMENSION];
	float weight[ROWS];
} Fixture;

/* Feature 0 is constant, 1 lit once, 2 has a large mean, 3 mostly zero. */
static double
draw(size_t i, uint32_t j, RowFormat format)
{
	double value = floor(random_uniform(5, i * DIMENSION + j) * 256);

	if (j == 0)
		return 7;
	if (j == 1)
		return i == 123 ? 200 : 0;
	if (j == 2)
		return format == ROWS_U8 ? 250 + fmod(value, 3) : 1e7 + fmod(value, 3);
	if (j == 3)
		return fmod(value, 10) == 0 ? value : 0;
	return value;
}

static void
open_fixture(Fixture *f, RowFormat format, bool weighted)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->runtime, format, DIMENSION);
	for (size_t i = 0; i < ROWS; i++)
	{
		uint8_t u8[DIMENSION];
		float f32[DIMENSION], value[DIMENSION];
		uint32_t index[DIMENSION];
		RowView view = {.index = index, .value = value};

		f->weight[i] = weighted ? (float) (1 + i % 3) : 1.0f;
		for (uint32_t j = 0; j < DIMENSION; j++)
		{
			f->x[i][j] = draw(i, j, format);
			u8[j] = (uint8_t) f->x[i][j];
			f32[j] = (float) f->x[i][j];
			if (f->x[i][j] != 0)
			{
				index[view.count] = j;
				value[view.count++] = f32[j];
			}
		}
		view.dense = format == ROWS_U8	  ? (void *) u8
					 : format == ROWS_F32 ? (void *) f32
										  : f->x[i];
		assert_int_equal(
			rows_append(&f->rows, &view, 0, 0, f->weight[i], &f->failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* Two passes over the first points rows in canonical order. */
static void
check_feature(const Fixture *f, const Normalizer *n, uint32_t j, size_t points,
			  bool normalize, bool unbias)
{
	double weight = 0, mean = 0, variance = 0, low = INFINITY,
		   high = -INFINITY;
	double scale;

	for (size_t place = 0; place < points; place++)
	{
		size_t row = rows_sampled(&f->rows, place, points);

		weight += f->weight[row];
		mean += f->weight[row] * f->x[row][j];
		low = fmin(low, f->x[row][j]);
		high = fmax(high, f->x[row][j]);
	}
	mean /= weight;
	for (size_t place = 0; place < points; place++)
	{
		size_t row = rows_sampled(&f->rows, place, points);

		variance += f->weight[row] * (f->x[row][j] - mean) *
					(f->x[row][j] - mean) / weight;
	}
	check_near(n->mean[j], mean, 1e-12);
	check_near(n->deviation[j], sqrt(variance), 1e-9);
	scale = high == low	 ? 0
			: !normalize ? 1
			: f->rows.format == ROWS_SPARSE
				? 1 / fmax(fabs(low), fabs(high))
				: 1 / fmax(sqrt(variance), FLOOR * (high - low));
	check_near(n->scale[j], scale, 1e-9);
	check_near(n->center[j], unbias ? mean : 0, 1e-12);
	if (high == low)
		assert_true(n->scale[j] == 0 && n->deviation[j] == 0);
}

/* Every format, weighted or not, some rows or all. */
static void
test_fit(void **state)
{
	(void) state;
	for (int turn = 0; turn < 48; turn++)
	{
		RowFormat format = (RowFormat) (turn % 4);
		bool normalize = turn / 4 % 2, unbias = turn / 8 % 2;
		bool weighted = turn / 16 == 1;
		size_t points = turn / 16 == 2 ? 150 : 0;
		Normalizer n;
		Fixture f;

		open_fixture(&f, format, weighted);
		assert_int_equal(normalizer_fit(&n, &f.rows, points, normalize, 1.0,
										unbias, NULL, &f.runtime, &f.failure),
						 LL_OK);
		/* a sparse feature's range is taken with its zeros: exact where most
		 * rows have one; feature 2 is far from 0 and is left out */
		for (uint32_t j = 0; j < DIMENSION; j++)
			if (format != ROWS_SPARSE || j == 1 || j == 3)
				check_feature(&f, &n, j, points > 0 ? points : ROWS, normalize,
							  unbias && format != ROWS_SPARSE);
		malloc_arena_free(&f.arena);
	}
}

/* What apply writes is (x - center) * scale, nothing past the row's end. */
static void
test_apply(void **state)
{
	(void) state;
	for (RowFormat format = ROWS_U8; format <= ROWS_SPARSE; format++)
		for (int flags = 0; flags < 4; flags++)
		{
			float *out = malloc(DIMENSION * sizeof(float));
			Normalizer n;
			Fixture f;

			open_fixture(&f, format, false);
			assert_int_equal(normalizer_fit(&n, &f.rows, 0, flags & 1, 1.0,
											flags & 2, NULL, &f.runtime,
											&f.failure),
							 LL_OK);
			for (size_t i = 0; i < ROWS; i++)
			{
				normalizer_apply(&n, &f.rows, i, out);
				for (uint32_t j = 0; j < DIMENSION; j++)
				{
					double wanted = (f.x[i][j] - n.center[j]) * n.scale[j];

					/* bytes are normalised in float: x * scale - shift */
					check_near(out[j], wanted,
							   format == ROWS_U8
								   ? 2e-7 * (1 + n.center[j] * n.scale[j])
								   : 2e-7);
				}
			}
			free(out);
			malloc_arena_free(&f.arena);
		}
}

/* Without a row to look at, every feature is constant. */
static void
test_one_row(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	float x[3] = {1, -2, 1e30f};
	float out[3];
	Failure failure;
	Normalizer n;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F32, 3);
	assert_int_equal(
		rows_append(&rows, &(RowView){.dense = x}, 0, 0, 1.0f, &failure),
		LL_OK);
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&n, &rows, 0, true, 1.0, true, NULL,
									&runtime, &failure),
					 LL_OK);
	normalizer_apply(&n, &rows, 0, out);
	for (int j = 0; j < 3; j++)
	{
		assert_true(n.mean[j] == x[j] && n.deviation[j] == 0);
		assert_true(out[j] == 0);
	}
	malloc_arena_free(&arena);
}

/* Bytes are summed as integers; the result is that of the same doubles,
 * but for the pivot, which is another row. */
static void
test_bytes(void **state)
{
	enum
	{
		WIDTH = 300,
		COUNT = 700
	};
	static Rows bytes, doubles;
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	ThreadPool *pool;
	Normalizer a, b;

	(void) state;
	rows_init(&bytes, &runtime, ROWS_U8, WIDTH);
	rows_init(&doubles, &runtime, ROWS_F64, WIDTH);
	for (uint64_t i = 0; i < COUNT; i++)
	{
		uint8_t x[WIDTH];
		double y[WIDTH];

		for (uint64_t j = 0; j < WIDTH; j++)
			y[j] = x[j] = (uint8_t) (random_bits(i, j) >> (56 + j % 8));
		assert_int_equal(
			rows_append(&bytes, &(RowView){.dense = x}, 0, 0, 1.0f, &failure),
			LL_OK);
		assert_int_equal(rows_append(&doubles, &(RowView){.dense = y}, 0, 0,
									 1.0f, &failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&bytes, &failure), LL_OK);
	assert_int_equal(rows_seal(&doubles, &failure), LL_OK);
	assert_int_equal(threads_start(&pool, 3, &runtime, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&a, &bytes, 0, true, 1.0, true, pool,
									&runtime, &failure),
					 LL_OK);
	assert_int_equal(normalizer_fit(&b, &doubles, 0, true, 1.0, true, NULL,
									&runtime, &failure),
					 LL_OK);
	threads_stop(pool);
	for (int j = 0; j < WIDTH; j++)
	{
		assert_true(a.deviation[j] > 0);
		assert_float_equal(a.mean[j], b.mean[j], 1e-12 * b.mean[j]);
		assert_float_equal(a.deviation[j], b.deviation[j],
						   1e-12 * b.deviation[j]);
		assert_float_equal(a.scale[j], b.scale[j], 1e-12 * b.scale[j]);
	}
	malloc_arena_free(&arena);
}

/* Bytes that count b/256 are normalised as floats b/256, with and without. */
static void
test_unit(void **state)
{
	(void) state;
	for (int flags = 0; flags < 4; flags++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Rows bytes, floats;
		Failure failure;
		Normalizer a, b;

		rows_init(&bytes, &runtime, ROWS_U8, 2);
		rows_init(&floats, &runtime, ROWS_F32, 2);
		for (uint64_t i = 0; i < 300; i++)
		{
			uint8_t x[] = {(uint8_t) random_bits(1, i), (uint8_t) (i % 2)};
			float y[] = {x[0] / 256.0f, x[1] / 256.0f};

			assert_int_equal(rows_append(&bytes, &(RowView){.dense = x}, 0, 0,
										 1.0f, &failure),
							 LL_OK);
			assert_int_equal(rows_append(&floats, &(RowView){.dense = y}, 0, 0,
										 1.0f, &failure),
							 LL_OK);
		}
		assert_int_equal(rows_seal(&bytes, &failure), LL_OK);
		assert_int_equal(rows_seal(&floats, &failure), LL_OK);
		assert_int_equal(normalizer_fit(&a, &bytes, 0, flags & 1, BYTE_UNIT,
										flags & 2, NULL, &runtime, &failure),
						 LL_OK);
		assert_int_equal(normalizer_fit(&b, &floats, 0, flags & 1, 1.0,
										flags & 2, NULL, &runtime, &failure),
						 LL_OK);
		for (int j = 0; j < 2; j++)
		{
			assert_float_equal(a.scale[j] * 256, b.scale[j],
							   1e-12 * b.scale[j]);
			assert_float_equal(a.center[j] / 256, b.center[j],
							   1e-12 * b.center[j]);
		}
		malloc_arena_free(&arena);
	}
}

/* Rows of weight zero teach nothing, and give no NaN. */
static void
test_zero_weights(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Normalizer n;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F64, 1);
	for (int i = 0; i < 10; i++)
	{
		double x = i;

		assert_int_equal(
			rows_append(&rows, &(RowView){.dense = &x}, 0, 0, 0.0f, &failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&n, &rows, 0, true, 1.0, true, NULL,
									&runtime, &failure),
					 LL_OK);
	assert_true(isfinite(n.mean[0]) && isfinite(n.scale[0]));
	malloc_arena_free(&arena);
}

static void
test_cancel_and_no_memory(void **state)
{
	Fixture f;
	Normalizer n;

	(void) state;
	open_fixture(&f, ROWS_U8, false);
	f.arena.interrupt = true;
	assert_int_equal(normalizer_fit(&n, &f.rows, 0, true, 1.0, true, NULL,
									&f.runtime, &f.failure),
					 LL_CANCELLED);
	f.arena.interrupt = false;
	for (f.arena.allocations_left = 0; f.arena.allocations_left < 3;)
	{
		long allowed = f.arena.allocations_left;
		Status status = normalizer_fit(&n, &f.rows, 0, true, 1.0, true, NULL,
									   &f.runtime, &f.failure);

		assert_int_equal(status, allowed < 3 ? LL_NO_MEMORY : LL_OK);
		f.arena.allocations_left = allowed + 1;
	}
	malloc_arena_free(&f.arena);
}

/*
 * A feature times a power of two is normalised to the same, however large or
 * small it gets, weighted or not.
 */
static void
test_extremes(void **state)
{
	static const int exponents[] = {-1010, -1000, -600, -520, -300,
									300,   500,	  600,	1000, 1012};

	(void) state;
	for (int weighted = 0; weighted < 2; weighted++)
	{
		Fixture f, g;
		Normalizer plain, scaled;

		open_fixture(&f, ROWS_F64, weighted);
		assert_int_equal(normalizer_fit(&plain, &f.rows, 0, true, 1.0, true,
										NULL, &f.runtime, &f.failure),
						 LL_OK);
		for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++)
		{
			memset(&g, 0, sizeof(g));
			g.runtime = malloc_runtime(&g.arena);
			rows_init(&g.rows, &g.runtime, ROWS_F64, DIMENSION);
			for (size_t row = 0; row < ROWS; row++)
			{
				double x[DIMENSION];
				RowView view = {.dense = x};

				for (uint32_t j = 0; j < DIMENSION; j++)
					x[j] = j == 2 ? f.x[row][j]
								  : ldexp(f.x[row][j], exponents[i]);
				assert_int_equal(rows_append(&g.rows, &view, 0, 0,
											 f.weight[row], &g.failure),
								 LL_OK);
			}
			assert_int_equal(rows_seal(&g.rows, &g.failure), LL_OK);
			assert_int_equal(normalizer_fit(&scaled, &g.rows, 0, true, 1.0,
											true, NULL, &g.runtime,
											&g.failure),
							 LL_OK);
			for (uint32_t j = 0; j < DIMENSION; j++)
			{
				int e = j == 2 ? 0 : exponents[i];

				check_near(ldexp(scaled.mean[j], -e), plain.mean[j], 1e-12);
				check_near(ldexp(scaled.deviation[j], -e), plain.deviation[j],
						   1e-12);
				check_near(ldexp(scaled.scale[j], e), plain.scale[j], 1e-12);
			}
			malloc_arena_free(&g.arena);
		}
		malloc_arena_free(&f.arena);
	}
}

/* Sizes of features that cannot be computed with, normalised or as they are. */
static void
test_bounds(void **state)
{
	static const struct
	{
		double mean, deviation;
		bool normalize;
		Status expected;
	} sizes[] = {
		{0, 0.9e-30, false, LL_INVALID}, {0, 1.1e-30, false, LL_OK},
		{0, 0.9e30, false, LL_OK},		 {0, 1.1e30, false, LL_INVALID},
		{0.9e30, 1e29, false, LL_OK},	 {1.1e30, 1e29, false, LL_INVALID},
		{0, 0.9e-30, true, LL_OK},		 {0, 1.1e30, true, LL_OK},
		{0, DBL_MAX / 4.4, true, LL_OK}, {0, DBL_MAX / 3.6, true, LL_INVALID},
		{0, 1e-308, true, LL_OK},		 {0, 4e-309, true, LL_INVALID},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		Normalizer n;
		Rows rows;

		rows_init(&rows, &runtime, ROWS_F64, 1);
		for (int row = 0; row < 2; row++)
		{
			double x = sizes[i].mean +
					   (row == 0 ? -sizes[i].deviation : sizes[i].deviation);

			assert_int_equal(rows_append(&rows, &(RowView){.dense = &x}, 0.0,
										 (uint64_t) row, 1.0f, &failure),
							 LL_OK);
		}
		assert_int_equal(rows_seal(&rows, &failure), LL_OK);
		if (normalizer_fit(&n, &rows, 0, sizes[i].normalize, 1.0, true, NULL,
						   &runtime, &failure) != sizes[i].expected)
			fail_msg("mean %g, deviation %g, normalised %d", sizes[i].mean,
					 sizes[i].deviation, sizes[i].normalize);
		malloc_arena_free(&arena);
	}
}

/* Many weighted doubles, some tiles a lane, on any number of threads. */
static void
test_many(void **state)
{
	enum
	{
		COUNT = 30000,
		WIDE = 130
	};
	MallocArena arena = {.allocations_left = -1};
	Runtime runtime = malloc_runtime(&arena);
	Normalizer alone, threads;
	Failure failure;
	ThreadPool *pool;
	Rows rows;
	double weight = 0.0, sum = 0.0, square = 0.0;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F64, WIDE);
	for (uint64_t i = 0; i < COUNT; i++)
	{
		double x[WIDE] = {0.0};
		float w = (float) random_uniform(1, i) + 0.5f;

		x[0] = 100.0 + random_normal(2, i);
		x[WIDE - 1] = random_normal(3, i) - 5.0;
		weight += w;
		sum += w * x[WIDE - 1];
		square += w * x[WIDE - 1] * x[WIDE - 1];
		assert_int_equal(
			rows_append(&rows, &(RowView){.dense = x}, 0.0, i, w, &failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(threads_start(&pool, 3, &runtime, &failure), LL_OK);
	assert_int_equal(normalizer_fit(&alone, &rows, 0, true, 1.0, true, NULL,
									&runtime, &failure),
					 LL_OK);
	assert_int_equal(normalizer_fit(&threads, &rows, 0, true, 1.0, true, pool,
									&runtime, &failure),
					 LL_OK);
	threads_stop(pool);
	assert_memory_equal(alone.mean, threads.mean, WIDE * sizeof(double));
	assert_memory_equal(alone.scale, threads.scale, WIDE * sizeof(double));
	sum /= weight;
	check_near(alone.mean[WIDE - 1], sum, 1e-12);
	check_near(alone.deviation[WIDE - 1], sqrt(square / weight - sum * sum),
			   1e-11);
	check_near(alone.mean[0], 100.0, 0.1);
	assert_true(alone.scale[1] == 0.0);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_one_row),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_zero_weights),
		cmocka_unit_test(test_cancel_and_no_memory),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
