/*
 * encode_rows.c
 *		Rows of cells encoded by several threads.
 *
 * Threads cannot allocate: before each piece of work its room is made for the most
 * entries that the records can hold.
 */
#include "core/columns/encode_rows.h"

#include <string.h>

/* Tasks of a piece of work, and of each at most so many rows ... */
#define TASKS 16
#define TASK_ROWS 256
/* ... and, but for the first one, features that these may have. */
#define TASK_FEATURES ((size_t) 1 << 15)
/* A word or element of a record takes at least so many bytes. */
#define ITEM_BYTES 8

/* Rows of one task, and what is theirs alone. */
typedef struct Task
{
	Encoder encoder;
	CellStore store;
	uint32_t *index; /* [room] of all rows, one after the other */
	float *value;
	double *dense;
	size_t room;
	size_t first; /* rows [first, end) */
	size_t end;
	Status status;
	Failure failure;
} Task;

struct RowsEncoder
{
	const Encoder *encoder;
	const CellStore *store;
	ThreadPool *pool;
	Runtime runtime;
	uint32_t many; /* pieces whose cells have as many entries as they say */
	uint32_t made; /* tasks that have buffers */
	Task *tasks;   /* [TASKS] */
	RowView *views;
	const Rows *rows; /* of the piece of work */
	size_t from;
};

Status
rows_encoder_make(RowsEncoder **made, const Encoder *encoder,
				  const CellStore *store, ThreadPool *pool,
				  const Runtime *runtime, Failure *failure)
{
	RowsEncoder *all = runtime_allocate_zero(runtime, 1, sizeof(RowsEncoder));

	if (all == NULL)
		return fail_no_memory(failure);
	all->encoder = encoder;
	all->store = store;
	all->pool = pool;
	all->runtime = *runtime;
	for (uint32_t p = 0; p < encoder->columns->piece_count; p++)
		all->many += piece_has_many(encoder->columns->pieces[p].kind);
	all->tasks = runtime_allocate_zero(runtime, TASKS, sizeof(Task));
	all->views = runtime_allocate(runtime, (size_t) TASKS * TASK_ROWS *
											   sizeof(RowView));
	if (all->tasks == NULL || all->views == NULL)
		return fail_no_memory(failure);
	*made = all;
	return LL_OK;
}

/* Gives a task an encoder and a store that it may write to. */
static bool
open_task(RowsEncoder *all, Task *task)
{
	const Runtime *runtime = &all->runtime;

	task->encoder = *all->encoder;
	task->encoder.room = UINT32_MAX;
	task->encoder.entries = NULL;
	task->encoder.codes = runtime_allocate_zero(
		runtime, all->encoder->columns->piece_count + 1, sizeof(uint32_t));
	task->store = *all->store;
	task->store.cells =
		runtime_allocate_zero(runtime, all->store->count + 1, sizeof(Cell));
	task->store.words = NULL;
	task->store.indexes = NULL;
	task->store.word_room = 0;
	return task->encoder.codes != NULL && task->store.cells != NULL;
}

/* The words and elements that a row's record has at most. */
static size_t
most_items(const Rows *rows, size_t row)
{
	RowView view = rows_view(rows, row);
	uint64_t words = 1 + *(const uint64_t *) view.dense;

	return view.count > ITEM_BYTES * words ? view.count / ITEM_BYTES + 1 : 0;
}

/* The features that a row of so many items has at most. */
static size_t
most_features(const RowsEncoder *all, size_t items)
{
	const Encoder *encoder = all->encoder;

	return encoder->dense != NULL ? encoder->columns->width
								  : encoder->least_room + all->many * items;
}

/* Makes room for the features of a task's rows. */
static bool
make_room(const Runtime *runtime, Task *task, size_t features)
{
	if (features <= task->room)
		return true;
	runtime_release(runtime, task->index);
	runtime_release(runtime, task->value);
	runtime_release(runtime, task->dense);
	task->index = NULL;
	task->value = NULL;
	task->dense = NULL;
	task->room = 0;
	if (task->encoder.dense != NULL)
		task->dense = runtime_allocate(runtime, features * sizeof(double));
	else
	{
		task->index = runtime_allocate(runtime, features * sizeof(uint32_t));
		task->value = runtime_allocate(runtime, features * sizeof(float));
	}
	if (task->dense == NULL && (task->index == NULL || task->value == NULL))
		return false;
	task->room = features;
	return true;
}

