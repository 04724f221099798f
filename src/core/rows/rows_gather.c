/*
 * rows_gather.c
 *		Rows put once into their canonical order: those of one size in place, others
 *		by a copy.
 */
#include "core/rows/rows_gather.h"

#include <string.h>

#include "core/rows/row_array.h"

/* Bytes of records that caches hold. */
#define LEAST_BYTES ((size_t) 1 << 20)
/* Rows between asking for a record and copying it. */
#define AHEAD 16
#define CACHE_LINE 64
/*
 * Cycles of the order that are gone along at once, and the bytes that their held
 * records take at most; of a long record the processor sees itself where it goes on.
 */
#define WALKERS 32
#define HELD_BYTES ((size_t) 1 << 20)
#define ASKED_BYTES ((size_t) 1024)

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
	size_t end = size + (uintptr_t) record % CACHE_LINE;

	for (size_t at = 0; at < end && at < ASKED_BYTES; at += CACHE_LINE)
		__builtin_prefetch(record + at);
}

/*
 * Goes along a cycle of the order and fills each hole with the record that
 * belongs there, whose place is the next hole.
 */
typedef struct Walker
{
	size_t hole;
	size_t next; /* the row that belongs there */
} Walker;

/*
 * Many at once, as each waits for memory at every step.  The record that a
 * walker began at is held until one comes to where it was.  order[row] is the
 * row where its record is moved or held.
 */
typedef struct Walk
{
	uint32_t *order;
	char **slot;
	size_t size; /* of a record */
	size_t rows;
	size_t start; /* rows before it have their records */
	size_t most;  /* walkers */
	size_t count; /* of walkers and of records held */
	Walker walkers[WALKERS];
	size_t held[WALKERS]; /* rows */
	char *records;		  /* [most][size] theirs */
} Walk;

/* Asks for what a walker needs of its next row. */
static inline void
ask_for_row(const Walk *walk, const Walker *walker)
{
	__builtin_prefetch(&walk->order[walker->next]);
	__builtin_prefetch(&walk->slot[walker->next]);
}

/* Lets one more walker begin; false: all rows have their records, or get them. */
static bool
begin_walker(Walk *walk)
{
	size_t start = walk->start, at = walk->count;
	Walker *walker = &walk->walkers[at];

	while (start < walk->rows && walk->order[start] == start)
		start++;
	walk->start = start;
	if (start == walk->rows)
		return false;
	*walker = (Walker){start, walk->order[start]};
	walk->order[start] = (uint32_t) start;
	walk->held[at] = start;
	memcpy(walk->records + at * walk->size, walk->slot[start], walk->size);
	ask_for_row(walk, walker);
	walk->count++;
	return true;
}

/* Fills a walker's last hole with the record that is held for it. */
static void
end_walker(Walk *walk, size_t walker)
{
	const Walker *ended = &walk->walkers[walker];
	size_t last = --walk->count, at = 0;

	while (walk->held[at] != ended->next)
		at++;
	memcpy(walk->slot[ended->hole], walk->records + at * walk->size,
		   walk->size);
	if (at != last)
		memcpy(walk->records + at * walk->size,
			   walk->records + last * walk->size, walk->size);
	walk->held[at] = walk->held[last];
	walk->walkers[walker] = walk->walkers[last];
}

/* Moves all walkers one row on. */
static void
step_walkers(Walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		ask_for(walk->slot[walk->walkers[i].next], walk->size);
	for (size_t i = 0; i < walk->count;)
	{
		Walker *walker = &walk->walkers[i];
		size_t next = walker->next;

		if (walk->order[next] == next)
		{
			end_walker(walk, i);
			continue;
		}
		memcpy(walk->slot[walker->hole], walk->slot[next], walk->size);
		*walker = (Walker){next, walk->order[next]};
		walk->order[next] = (uint32_t) next;
		ask_for_row(walk, walker);
		i++;
	}
}

/* Makes a walk ready; false: no memory for the records that it holds. */
static bool
start_walk(Walk *walk, Rows *rows)
{
	*walk = (Walk){.order = rows->order,
				   .slot = (char **) rows->records,
				   .size = rows_record_bytes(rows, 0),
				   .rows = rows->count};
	walk->most = WALKERS * walk->size <= HELD_BYTES ? WALKERS
				 : walk->size <= HELD_BYTES			? HELD_BYTES / walk->size
													: 1;
	walk->records = runtime_allocate(&rows->runtime, walk->most * walk->size);
	return walk->records != NULL;
}

/*
 * Moves records of one size each to their places; the order becomes that of
 * arrival.  Once interrupted it means nothing.
 */
static void
permute_records(Walk *walk, const Runtime *runtime)
{
	for (size_t step = 0;; step++)
	{
		if (runtime_stops_wide(runtime, step,
							   walk->most * walk->size / sizeof(double)))
			return;
		while (walk->count < walk->most && begin_walker(walk))
			continue;
		if (walk->count == 0)
			return;
		step_walkers(walk);
	}
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
		if (place + 2 * AHEAD < rows->count)
			__builtin_prefetch(&rows->records[rows->order[place + 2 * AHEAD]]);
		if (place + AHEAD < rows->count)
			ask_for(rows->records[rows->order[place + AHEAD]], rows->ahead);
		memcpy(record, rows->records[rows->order[place]], size);
		records[place] = record;
	}
	return LL_OK;
}

