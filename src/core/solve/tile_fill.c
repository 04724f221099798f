/*
 * tile_fill.c
 *		One tile of rows: features, targets and weights.
 */
#include "core/solve/tile_fill.h"

#include <string.h>

#include "core/base/dispatch.h"
#include "core/math/kernels.h"

/* Normalises dense rows of doubles, bytes or floats into a tile's. */
#define FILL_ROWS(type)                                                       \
	for (size_t i = 0; i < rows; i++, out += stride)                          \
	{                                                                         \
		const type *values = dense[i];                                        \
		for (size_t j = 0; j < n; j++)                                        \
			out[j] = (values[j] - mean[j]) * inverse[j];                      \
	}

KERNEL_CLONES static void
fill_doubles(RowFormat format, const void *const *dense, size_t rows,
			 const double *restrict mean, const double *restrict inverse,
			 double *restrict out, size_t stride, size_t n)
{
	if (format == ROWS_U8)
		FILL_ROWS(uint8_t)
	else if (format == ROWS_F32)
		FILL_ROWS(float)
	else
		FILL_ROWS(double)
}

/* What is taken off features, and what they are multiplied by: once alone. */
static const double *
mean_of(const Pass *pass)
{
	const SolverProblem *problem = pass->problem;

	return problem->mean != NULL && !problem->matrix ? problem->mean
													 : pass->zero;
}

static const double *
inverse_of(const Pass *pass)
{
	const SolverProblem *problem = pass->problem;

	return problem->inverse_deviation != NULL && !problem->matrix
			   ? problem->inverse_deviation
			   : pass->one;
}

/* Puts one row into a lane's tile: of floats, or a sparse one. */
static void
fill_row(const Pass *pass, PassLane *lane, const RowView *row, size_t place)
{
	const SolverProblem *problem = pass->problem;
	const double *mean = mean_of(pass), *inverse = inverse_of(pass);
	float *out32 = (float *) lane->features + place * pass->stride;
	double *out64 = (double *) lane->features + place * pass->stride;
	RowFormat format = problem->rows->format;
	size_t n = pass->dimension;

	if (format == ROWS_SPARSE)
	{
		memset(out64, 0, n * sizeof(double));
		for (uint32_t e = 0; e < row->count; e++)
			out64[row->index[e]] = row->value[e] * inverse[row->index[e]];
	}
	else if (format == ROWS_U8)
		kernel_normalize_u8(row->dense, pass->scale, pass->shift, out32, n);
	else if (format == ROWS_F32)
		kernel_normalize_f32(row->dense, mean, inverse, out32, n);
	else
		kernel_normalize_f64(row->dense, mean, inverse, out32, n);
}

/* Rows whose addresses are found before they are read. */
#define FILL_ROWS_AT_ONCE 64

/* Puts the rows of some places into a lane's tile. */
static void
fill_rows(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	const SolverProblem *problem = pass->problem;
	const Rows *store = problem->rows;
	const uint32_t *order = pass->order + first;
	const double *mean = mean_of(pass), *inverse = inverse_of(pass);
	bool whole = !pass->single && store->format != ROWS_SPARSE;

	for (size_t from = 0, count; from < rows; from += count)
	{
		const void *dense[FILL_ROWS_AT_ONCE];

		count =
			rows - from < FILL_ROWS_AT_ONCE ? rows - from : FILL_ROWS_AT_ONCE;
		for (size_t i = 0; i < count; i++)
		{
			rows_prefetch(store, order, from + i, rows);
			dense[i] = store->records[order[from + i]];
			if (!whole)
			{
				RowView row = rows_view(store, order[from + i]);

				fill_row(pass, lane, &row, from + i);
			}
		}
		if (whole)
			fill_doubles(store->format, dense, count, mean, inverse,
						 (double *) lane->features + from * pass->stride,
						 pass->stride, pass->dimension);
	}
}

/* A row's offset in the units of margins. */
static double
offset_of(const Pass *pass, size_t row)
{
	return rows_offset(pass->problem->rows, row) /
		   pass->problem->label_deviation;
}

void
pass_offset_margins(const Pass *pass, PassLane *lane, size_t first,
					size_t rows)
{
	for (size_t i = 0; i < rows; i++)
	{
		double offset = offset_of(pass, pass->order[first + i]);

		if (pass->single)
			((float *) lane->margins)[i] += (float) offset;
		else
			((double *) lane->margins)[i] += offset;
	}
}

void
pass_fill_tile(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	const SolverProblem *problem = pass->problem;

	for (size_t i = 0; i < rows; i++)
	{
		size_t at = pass->order[first + i];
		double label = problem->rows->labels[at];
		float weight = rows_weight(problem->rows, at);

		if (problem->class_weight != NULL)
			weight *= problem->class_weight[(size_t) label];
		lane->weight[i] = weight;
		lane->target64[i] =
			problem->label_unit > 0.0
				? label / problem->label_unit
				: (label - problem->label_mean) / problem->label_deviation;
		/* The closed form knows no margins: what they are to make up for. */
		if (pass->weights == NULL)
			lane->target64[i] -= offset_of(pass, at);
		lane->target[i] = (float) lane->target64[i];
	}
	if (pass->in_place)
		lane->features =
			(void *) (uintptr_t) problem->rows->records[pass->order[first]];
	else if (pass->stride > 0)
		fill_rows(pass, lane, first, rows);
}

size_t
pass_side_by_side(const Pass *pass, size_t first, size_t rows)
{
	const uint32_t *order = pass->order + first;
	size_t count = 1;

	if (!pass->in_place)
		return rows;
	while (count < rows && order[count] == order[0] + count)
		count++;
	return count;
}
