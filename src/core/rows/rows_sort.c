/*
 * rows_sort.c
 *		Row numbers sorted by hash and content.
 */
#include "core/rows/rows_sort.h"

#include <string.h>

/* Rows sorted between two looks at the interrupt flag. */
#define SORT_LOOK 65536

/* What the sort looks at. */
typedef struct SortItem
{
	uint64_t hash;
	uint32_t row;
} SortItem;

/* What a sort works on. */
typedef struct Sort
{
	const Rows *rows;
	SortItem *items;
	SortItem *spare;
	size_t count;
	bool by_bytes;
} Sort;

/* Orders rows with the same hash: copies of one row in all likelihood. */
static int
compare_rows(const Rows *rows, uint32_t a, uint32_t b, bool by_bytes)
{
	float weight_a = rows_weight(rows, a), weight_b = rows_weight(rows, b);

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
	return (weight_a > weight_b) - (weight_a < weight_b);
}

/*
 * Sorts by the hash's 64 bits: least significant digit first over its upper 32
 * bits, then a merge sort of what agrees there, which is little.
 */
static Status
sort_upper_bits(Sort *sort, Failure *failure)
{
	size_t count = sort->count;

	for (int shift = 32; shift < 64; shift += 8)
	{
		const SortItem *items = sort->items;
		size_t places[257] = {0};

		for (size_t i = 0; i < count; i++)
		{
			if (runtime_stops(&sort->rows->runtime, i))
				return fail_cancelled(failure);
			places[((items[i].hash >> shift) & 255) + 1]++;
		}
		for (int digit = 0; digit < 256; digit++)
			places[digit + 1] += places[digit];
		for (size_t i = 0; i < count; i++)
		{
			/* Any of them may be the first to touch a huge page. */
			if (runtime_stops_wide(&sort->rows->runtime, i, 256))
				return fail_cancelled(failure);
			sort->spare[places[(items[i].hash >> shift) & 255]++] = items[i];
		}
		sort->items = sort->spare;
		sort->spare = (SortItem *) items;
	}
	return LL_OK;
}

/* Order of two items by hash, then by what the rows hold. */
static int
compare_items(const Sort *sort, const SortItem *a, const SortItem *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_rows(sort->rows, a->row, b->row, sort->by_bytes);
}

/*
 * Sorts one run of items whose upper hash bits agree.  Bytes-equal rows compare
 * equal at once, so a run of many copies costs one pass.
 */
static void
sort_run(const Sort *sort, SortItem *items, size_t count)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort_run(sort, items, half);
	sort_run(sort, items + half, count - half);
	if (compare_items(sort, &items[half - 1], &items[half]) <= 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (right == count ||
			(left < half &&
			 compare_items(sort, &items[left], &items[right]) <= 0))
			sort->spare[i] = items[left++];
		else
			sort->spare[i] = items[right++];
	}
	memcpy(items, sort->spare, count * sizeof(SortItem));
}

Status
rows_sort(const Rows *rows, uint32_t *order, size_t count, bool by_bytes,
		  Failure *failure)
{
	SortItem *items =
		runtime_allocate(&rows->runtime, 2 * count * sizeof(SortItem));
	Sort sort = {rows, items, items + count, count, by_bytes};
	size_t looked = 0;
	Status status;

	if (items == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		items[i] = (SortItem){rows->hashes[order[i]], order[i]};
	status = sort_upper_bits(&sort, failure);
	for (size_t start = 0, end; start < count && status == LL_OK; start = end)
	{
		const SortItem *sorted = sort.items;

		for (end = start + 1; end < count && sorted[end].hash >> 32 ==
												 sorted[start].hash >> 32;)
			end++;
		sort_run(&sort, sort.items + start, end - start);
		if (end - looked > SORT_LOOK && runtime_interrupted(&rows->runtime))
			status = fail_cancelled(failure);
		if (end - looked > SORT_LOOK)
			looked = end;
	}
	for (size_t i = 0; i < count && status == LL_OK; i++)
		order[i] = sort.items[i].row;
	runtime_release(&rows->runtime, items);
	return status;
}
