/*
 * compact_rows.c
 *		Sparse rows once more, laid out for many passes in any order.
 */
#include "core/rows/compact_rows.h"

#include <string.h>

#include "core/base/dispatch.h"

/* Features are numbered by 16 bits: so many, the bias and the one that is absent. */
#define MOST_FEATURES 65534
/* A tail's places are at most so many times those needed on the mean, and more. */
#define TAIL_TIMES 2.0
#define TAIL_MORE 8.0
/* Rows of a task, and rows between two looks at interrupts. */
#define TASK_ROWS ((size_t) 1 << 13)
/* Rows between asking for a record and using it. */
#define AHEAD 12
#define CACHE_LINE 64
/* Floats before the head: target and weight. */
#define FIRST_FLOATS 2

typedef float Lanes __attribute__((vector_size(HEAD_LANES * sizeof(float)),
								   aligned(4), may_alias));

/* The laying out of rows. */
typedef struct Making
{
	CompactRows *compact;
	const Rows *rows;
	const float *scale;
	const float *targets;
	uint32_t *longest; /* [tasks] tail */
	bool *plain;	   /* [tasks] */
} Making;

/* The rows of a task. */
static size_t
task_end(const Making *making, size_t task)
{
	size_t end = (task + 1) * TASK_ROWS;

	return end < making->rows->count ? end : making->rows->count;
}

/* Looks how long the tails of some rows are, and whether they are plain. */
static void
measure_rows(void *argument, size_t task)
{
	const Making *making = argument;
	const int32_t *head_place = making->compact->head_place;
	uint32_t longest = 0;
	bool plain = true;

	if (runtime_interrupted(&making->rows->runtime))
		return;
	for (size_t i = task * TASK_ROWS; i < task_end(making, task); i++)
	{
		RowView row = rows_sparse_view(making->rows, i);
		uint32_t tail = 0;

		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];
			bool in_tail = head_place[j] < 0;

			tail += in_tail;
			plain &= !in_tail || row.value[e] * making->scale[j] == 1.0f;
		}
		longest = tail > longest ? tail : longest;
	}
	making->longest[task] = longest;
	making->plain[task] = plain;
}

/* Where the parts of a record are. */
static inline float *
record_head(char *record)
{
	return (float *) (void *) record + FIRST_FLOATS;
}

static inline float *
record_values(const CompactRows *compact, char *record)
{
	return record_head(record) + compact->head_room;
}

static inline uint16_t *
record_features(const CompactRows *compact, char *record)
{
	return (uint16_t *) (void *) (record_values(compact, record) +
								  (compact->plain ? 0 : compact->tail_count));
}

/* Lays out a row. */
static void
lay_out(const Making *making, size_t i, char *record)
{
	const CompactRows *compact = making->compact;
	RowView row = rows_sparse_view(making->rows, i);
	float *head = record_head(record);
	float *values = record_values(compact, record);
	uint16_t *features = record_features(compact, record);
	uint32_t tail = 0;

	memset(record, 0, compact->stride);
	head[-2] = making->targets[i];
	head[-1] = rows_weight(making->rows, i);
	for (uint32_t e = 0; e < row.count; e++)
	{
		uint32_t j = row.index[e];
		int32_t place = compact->head_place[j];
		float value = row.value[e] * making->scale[j];

		if (place >= 0)
		{
			head[place] = value;
			continue;
		}
		if (!compact->plain)
			values[tail] = value;
		features[tail++] = (uint16_t) j;
	}
	while (tail < compact->tail_count)
		features[tail++] = (uint16_t) compact_absent(compact);
}

static void
lay_out_rows(void *argument, size_t task)
{
	const Making *making = argument;
	const CompactRows *compact = making->compact;

	if (runtime_interrupted(&making->rows->runtime))
		return;
	for (size_t i = task * TASK_ROWS; i < task_end(making, task); i++)
		lay_out(making, i, compact->records + i * compact->stride);
}

/* Puts features that at least half of the rows have into the head. */
static void
choose_head(CompactRows *compact, const uint32_t *counts, size_t rows,
			double *mean_tail)
{
	double entries = 0.0;

	for (uint32_t j = 0; j < compact->dimension; j++)
	{
		bool in_head = 2 * (uint64_t) counts[j] >= rows;

		compact->head_place[j] = in_head ? (int32_t) compact->head_count : -1;
		if (in_head)
			compact->head[compact->head_count++] = j;
		else
			entries += counts[j];
	}
	compact->head_room =
		(compact->head_count + HEAD_LANES - 1) / HEAD_LANES * HEAD_LANES;
	*mean_tail = entries / (double) rows;
}

/* Says how long records are. */
static void
plan_record(Making *making, size_t tasks)
{
	CompactRows *compact = making->compact;
	size_t floats = FIRST_FLOATS + compact->head_room, features;

	compact->plain = true;
	for (size_t t = 0; t < tasks; t++)
	{
		compact->plain &= making->plain[t];
		if (making->longest[t] > compact->tail_count)
			compact->tail_count = making->longest[t];
	}
	if (!compact->plain)
		floats += compact->tail_count;
	features = ((size_t) compact->tail_count + 1) / 2 * 2;
	compact->stride = floats * sizeof(float) + features * sizeof(uint16_t);
}

