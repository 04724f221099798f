/*
 * rows_gather.c
 *		Rows put once into their canonical order: those of one size in place, others
 *		by a copy.
 */
#include "core/rows/rows_gather.h"

#include <string.h>

/* Bytes of records that caches hold. */
#define LEAST_BYTES ((size_t) 1 << 20)
/* Rows between asking for a record and copying it. */
#define AHEAD 8
#define CACHE_LINE 64

/* Whether the stores are worth it, and there is room for a copy if it takes one. */
static bool
is_worth_it(Rows *const *stores, size_t count, size_t room)
{
	bool copies = stores[0]->format == ROWS_SPARSE;
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
	{
		if (stores[i]->spill != NULL || stores[i]->sums != NULL ||
			stores[i]->format == ROWS_CELLS)
			return false;
		bytes += stores[i]->record_bytes;
	}
	return bytes >= LEAST_BYTES && (!copies || bytes <= room);
}

/* Asks for a record. */
static inline void
ask_for(const char *record, size_t size)
{
	for (size_t at = 0; at < size; at += CACHE_LINE)
		__builtin_prefetch(record + at);
}

/*
 * Moves records of one size each to its place: along every cycle of the order,
 * which becomes that of arrival.  A scout runs ahead and asks for records.
 */
static Status
permute_records(Rows *rows, Failure *failure)
{
	size_t size = rows_record_bytes(rows, 0), moved = 0;
	uint32_t *order = rows->order;
	char **slot = (char **) rows->records;
	char *held = runtime_allocate(&rows->runtime, size);

	if (held == NULL)
		return fail_no_memory(failure);
	for (size_t start = 0; start < rows->count; start++)
	{
		size_t at = start, next = order[start], scout = next;

		if (runtime_stops(&rows->runtime, start))
			return fail_cancelled(failure);
		if (next == start)
			continue;
		for (size_t i = 1; i < AHEAD && scout != start; i++)
			scout = order[scout];
		memcpy(held, slot[start], size);
		order[start] = (uint32_t) start;
		while (next != start)
		{
			if (runtime_stops(&rows->runtime, moved++))
				return fail_cancelled(failure);
			ask_for(slot[scout], size);
			scout = order[scout]; /* stays at the start */
			memcpy(slot[at], slot[next], size);
			at = next;
			next = order[at];
			order[at] = (uint32_t) at;
		}
		memcpy(slot[at], held, size);
	}
	runtime_release(&rows->runtime, held);
	return LL_OK;
}

/* Copies the records of a store, in order, into pieces of another. */
static Status
copy_records(const Rows *rows, Rows *to, const char **records,
			 Failure *failure)
{
	for (size_t place = 0; place < rows->count; place++)
	{
		size_t size = rows_record_bytes(rows, rows->order[place]);
		char *record = rows_take_record(to, size);

		if (runtime_stops(&rows->runtime, place))
			return fail_cancelled(failure);
		if (record == NULL)
			return fail_no_memory(failure);
		if (place + AHEAD < rows->count)
			__builtin_prefetch(rows->records[rows->order[place + AHEAD]]);
		memcpy(record, rows->records[rows->order[place]], size);
		records[place] = record;
	}
	return LL_OK;
}

/* Puts an array of an element a row into order. */
#define PERMUTE(rows, field)                                                  \
	do                                                                        \
	{                                                                         \
		size_t bytes = (rows)->count * sizeof(*(rows)->field);                \
		void *array = runtime_allocate(&(rows)->runtime, bytes);              \
		if (array == NULL)                                                    \
			return fail_no_memory(failure);                                   \
		for (size_t p = 0; p < (rows)->count; p++)                            \
			memcpy((char *) array + p * sizeof(*(rows)->field),               \
				   &(rows)->field[(rows)->order[p]], sizeof(*(rows)->field)); \
		runtime_release(&(rows)->runtime, (rows)->field);                     \
		(rows)->field = array;                                                \
	} while (0)

/* Puts all that stands beside the records into order. */
static Status
permute_arrays(Rows *rows, Failure *failure)
{
	PERMUTE(rows, labels);
	PERMUTE(rows, hashes);
	if (rows->weights != NULL)
		PERMUTE(rows, weights);
	if (rows->offsets != NULL)
		PERMUTE(rows, offsets);
	if (rows->fold_keys != NULL)
		PERMUTE(rows, fold_keys);
	return LL_OK;
}

/* Gathers a store into `to`, which then holds its old pieces. */
static Status
gather(Rows *rows, Rows *to, Failure *failure)
{
	const char **records;
	Status status = LL_OK;

	if (rows->format != ROWS_SPARSE)
	{
		status = permute_arrays(rows, failure);
		rows->capacity = rows->count;
		return status == LL_OK ? permute_records(rows, failure) : status;
	}
	records = runtime_allocate(&rows->runtime, rows->count * sizeof(*records));
	if (records == NULL)
		return fail_no_memory(failure);
	status = copy_records(rows, to, records, failure);
	if (status == LL_OK)
		status = permute_arrays(rows, failure);
	if (status != LL_OK)
		return status;
	runtime_release(&rows->runtime, rows->records);
	rows->records = records;
	for (size_t i = 0; i < rows->count; i++)
		rows->order[i] = (uint32_t) i;
	rows->capacity = rows->count;
	rows_swap_pieces(rows, to);
	return LL_OK;
}

Status
rows_gather(Rows *const *stores, size_t count, size_t room, Failure *failure)
{
	Status status = LL_OK;
	Rows *old;

	if (!is_worth_it(stores, count, room))
		return LL_OK;
	old = runtime_allocate_zero(&stores[0]->runtime, count, sizeof(Rows));
	if (old == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count && status == LL_OK; i++)
	{
		rows_init(&old[i], &stores[i]->runtime, stores[i]->format,
				  stores[i]->dimension);
		if (stores[i]->count > 0)
			status = gather(stores[i], &old[i], failure);
	}
	/* Only now: a store's records may lie in another's pieces. */
	for (size_t i = 0; i < count && status == LL_OK; i++)
		rows_release(&old[i]);
	runtime_release(&stores[0]->runtime, old);
	return status;
}
