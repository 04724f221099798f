/*
 * test_spill.c
 *		Rows in a file, read back by windows.
 */
#include "core/rows/rows_order.h"

#include "rows_fixture.h"

/* Fills a store that may keep 50 rows in memory. */
static void
fill_spilled(Rows *rows, const Runtime *runtime, RowFormat format,
			 const Sample *samples, const uint32_t *order,
			 const SpillFile *file, size_t window_bytes)
{
	static const double codes[3] = {0, 1, 2};
	Failure failure;

	rows_init(rows, runtime, format, DIMENSION);
	for (size_t i = 0; i < ROWS; i++)
	{
		if (i % 50 == 49)
			assert_int_equal(rows_spill(rows, file, &failure), LL_OK);
		assert_int_equal(append(rows, &samples[order[i]],
								codes[samples[order[i]].label], &failure),
						 LL_OK);
	}
	assert_int_equal(rows_spill_finish(rows, window_bytes, &failure), LL_OK);
}

/* Spilled rows are read back as those in memory, in the same order. */
static void
test_spill(void **state)
{
	static const double codes[3] = {0, 1, 2};

	(void) state;
	for (RowFormat format = ROWS_U8; format <= ROWS_SPARSE; format++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		static double expected[ROWS][DIMENSION], found[ROWS][DIMENSION];
		Sample samples[ROWS];
		uint32_t order[ROWS];
		MemoryFile file;
		SpillFile spill = open_memory_file(&file, NULL);
		Rows in_memory, spilled, taken, kept;
		Failure failure;

		draw_samples(samples, ROWS);
		for (uint32_t i = 0; i < ROWS; i++)
			order[i] = i;
		fill_store(&in_memory, &runtime, format, samples, order, ROWS, codes);
		assert_int_equal(rows_seal(&in_memory, &failure), LL_OK);
		read_list(&in_memory, in_memory.order, ROWS, expected);
		random_shuffle(order, ROWS, 5);
		fill_spilled(&spilled, &runtime, format, samples, order, &spill, 700);
		assert_true(rows_windows(&spilled) > 5);
		assert_true(spilled.fingerprint == in_memory.fingerprint);
		assert_memory_equal(&spilled.magnitudes, &in_memory.magnitudes,
							sizeof(MagnitudeRange));
		assert_int_equal(rows_seal(&spilled, &failure), LL_OK);
		read_list(&spilled, spilled.order, ROWS, found);
		assert_memory_equal(expected, found, sizeof(expected));
		/* Hashes scatter: no window is much larger than asked for. */
		assert_true(file.most < 2 * 700);
		for (size_t place = 0; place < ROWS; place++)
		{
			size_t a = rows_at(&in_memory, place),
				   b = rows_at(&spilled, place);

			assert_true(in_memory.labels[a] == spilled.labels[b]);
			assert_true(rows_weight(&in_memory, a) ==
						rows_weight(&spilled, b));
			assert_true(rows_offset(&in_memory, a) ==
						rows_offset(&spilled, b));
		}
		/* A shuffle is a permutation that stays within windows. */
		assert_int_equal(rows_shuffle(&spilled, 9, order, &failure), LL_OK);
		assert_true(memcmp(order, spilled.order, sizeof(order)) != 0);
		read_list(&spilled, order, ROWS, found);
		for (size_t i = 0, changes = 0; i < ROWS; i++)
		{
			size_t windows = rows_windows(&spilled);

			changes += i > 0 &&
					   hash_window(spilled.hashes[order[i]], windows) !=
						   hash_window(spilled.hashes[order[i - 1]], windows);
			assert_true(changes < windows);
		}
		close_memory_file(&file);

		/* Split stores share the file. */
		spill = open_memory_file(&file, NULL);
		fill_store(&in_memory, &runtime, format, samples, order, ROWS, codes);
		fill_spilled(&kept, &runtime, format, samples, order, &spill, 700);
		assert_int_equal(
			rows_split(&kept, 0.4, 3, FOLD_KEY_NONE, &taken, &failure), LL_OK);
		assert_int_equal(
			rows_split(&in_memory, 0.4, 3, FOLD_KEY_NONE, &spilled, &failure),
			LL_OK);
		assert_int_equal(rows_seal(&kept, &failure), LL_OK);
		assert_int_equal(rows_seal(&taken, &failure), LL_OK);
		assert_int_equal(rows_seal(&in_memory, &failure), LL_OK);
		assert_int_equal(rows_seal(&spilled, &failure), LL_OK);
		assert_int_equal(kept.count, in_memory.count);
		read_list(&in_memory, in_memory.order, kept.count, expected);
		read_list(&kept, kept.order, kept.count, found);
		assert_memory_equal(expected, found, kept.count * sizeof(*found));
		read_list(&spilled, spilled.order, taken.count, expected);
		read_list(&taken, taken.order, taken.count, found);
		assert_memory_equal(expected, found, taken.count * sizeof(*found));

		file.own.left = 0;
		{
			size_t loaded;
			/* The last window is loaded; the first one has to be read. */
			assert_int_equal(
				rows_load(&kept, kept.order, kept.count, &loaded, &failure),
				LL_HOST);
		}
		close_memory_file(&file);
		malloc_arena_free(&arena);
	}
}

