/*
 * spill.c
 *		Runs of sorted records in a file, and windows over them.
 */
#include "core/rows/spill.h"

#include <string.h>

#include "core/rows/rows_sort.h"

/* What is gathered before it is appended to the file. */
#define GATHER_BYTES ((size_t) 1 << 18)

/* Sorted records that were written together. */
typedef struct SpillRun
{
	const SpillFile *file;
	size_t number; /* in the file */
	size_t end;	   /* number of the first row after it */
	size_t bytes;
	size_t *bounds; /* [windows + 1] bytes before each window */
} SpillRun;

struct Spill
{
	SpillFile file;
	SpillRun *runs;
	size_t run_count;
	size_t run_capacity;
	size_t windows;
	size_t loaded; /* which, from 1; 0: none */
};

/* Makes room for one more run. */
static bool
grow_runs(Rows *rows, Spill *spill)
{
	size_t capacity = spill->run_capacity * 2 + 8;
	SpillRun *runs;

	if (spill->run_count < spill->run_capacity)
		return true;
	runs = runtime_allocate_zero(&rows->runtime, capacity, sizeof(SpillRun));
	if (runs == NULL)
		return false;
	if (spill->run_count > 0)
		memcpy(runs, spill->runs, spill->run_count * sizeof(SpillRun));
	runtime_release(&rows->runtime, spill->runs);
	spill->runs = runs;
	spill->run_capacity = capacity;
	return true;
}

/* Rearranges one per-row array of the run that starts at row `first`. */
static bool
permute(Rows *rows, void *array, size_t size, size_t first,
		const uint32_t *order, size_t count)
{
	char *base = (char *) array + first * size;
	char *copy = runtime_allocate(&rows->runtime, count * size);

	if (copy == NULL)
		return false;
	memcpy(copy, base, count * size);
	for (size_t i = 0; i < count; i++)
		memcpy(base + i * size, copy + (order[i] - first) * size, size);
	runtime_release(&rows->runtime, copy);
	return true;
}

/* Writes the records in order; says how many bytes that were. */
static Status
write_records(Rows *rows, const SpillFile *file, size_t first, size_t *bytes,
			  Failure *failure)
{
	char *gathered = runtime_allocate(&rows->runtime, GATHER_BYTES);
	size_t used = 0;
	Status status = LL_OK;

	*bytes = 0;
	if (gathered == NULL)
		return fail_no_memory(failure);
	for (size_t i = first; i < rows->count && status == LL_OK; i++)
	{
		size_t size = rows_record_bytes(rows, i);
		const char *record = rows->records[i];

		if (used > 0 && used + size > GATHER_BYTES)
		{
			status = file->append(file->context, gathered, used, failure);
			used = 0;
			if (status == LL_OK && runtime_interrupted(&rows->runtime))
				status = fail_cancelled(failure);
		}
		*bytes += size;
		if (size > GATHER_BYTES && status == LL_OK)
			status = file->append(file->context, record, size, failure);
		else if (status == LL_OK)
		{
			memcpy(gathered + used, record, size);
			used += size;
		}
	}
	if (status == LL_OK && used > 0)
		status = file->append(file->context, gathered, used, failure);
	runtime_release(&rows->runtime, gathered);
	return status;
}

/* Puts the rows from `first` into the order of their hashes. */
static Status
sort_run_rows(Rows *rows, size_t first, Failure *failure)
{
	size_t count = rows->count - first;
	uint32_t *order =
		runtime_allocate(&rows->runtime, count * sizeof(uint32_t));
	bool done;
	Status status;

	if (order == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t) (first + i);
	status = rows_sort(rows, order, count, true, NULL, failure);
	if (status != LL_OK)
		return status;
	done = permute(rows, rows->records, sizeof(*rows->records), first, order,
				   count) &&
		   permute(rows, rows->labels, sizeof(*rows->labels), first, order,
				   count) &&
		   permute(rows, rows->hashes, sizeof(*rows->hashes), first, order,
				   count) &&
		   (rows->weights == NULL ||
			permute(rows, rows->weights, sizeof(*rows->weights), first, order,
					count)) &&
		   (rows->offsets == NULL ||
			permute(rows, rows->offsets, sizeof(*rows->offsets), first, order,
					count)) &&
		   (rows->fold_keys == NULL ||
			permute(rows, rows->fold_keys, sizeof(*rows->fold_keys), first,
					order, count));
	runtime_release(&rows->runtime, order);
	return done ? LL_OK : fail_no_memory(failure);
}

Status
rows_spill(Rows *rows, const SpillFile *file, Failure *failure)
{
	Spill *spill = rows->spill;
	size_t first, bytes, offset = 0;
	char *address;
	Status status;

	if (spill == NULL)
	{
		spill = runtime_allocate_zero(&rows->runtime, 1, sizeof(Spill));
		if (spill == NULL)
			return fail_no_memory(failure);
		spill->file = *file;
		spill->windows = 1;
		rows->spill = spill;
	}
	first = spill->run_count > 0 ? spill->runs[spill->run_count - 1].end : 0;
	if (first == rows->count)
		return LL_OK;
	if (!grow_runs(rows, spill))
		return fail_no_memory(failure);
	status = rows_hash(rows, NULL, failure);
	if (status == LL_OK)
		status = sort_run_rows(rows, first, failure);
	if (status == LL_OK)
		status = write_records(rows, file, first, &bytes, failure);
	if (status == LL_OK)
		status = file->end_run(file->context, bytes, &address, failure);
	if (status != LL_OK)
		return status;
	for (size_t i = first; i < rows->count; i++)
	{
		size_t size = rows_record_bytes(rows, i);

		rows->records[i] = address + offset;
		offset += size;
	}
	spill->runs[spill->run_count] =
		(SpillRun){&spill->file, spill->run_count, rows->count, bytes, NULL};
	spill->run_count++;
	rows_reuse_pieces(rows);
	return LL_OK;
}

