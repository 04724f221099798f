/*
 * test_rows.c
 *		Packed rows: what goes in comes out.
 */
#include "core/math/stream.h"

#include "core/rows/magnitude.h"
#include "core/rows/rows_order.h"
#include "rows_fixture.h"

/* What was appended is read back, and the order is a permutation. */
static void
test_round_trip(void **state)
{
	static const double codes[3] = {0, 1, 2};

	(void) state;
	for (RowFormat format = ROWS_U8; format <= ROWS_SPARSE; format++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		bool seen[ROWS] = {false};
		Sample samples[ROWS];
		uint32_t order[ROWS];
		Failure failure;
		Rows rows;

		draw_samples(samples, ROWS);
		for (uint32_t i = 0; i < ROWS; i++)
			order[i] = i;
		fill_store(&rows, &runtime, format, samples, order, ROWS, codes);
		assert_int_equal(rows_seal(&rows, &failure), LL_OK);
		for (size_t i = 0; i < ROWS; i++)
		{
			double x[DIMENSION];

			read_features(&rows, i, x);
			assert_memory_equal(x, samples[i].features, sizeof(x));
			assert_true(rows.labels[i] == samples[i].label);
			assert_true(rows_weight(&rows, i) == samples[i].weight);
			assert_true(rows_offset(&rows, i) == samples[i].offset);
			assert_false(seen[rows_at(&rows, i)]);
			seen[rows_at(&rows, i)] = true;
		}
		malloc_arena_free(&arena);
	}
}

/* Weights are kept from the first that is not 1, and 1 before it. */
static void
test_late_weight(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample sample = {.features = {1, 2, 3, 4, 5}, .weight = 1.0f};
	Failure failure;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_U8, DIMENSION);
	for (int i = 0; i < 100; i++)
		assert_int_equal(append(&rows, &sample, 0, &failure), LL_OK);
	assert_null(rows.weights);
	sample.weight = 0.25f;
	assert_int_equal(append(&rows, &sample, 0, &failure), LL_OK);
	sample.weight = 1.0f;
	for (int i = 0; i < 100; i++)
		assert_int_equal(append(&rows, &sample, 0, &failure), LL_OK);
	for (size_t i = 0; i < 201; i++)
		assert_true(rows_weight(&rows, i) == (i == 100 ? 0.25f : 1.0f));
	malloc_arena_free(&arena);
}

/* A row's magnitude in every format, wherever its largest feature stands. */
static void
test_magnitude(void **state)
{
	enum
	{
		WIDTH = 67
	};

	(void) state;
	for (uint32_t at = 0; at < WIDTH; at++)
	{
		uint8_t u8[WIDTH] = {0};
		float f32[WIDTH] = {0};
		double f64[WIDTH] = {0};
		uint32_t index[] = {at};
		float value[] = {at % 2 ? 7.5f : -7.5f};

		u8[at] = (uint8_t) (200 + at % 56);
		u8[WIDTH - 1 - at] |= 1;
		f32[WIDTH - 1 - at] = 1e-40f;
		f32[at] = at % 2 ? 1e30f : -1e30f;
		f64[WIDTH - 1 - at] = -1e-310;
		f64[at] = at % 2 ? 1e300 : -1e300;
		assert_true(row_magnitude(ROWS_U8, &(RowView){.dense = u8}, WIDTH) ==
					u8[at]);
		assert_true(row_magnitude(ROWS_F32, &(RowView){.dense = f32}, WIDTH) ==
					(double) 1e30f);
		assert_true(row_magnitude(ROWS_F64, &(RowView){.dense = f64}, WIDTH) ==
					1e300);
		assert_true(row_magnitude(
						ROWS_SPARSE,
						&(RowView){.index = index, .value = value, .count = 1},
						WIDTH) == 7.5);
	}
	assert_true(row_magnitude(ROWS_SPARSE, &(RowView){.count = 0}, 9) == 0.0);
}

/* No row, no feature. */
static void
test_empty(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Rows rows, taken;

	(void) state;
	rows_init(&rows, &runtime, ROWS_SPARSE, 3);
	assert_int_equal(
		rows_split(&rows, 0.5, 1, FOLD_KEY_NONE, &taken, &failure), LL_OK);
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(rows.count, 0);
	assert_true(rows.fingerprint == 0);
	/* a sparse row without entries is a row */
	rows_init(&rows, &runtime, ROWS_SPARSE, 3);
	assert_int_equal(rows_append(&rows, &(RowView){0}, 0, 0, 1.0f, &failure),
					 LL_OK);
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	assert_int_equal(rows_view(&rows, 0).count, 0);
	malloc_arena_free(&arena);
}