/* Makes room for the items of a task's longest row. */
static bool
make_item_room(const Runtime *runtime, Task *task, size_t items)
{
	CellStore *store = &task->store;

	if (items <= store->word_room)
		return true;
	runtime_release(runtime, store->words);
	runtime_release(runtime, store->indexes);
	runtime_release(runtime, task->encoder.entries);
	store->word_room = 0;
	store->words = runtime_allocate(runtime, items * sizeof(CellWord));
	store->indexes = runtime_allocate(runtime, items * sizeof(uint32_t));
	task->encoder.entries =
		runtime_allocate(runtime, items * sizeof(EncoderEntry));
	if (store->words == NULL || store->indexes == NULL ||
		task->encoder.entries == NULL)
		return false;
	store->word_room = items;
	return true;
}

/* Gives a task the rows from `first` on that are for it. */
static bool
fill_task(RowsEncoder *all, Task *task, size_t first, size_t to)
{
	size_t features = 0, longest = 0, end = first;

	for (; end < to && end < first + TASK_ROWS; end++)
	{
		size_t items = most_items(all->rows, end);
		size_t more = most_features(all, items);

		if (end > first && features + more > TASK_FEATURES)
			break;
		features += more;
		longest = items > longest ? items : longest;
	}
	task->first = first;
	task->end = end;
	return make_room(&all->runtime, task, features + 1) &&
		   make_item_room(&all->runtime, task, longest);
}

/* Encodes the rows of a task. */
static void
run_task(void *argument, size_t index)
{
	RowsEncoder *all = argument;
	Task *task = &all->tasks[index];
	Encoder *encoder = &task->encoder;
	size_t at = 0;

	task->status = LL_OK;
	for (size_t row = task->first; row < task->end; row++)
	{
		RowView view = rows_view(all->rows, row);

		if (encoder->dense != NULL)
			encoder->dense = task->dense + at;
		encoder->index = task->index + at;
		encoder->value = task->value + at;
		(void) cell_store_unpack(&task->store, &view); /* there is room */
		task->status =
			encoder_encode(encoder, task->store.cells,
						   &all->views[row - all->from], &task->failure);
		if (task->status != LL_OK)
			return;
		at +=
			encoder->dense != NULL ? encoder->columns->width : encoder->count;
	}
}

Status
rows_encoder_run(RowsEncoder *encoder, const Rows *rows, size_t from,
				 size_t to, const RowView **views, size_t *count,
				 Failure *failure)
{
	size_t tasks = 0, at = from;

	encoder->rows = rows;
	encoder->from = from;
	for (; tasks < TASKS && at < to; tasks++)
	{
		Task *task = &encoder->tasks[tasks];

		if (tasks == encoder->made && !open_task(encoder, task))
			return fail_no_memory(failure);
		encoder->made += tasks == encoder->made;
		if (!fill_task(encoder, task, at, to))
			return fail_no_memory(failure);
		at = task->end;
	}
	threads_run(encoder->pool, run_task, encoder, tasks);
	for (size_t t = 0; t < tasks; t++)
		if (encoder->tasks[t].status != LL_OK)
		{
			*failure = encoder->tasks[t].failure;
			return encoder->tasks[t].status;
		}
	*views = encoder->views;
	*count = at - from;
	return LL_OK;
}

void
rows_encoder_release(RowsEncoder *encoder)
{
	const Runtime *runtime = &encoder->runtime;

	for (uint32_t t = 0; t < encoder->made; t++)
	{
		Task *task = &encoder->tasks[t];

		runtime_release(runtime, task->index);
		runtime_release(runtime, task->value);
		runtime_release(runtime, task->dense);
		runtime_release(runtime, task->encoder.codes);
		runtime_release(runtime, task->encoder.entries);
		runtime_release(runtime, task->store.cells);
		runtime_release(runtime, task->store.words);
		runtime_release(runtime, task->store.indexes);
	}
	runtime_release(runtime, encoder->tasks);
	runtime_release(runtime, encoder->views);
	runtime_release(runtime, encoder);
}
