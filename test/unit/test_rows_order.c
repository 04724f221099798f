/*
 * test_rows_order.c
 *		The canonical order depends on the rows alone: hashes, fingerprints, splits,
 *		joins.
 */
#include "core/rows/rows_gather.h"
#include "core/rows/rows_join.h"

#include "core/rows/rows_order.h"
#include "rows_fixture.h"

/* The same rows, other order, other label codes: the same canonical sequence. */
static void
check_order_independence(RowFormat format)
{
	static const double codes[2][3] = {{0, 1, 2}, {2, 0, 1}};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample samples[ROWS];
	uint32_t order[ROWS];
	Rows first, second;
	Failure failure;

	draw_samples(samples, ROWS);
	for (uint32_t i = 0; i < ROWS; i++)
		order[i] = i;
	fill_store(&first, &runtime, format, samples, order, ROWS, codes[0]);
	for (uint64_t turn = 0; turn < 5; turn++)
	{
		random_shuffle(order, ROWS, turn);
		fill_store(&second, &runtime, format, samples, order, ROWS, codes[1]);
		if (turn == 0)
			assert_int_equal(rows_seal(&first, &failure), LL_OK);
		assert_int_equal(rows_seal(&second, &failure), LL_OK);
		assert_true(first.fingerprint == second.fingerprint);
		assert_true(first.magnitudes.largest == 8.0);
		assert_memory_equal(&first.magnitudes, &second.magnitudes,
							sizeof(MagnitudeRange));
		for (size_t place = 0; place < ROWS; place++)
		{
			size_t a = rows_at(&first, place), b = rows_at(&second, place);
			double x[DIMENSION], y[DIMENSION];

			read_features(&first, a, x);
			read_features(&second, b, y);
			assert_memory_equal(x, y, sizeof(x));
			assert_true(codes[1][(int) first.labels[a]] == second.labels[b]);
			assert_true(rows_weight(&first, a) == rows_weight(&second, b));
			assert_true(rows_offset(&first, a) == rows_offset(&second, b));
		}
	}
	malloc_arena_free(&arena);
}

static void
test_order_independence(void **state)
{
	(void) state;
	check_order_independence(ROWS_U8);
	check_order_independence(ROWS_F32);
	check_order_independence(ROWS_F64);
	check_order_independence(ROWS_SPARSE);
}

/* A fingerprint tells apart a label, a weight, an offset, a feature, a copy more. */
static void
test_fingerprint(void **state)
{
	Sample sample = {.features = {1, 2, 3, 4, 5}, .label = 1, .weight = 1.0f};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint64_t seen[7];
	Failure failure;

	(void) state;
	for (int change = 0; change < 7; change++)
	{
		Sample changed = sample;
		Rows rows;

		rows_init(&rows, &runtime, ROWS_F64, DIMENSION);
		changed.features[4] += change == 1 ? 1e-9 : 0.0;
		changed.label += change == 2;
		changed.weight += change == 3 ? 1.0f : 0.0f;
		changed.offset += change == 4 ? 1e-9 : 0.0;
		assert_int_equal(append(&rows, &changed, 0, &failure), LL_OK);
		for (int copies = 0; copies < change - 4; copies++)
			assert_int_equal(append(&rows, &changed, 0, &failure), LL_OK);
		assert_int_equal(rows_hash(&rows, NULL, &failure), LL_OK);
		seen[change] = rows.fingerprint;
		for (int before = 0; before < change; before++)
			assert_true(seen[before] != seen[change]);
	}
	malloc_arena_free(&arena);
}

