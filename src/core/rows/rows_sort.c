/*
 * rows_sort.c
 *		Row numbers sorted by hash and content.
 */
#include "core/rows/rows_sort.h"

#include <string.h>

#include "core/math/sort.h"

/* Rows sorted between two looks at the interrupt flag. */
#define SORT_LOOK 65536

/* What a sort works on. */
typedef struct Sort
{
	const Rows *rows;
	uint64_t *items; /* upper half of the hash, and the row */
	uint64_t *spare;
	bool by_bytes;
} Sort;

/* The row of an item. */
static uint32_t
item_row(uint64_t item)
{
	return (uint32_t) item;
}

/* Orders rows with the same hash: copies of one row in all likelihood. */
static int
compare_rows(const Rows *rows, uint32_t a, uint32_t b, bool by_bytes)
{
	float weight_a = rows_weight(rows, a), weight_b = rows_weight(rows, b);
	double offset_a = rows_offset(rows, a), offset_b = rows_offset(rows, b);
	double key_a = rows_fold_key(rows, a), key_b = rows_fold_key(rows, b);

	if (by_bytes)
	{
		size_t size_a = rows_record_bytes(rows, a);
		size_t size_b = rows_record_bytes(rows, b);
		int order;

		if (size_a != size_b)
			return size_a < size_b ? -1 : 1;
		order = memcmp(rows->records[a], rows->records[b], size_a);
		if (order != 0)
			return order;
	}
	if (rows->labels[a] != rows->labels[b])
		return rows->labels[a] < rows->labels[b] ? -1 : 1;
	if (weight_a != weight_b)
		return weight_a < weight_b ? -1 : 1;
	if (offset_a != offset_b)
		return offset_a < offset_b ? -1 : 1;
	return (key_a > key_b) - (key_a < key_b);
}

/* Order of two items whose upper bits agree: by hash, then by their rows. */
static int
compare_items(const Sort *sort, uint64_t a, uint64_t b)
{
	uint64_t hash_a = sort->rows->hashes[item_row(a)];
	uint64_t hash_b = sort->rows->hashes[item_row(b)];

	if (hash_a != hash_b)
		return hash_a < hash_b ? -1 : 1;
	return compare_rows(sort->rows, item_row(a), item_row(b), sort->by_bytes);
}

/*
 * Sorts one run of items whose upper hash bits agree.  Bytes-equal rows compare
 * equal at once, so a run of many copies costs one pass.
 */
static void
sort_run(const Sort *sort, uint64_t *items, size_t count)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort_run(sort, items, half);
	sort_run(sort, items + half, count - half);
	if (compare_items(sort, items[half - 1], items[half]) <= 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (right == count ||
			(left < half &&
			 compare_items(sort, items[left], items[right]) <= 0))
			sort->spare[i] = items[left++];
		else
			sort->spare[i] = items[right++];
	}
	memcpy(items, sort->spare, count * sizeof(*items));
}

/*
 * By the upper half of the hash first, then a merge sort of what agrees there,
 * which is little.
 */
static Status
sort_items(Sort *sort, size_t count, Failure *failure)
{
	const Runtime *runtime = &sort->rows->runtime;
	const uint64_t *sorted = sort->items;
	size_t looked = 0;

	if (!sort_keys(sort->items, sort->spare, count, runtime))
		return fail_cancelled(failure);
	for (size_t start = 0, end; start < count; start = end)
	{
		for (end = start + 1;
			 end < count && (sorted[end] ^ sorted[start]) >> 32 == 0;)
			end++;
		sort_run(sort, sort->items + start, end - start);
		if (end - looked <= SORT_LOOK)
			continue;
		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		looked = end;
	}
	return LL_OK;
}

Status
rows_sort(const Rows *rows, uint32_t *order, size_t count, bool by_bytes,
		  Failure *failure)
{
	uint64_t *items =
		runtime_allocate(&rows->runtime, 2 * count * sizeof(*items));
	Sort sort = {rows, items, items + count, by_bytes};
	Status status;

	if (items == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		items[i] = rows->hashes[order[i]] >> 32 << 32 | order[i];
	status = sort_items(&sort, count, failure);
	for (size_t i = 0; i < count && status == LL_OK; i++)
		order[i] = item_row(items[i]);
	runtime_release(&rows->runtime, items);
	return status;
}
