/*
 * test_compact.c
 *		Rows laid out for mini-batches say what the sparse rows say, and models of
 *		them do not depend on threads or on the order of rows.
 */
#include "core/rows/compact_rows.h"

#include <math.h>
#include <stdlib.h>

#include "core/rows/sparse_pass.h"
#include "trainer_fixture.h"

#define WIDE 300
#define NUMBERS 5
#define LEVELS 4
#define TOLERANCE 1e-4

/* A row of numbers, one of them mostly there, and levels, some left out. */
static uint32_t
draw_sparse(uint64_t i, bool plain, uint32_t *index, float *value)
{
	uint32_t count = 0, step = (WIDE - NUMBERS) / LEVELS;

	for (uint32_t j = 0; j < NUMBERS; j++)
		if (j != 2 || random_uniform(5, i) < 0.8)
		{
			index[count] = j;
			value[count++] = (float) random_normal(6, i * NUMBERS + j);
		}
	for (uint32_t k = 0; k < LEVELS; k++)
		if (random_uniform(7, i * LEVELS + k) < 0.9)
		{
			double u = random_uniform(8, i * LEVELS + k);

			index[count] = NUMBERS + k * step +
						   (uint32_t) (u * u * (double) (step >> (2 * k % 5)));
			value[count++] = plain ? 1.0f : (float) (1 + u);
		}
	return count;
}

/* Rows from `count` on come first where turned is set. */
static void
fill_sparse(Fixture *f, size_t count, bool plain, bool turned, bool weighted)
{
	rows_init(&f->train, &f->runtime, ROWS_SPARSE, WIDE);
	rows_init(&f->validation, &f->runtime, ROWS_SPARSE, WIDE);
	for (size_t i = 0; i < count; i++)
	{
		uint64_t row = turned ? count - 1 - i : i;
		uint32_t index[NUMBERS + LEVELS];
		float value[NUMBERS + LEVELS];
		uint32_t entries = draw_sparse(row, plain, index, value);
		double label = value[0] + random_normal(9, row) > 0;

		assert_int_equal(
			rows_append(
				&f->train,
				&(RowView){.index = index, .value = value, .count = entries},
				label, hash64_bytes(&label, sizeof(label), 1),
				weighted ? 1.0f + (float) (row % 3) : 1.0f, &f->failure),
			LL_OK);
	}
	seal(f);
}

static void
assert_near(float a, float b)
{
	if (!(fabsf(a - b) <= TOLERANCE * fmaxf(1.0f, fabsf(b))))
		fail_msg("%.9g is not near %.9g", a, b);
}

/* Margins and gradients are those of the sparse rows, but for rounding. */
static void
check_passes(bool plain, size_t count)
{
	static float scale[WIDE], weights[WIDE + 2], margins[2][512];
	static float targets[512], row_weights[512];
	static float gradient[2][WIDE + 2], head[WIDE + 4],
		head_gradient[WIDE + 4];
	static uint8_t seen[WIDE + 8];
	static uint32_t features[WIDE], stamp[WIDE], counts[WIDE];
	TouchedFeatures touched = {features, 0, stamp, 1};
	CompactRows compact;
	Fixture f;
	bool made;

	open_fixture(&f, PREDICTOR_BINARY, 3);
	fill_sparse(&f, count, plain, false, true);
	memset(gradient, 0, sizeof(gradient));
	memset(head, 0, sizeof(head));
	memset(head_gradient, 0, sizeof(head_gradient));
	memset(seen, 0, sizeof(seen));
	memset(stamp, 0, sizeof(stamp));
	for (size_t j = 0; j < WIDE; j++)
	{
		scale[j] = j < NUMBERS ? 0.5f + (float) j : 1.0f;
		weights[j] = (float) random_normal(10, j);
	}
	weights[WIDE] = 0.7f;
	weights[WIDE + 1] = 0.0f;
	assert_int_equal(
		sparse_count_features(&f.train, counts, f.pool, &f.failure), LL_OK);
	assert_int_equal(compact_rows_make(&compact, &f.train, counts, scale,
									   f.problem.targets[CHANNEL_TRAIN],
									   SIZE_MAX, f.pool, &made, &f.failure),
					 LL_OK);
	assert_true(made);
	assert_int_equal(compact.plain, plain);
	assert_true(compact.head_count >= NUMBERS);
	for (uint32_t h = 0; h < compact.head_count; h++)
		head[h] = weights[compact.head[h]];
	sparse_forward(&f.train, f.train.order, count, scale, weights, 1,
				   margins[0]);
	compact_forward(&compact, f.train.order, count, head, weights, margins[1],
					targets, row_weights);
	for (size_t i = 0; i < count; i++)
	{
		size_t row = rows_at(&f.train, i);

		assert_near(margins[1][i], margins[0][i]);
		assert_true(targets[i] == f.problem.targets[CHANNEL_TRAIN][row]);
		assert_true(row_weights[i] == rows_weight(&f.train, row));
	}
	sparse_backward(&f.train, f.train.order, count, scale, margins[0], 1, true,
					&touched, gradient[0]);
	compact_backward(&compact, f.train.order, count, margins[0], head_gradient,
					 gradient[1], seen);
	for (uint32_t h = 0; h < compact.head_count; h++)
	{
		assert_near(head_gradient[h], gradient[0][compact.head[h]]);
		gradient[1][compact.head[h]] = gradient[0][compact.head[h]];
	}
	compact_touch_head(&compact, f.train.order, count, seen);
	for (size_t j = 0; j < WIDE; j++)
	{
		assert_near(gradient[1][j], gradient[0][j]);
		assert_int_equal(seen[j], stamp[j] == 1);
	}
	close_fixture(&f);
}

