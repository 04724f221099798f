/*
 * rows_sort.c
 *		Row numbers sorted by hash and content.
 */
#include "core/rows/rows_sort.h"

#include <string.h>

#include "core/math/sort.h"

/* Rows sorted between two looks at the interrupt flag. */
#define SORT_LOOK 65536

/*
 * Many rows are parted by the top bits of their hashes first: a part and its spare
 * stay in a processor's cache, and threads sort parts of their own.
 */
#define PART_BITS 6
#define PARTS (1 << PART_BITS)
#define PARTED_ROWS ((size_t) 1 << 16)

/* What a sort works on. */
typedef struct Sort
{
	const Rows *rows;
	uint64_t *items; /* upper half of the hash, and the row */
	uint64_t *spare;
	bool by_bytes;
	uint32_t *order;
	size_t parts;
	size_t start[PARTS + 1]; /* of each part's items */
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
sort_run(const Sort *sort, uint64_t *items, uint64_t *spare, size_t count)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort_run(sort, items, spare, half);
	sort_run(sort, items + half, spare, count - half);
	if (compare_items(sort, items[half - 1], items[half]) <= 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (right == count ||
			(left < half &&
			 compare_items(sort, items[left], items[right]) <= 0))
			spare[i] = items[left++];
		else
			spare[i] = items[right++];
	}
	memcpy(items, spare, count * sizeof(*items));
}

/*
 * Sorts a part by the upper half of the hash first, then by a merge sort what
 * agrees there, which is little.  Once interrupted it means nothing.
 */
static void
sort_part(void *argument, size_t part)
{
	const Sort *sort = argument;
	const Runtime *runtime = &sort->rows->runtime;
	size_t first = sort->start[part], count = sort->start[part + 1] - first;
	uint64_t *items = sort->items + first, *spare = sort->spare + first;
	size_t looked = 0;

	if (!sort_keys(items, spare, count, runtime))
		return;
	for (size_t start = 0, end; start < count; start = end)
	{
		for (end = start + 1;
			 end < count && (items[end] ^ items[start]) >> 32 == 0;)
			end++;
		sort_run(sort, items + start, spare, end - start);
		if (end - looked <= SORT_LOOK)
			continue;
		if (runtime_interrupted(runtime))
			return;
		looked = end;
	}
	for (size_t i = 0; i < count; i++)
		sort->order[first + i] = item_row(items[i]);
}

/* The part that a hash belongs to. */
static inline size_t
part_of(const Sort *sort, uint64_t hash)
{
	return sort->parts == 1 ? 0 : hash >> (64 - PART_BITS);
}

/* Makes the items, part by part; false: interrupted. */
static bool
make_items(Sort *sort, size_t count)
{
	const Rows *rows = sort->rows;
	size_t next[PARTS];

	for (size_t i = 0; i < count; i++)
		sort->start[part_of(sort, rows->hashes[sort->order[i]]) + 1]++;
	for (size_t part = 0; part < sort->parts; part++)
		sort->start[part + 1] += sort->start[part];
	memcpy(next, sort->start, sizeof(next));
	for (size_t i = 0; i < count; i++)
	{
		uint64_t hash = rows->hashes[sort->order[i]];

		if (runtime_stops(&rows->runtime, i))
			return false;
		sort->items[next[part_of(sort, hash)]++] =
			hash >> 32 << 32 | sort->order[i];
	}
	return true;
}

Status
rows_sort(const Rows *rows, uint32_t *order, size_t count, bool by_bytes,
		  ThreadPool *pool, Failure *failure)
{
	uint64_t *items =
		runtime_allocate(&rows->runtime, 2 * count * sizeof(*items));
	Sort sort = {.rows = rows,
				 .items = items,
				 .spare = items + count,
				 .by_bytes = by_bytes,
				 .order = order,
				 .parts = count < PARTED_ROWS ? 1 : PARTS};

	if (items == NULL)
		return fail_no_memory(failure);
	if (!make_items(&sort, count))
		return fail_cancelled(failure);
	if (pool != NULL)
		threads_run(pool, sort_part, &sort, sort.parts);
	else
		for (size_t part = 0; part < sort.parts; part++)
			sort_part(&sort, part);
	runtime_release(&rows->runtime, items);
	return runtime_interrupted(&rows->runtime) ? fail_cancelled(failure)
											   : LL_OK;
}
