/*
 * tile_products.c
 *		One tile of rows: margins, gradient and Gram matrix.
 */
#include "core/solve/tile_products.h"

#include <math.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/math/narrow_gram.h"
#include "core/solve/tile_fill.h"
#include "core/solve/tile_losses.h"

void
pass_dense_margins(const Pass *pass, PassLane *lane, size_t rows)
{
	int m = (int) rows;
	int n = (int) pass->dimension;
	int k = (int) pass->outputs;
	int ld = (int) pass->stride;
	size_t bias = pass->dimension * pass->outputs;
	float *z32 = lane->margins;
	double *z64 = lane->margins;

	for (size_t i = 0; i < rows; i++)
		for (size_t o = 0; o < pass->outputs; o++)
			if (pass->single)
				z32[i * pass->outputs + o] = pass->weights32[bias + o];
			else
				z64[i * pass->outputs + o] = pass->weights[bias + o];
	if (n == 0)
		return;
	if (pass->single && k == 1)
		pass->blas->sgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, m, n, 1,
						  lane->features, ld, pass->weights32, 1, 1, z32, 1);
	else if (pass->single)
		pass->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS, m, k,
						  n, 1, lane->features, ld, pass->weights32, k, 1, z32,
						  k);
	else if (k == 1)
		pass->blas->dgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, m, n, 1,
						  lane->features, ld, pass->weights, 1, 1, z64, 1);
	else
		pass->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS, m, k,
						  n, 1, lane->features, ld, pass->weights, k, 1, z64,
						  k);
}

/* sums[outputs] += the derivatives of each output, in the order of rows. */
static void
add_derivatives(const Pass *pass, const PassLane *lane, size_t rows,
				double *sums)
{
	size_t outputs = pass->outputs;
	const float *z32 = lane->margins;
	const double *z64 = lane->margins;
	double sum = sums[0];

	for (size_t i = 0; i < rows && outputs > 1; i++)
		for (size_t o = 0; o < outputs; o++)
			sums[o] +=
				pass->single ? z32[i * outputs + o] : z64[i * outputs + o];
	if (outputs > 1)
		return;
	/* One sum alone stays in a register. */
	for (size_t i = 0; i < rows; i++)
		sum += pass->single ? z32[i] : z64[i];
	sums[0] = sum;
}

/* gradient += features^T derivatives, dense. */
static void
dense_gradient(const Pass *pass, PassLane *lane, size_t rows, double *gradient)
{
	int m = (int) rows;
	int n = (int) pass->dimension;
	int k = (int) pass->outputs;
	int ld = (int) pass->stride;
	size_t size = pass->dimension * pass->outputs;
	const float *g32 = lane->tile_gradient;
	const double *g64 = lane->tile_gradient;
	const float *z32 = lane->margins;
	const double *z64 = lane->margins;

	add_derivatives(pass, lane, rows, gradient + size);
	if (n == 0)
		return;
	if (pass->single && k == 1)
		pass->blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, m, n, 1, lane->features,
						  ld, z32, 1, 0, lane->tile_gradient, 1);
	else if (pass->single)
		pass->blas->sgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, n, k, m,
						  1, lane->features, ld, z32, k, 0,
						  lane->tile_gradient, k);
	else if (k == 1)
		pass->blas->dgemv(BLAS_ROW_MAJOR, BLAS_TRANS, m, n, 1, lane->features,
						  ld, z64, 1, 0, lane->tile_gradient, 1);
	else
		pass->blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, n, k, m,
						  1, lane->features, ld, z64, k, 0,
						  lane->tile_gradient, k);
	if (pass->single)
		for (size_t i = 0; i < size; i++)
			gradient[i] += g32[i];
	else
		for (size_t i = 0; i < size; i++)
			gradient[i] += g64[i];
}

/* The record of the i-th of n rows of a tile, with those ahead asked for. */
static RowView
view_sparse(const Pass *pass, size_t first, size_t i, size_t n)
{
	const Rows *rows = pass->problem->rows;
	const size_t ahead = 4, line = 64;
	const uint32_t *order = pass->order + first;

	if (i + 2 * ahead < n)
		__builtin_prefetch(&rows->records[order[i + 2 * ahead]]);
	if (i + ahead < n)
		for (size_t at = 0; at < pass->ahead_bytes; at += line)
			__builtin_prefetch(rows->records[order[i + ahead]] + at);
	return rows_view(rows, order[i]);
}