/* A worker reads its rows back before they are cut into windows. */
static void
test_spill_arrival(void **state)
{
	static const double codes[3] = {0, 1, 2};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample samples[ROWS];
	double sum = 0, expected = 0, features[DIMENSION];
	MemoryFile file;
	SpillFile spill = open_memory_file(&file, NULL);
	Failure failure;
	size_t loaded;
	Rows rows;

	(void) state;
	draw_samples(samples, ROWS);
	rows_init(&rows, &runtime, ROWS_SPARSE, DIMENSION);
	for (size_t i = 0; i < ROWS; i++)
	{
		for (int j = 0; j < DIMENSION; j++)
			expected +=
				samples[i].features[j] * (samples[i].label + 1) * (j + 1);
		assert_int_equal(
			append(&rows, &samples[i], codes[samples[i].label], &failure),
			LL_OK);
		if (i == 300 || i == 500)
			assert_int_equal(rows_spill(&rows, &spill, &failure), LL_OK);
	}
	for (size_t at = 0; at < ROWS; at += loaded)
	{
		assert_int_equal(rows_load_run(&rows, at, &loaded, &failure), LL_OK);
		for (size_t i = at; i < at + loaded; i++)
		{
			read_features(&rows, i, features);
			for (int j = 0; j < DIMENSION; j++)
				sum += features[j] * (rows.labels[i] + 1) * (j + 1);
		}
	}
	assert_true(sum == expected);
	close_memory_file(&file);
	malloc_arena_free(&arena);
}

/* Two records that one hash stands for, after a label of this hash. */
static const char *const twins[] = {
	"alpha___-fixed-middle-part-24byttail0000",
	"azfYjZas-fixed-middle-part-24byt2MICvryQ"};

#define TWIN_SIZE 40
#define TWIN_SEED UINT64_C(0x6c6162656c)
#define TWIN_ROWS 60

/* Rows of two contents and one hash, the first content in `first` turns of 3. */
static void
fill_twins(Rows *rows, const Runtime *runtime, const SpillFile *file,
		   size_t first)
{
	Failure failure;

	rows_init(rows, runtime, ROWS_U8, TWIN_SIZE);
	for (size_t i = 0; i < TWIN_ROWS; i++)
	{
		RowView view = {.dense = twins[i % 3 != first]};

		assert_int_equal(
			rows_append(rows, &view, 0, TWIN_SEED, 1.0f, &failure), LL_OK);
		if (file != NULL && i % 17 == 0)
			assert_int_equal(rows_spill(rows, file, &failure), LL_OK);
	}
	assert_int_equal(rows_spill_finish(rows, 700, &failure), LL_OK);
}

/* How many of the sealed rows have the first content; they come first. */
static size_t
count_first(Rows *rows)
{
	Failure failure;
	size_t loaded, first = 0;

	assert_int_equal(rows_seal(rows, &failure), LL_OK);
	for (size_t at = 0; at < rows->count; at += loaded)
	{
		assert_int_equal(rows_load(rows, rows->order + at, rows->count - at,
								   &loaded, &failure),
						 LL_OK);
		for (size_t i = at; i < at + loaded; i++)
			if (memcmp(rows->records[rows->order[i]], twins[0], TWIN_SIZE) ==
				0)
				assert_int_equal(first++, i);
	}
	return first;
}

/* A hash is no identity: rows that share one are ordered by what they hold. */
static void
test_equal_hashes(void **state)
{
	size_t taken_first = SIZE_MAX;

	(void) state;
	assert_true(hash64_bytes(twins[0], TWIN_SIZE, TWIN_SEED) ==
				hash64_bytes(twins[1], TWIN_SIZE, TWIN_SEED));
	for (size_t turn = 0; turn < 6; turn++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		MemoryFile file[2];
		SpillFile spill[2] = {open_memory_file(&file[0], NULL),
							  open_memory_file(&file[1], NULL)};
		Rows rows, taken;
		Failure failure;
		size_t first;

		fill_twins(&rows, &runtime, turn < 3 ? NULL : &spill[0], turn % 3);
		assert_int_equal(count_first(&rows), TWIN_ROWS / 3);
		fill_twins(&rows, &runtime, turn < 3 ? NULL : &spill[1], turn % 3);
		assert_int_equal(
			rows_split(&rows, 0.5, 11, FOLD_KEY_NONE, &taken, &failure),
			LL_OK);
		first = count_first(&taken);
		assert_int_equal(first + count_first(&rows), TWIN_ROWS / 3);
		assert_true(taken_first == SIZE_MAX || taken_first == first);
		taken_first = first;
		close_memory_file(&file[0]);
		close_memory_file(&file[1]);
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spill),
		cmocka_unit_test(test_spill_arrival),
		cmocka_unit_test(test_equal_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