/* Finds where each window starts in a run. */
static Status
cut_run(const Rows *rows, SpillRun *run, size_t first, size_t windows,
		Failure *failure)
{
	size_t window = 0;
	const char *start = rows->records[first];

	run->bounds =
		runtime_allocate(&rows->runtime, (windows + 1) * sizeof(size_t));
	if (run->bounds == NULL)
		return fail_no_memory(failure);
	for (size_t i = first; i < run->end; i++)
	{
		size_t own = hash_window(rows->hashes[i], windows);

		while (window <= own)
			run->bounds[window++] = (size_t) (rows->records[i] - start);
	}
	while (window <= windows)
		run->bounds[window++] = run->bytes;
	return LL_OK;
}

Status
rows_spill_finish(Rows *rows, size_t window_bytes, Failure *failure)
{
	Spill *spill = rows->spill;
	size_t bytes = 0;
	Status status;

	if (spill == NULL)
		return LL_OK;
	status = rows_spill(rows, &spill->file, failure);
	rows_release_pieces(rows);
	for (size_t r = 0; r < spill->run_count; r++)
		bytes += spill->runs[r].bytes;
	spill->windows = bytes / (window_bytes > 0 ? window_bytes : 1) + 1;
	for (size_t r = 0; r < spill->run_count && status == LL_OK; r++)
		status =
			cut_run(rows, &spill->runs[r], r > 0 ? spill->runs[r - 1].end : 0,
					spill->windows, failure);
	return status;
}

/* Takes the runs of a store over, cut into the windows of another. */
static Status
take_runs(Spill *spill, const Rows *from, Failure *failure)
{
	const Spill *other = from->spill;
	Status status = LL_OK;

	if (other == NULL)
		return LL_OK;
	for (size_t r = 0; r < other->run_count && status == LL_OK; r++)
	{
		SpillRun *run = &spill->runs[spill->run_count++];

		*run = other->runs[r];
		status = cut_run(from, run, r > 0 ? other->runs[r - 1].end : 0,
						 spill->windows, failure);
	}
	return status;
}

Status
rows_spill_join(Rows *rows, const Rows *a, const Rows *b, Failure *failure)
{
	size_t runs = 0, windows = 0;
	Spill *spill;
	Status status;

	if (a->spill != NULL && a->spill == b->spill)
		rows->spill = a->spill; /* one was split off the other */
	if (rows->spill != NULL || (a->spill == NULL && b->spill == NULL))
		return LL_OK;
	if (a->spill != NULL)
	{
		runs += a->spill->run_count;
		windows += a->spill->windows;
	}
	if (b->spill != NULL)
	{
		runs += b->spill->run_count;
		windows += b->spill->windows;
	}
	spill = runtime_allocate_zero(&rows->runtime, 1, sizeof(Spill));
	if (spill == NULL)
		return fail_no_memory(failure);
	spill->runs = runtime_allocate(&rows->runtime, runs * sizeof(SpillRun));
	if (spill->runs == NULL)
		return fail_no_memory(failure);
	spill->windows = windows;
	status = take_runs(spill, a, failure);
	if (status == LL_OK)
		status = take_runs(spill, b, failure);
	rows->spill = spill;
	return status;
}

Status
rows_load_run(const Rows *rows, size_t i, size_t *loaded, Failure *failure)
{
	const Spill *spill = rows->spill;

	*loaded = rows->count - i;
	if (spill == NULL)
		return LL_OK;
	for (size_t r = 0; r < spill->run_count; r++)
		if (i < spill->runs[r].end)
		{
			Status status = LL_OK;

			*loaded = spill->runs[r].end - i;
			if (r > 0)
				status = spill->file.load(spill->file.context, r - 1, 0, 0,
										  failure);
			return status != LL_OK
					   ? status
					   : spill->file.load(spill->file.context, r, 0,
										  spill->runs[r].bytes, failure);
		}
	return LL_OK;
}

Status
spill_load_window(const Rows *rows, const uint32_t *order, size_t count,
				  size_t *loaded, Failure *failure)
{
	Spill *spill = rows->spill;
	size_t window, n = 1;
	Status status = LL_OK;

	*loaded = 0;
	if (count == 0)
		return LL_OK;
	window = hash_window(rows->hashes[order[0]], spill->windows);
	while (n < count &&
		   hash_window(rows->hashes[order[n]], spill->windows) == window)
		n++;
	*loaded = n;
	for (size_t r = 0; r < spill->run_count && spill->loaded != window + 1;
		 r++)
	{
		const SpillRun *run = &spill->runs[r];

		status = run->file->load(run->file->context, run->number,
								 run->bounds[window], run->bounds[window + 1],
								 failure);
		if (status != LL_OK)
			return status;
	}
	spill->loaded = window + 1;
	if (n == count)
		return LL_OK;
	window = hash_window(rows->hashes[order[n]], spill->windows);
	for (size_t r = 0; r < spill->run_count && status == LL_OK; r++)
	{
		const SpillRun *run = &spill->runs[r];

		status = run->file->prefetch(run->file->context, run->number,
									 run->bounds[window],
									 run->bounds[window + 1], failure);
	}
	return status;
}

size_t
rows_windows(const Rows *rows)
{
	return rows->spill == NULL ? 1 : rows->spill->windows;
}