/* A row's margin but for the bias: four sums do not wait for each other. */
static inline double
sparse_dot(const RowView *row, const double *weights)
{
	double sums[4] = {0};
	uint32_t e = 0;

	for (; e + 4 <= row->count; e += 4)
		for (uint32_t k = 0; k < 4; k++)
			sums[k] += weights[row->index[e + k]] * row->value[e + k];
	for (; e < row->count; e++)
		sums[0] += weights[row->index[e]] * row->value[e];
	return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* margins of sparse rows, in double. */
static void
sparse_margins(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t outputs = pass->outputs;
	double *z = lane->margins;

	for (size_t i = 0; i < rows && outputs == 1; i++)
	{
		RowView row = view_sparse(pass, first, i, rows);

		z[i] = pass->scaled[pass->dimension] + sparse_dot(&row, pass->scaled);
	}
	if (outputs == 1)
		return;
	for (size_t i = 0; i < rows; i++, z += outputs)
	{
		RowView row = view_sparse(pass, first, i, rows);

		memcpy(z, pass->scaled + pass->dimension * outputs,
			   outputs * sizeof(double));
		for (uint32_t e = 0; e < row.count; e++)
		{
			const double *w = pass->scaled + (size_t) row.index[e] * outputs;

			for (size_t k = 0; k < outputs; k++)
				z[k] += w[k] * row.value[e];
		}
	}
}

/* Turns weighted derivatives into second ones, of each margin. */
static void
curve_margins(const Pass *pass, PassLane *lane, size_t rows)
{
	double *z = lane->margins;

	for (size_t i = 0; i < rows; i++, z += pass->outputs)
	{
		double w = lane->weight[i];

		if (pass->outputs == 1)
			z[0] = lane->curvature[i];
		else
			for (size_t k = 0; k < pass->outputs; k++)
			{
				double p = (w > 0.0 ? z[k] / w : 0.0) +
						   (k == (size_t) lane->target64[i] ? 1.0 : 0.0);

				z[k] = w * p * (1.0 - p) /
					   (pass->smoothing > 0.0 ? pass->smoothing : 1.0);
			}
	}
}

/* sums += factor times a row. */
static inline void
add_multiple(const RowView *row, double factor, double *restrict sums)
{
	const uint32_t *restrict index = row->index;
	const float *restrict value = row->value;

	for (uint32_t e = 0; e < row->count; e++)
		sums[index[e]] += factor * value[e];
}

/*
 * gradient += of sparse rows; not yet times the inverse deviation.  With second
 * derivatives for first ones and squares for values it is a diagonal.
 */
static void
sparse_gradient(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t outputs = pass->outputs;
	const double *d = lane->margins;
	double *bias = lane->gradient + pass->dimension * outputs;

	for (size_t i = 0; i < rows; i++, d += outputs)
	{
		RowView row = rows_view(pass->problem->rows, pass->order[first + i]);

		for (size_t k = 0; k < outputs; k++)
			bias[k] += d[k];
		if (outputs == 1 && !pass->want_diagonal)
		{
			add_multiple(&row, d[0], lane->gradient);
			continue;
		}
		for (uint32_t e = 0; e < row.count; e++)
		{
			double *g = lane->gradient + (size_t) row.index[e] * outputs;
			double value = row.value[e];

			if (pass->want_diagonal)
				value *= value;
			for (size_t k = 0; k < outputs; k++)
				g[k] += d[k] * value;
		}
	}
}

void
pass_flush_gram(const Pass *pass, PassLane *lane)
{
	int n = (int) pass->gram_size;
	int rows = (int) lane->waiting_rows;
	int ld = (int) pass->stride;

	if (rows > 0 && pass->single)
		pass->blas->ssyrk(BLAS_COL_MAJOR, BLAS_LOWER, BLAS_NO_TRANS, n, rows,
						  1, lane->waiting, ld, 1, lane->gram, n);
	else if (rows > 0)
		pass->blas->dsyrk(BLAS_COL_MAJOR, BLAS_LOWER, BLAS_NO_TRANS, n, rows,
						  1, lane->waiting, ld, 1, lane->gram, n);
	lane->waiting_rows = 0;
}

/* Whether the Gram matrix is one of few columns, in doubles, without the target. */
static bool
is_narrow(const Pass *pass)
{
	return !pass->single && !pass->in_place &&
		   pass->gram_size == pass->dimension + 1 &&
		   pass->gram_size <= NARROW_GRAM_COLUMNS &&
		   pass->curvature_floor == 0.0;
}

/* gram += as below, of few columns: rows need not wait. */
static void
narrow_gram(const Pass *pass, PassLane *lane, size_t rows)
{
	double *x = lane->features;

	for (size_t i = 0; i < rows; i++)
		x[i * pass->stride + pass->dimension] = 1.0;
	narrow_gram_add(x, pass->stride, lane->curvature, rows, pass->gram_size,
					processor_is_wide(), lane->gram);
}

/*
 * gram += sum_i curvature_i (x_i, 1[, y_i]) (x_i, 1[, y_i])^T, dense.  A product
 * of few rows costs little more than reading and writing the matrix, so they
 * are gathered from several tiles.
 */
static void
dense_gram(const Pass *pass, PassLane *lane, size_t rows)
{
	size_t d = pass->dimension;

	for (size_t i = 0; i < rows; i++)
	{
		double root = sqrt(lane->curvature[i]);
		float *x32 = (float *) lane->features + i * pass->stride;
		double *x64 = (double *) lane->features + i * pass->stride;
		float *out32 =
			(float *) lane->waiting + lane->waiting_rows * pass->stride;
		double *out64 =
			(double *) lane->waiting + lane->waiting_rows * pass->stride;

		if (lane->curvature[i] < pass->curvature_floor * lane->weight[i] ||
			lane->curvature[i] == 0.0)
			continue;
		if (pass->single)
		{
			float factor = (float) root;

			for (size_t j = 0; j < d; j++)
				out32[j] = x32[j] * factor;
			out32[d] = factor;
		}
		else
		{
			for (size_t j = 0; j < d; j++)
				out64[j] = x64[j] * root;
			out64[d] = root;
			if (pass->gram_size > d + 1)
				out64[d + 1] = lane->target64[i] * root;
		}
		if (++lane->waiting_rows == pass->gram_rows)
			pass_flush_gram(pass, lane);
	}
}

/* The same of sparse rows, entry by entry. */
static void
sparse_gram(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	double *gram = lane->gram;
	size_t n = pass->gram_size;
	size_t d = pass->dimension;
	const double *inverse = pass->problem->inverse_deviation != NULL
								? pass->problem->inverse_deviation
								: pass->one;

	for (size_t i = 0; i < rows; i++)
	{
		RowView row = rows_view(pass->problem->rows, pass->order[first + i]);
		double c = lane->curvature[i];
		double y = lane->target64[i];

		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];
			double a = c * row.value[e] * inverse[j];
			double *column = gram + j * n;

			for (uint32_t f = e; f < row.count; f++)
				column[row.index[f]] +=
					a * row.value[f] * inverse[row.index[f]];
			column[d] += a;
			if (n > d + 1)
				column[d + 1] += a * y;
		}
		gram[d * n + d] += c;
		if (n > d + 1)
		{
			gram[d * n + d + 1] += c * y;
			gram[(d + 1) * n + d + 1] += c * y * y;
		}
	}
}

