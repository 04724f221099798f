/*
 * rows_order.c
 *		The canonical order of rows, what is split off by it, and shuffles of it.
 */
#include "core/rows/rows_order.h"

#include <string.h>

#include "core/base/random.h"
#include "core/rows/rows_sort.h"
#include "core/rows/rows_summed.h"
#include "core/rows/spill.h"
#include "core/rows/split_keys.h"

/* Where the rows of one hash end that start at `start`. */
static size_t
end_of_hash(const Rows *rows, const uint32_t *order, size_t start,
			size_t count)
{
	size_t end = start + 1;

	while (end < count &&
		   rows->hashes[order[end]] == rows->hashes[order[start]])
		end++;
	return end;
}

/*
 * Puts spilled rows that share a hash into the order of their contents: the
 * hash says that they are alike, not that they are copies.  Windows without such
 * rows are not loaded.
 */
static Status
sort_loaded(const Rows *rows, uint32_t *order, size_t count, Failure *failure)
{
	size_t loaded = 0;
	Status status = LL_OK;

	for (size_t start = 0, end; start < count && status == LL_OK; start = end)
	{
		end = end_of_hash(rows, order, start, count);
		if (runtime_stops(&rows->runtime, start))
			return fail_cancelled(failure);
		if (end == start + 1)
			continue;
		if (start >= loaded)
		{
			status = rows_load(rows, order + start, count - start, &loaded,
							   failure);
			loaded += start;
		}
		if (status == LL_OK)
			status = rows_sort(rows, order + start, end - start, true, NULL,
							   failure);
	}
	return status;
}

/* Sorts row numbers by hash and content, spilled or not. */
static Status
sort_rows(const Rows *rows, uint32_t *order, size_t count, ThreadPool *pool,
		  Failure *failure)
{
	Status status =
		rows_sort(rows, order, count, rows->spill == NULL, pool, failure);

	if (status == LL_OK && rows->spill != NULL)
		status = sort_loaded(rows, order, count, failure);
	return status;
}

/* Puts row numbers into order window by window; notes where each starts. */
static Status
deal_windows(Rows *rows, size_t windows, Failure *failure)
{
	size_t *start =
		runtime_allocate_zero(&rows->runtime, windows + 2, sizeof(size_t));

	if (start == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
		start[hash_window(rows->hashes[i], windows) + 2]++;
	for (size_t w = 0; w < windows; w++)
		start[w + 2] += start[w + 1];
	for (size_t i = 0; i < rows->count; i++)
	{
		if (runtime_stops(&rows->runtime, i))
			return fail_cancelled(failure);
		rows->order[start[hash_window(rows->hashes[i], windows) + 1]++] =
			(uint32_t) i;
	}
	rows->window_start = start;
	return LL_OK;
}

Status
rows_seal(Rows *rows, Failure *failure)
{
	return rows_seal_on_threads(rows, NULL, failure);
}

Status
rows_seal_on_threads(Rows *rows, ThreadPool *pool, Failure *failure)
{
	size_t windows = rows_windows(rows);
	Status status;

	if (rows->sums != NULL)
		return rows_sum_flush(rows, failure);
	status = rows_hash(rows, pool, failure);
	if (status != LL_OK)
		return status;
	if (rows->format == ROWS_SPARSE && rows->count > 0)
		rows->ahead = rows->record_bytes / rows->count;
	rows->order =
		runtime_allocate(&rows->runtime, rows->count * sizeof(uint32_t));
	if (rows->order == NULL)
		return fail_no_memory(failure);
	status = deal_windows(rows, windows, failure);
	for (size_t w = 0; w < windows && status == LL_OK; w++)
		status = sort_rows(rows, rows->order + rows->window_start[w],
						   rows->window_start[w + 1] - rows->window_start[w],
						   pool, failure);
	return status;
}

/*
 * Which rows a split takes, by hash and, among rows that share one, by their
 * place: of copies it makes no difference which.
 */
static Status
choose_taken(const Rows *rows, double fraction, uint64_t key, bool *take,
			 Failure *failure)
{
	uint32_t *order =
		runtime_allocate(&rows->runtime, rows->count * sizeof(uint32_t));
	uint64_t copy = 0;
	Status status;

	if (order == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
		order[i] = (uint32_t) i;
	status = sort_rows(rows, order, rows->count, NULL, failure);
	for (size_t i = 0; i < rows->count && status == LL_OK; i++)
	{
		uint64_t hash = rows->hashes[order[i]];

		copy = i > 0 && rows->hashes[order[i - 1]] == hash ? copy + 1 : 0;
		take[order[i]] = random_uniform(key, hash + copy) < fraction;
	}
	runtime_release(&rows->runtime, order);
	return status;
}

/* Moves the rows marked so to the other store. */
static Status
move_rows(Rows *rows, const bool *take, Rows *taken, Failure *failure)
{
	size_t kept = 0;

	rows->fingerprint = 0;
	for (size_t i = 0; i < rows->count; i++)
	{
		if (runtime_stops(&rows->runtime, i))
			return fail_cancelled(failure);
		if (take[i] && !rows_share(taken, rows, i))
			return fail_no_memory(failure);
		rows->fingerprint += take[i] ? 0 : random_mix(rows->hashes[i]);
		if (take[i])
			continue;
		rows->records[kept] = rows->records[i];
		rows->labels[kept] = rows->labels[i];
		rows->hashes[kept] = rows->hashes[i];
		if (rows->weights != NULL)
			rows->weights[kept] = rows->weights[i];
		if (rows->offsets != NULL)
			rows->offsets[kept] = rows->offsets[i];
		if (rows->fold_keys != NULL)
			rows->fold_keys[kept] = rows->fold_keys[i];
		kept++;
	}
	rows->count = rows->hashed = kept;
	return LL_OK;
}

Status
rows_split(Rows *rows, double fraction, uint64_t key, FoldKey by, Rows *taken,
		   Failure *failure)
{
	bool *take = runtime_allocate(&rows->runtime, rows->count * sizeof(bool));
	Status status = rows_hash(rows, NULL, failure);

	if (take == NULL)
		return fail_no_memory(failure);
	if (status == LL_OK)
		status = by == FOLD_KEY_NONE
					 ? choose_taken(rows, fraction, key, take, failure)
					 : split_by_keys(rows, fraction, key, by, take, failure);
	if (status != LL_OK)
		return status;
	rows_init(taken, &rows->runtime, rows->format, rows->dimension);
	taken->spill = rows->spill;
	taken->magnitudes = rows->magnitudes;
	status = move_rows(rows, take, taken, failure);
	runtime_release(&rows->runtime, take);
	return status;
}

Status
rows_shuffle(const Rows *rows, uint64_t key, uint32_t *order, Failure *failure)
{
	size_t windows = rows_windows(rows), at = 0;
	uint32_t *turn =
		runtime_allocate(&rows->runtime, windows * sizeof(uint32_t));

	if (turn == NULL)
		return fail_no_memory(failure);
	for (size_t w = 0; w < windows; w++)
		turn[w] = (uint32_t) w;
	if (windows > 1)
		random_shuffle(turn, windows, key);
	for (size_t i = 0; i < windows; i++)
	{
		size_t start = rows->window_start[turn[i]];
		size_t count = rows->window_start[turn[i] + 1] - start;

		memcpy(order + at, rows->order + start, count * sizeof(uint32_t));
		random_shuffle(order + at, count,
					   windows > 1 ? random_key(key, turn[i]) : key);
		at += count;
	}
	runtime_release(&rows->runtime, turn);
	return LL_OK;
}