/* An array of an element a row, and room for it in order. */
typedef struct Beside
{
	void **field;
	void *ordered;
	size_t size; /* of an element: 4 or 8 bytes */
} Beside;

#define MOST_BESIDE 5

/* What the tasks of a gather share: the records, or what stands beside them. */
typedef struct GatherJob
{
	Rows *rows;
	Beside beside[MOST_BESIDE];
	size_t count; /* of arrays */
	const uint32_t
		*order; /* a copy: that of the rows changes as records move */
	Walk walk;
} GatherJob;

/* Adds an array, if there is one. */
static bool
add_beside(GatherJob *job, void **field, size_t size)
{
	const Rows *rows = job->rows;
	void *ordered;

	if (*field == NULL)
		return true;
	ordered = row_array_resize(&rows->runtime, NULL, 0, rows->count * size);
	job->beside[job->count++] = (Beside){field, ordered, size};
	return ordered != NULL;
}

/* Finds room for all that stands beside the records. */
static Status
start_arrays(GatherJob *job, Failure *failure)
{
	Rows *rows = job->rows;

	return add_beside(job, (void **) &rows->labels, sizeof(double)) &&
				   add_beside(job, (void **) &rows->hashes,
							  sizeof(uint64_t)) &&
				   add_beside(job, (void **) &rows->weights, sizeof(float)) &&
				   add_beside(job, (void **) &rows->offsets, sizeof(double)) &&
				   add_beside(job, (void **) &rows->fold_keys, sizeof(double))
			   ? LL_OK
			   : fail_no_memory(failure);
}

/* Puts the arrays into order; once interrupted they mean nothing. */
static void
permute_arrays(const GatherJob *job)
{
	size_t rows = job->rows->count;

	for (size_t a = 0; a < job->count; a++)
	{
		const Beside *beside = &job->beside[a];
		const char *from = *beside->field;
		char *to = beside->ordered;

		for (size_t p = 0; p < rows; p++)
		{
			if (runtime_stops(&job->rows->runtime, p))
				return;
			if (beside->size == sizeof(double))
				memcpy(to + p * sizeof(double),
					   from + job->order[p] * sizeof(double), sizeof(double));
			else
				memcpy(to + p * sizeof(float),
					   from + job->order[p] * sizeof(float), sizeof(float));
		}
	}
}

/* Takes the arrays in order in place of those before. */
static void
finish_arrays(GatherJob *job)
{
	for (size_t a = 0; a < job->count; a++)
	{
		row_array_release(&job->rows->runtime, *job->beside[a].field);
		*job->beside[a].field = job->beside[a].ordered;
	}
	job->rows->capacity = job->rows->count;
}

/* Moves the records, or orders what stands beside them: two tasks. */
static void
run_permute(void *argument, size_t index)
{
	GatherJob *job = argument;

	if (index == 0)
		permute_records(&job->walk, &job->rows->runtime);
	else
		permute_arrays(job);
}

/* Gathers records of one size each in their place. */
static Status
gather_in_place(GatherJob *job, ThreadPool *pool, Failure *failure)
{
	Rows *rows = job->rows;
	size_t bytes = rows->count * sizeof(uint32_t);
	uint32_t *order = runtime_allocate(&rows->runtime, bytes);

	if (order == NULL || !start_walk(&job->walk, rows))
		return fail_no_memory(failure);
	memcpy(order, rows->order, bytes);
	job->order = order;
	if (pool != NULL)
		threads_run(pool, run_permute, job, 2);
	else
		for (size_t i = 0; i < 2; i++)
			run_permute(job, i);
	runtime_release(&rows->runtime, job->walk.records);
	runtime_release(&rows->runtime, order);
	return LL_OK;
}

/* Gathers records of several sizes into `to`, which then holds the old pieces. */
static Status
gather_by_copy(GatherJob *job, Rows *to, Failure *failure)
{
	Rows *rows = job->rows;
	const char **records = row_array_resize(&rows->runtime, NULL, 0,
											rows->count * sizeof(*records));
	Status status;

	if (records == NULL)
		return fail_no_memory(failure);
	status = copy_records(rows, to, records, failure);
	if (status != LL_OK)
		return status;
	job->order = rows->order;
	permute_arrays(job);
	row_array_release(&rows->runtime, rows->records);
	rows->records = records;
	for (size_t i = 0; i < rows->count; i++)
		rows->order[i] = (uint32_t) i;
	rows_swap_pieces(rows, to);
	return LL_OK;
}

/* Gathers a store. */
static Status
gather(Rows *rows, Rows *to, ThreadPool *pool, Failure *failure)
{
	GatherJob job = {.rows = rows};
	Status status = start_arrays(&job, failure);

	if (status == LL_OK)
		status = rows->format == ROWS_SPARSE
					 ? gather_by_copy(&job, to, failure)
					 : gather_in_place(&job, pool, failure);
	if (status != LL_OK)
		return status;
	finish_arrays(&job);
	return runtime_interrupted(&rows->runtime) ? fail_cancelled(failure)
											   : LL_OK;
}

Status
rows_gather(Rows *const *stores, size_t count, size_t room, ThreadPool *pool,
			Failure *failure)
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
			status = gather(stores[i], &old[i], pool, failure);
	}
	/* Only now: a store's records may lie in another's pieces. */
	for (size_t i = 0; i < count && status == LL_OK; i++)
		rows_release(&old[i]);
	runtime_release(&stores[0]->runtime, old);
	return status;
}