/* Of many copies of a few rows a split takes its part of each. */
static void
test_split_copies(void **state)
{
	enum
	{
		DISTINCT = 4,
		COPIES = 5000
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample sample = {.weight = 1.0f};
	size_t counts[DISTINCT] = {0};
	Failure failure;
	Rows rows, taken;

	(void) state;
	rows_init(&rows, &runtime, ROWS_F64, DIMENSION);
	for (int i = 0; i < DISTINCT * COPIES; i++)
	{
		sample.features[0] = i % DISTINCT;
		assert_int_equal(append(&rows, &sample, 0, &failure), LL_OK);
	}
	assert_int_equal(
		rows_split(&rows, 0.2, 7, FOLD_KEY_NONE, &taken, &failure), LL_OK);
	for (size_t i = 0; i < taken.count; i++)
		counts[(int) *(const double *) taken.records[i]]++;
	for (int i = 0; i < DISTINCT; i++)
		assert_true(fabs((double) counts[i] / COPIES - 0.2) < 0.03);
	malloc_arena_free(&arena);
}

/* Hashes do not depend on who computes them, nor on how many at once. */
static void
test_hash_threads(void **state)
{
	enum
	{
		COUNT = 20000
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample sample = {.weight = 1.0f};
	ThreadPool *pool;
	Failure failure;
	Rows whole, parts;

	(void) state;
	assert_int_equal(threads_start(&pool, 3, &runtime, &failure), LL_OK);
	rows_init(&whole, &runtime, ROWS_F64, DIMENSION);
	rows_init(&parts, &runtime, ROWS_F64, DIMENSION);
	for (int i = 0; i < COUNT; i++)
	{
		sample.features[0] = i;
		sample.weight = i % 3 == 0 ? 0.5f : 1.0f;
		assert_int_equal(append(&whole, &sample, 0, &failure), LL_OK);
		assert_int_equal(append(&parts, &sample, 0, &failure), LL_OK);
		if (i == 7 || i == 700)
			assert_int_equal(rows_hash(&parts, NULL, &failure), LL_OK);
	}
	assert_int_equal(rows_hash(&whole, pool, &failure), LL_OK);
	assert_int_equal(rows_hash(&parts, NULL, &failure), LL_OK);
	assert_int_equal(whole.hashed, COUNT);
	assert_memory_equal(whole.hashes, parts.hashes, COUNT * sizeof(uint64_t));
	assert_true(whole.fingerprint == parts.fingerprint);
	arena.interrupt = true;
	assert_int_equal(append(&whole, &sample, 0, &failure), LL_OK);
	assert_int_equal(rows_hash(&whole, pool, &failure), LL_CANCELLED);
	threads_stop(pool);
	malloc_arena_free(&arena);
}

/* A split takes the same rows whatever the order. */
static void
test_split(void **state)
{
	static const double codes[3] = {0, 1, 2};
	static const double fractions[] = {0.0, 0.2, 0.5, 1.0};

	(void) state;
	for (size_t f = 0; f < 4; f++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Rows rows[2], taken[2];
		Sample samples[ROWS];
		uint32_t order[ROWS];
		Failure failure;

		draw_samples(samples, ROWS);
		for (uint32_t i = 0; i < ROWS; i++)
			order[i] = i;
		for (int turn = 0; turn < 2; turn++)
		{
			uint64_t whole;

			fill_store(&rows[turn], &runtime, ROWS_F32, samples, order, ROWS,
					   codes);
			assert_int_equal(rows_hash(&rows[turn], NULL, &failure), LL_OK);
			whole = rows[turn].fingerprint;
			assert_int_equal(rows_split(&rows[turn], fractions[f], 42,
										FOLD_KEY_NONE, &taken[turn], &failure),
							 LL_OK);
			assert_int_equal(rows[turn].count + taken[turn].count, ROWS);
			assert_true(rows[turn].fingerprint + taken[turn].fingerprint ==
						whole);
			random_shuffle(order, ROWS, 5);
		}
		assert_true(taken[0].fingerprint == taken[1].fingerprint);
		assert_true(fabs((double) taken[0].count / ROWS - fractions[f]) <
					0.06);
		if (f == 0)
			assert_int_equal(taken[0].count, 0);
		assert_int_equal(rows_seal(&rows[0], &failure), LL_OK);
		assert_int_equal(rows_seal(&taken[0], &failure), LL_OK);
		malloc_arena_free(&arena);
	}
}

/* Copies beyond count cost one pass each, not their square. */
static void
test_many_copies(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Sample sample = {.features = {9, 9, 9, 9, 9}, .weight = 1.0f};
	Failure failure;
	Rows rows;

	(void) state;
	rows_init(&rows, &runtime, ROWS_U8, DIMENSION);
	for (int i = 0; i < 200000; i++)
		assert_int_equal(append(&rows, &sample, 0, &failure), LL_OK);
	assert_int_equal(rows_seal(&rows, &failure), LL_OK);
	malloc_arena_free(&arena);
}

/* The hash: every byte, the length and the seed matter. */
static void
test_hash(void **state)
{
	uint8_t bytes[100];
	uint64_t seen[200];
	size_t count = 0;

	(void) state;
	memset(bytes, 0, sizeof(bytes));
	for (size_t size = 0; size <= 64; size++)
		seen[count++] = hash64_bytes(bytes, size, 0);
	for (size_t i = 0; i < 64; i++)
	{
		bytes[i] = 1;
		seen[count++] = hash64_bytes(bytes, 64, 0);
		bytes[i] = 0;
	}
	seen[count++] = hash64_bytes(bytes, 64, 1);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
}

/* Two parts of a store, each of which may be in a file. */
static void
part_rows(Rows parts[2], const Runtime *runtime, RowFormat format,
		  const Sample *samples, const uint32_t *order, SpillFile *spill,
		  unsigned in_files)
{
	static const double codes[3] = {0, 1, 2};
	Failure failure;

	for (size_t p = 0; p < 2; p++)
		rows_init(&parts[p], runtime, format, DIMENSION);
	for (size_t i = 0; i < ROWS; i++)
	{
		size_t p = order[i] % 3 == 0;

		if (i % 50 == 49 && in_files >> p & 1)
			assert_int_equal(rows_spill(&parts[p], &spill[p], &failure),
							 LL_OK);
		assert_int_equal(append(&parts[p], &samples[order[i]],
								codes[samples[order[i]].label], &failure),
						 LL_OK);
	}
	for (size_t p = 0; p < 2; p++)
	{
		assert_int_equal(rows_spill_finish(&parts[p], 700, &failure), LL_OK);
		assert_int_equal(rows_seal(&parts[p], &failure), LL_OK);
	}
}

/* Joined stores are as one that all rows came to, in files or not. */
static void
test_join(void **state)
{
	static const double codes[3] = {0, 1, 2};

	(void) state;
	for (RowFormat format = ROWS_U8; format <= ROWS_SPARSE; format++)
		for (unsigned in_files = 0; in_files < 4; in_files++)
		{
			MallocArena arena;
			Runtime runtime = malloc_runtime(&arena);
			static double expected[ROWS][DIMENSION], found[ROWS][DIMENSION];
			Sample samples[ROWS];
			uint32_t order[ROWS];
			MemoryFile file[2];
			SpillFile spill[2] = {open_memory_file(&file[0], NULL),
								  open_memory_file(&file[1], NULL)};
			Rows whole, parts[2], joined;
			Failure failure;

			draw_samples(samples, ROWS);
			for (uint32_t i = 0; i < ROWS; i++)
				order[i] = i;
			fill_store(&whole, &runtime, format, samples, order, ROWS, codes);
			assert_int_equal(rows_seal(&whole, &failure), LL_OK);
			read_list(&whole, whole.order, ROWS, expected);
			random_shuffle(order, ROWS, 5);
			part_rows(parts, &runtime, format, samples, order, spill,
					  in_files);
			assert_int_equal(
				rows_join(&parts[0], &parts[1], &runtime, &joined, &failure),
				LL_OK);
			assert_int_equal(joined.count, ROWS);
			assert_true(joined.fingerprint == whole.fingerprint);
			assert_memory_equal(&joined.magnitudes, &whole.magnitudes,
								sizeof(MagnitudeRange));
			assert_true((rows_windows(&joined) > 1) == (in_files > 0));
			read_list(&joined, joined.order, ROWS, found);
			assert_memory_equal(expected, found, sizeof(expected));
			for (size_t place = 0; place < ROWS; place++)
			{
				size_t a = rows_at(&whole, place), b = rows_at(&joined, place);

				assert_true(whole.labels[a] == joined.labels[b]);
				assert_true(rows_weight(&whole, a) == rows_weight(&joined, b));
				assert_true(rows_offset(&whole, a) == rows_offset(&joined, b));
			}
			assert_int_equal(rows_shuffle(&joined, 9, order, &failure), LL_OK);
			read_list(&joined, order, ROWS, found);
			close_memory_file(&file[0]);
			close_memory_file(&file[1]);
			malloc_arena_free(&arena);
		}
}

/* Rows as they stand in order: records, labels, weights, hashes one by one. */
static uint64_t
ordered_hash(const Rows *rows)
{
	uint64_t hash = 0;

	for (size_t place = 0; place < rows->count; place++)
	{
		size_t i = rows_at(rows, place);
		float weight = rows_weight(rows, i);

		hash =
			hash64_bytes(rows->records[i], rows_record_bytes(rows, i), hash);
		hash = hash64_bytes(&rows->labels[i], sizeof(double), hash);
		hash = hash64_bytes(&weight, sizeof(weight), hash);
		hash = hash64_bytes(&rows->hashes[i], sizeof(uint64_t), hash);
	}
	return hash;
}

/*
 * Seals and gathers rows, copies among them, of two stores that share records, on
 * so many threads; says what rows are in which order, as they stand in place.
 */
static void
gather_shared(RowFormat format, bool room, int threads, uint64_t hashes[2])
{
	enum
	{
		COUNT = 50000
	};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	ThreadPool *pool;
	Rows rows, taken, *stores[2] = {&taken, &rows};
	Sample *samples = malloc(COUNT * sizeof(Sample));

	assert_non_null(samples);
	assert_int_equal(threads_start(&pool, threads, &runtime, &failure), LL_OK);
	draw_samples(samples, COUNT);
	rows_init(&rows, &runtime, format, DIMENSION);
	for (int n = 0; n < 3; n++)
		for (int i = 0; i < COUNT; i++)
		{
			samples[i].features[0] = i % 250;
			assert_int_equal(
				append(&rows, &samples[i], samples[i].label, &failure), LL_OK);
		}
	assert_int_equal(
		rows_split(&rows, 0.3, 1, FOLD_KEY_NONE, &taken, &failure), LL_OK);
	for (int s = 0; s < 2; s++)
	{
		assert_int_equal(rows_seal_on_threads(
							 stores[s], threads > 1 ? pool : NULL, &failure),
						 LL_OK);
		hashes[s] = ordered_hash(stores[s]);
		for (size_t i = 1; i < stores[s]->count; i++)
			assert_true(stores[s]->hashes[rows_at(stores[s], i - 1)] <=
						stores[s]->hashes[rows_at(stores[s], i)]);
	}
	assert_int_equal(rows_gather(stores, 2, room ? (size_t) 1 << 30 : 1000,
								 threads > 1 ? pool : NULL, &failure),
					 LL_OK);
	for (int s = 0; s < 2; s++)
	{
		assert_true(hashes[s] == ordered_hash(stores[s]));
		/* in order of arrival, if there was room or it takes none */
		for (size_t i = 0;
			 (room || format != ROWS_SPARSE) && i < stores[s]->count; i++)
			assert_int_equal(rows_at(stores[s], i), i);
	}
	assert_true(room || format != ROWS_SPARSE || rows_at(&rows, 0) != 0 ||
				rows_at(&rows, 1) != 1 || rows_at(&rows, 2) != 2);
	threads_stop(pool);
	free(samples);
	malloc_arena_free(&arena);
}

/* Gathered rows stand as before, on however many threads. */
static void
test_gather(void **state)
{
	(void) state;
	for (int format = ROWS_U8; format <= ROWS_SPARSE; format++)
	{
		uint64_t hashes[4][2];

		for (int turn = 0; turn < 4; turn++)
		{
			gather_shared((RowFormat) format, turn % 2 == 0,
						  turn < 2 ? 1 : turn, hashes[turn]);
			assert_memory_equal(hashes[turn], hashes[0], sizeof(hashes[0]));
		}
	}
}

/* Long records, of which few are held at once, and such as none but one is. */
static void
test_gather_long(void **state)
{
	static const uint32_t dimensions[] = {50000, 200000};

	(void) state;
	for (int d = 0; d < 2; d++)
	{
		const size_t count = 40;
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		double *x = calloc(dimensions[d], sizeof(double));
		Failure failure;
		Rows rows, *stores[] = {&rows};
		uint64_t before;

		assert_non_null(x);
		rows_init(&rows, &runtime, ROWS_F64, dimensions[d]);
		for (size_t i = 0; i < count; i++)
		{
			RowView view = {.dense = x};

			x[i] = x[dimensions[d] - 1] = (double) i;
			assert_int_equal(
				rows_append(&rows, &view, (double) i, i, 1.0f, &failure),
				LL_OK);
		}
		assert_int_equal(rows_seal(&rows, &failure), LL_OK);
		before = ordered_hash(&rows);
		assert_int_equal(rows_gather(stores, 1, 0, NULL, &failure), LL_OK);
		assert_true(ordered_hash(&rows) == before);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(rows_at(&rows, i), i);
		free(x);
		malloc_arena_free(&arena);
	}
}

/* Bytes are the same if each is, whatever their number; their hashes differ. */
static void
test_short_bytes(void **state)
{
	char a[40], b[40];

	(void) state;
	for (uint32_t i = 0; i < sizeof(a); i++)
		a[i] = b[i] = (char) (i * 37);
	for (uint32_t size = 0; size <= sizeof(a); size++)
	{
		assert_true(same_short(a, b, size));
		assert_true(hash64_short(a, size) == hash64_short(b, size));
		for (uint32_t i = 0; i < size; i++)
			for (int bit = 0; bit < 8; bit++)
			{
				b[i] ^= (char) (1 << bit);
				assert_false(same_short(a, b, size));
				assert_true(hash64_short(a, size) != hash64_short(b, size));
				b[i] = a[i];
			}
	}
}

/* Rows of keys: group i % 30, or time i / 4, by label as well. */
static void
fill_keyed(Rows *rows, const Runtime *runtime, size_t count, bool backwards,
		   FoldKey by)
{
	Sample sample = {.weight = 1.0f};
	Failure failure;

	rows_init(rows, runtime, ROWS_F64, DIMENSION);
	for (size_t n = 0; n < count; n++)
	{
		size_t i = backwards ? count - 1 - n : n;
		double key = by == FOLD_KEY_GROUP ? (double) (i % 30)
										  : floor((double) i / 4) - 10;

		sample.features[0] = (double) i;
		assert_int_equal(append(rows, &sample, 0, &failure), LL_OK);
		assert_int_equal(rows_give_fold_key(rows, key, (uint64_t) i, &failure),
						 LL_OK);
	}
}

/* Rows of a group stay together, a part of the groups is taken, by the seed. */
static void
test_split_groups(void **state)
{
	static const struct
	{
		double fraction;
		size_t groups;
	} cases[] = {{0.2, 6}, {0.21, 7}, {0.001, 1}, {0.999, 29}, {0.5, 15}};
	uint64_t before = 0;

	(void) state;
	for (size_t c = 0; c < 5; c++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Rows rows[3], taken[3];
		size_t of[30] = {0};
		Failure failure;

		for (int turn = 0; turn < 3; turn++)
		{
			fill_keyed(&rows[turn], &runtime, 600, turn == 1, FOLD_KEY_GROUP);
			assert_int_equal(rows_split(&rows[turn], cases[c].fraction,
										turn == 2 ? 8 : 7, FOLD_KEY_GROUP,
										&taken[turn], &failure),
							 LL_OK);
		}
		assert_int_equal(taken[0].count, 20 * cases[c].groups);
		for (size_t i = 0; i < taken[0].count; i++)
			of[(int) taken[0].fold_keys[i]]++;
		for (int g = 0; g < 30; g++)
			assert_true(of[g] == 0 || of[g] == 20);
		assert_true(taken[0].fingerprint == taken[1].fingerprint);
		if (c == 4) /* of another seed other groups */
			assert_true(taken[0].fingerprint != taken[2].fingerprint);
		assert_true(taken[0].fingerprint != before);
		before = taken[0].fingerprint;
		malloc_arena_free(&arena);
	}
}

/* The latest rows are taken, and equal times never divided. */
static void
test_split_times(void **state)
{
	static const struct
	{
		double fraction;
		size_t taken;
	} cases[] = {{0.2, 20}, {0.21, 20}, {0.23, 24}, {0.001, 4}, {0.999, 96}};

	(void) state;
	for (size_t c = 0; c < 5; c++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Rows rows, taken;
		Failure failure;

		fill_keyed(&rows, &runtime, 100, c % 2 == 1, FOLD_KEY_TIME);
		assert_int_equal(rows_split(&rows, cases[c].fraction, 1, FOLD_KEY_TIME,
									&taken, &failure),
						 LL_OK);
		assert_int_equal(taken.count, cases[c].taken);
		for (size_t i = 0; i < taken.count; i++)
			for (size_t j = 0; j < rows.count; j++)
				assert_true(taken.fold_keys[i] > rows_fold_key(&rows, j));
		malloc_arena_free(&arena);
	}
}

/* One key alone cannot be on both sides. */
static void
test_split_one_key(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Rows rows, taken;
	Failure failure;

	(void) state;
	fill_keyed(&rows, &runtime, 3, false, FOLD_KEY_TIME);
	assert_int_equal(
		rows_split(&rows, 0.5, 1, FOLD_KEY_TIME, &taken, &failure),
		LL_INVALID);
	assert_string_equal(failure.message,
						"all training rows have the same value of option "
						"\"fold_time\"");
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_independence),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_split_copies),
		cmocka_unit_test(test_hash_threads),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_groups),
		cmocka_unit_test(test_split_times),
		cmocka_unit_test(test_split_one_key),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_many_copies),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_gather_long),
		cmocka_unit_test(test_short_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
