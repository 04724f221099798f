/*
 * rows_hash.c
 *		Hashes of rows: made beside while more rows come, and of the others at the
 *		end on all threads.
 */
#include "core/rows/rows_hash.h"

#include "core/base/aside.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/math/stream.h"
#include "core/rows/magnitude.h"

/* Rows a task hashes, and tasks between two looks. */
#define HASH_ROWS 256
#define HASH_TASKS 64
/* Bytes of records that a step of the thread beside takes. */
#define STEP_BYTES ((size_t) 256 << 10)
/* Rows whose places in an array of 8 bytes a row fill a huge page. */
#define PAGE_ROWS (RUNTIME_HUGE_PAGE / sizeof(uint64_t))

uint64_t
rows_weighted_hash(uint64_t hash, float weight)
{
	return weight == 1.0f ? hash : hash64_bytes(&weight, sizeof(weight), hash);
}

uint64_t
rows_record_hash(const void *record, size_t size, uint64_t label_hash,
				 float weight)
{
	return rows_weighted_hash(hash64_bytes(record, size, label_hash), weight);
}

/* Completes a row's hash and looks how large it is; returns its bytes. */
static size_t
hash_row(const Rows *rows, size_t i, MagnitudeRange *range)
{
	RowView view = rows_view(rows, i);
	size_t size = rows_record_size(rows, &view);
	double magnitude = row_magnitude(rows->format, &view, rows->dimension);

	magnitude_range_add(range, (MagnitudeRange){magnitude, magnitude});
	rows->hashes[i] = rows_record_hash(rows->records[i], size, rows->hashes[i],
									   rows_weight(rows, i));
	return size;
}

/* ---- Beside ---- */

/* Hashes some of the rows that were handed over. */
static bool
hash_step(void *work)
{
	Rows *rows = work;
	size_t end = __atomic_load_n(&rows->handed, __ATOMIC_RELAXED);
	size_t i = rows->hashed, bytes = 0;
	MagnitudeRange range = {0.0, 0.0};
	uint64_t fingerprint = 0;

	for (; i < end && bytes < STEP_BYTES; i++)
	{
		bytes += hash_row(rows, i, &range);
		fingerprint += random_mix(rows->hashes[i]);
	}
	rows->hashed = i;
	rows->fingerprint += fingerprint;
	magnitude_range_add(&rows->magnitudes, range);
	return i < end;
}

/* Has the pages made of the next places in an array. */
static void
expect_places(const Rows *rows, void *array, size_t rows_more)
{
	runtime_expect(&rows->runtime, (uint64_t *) array + rows->expected,
				   rows_more * sizeof(uint64_t));
}

/* The same of all arrays, a page each ahead of the rows. */
static void
expect_rows(Rows *rows)
{
	if (rows->expected < rows->count)
		rows->expected = (rows->count + PAGE_ROWS - 1) / PAGE_ROWS * PAGE_ROWS;
	while (rows->expected < rows->capacity &&
		   rows->expected < rows->count + PAGE_ROWS)
	{
		size_t left = rows->capacity - rows->expected;
		size_t more = left < PAGE_ROWS ? left : PAGE_ROWS;

		expect_places(rows, rows->records, more);
		expect_places(rows, rows->labels, more);
		expect_places(rows, rows->hashes, more);
		rows->expected += more;
	}
}

void
rows_look_ahead(Rows *rows)
{
	if (rows->expected < rows->count + PAGE_ROWS)
		expect_rows(rows);
	if (rows->format == ROWS_CELLS)
		return;
	if (rows->aside == NULL)
		rows->aside = runtime_aside(&rows->runtime);
	if (rows->aside == NULL)
		return;
	stream_fence();
	__atomic_store_n(&rows->handed, rows->count, __ATOMIC_RELAXED);
	(void) aside_hand(rows->aside, hash_step, rows);
}

void
rows_hold(const Rows *rows)
{
	if (rows->aside != NULL)
		aside_hold(rows->aside);
}

void
rows_let_go(const Rows *rows)
{
	if (rows->aside != NULL)
		aside_let_go(rows->aside);
}

void
rows_settle(Rows *rows)
{
	if (rows->aside != NULL)
		aside_take_back(rows->aside, rows);
	rows->aside = NULL;
}

/* ---- At the end ---- */

/* What the tasks of rows_hash share. */
typedef struct HashJob
{
	Rows *rows;
	size_t from;
	MagnitudeRange magnitudes[HASH_TASKS]; /* of each task's rows */
} HashJob;

/* Completes the hashes of one task's rows, and looks how large these are. */
static void
run_hash_task(void *argument, size_t index)
{
	HashJob *job = argument;
	const Rows *rows = job->rows;
	size_t i = job->from + index * HASH_ROWS;
	size_t end = i + HASH_ROWS < rows->count ? i + HASH_ROWS : rows->count;
	MagnitudeRange range = {0.0, 0.0};

	for (; i < end; i++)
		(void) hash_row(rows, i, &range);
	job->magnitudes[index] = range;
}

Status
rows_hash(Rows *rows, ThreadPool *pool, Failure *failure)
{
	HashJob job = {.rows = rows};

	rows_settle(rows);
	stream_fence();
	job.from = rows->hashed;
	while (job.from < rows->count)
	{
		size_t tasks = (rows->count - job.from + HASH_ROWS - 1) / HASH_ROWS;
		size_t end;

		if (tasks > HASH_TASKS)
			tasks = HASH_TASKS;
		end = job.from + tasks * HASH_ROWS;
		if (end > rows->count)
			end = rows->count;
		if (pool != NULL)
			threads_run(pool, run_hash_task, &job, tasks);
		else
			for (size_t i = 0; i < tasks; i++)
				run_hash_task(&job, i);
		for (size_t i = 0; i < tasks; i++)
			magnitude_range_add(&rows->magnitudes, job.magnitudes[i]);
		for (; job.from < end; job.from++)
			rows->fingerprint += random_mix(rows->hashes[job.from]);
		rows->hashed = end;
		if (runtime_interrupted(&rows->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}