/* What is streamed ends with zeros up to a whole word, and touches no more. */
static void
test_stream_copy(void **state)
{
	uint8_t from[100];
	_Alignas(16) uint8_t to[128];

	(void) state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t) (i + 1);
	for (size_t size = 0; size <= sizeof(from) - 1; size++)
		for (size_t start = 0; start <= 8; start += 8)
		{
			size_t end = start + (size + 7) / 8 * 8;

			memset(to, 0xff, sizeof(to));
			stream_copy(to + start, from + size % 2, size);
			stream_fence();
			assert_memory_equal(to + start, from + size % 2, size);
			for (size_t i = start + size; i < sizeof(to); i++)
				assert_int_equal(to[i], i < end ? 0 : 0xff);
			assert_true(start == 0 || to[start - 1] == 0xff);
		}
}

/* Rows beyond the first small pieces are streamed, and are the same rows. */
static void
test_streamed_rows(void **state)
{
	static const uint32_t dimensions[] = {256, 261, 264, 784};
	enum
	{
		BYTES = 7 << 20
	};

	(void) state;
	for (size_t d = 0; d < 4; d++)
	{
		size_t size = dimensions[d], count = BYTES / size;
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t features[784 + 1];
		ThreadPool *pool;
		Failure failure;
		Rows rows;

		assert_int_equal(threads_start(&pool, 2, &runtime, &failure), LL_OK);
		rows_init(&rows, &runtime, ROWS_U8, dimensions[d]);
		for (size_t i = 0; i <= 784; i++)
			features[i] = (uint8_t) random_bits(i, d);
		for (size_t i = 0; i < count; i++)
		{
			RowView view = {.dense = features + i % 2};

			memcpy(features + 8, &i, sizeof(i));
			assert_int_equal(rows_append(&rows, &view, 0, 7, 1.0f, &failure),
							 LL_OK);
		}
		assert_int_equal(rows_hash(&rows, pool, &failure), LL_OK);
		for (size_t i = 0; i < count; i++)
		{
			static const uint8_t zeros[8];

			memcpy(features + 8, &i, sizeof(i));
			assert_memory_equal(rows.records[i], features + i % 2, size);
			assert_memory_equal(rows.records[i] + size, zeros,
								rows_record_bytes(&rows, i) - size);
			assert_true(rows.hashes[i] ==
						hash64_bytes(features + i % 2, size, 7));
		}
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

/* A row larger than any piece, and rows that do not fill pieces evenly. */
static void
test_wide_rows(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint32_t wide = 2100001;
	double *x = malloc(wide * sizeof(double));
	Failure failure;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F64, wide);
	for (int i = 0; i < 4; i++)
	{
		for (uint32_t j = 0; j < wide; j++)
			x[j] = i + j;
		assert_int_equal(
			rows_append(&rows, &(RowView){.dense = x}, i, 0, 1.0f, &failure),
			LL_OK);
	}
	for (size_t i = 0; i < 4; i++)
		assert_true(((const double *) rows_view(&rows, i).dense)[wide - 1] ==
					i + wide - 1.0);
	assert_true(rows.bytes >= 4 * wide * sizeof(double));
	assert_true(rows.bytes < 4 * wide * sizeof(double) + 65536);
	free(x);
	malloc_arena_free(&arena);
}

/* Every allocation may fail: LL_NO_MEMORY, nothing leaked, nothing touched. */
static void
test_allocation_failures(void **state)
{
	Status status = LL_NO_MEMORY;

	(void) state;
	for (long allowed = 0; status == LL_NO_MEMORY; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure = {0};
		Sample samples[300];
		Rows rows, taken;

		assert_true(allowed < 1000);
		draw_samples(samples, 300);
		arena.allocations_left = allowed;
		rows_init(&rows, &runtime, ROWS_SPARSE, DIMENSION);
		status = LL_OK;
		for (size_t i = 0; i < 300 && status == LL_OK; i++)
			status = append(&rows, &samples[i], 0, &failure);
		if (status == LL_OK)
			status =
				rows_split(&rows, 0.4, 1, FOLD_KEY_NONE, &taken, &failure);
		if (status == LL_OK)
			status = rows_seal(&rows, &failure);
		if (status == LL_OK)
			status = rows_seal(&taken, &failure);
		if (status != LL_OK)
		{
			assert_int_equal(status, LL_NO_MEMORY);
			assert_string_equal(failure.message, "out of memory");
		}
		malloc_arena_free(&arena);
	}
	assert_int_equal(status, LL_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_late_weight),
		cmocka_unit_test(test_magnitude),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_stream_copy),
		cmocka_unit_test(test_streamed_rows),
		cmocka_unit_test(test_wide_rows),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
