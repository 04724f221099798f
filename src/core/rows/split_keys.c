/*
 * split_keys.c
 *		Which rows a split takes where those of a key go together.
 */
#include "core/rows/split_keys.h"

#include <math.h>

#include "core/base/random.h"
#include "core/math/sort.h"

/* Rows sorted by key. */
typedef struct Keyed
{
	const Rows *rows;
	SortPair *pairs; /* [rows] with the row as word */
	SortPair *scratch;
	size_t *start; /* [keys + 1] of each key's rows in pairs */
	size_t keys;
} Keyed;

static void
release(Keyed *k)
{
	const Runtime *runtime = &k->rows->runtime;

	runtime_release(runtime, k->pairs);
	runtime_release(runtime, k->scratch);
	runtime_release(runtime, k->start);
}

/* Sorts the rows by their keys, and finds where each key begins. */
static Status
sort_rows(Keyed *k, Failure *failure)
{
	const Rows *rows = k->rows;
	const Runtime *runtime = &rows->runtime;

	k->pairs = runtime_allocate(runtime, rows->count * sizeof(SortPair));
	k->scratch = runtime_allocate(runtime, rows->count * sizeof(SortPair));
	k->start = runtime_allocate(runtime, (rows->count + 1) * sizeof(size_t));
	if (k->pairs == NULL || k->scratch == NULL || k->start == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
	{
		k->pairs[i].key = sortable_double(rows_fold_key(rows, i));
		k->pairs[i].with.word = i;
	}
	if (!sort_pairs(k->pairs, k->scratch, rows->count, runtime))
		return fail_cancelled(failure);
	for (size_t i = 0; i < rows->count; i++)
		if (i == 0 || k->pairs[i].key != k->pairs[i - 1].key)
			k->start[k->keys++] = i;
	k->start[k->keys] = rows->count;
	return LL_OK;
}

/* Marks the rows of the keys from one on to another. */
static void
take_keys(const Keyed *k, size_t first, size_t end, bool *take)
{
	for (size_t i = k->start[first]; i < k->start[end]; i++)
		take[k->pairs[i].with.word] = true;
}

/* The latest rows, from the change of time on that is nearest to the fraction. */
static void
take_latest(const Keyed *k, double fraction, bool *take)
{
	double wanted = (1.0 - fraction) * (double) k->rows->count;
	size_t at = 1;

	while (at + 1 < k->keys && fabs((double) k->start[at + 1] - wanted) <
								   fabs((double) k->start[at] - wanted))
		at++;
	take_keys(k, at, k->keys, take);
}

/* The groups whose draws are least. */
static Status
take_groups(const Keyed *k, double fraction, uint64_t seed, bool *take,
			Failure *failure)
{
	const Runtime *runtime = &k->rows->runtime;
	double wanted = ceil(fraction * (double) k->keys);
	size_t count = (size_t) fmin(wanted, (double) k->keys - 1.0);
	SortPair *draws =
		runtime_allocate(runtime, 2 * k->keys * sizeof(SortPair));

	if (draws == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < k->keys; i++)
	{
		draws[i].key = random_bits(seed, i);
		draws[i].with.word = i;
	}
	if (!sort_pairs(draws, draws + k->keys, k->keys, runtime))
		return fail_cancelled(failure);
	for (size_t i = 0; i < count; i++)
		take_keys(k, (size_t) draws[i].with.word,
				  (size_t) draws[i].with.word + 1, take);
	runtime_release(runtime, draws);
	return LL_OK;
}

Status
split_by_keys(const Rows *rows, double fraction, uint64_t seed, FoldKey kind,
			  bool *take, Failure *failure)
{
	Keyed k = {.rows = rows};
	Status status = sort_rows(&k, failure);

	for (size_t i = 0; i < rows->count; i++)
		take[i] = false;
	if (status == LL_OK && k.keys < 2)
		status = fail(failure, LL_INVALID,
					  "all training rows have the same value of option "
					  "\"%s\"",
					  kind == FOLD_KEY_TIME ? "fold_time" : "fold_group");
	if (status == LL_OK && kind == FOLD_KEY_TIME)
		take_latest(&k, fraction, take);
	else if (status == LL_OK)
		status = take_groups(&k, fraction, seed, take, failure);
	if (status == LL_OK || status == LL_INVALID)
		release(&k);
	return status;
}