static void
test_passes(void **state)
{
	(void) state;
	for (size_t count = 1; count <= 512; count *= 8)
	{
		check_passes(true, count);
		if (count > 1)
			check_passes(false, count);
	}
}

/* Rows that do not suit stay as they are. */
static void
test_unsuited(void **state)
{
	static float scale[WIDE];
	static uint32_t counts[WIDE];
	CompactRows compact;
	Fixture f;
	bool made = true;
	uint32_t index[WIDE];
	float value[WIDE];

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 2);
	rows_init(&f.train, &f.runtime, ROWS_SPARSE, WIDE);
	for (size_t j = 0; j < WIDE; j++)
	{
		index[j] = (uint32_t) j;
		value[j] = scale[j] = 1.0f;
	}
	/* one long row among many short ones */
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(
			rows_append(&f.train,
						&(RowView){.index = index + (i == 0 ? 0 : i % WIDE),
								   .value = value,
								   .count = i == 0 ? WIDE : 1},
						(double) (i % 2), i, 1.0f, &f.failure),
			LL_OK);
	seal(&f);
	assert_int_equal(
		sparse_count_features(&f.train, counts, f.pool, &f.failure), LL_OK);
	assert_int_equal(compact_rows_make(&compact, &f.train, counts, scale,
									   f.problem.targets[CHANNEL_TRAIN],
									   SIZE_MAX, f.pool, &made, &f.failure),
					 LL_OK);
	assert_false(made);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_BINARY, 2);
	fill_sparse(&f, 100, true, false, false);
	assert_int_equal(
		sparse_count_features(&f.train, counts, f.pool, &f.failure), LL_OK);
	assert_int_equal(compact_rows_make(&compact, &f.train, counts, scale,
									   f.problem.targets[CHANNEL_TRAIN], 100,
									   f.pool, &made, &f.failure),
					 LL_OK);
	assert_false(made); /* there is no room */
	close_fixture(&f);
}

/* The weights of a training of some epochs. */
static const float *
train_sparse(Fixture *f, int threads, bool turned, size_t batch, bool weighted,
			 size_t room)
{
	open_fixture(f, PREDICTOR_BINARY, threads);
	f->problem.memory_limit = room;
	f->settings.value[HP_MINI_BATCH_SIZE] = (double) batch;
	f->settings.value[HP_EPOCHS] = 4;
	f->settings.value[HP_LEARNING_RATE] = 0.05;
	f->settings.value[HP_WD] = 0.01;
	fill_sparse(f, 3001, true, turned, weighted);
	return train_one(f)->weights;
}

/* On any number of threads and in any order: the same bits. */
static void
test_same_bits(void **state)
{
	static const size_t batches[] = {16, 300, 1000, 3001};

	(void) state;
	for (size_t b = 0; b < 4; b++)
		for (int weighted = 0; weighted < 2; weighted++)
		{
			Fixture first;
			const float *expected =
				train_sparse(&first, 1, false, batches[b], weighted, 0);

			for (int threads = 1; threads <= 5; threads += 2)
			{
				Fixture f;
				const float *weights =
					train_sparse(&f, threads, true, batches[b], weighted, 0);

				assert_memory_equal(weights, expected,
									(WIDE + 1) * sizeof(float));
				close_fixture(&f);
			}
			close_fixture(&first);
		}
}

