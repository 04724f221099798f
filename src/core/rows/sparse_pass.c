/*
 * sparse_pass.c
 *		Products of sparse rows with a weight matrix.
 */
#include "core/rows/sparse_pass.h"

#include <string.h>

#include "core/math/kernels.h"
#include "core/rows/spill.h"

/* Entries of a row, about, for looks at interrupts. */
#define LOOK_WIDTH 256

/* sparse_forward of one column. */
static void
forward_single(const Rows *rows, const uint32_t *order, size_t n,
			   const float *scale, const float *weights, float *margins)
{
	float bias = weights[rows->dimension];

	for (size_t i = 0; i < n; i++)
	{
		RowView row = rows_sparse_view(rows, order[i]);
		float margin = bias;

		rows_prefetch(rows, order, i, n);
		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];

			margin += row.value[e] * scale[j] * weights[j];
		}
		margins[i] = margin;
	}
}

/* sparse_backward of one column. */
static void
backward_single(const Rows *rows, const uint32_t *order, size_t n,
				const float *scale, const float *derivatives, bool first,
				TouchedFeatures *touched, float *gradient)
{
	uint32_t current = touched->current;
	uint32_t *stamps = touched->stamp, *features = touched->features;
	size_t count = touched->count;
	float bias = first ? 0.0f : gradient[rows->dimension];

	for (size_t i = 0; i < n; i++)
	{
		RowView row = rows_sparse_view(rows, order[i]);
		float derivative = derivatives[i];

		bias += derivative;
		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];
			float part = row.value[e] * scale[j] * derivative;

			if (stamps[j] == current)
				gradient[j] += part;
			else
			{
				stamps[j] = current;
				features[count++] = (uint32_t) j;
				gradient[j] = part;
			}
		}
	}
	gradient[rows->dimension] = bias;
	touched->count = count;
}

void
sparse_forward(const Rows *rows, const uint32_t *order, size_t n,
			   const float *scale, const float *weights, size_t columns,
			   float *margins)
{
	const float *bias = weights + (size_t) rows->dimension * columns;

	if (columns == 1)
	{
		forward_single(rows, order, n, scale, weights, margins);
		return;
	}
	for (size_t i = 0; i < n; i++)
	{
		RowView row = rows_view(rows, order[i]);
		float *margin = margins + i * columns;

		rows_prefetch(rows, order, i, n);
		memcpy(margin, bias, columns * sizeof(float));
		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];

			kernel_axpy(row.value[e] * scale[j], weights + j * columns, margin,
						columns);
		}
	}
}

void
sparse_backward(const Rows *rows, const uint32_t *order, size_t n,
				const float *scale, const float *derivatives, size_t columns,
				bool first, TouchedFeatures *touched, float *gradient)
{
	float *bias = gradient + (size_t) rows->dimension * columns;

	if (columns == 1)
	{
		backward_single(rows, order, n, scale, derivatives, first, touched,
						gradient);
		return;
	}
	if (first)
		memset(bias, 0, columns * sizeof(float));
	for (size_t i = 0; i < n; i++)
	{
		RowView row = rows_view(rows, order[i]);
		const float *derivative = derivatives + i * columns;

		kernel_axpy(1.0f, derivative, bias, columns);
		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];

			if (touched->stamp[j] != touched->current)
			{
				touched->stamp[j] = touched->current;
				touched->features[touched->count++] = (uint32_t) j;
				memset(gradient + j * columns, 0, columns * sizeof(float));
			}
			kernel_axpy(row.value[e] * scale[j], derivative,
						gradient + j * columns, columns);
		}
	}
}

/* Rows of a thread's counting between two looks at interrupts. */
#define COUNT_ROWS 4096
/* Threads that count, each into its own numbers. */
#define MOST_COUNTERS 8

/* The counting of rows that are all in memory. */
typedef struct Counting
{
	const Rows *rows;
	size_t counters;
	uint32_t *counts; /* [counters][dimension] */
} Counting;

/* Counts the rows of one counter. */
static void
count_rows(void *argument, size_t index)
{
	const Counting *counting = argument;
	const Rows *rows = counting->rows;
	uint32_t *counts = counting->counts + index * rows->dimension;
	size_t from = rows->count * index / counting->counters;
	size_t to = rows->count * (index + 1) / counting->counters;

	for (size_t i = from; i < to; i++)
	{
		RowView row = rows_sparse_view(rows, i);

		if (i % COUNT_ROWS == 0 && runtime_interrupted(&rows->runtime))
			return;
		for (uint32_t e = 0; e < row.count; e++)
			counts[row.index[e]]++;
	}
}

/* Counts rows in memory on all threads, as they lie. */
static Status
count_in_memory(const Rows *rows, uint32_t *counts, ThreadPool *pool,
				Failure *failure)
{
	Counting counting = {.rows = rows,
						 .counters = (size_t) threads_count(pool)};

	if (counting.counters > MOST_COUNTERS)
		counting.counters = MOST_COUNTERS;
	if (rows->count < COUNT_ROWS || rows->count < rows->dimension)
		counting.counters = 1;
	counting.counts = runtime_allocate_zero(
		&rows->runtime, counting.counters * rows->dimension + 1,
		sizeof(uint32_t));
	if (counting.counts == NULL)
		return fail_no_memory(failure);
	threads_run(pool, count_rows, &counting, counting.counters);
	if (runtime_interrupted(&rows->runtime))
		return fail_cancelled(failure);
	for (size_t c = 0; c < counting.counters; c++)
		for (size_t j = 0; j < rows->dimension; j++)
			counts[j] += counting.counts[c * rows->dimension + j];
	runtime_release(&rows->runtime, counting.counts);
	return LL_OK;
}

Status
sparse_count_features(const Rows *rows, uint32_t *counts, ThreadPool *pool,
					  Failure *failure)
{
	size_t loaded = 0;

	memset(counts, 0, rows->dimension * sizeof(uint32_t));
	if (rows->spill == NULL)
		return count_in_memory(rows, counts, pool, failure);
	for (size_t at = 0; at < rows->count; at += loaded)
	{
		Status status = rows_load(rows, rows->order + at, rows->count - at,
								  &loaded, failure);

		if (status != LL_OK)
			return status;
		for (size_t i = 0; i < loaded; i++)
		{
			RowView row = rows_view(rows, rows_at(rows, at + i));

			if (runtime_stops_wide(&rows->runtime, i, LOOK_WIDTH))
				return fail_cancelled(failure);
			rows_prefetch(rows, rows->order + at, i, loaded);
			for (uint32_t e = 0; e < row.count; e++)
				counts[row.index[e]]++;
		}
	}
	return LL_OK;
}