/* Allocates what the laying out needs. */
static bool
take_memory(Making *making, size_t tasks)
{
	const Runtime *runtime = &making->rows->runtime;
	CompactRows *compact = making->compact;
	size_t dimension = (size_t) compact->dimension + 1;

	compact->head =
		runtime_allocate_zero(runtime, dimension, sizeof(uint32_t));
	compact->head_place =
		runtime_allocate_zero(runtime, dimension, sizeof(int32_t));
	making->longest = runtime_allocate_zero(runtime, tasks, sizeof(uint32_t));
	making->plain = runtime_allocate_zero(runtime, tasks, sizeof(bool));
	return compact->head != NULL && compact->head_place != NULL &&
		   making->longest != NULL && making->plain != NULL;
}

Status
compact_rows_make(CompactRows *compact, const Rows *rows,
				  const uint32_t *counts, const float *scale,
				  const float *targets, size_t room, ThreadPool *pool,
				  bool *made, Failure *failure)
{
	Making making = {compact, rows, scale, targets, NULL, NULL};
	size_t tasks = (rows->count + TASK_ROWS - 1) / TASK_ROWS;
	double mean_tail;

	memset(compact, 0, sizeof(*compact));
	*made = false;
	compact->dimension = rows->dimension;
	if (rows->dimension > MOST_FEATURES || rows->count == 0)
		return LL_OK;
	if (!take_memory(&making, tasks))
		return fail_no_memory(failure);
	choose_head(compact, counts, rows->count, &mean_tail);
	threads_run(pool, measure_rows, &making, tasks);
	if (runtime_interrupted(&rows->runtime))
		return fail_cancelled(failure);
	plan_record(&making, tasks);
	runtime_release(&rows->runtime, making.longest);
	runtime_release(&rows->runtime, making.plain);
	if (compact->tail_count > TAIL_TIMES * mean_tail + TAIL_MORE ||
		(double) compact->stride * (double) rows->count > (double) room)
	{
		compact_rows_release(compact, &rows->runtime);
		return LL_OK;
	}
	compact->records =
		runtime_allocate(&rows->runtime, rows->count * compact->stride);
	if (compact->records == NULL)
		return fail_no_memory(failure);
	threads_run(pool, lay_out_rows, &making, tasks);
	if (runtime_interrupted(&rows->runtime))
		return fail_cancelled(failure);
	*made = true;
	return LL_OK;
}

void
compact_rows_release(CompactRows *compact, const Runtime *runtime)
{
	runtime_release(runtime, compact->head);
	runtime_release(runtime, compact->head_place);
	runtime_release(runtime, compact->records);
	memset(compact, 0, sizeof(*compact));
}

/* Asks for a record some rows ahead. */
KERNEL_INLINE void
ask_ahead(const CompactRows *compact, const uint32_t *order, size_t i,
		  size_t n)
{
	if (i + AHEAD < n)
	{
		const char *record =
			compact->records + order[i + AHEAD] * compact->stride;

		for (size_t at = 0; at < compact->stride; at += CACHE_LINE)
			__builtin_prefetch(record + at);
		__builtin_prefetch(record + compact->stride - 1);
	}
}

/* The margin that a tail adds to a start, in two sums. */
KERNEL_INLINE float
tail_margin(const CompactRows *compact, char *record, const float *weights,
			float start)
{
	const float *values = record_values(compact, record);
	const uint16_t *features = record_features(compact, record);
	float even = start, odd = 0.0f;
	uint32_t t = 0;

	if (compact->plain)
	{
		for (; t + 2 <= compact->tail_count; t += 2)
		{
			even += weights[features[t]];
			odd += weights[features[t + 1]];
		}
		if (t < compact->tail_count)
			even += weights[features[t]];
	}
	else
		for (; t < compact->tail_count; t++)
			even += values[t] * weights[features[t]];
	return even + odd;
}

UNFUSED_CLONES
void
compact_forward(const CompactRows *compact, const uint32_t *order, size_t n,
				const float *head_weights, const float *weights,
				float *margins, float *targets, float *row_weights)
{
	float bias = weights[compact->dimension];

	for (size_t i = 0; i < n; i++)
	{
		char *record = compact->records + order[i] * compact->stride;
		const float *head = record_head(record);
		Lanes sums = {0};

		ask_ahead(compact, order, i, n);
		for (uint32_t h = 0; h < compact->head_room; h += HEAD_LANES)
			sums += *(const Lanes *) (head + h) *
					*(const Lanes *) (head_weights + h);
		margins[i] = ((sums[0] + sums[2]) + (sums[1] + sums[3])) +
					 tail_margin(compact, record, weights, bias);
		targets[i] = head[-2];
		row_weights[i] = head[-1];
	}
}

UNFUSED_CLONES
void
compact_backward(const CompactRows *compact, const uint32_t *order, size_t n,
				 const float *derivatives, float *head_gradient,
				 float *gradient, uint8_t *touched)
{
	for (size_t i = 0; i < n; i++)
	{
		char *record = compact->records + order[i] * compact->stride;
		const float *head = record_head(record);
		const float *values = record_values(compact, record);
		const uint16_t *features = record_features(compact, record);
		float derivative = derivatives[i];

		for (uint32_t h = 0; h < compact->head_room; h += HEAD_LANES)
			*(Lanes *) (head_gradient + h) +=
				derivative * *(const Lanes *) (head + h);
		for (uint32_t t = 0; t < compact->tail_count; t++)
		{
			gradient[features[t]] +=
				compact->plain ? derivative : values[t] * derivative;
			touched[features[t]] = 1;
		}
	}
}

void
compact_touch_head(const CompactRows *compact, const uint32_t *order, size_t n,
				   uint8_t *touched)
{
	for (size_t i = 0; i < n; i++)
	{
		const float *head =
			record_head(compact->records + order[i] * compact->stride);

		for (uint32_t h = 0; h < compact->head_count; h++)
			touched[compact->head[h]] |= head[h] != 0.0f;
	}
}