/* Loss and gradient at zero weights, of a tile that is filled. */
static void
derive_at_zero(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t size = pass->single ? sizeof(float) : sizeof(double);
	double loss = lane->loss, weight_sum = lane->weight_sum;

	memset(lane->margins, 0, rows * pass->outputs * size);
	if (pass->problem->rows->offsets != NULL)
		pass_offset_margins(pass, lane, first, rows);
	lane->loss = lane->zero_loss;
	pass_derive_tile(pass, lane, first, rows);
	lane->zero_loss = lane->loss;
	lane->loss = loss;
	lane->weight_sum = weight_sum;
	dense_gradient(pass, lane, rows, lane->zero_gradient);
}

/* Does rows that the tile has side by side. */
static void
run_rows(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	bool sparse = pass->stride == 0;

	pass_fill_tile(pass, lane, first, rows);
	if (pass->weights == NULL)
		for (size_t i = 0; i < rows; i++)
		{
			lane->curvature[i] = lane->weight[i];
			lane->weight_sum += lane->weight[i];
		}
	else
	{
		if (pass->want_zero)
			derive_at_zero(pass, lane, first, rows);
		if (sparse)
			sparse_margins(pass, lane, first, rows);
		else
			pass_dense_margins(pass, lane, rows);
		if (pass->problem->rows->offsets != NULL)
			pass_offset_margins(pass, lane, first, rows);
		pass_derive_tile(pass, lane, first, rows);
		if (pass->want_diagonal)
			curve_margins(pass, lane, rows);
		if (sparse)
			sparse_gradient(pass, lane, first, rows);
		else
			dense_gradient(pass, lane, rows, lane->gradient);
	}
	if (pass->want_gram && sparse)
		sparse_gram(pass, lane, first, rows);
	else if (pass->want_gram && is_narrow(pass))
		narrow_gram(pass, lane, rows);
	else if (pass->want_gram)
		dense_gram(pass, lane, rows);
}

void
pass_run_tile(const Pass *pass, PassLane *lane, size_t first)
{
	size_t left = pass->end - first, count;
	size_t rows = left < pass->tile_rows ? left : pass->tile_rows;

	for (; rows > 0; first += count, rows -= count)
	{
		count = pass_side_by_side(pass, first, rows);
		run_rows(pass, lane, first, count);
	}
}