/*
 * Near those of rows that are not laid out, as there is no room; the last mini-batch
 * is of one row where batches are of 1000 or 3000.
 */
static void
test_same_as_sparse(void **state)
{
	static const size_t batches[] = {1, 2, 5, 63, 64, 100, 1000, 3000, 5000};

	(void) state;
	for (size_t batch = 0; batch < 9; batch++)
		for (int weighted = 0; weighted < 2; weighted++)
		{
			Fixture laid, plain;
			const float *a =
				train_sparse(&laid, 2, false, batches[batch], weighted, 0);
			const float *b =
				train_sparse(&plain, 2, false, batches[batch], weighted,
							 laid.train.record_bytes + 1);

			for (size_t j = 0; j <= WIDE; j++)
				if (!(fabsf(a[j] - b[j]) < 1e-4f))
					fail_msg("batch %zu: weight %zu is %g, not %g",
							 batches[batch], j, a[j], b[j]);
			close_fixture(&laid);
			close_fixture(&plain);
		}
}

/* Large pieces of memory that rows have taken, and given back. */
#define LARGE 100000

static Runtime untold;
static void *pieces[4];
static size_t taken, held;

static void *
tell_allocate(void *context, size_t size)
{
	void *pointer = untold.allocate(context, size);

	if (size >= LARGE && pointer != NULL)
	{
		assert_true(held < 4);
		pieces[held++] = pointer;
		taken++;
	}
	return pointer;
}

static void
tell_release(void *context, void *pointer)
{
	for (size_t i = held; i-- > 0;)
		if (pieces[i] == pointer)
			pieces[i] = pieces[--held];
	untold.release(context, pointer);
}

/* One candidate's rows are laid out, and given back; several candidates' are not. */
static void
test_memory(void **state)
{
	(void) state;
	for (size_t candidates = 1; candidates <= 3; candidates++)
	{
		Candidate all[3];
		Candidate *one;
		Fixture f;
		size_t count;

		open_fixture(&f, PREDICTOR_BINARY, 2);
		fill_sparse(&f, 3000, true, false, false);
		f.settings.value[HP_NUM_MODELS] = 1;
		f.settings.value[HP_EPOCHS] = 1;
		one = candidates_of(&f, &count);
		for (size_t i = 0; i < candidates; i++)
		{
			all[i] = *one;
			all[i].settings.value[HP_MINI_BATCH_SIZE] = 200 + 100 * (double) i;
		}
		untold = f.runtime;
		f.train.runtime.allocate = tell_allocate;
		f.train.runtime.release = tell_release;
		taken = held = 0;
		run(&f, all, candidates);
		assert_int_equal(taken, candidates == 1);
		assert_int_equal(held, 0);
		close_fixture(&f);
	}
}

static bool
always(void *context)
{
	(void) context;
	return true;
}

/* A wish to stop is heeded. */
static void
test_cancel(void **state)
{
	Candidate *candidates;
	Fixture f;
	size_t count;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 3);
	fill_sparse(&f, 3000, true, false, false);
	f.settings.value[HP_NUM_MODELS] = 1;
	f.settings.value[HP_MINI_BATCH_SIZE] = 1000;
	candidates = candidates_of(&f, &count);
	f.problem.runtime.interrupted = f.train.runtime.interrupted = always;
	assert_int_equal(trainer_run(&f.problem, candidates, count, &f.failure),
					 LL_CANCELLED);
	close_fixture(&f);
}

/* Wherever memory ends, the training fails and nothing else happens. */
static void
test_no_memory(void **state)
{
	Status status = LL_NO_MEMORY;

	(void) state;
	for (int left = 0; status == LL_NO_MEMORY; left++)
	{
		Candidate *candidates;
		Fixture f;
		size_t count;

		open_fixture(&f, PREDICTOR_BINARY, 2);
		fill_sparse(&f, 300, true, false, false);
		f.settings.value[HP_NUM_MODELS] = 1;
		f.settings.value[HP_EPOCHS] = 1;
		f.settings.value[HP_MINI_BATCH_SIZE] = 100;
		candidates = candidates_of(&f, &count);
		f.arena.allocations_left = left;
		status = trainer_run(&f.problem, candidates, count, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		assert_true(left < 1000);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_unsuited),
		cmocka_unit_test(test_same_bits),
		cmocka_unit_test(test_same_as_sparse),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
