/*
 * narrow.c
 *		Products of a tile of rows with a matrix of few columns.
 *
 * Six rows at a time keep their sums in registers, one or two vectors a row;
 * columns are filled up with zeros to whole vectors.
 */
#include "core/math/narrow.h"

#include <string.h>

#include "core/base/dispatch.h"
#include "core/base/processor.h"

#define VECTOR 8
#define BLOCK_ROWS 6
/* Depth of a pass when it runs across rows: what they touch stays in L1. */
#define STRIDED_DEPTH 40
#define UNROLL _Pragma("GCC unroll 8")

typedef float Vector __attribute__((vector_size(VECTOR * sizeof(float)),
									aligned(4), may_alias));

/* Some rows; their number and that of vectors a row are known when compiled. */
KERNEL_INLINE void
multiply_block(const float *restrict x, size_t row_stride, size_t depth_stride,
			   size_t depth, const float *restrict b, bool add,
			   float *restrict out, const int rows, const int vectors)
{
	const int width = vectors * VECTOR;
	Vector sum[BLOCK_ROWS][2];

	UNROLL
	for (int r = 0; r < rows; r++)
		UNROLL
	for (int v = 0; v < vectors; v++)
		sum[r][v] = (Vector){0};
	for (size_t k = 0; k < depth; k++)
	{
		Vector factor[2];

		UNROLL
		for (int v = 0; v < vectors; v++)
			factor[v] = *(const Vector *) (b + k * width + v * VECTOR);
		UNROLL
		for (int r = 0; r < rows; r++)
		{
			float value = x[r * row_stride + k * depth_stride];

			UNROLL
			for (int v = 0; v < vectors; v++)
				sum[r][v] += value * factor[v];
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++)
		UNROLL
	for (int v = 0; v < vectors; v++)
	{
		Vector *place = (Vector *) (out + r * width + v * VECTOR);

		if (add)
			sum[r][v] += *place;
		*place = sum[r][v];
	}
}

KERNEL_INLINE void
multiply_rows(const float *x, size_t row_stride, size_t depth_stride,
			  size_t rows, size_t depth, const float *b, bool add, float *out,
			  const int vectors)
{
	const int width = vectors * VECTOR;
	size_t r = 0;

	for (; r + BLOCK_ROWS <= rows; r += BLOCK_ROWS)
		multiply_block(x + r * row_stride, row_stride, depth_stride, depth, b,
					   add, out + r * width, BLOCK_ROWS, vectors);
	for (; r < rows; r++)
		multiply_block(x + r * row_stride, row_stride, depth_stride, depth, b,
					   add, out + r * width, 1, vectors);
}

/* The product for columns that are whole vectors. */
KERNEL_CLONES static void
multiply(const float *x, size_t row_stride, size_t depth_stride, size_t rows,
		 size_t depth, const float *b, size_t width, bool add, float *out)
{
	size_t pass = depth_stride == 1 ? depth : STRIDED_DEPTH;

	for (size_t k = 0; k < depth; k += pass)
	{
		size_t n = depth - k < pass ? depth - k : pass;

		if (width == VECTOR)
			multiply_rows(x + k * depth_stride, row_stride, depth_stride, rows,
						  n, b + k * width, add || k > 0, out, 1);
		else
			multiply_rows(x + k * depth_stride, row_stride, depth_stride, rows,
						  n, b + k * width, add || k > 0, out, 2);
	}
}

/* ---- Vectors of 512 bits: the same sums, of twice as many rows at a time ---- */

#define WIDE (2 * VECTOR)
#define WIDE_ROWS (2 * BLOCK_ROWS)
#define UNROLL_WIDE _Pragma("GCC unroll 12")

typedef float WideVector
	__attribute__((vector_size(WIDE * sizeof(float)), aligned(4), may_alias));

KERNEL_INLINE void
multiply_wide_block(const float *restrict x, size_t row_stride,
					size_t depth_stride, size_t depth, const float *restrict b,
					bool add, float *restrict out, const int rows)
{
	WideVector sum[WIDE_ROWS];

	UNROLL_WIDE
	for (int r = 0; r < rows; r++)
		sum[r] = (WideVector){0};
	for (size_t k = 0; k < depth; k++)
	{
		WideVector factor = *(const WideVector *) (b + k * WIDE);

		UNROLL_WIDE
		for (int r = 0; r < rows; r++)
			sum[r] += x[r * row_stride + k * depth_stride] * factor;
	}
	UNROLL_WIDE
	for (int r = 0; r < rows; r++)
	{
		WideVector *place = (WideVector *) (out + r * WIDE);

		if (add)
			sum[r] += *place;
		*place = sum[r];
	}
}

/* The product for as many columns as such a vector has. */
KERNEL_CLONES static void
multiply_wide(const float *x, size_t row_stride, size_t depth_stride,
			  size_t rows, size_t depth, const float *b, bool add, float *out)
{
	size_t pass = depth_stride == 1 ? depth : STRIDED_DEPTH;

	for (size_t k = 0; k < depth; k += pass)
	{
		const float *from = x + k * depth_stride;
		size_t n = depth - k < pass ? depth - k : pass;
		size_t r = 0;

		for (; r + WIDE_ROWS <= rows; r += WIDE_ROWS)
			multiply_wide_block(from + r * row_stride, row_stride,
								depth_stride, n, b + k * WIDE, add || k > 0,
								out + r * WIDE, WIDE_ROWS);
		for (; r < rows; r++)
			multiply_wide_block(from + r * row_stride, row_stride,
								depth_stride, n, b + k * WIDE, add || k > 0,
								out + r * WIDE, 1);
	}
}

/* The product by the vectors that the processor has. */
static void
multiply_as_wide(const float *x, size_t row_stride, size_t depth_stride,
				 size_t rows, size_t depth, const float *b, size_t width,
				 bool add, float *out)
{
	if (width == WIDE && processor_is_wide())
		multiply_wide(x, row_stride, depth_stride, rows, depth, b, add, out);
	else
		multiply(x, row_stride, depth_stride, rows, depth, b, width, add, out);
}

void
narrow_product(const float *x, size_t row_stride, size_t depth_stride,
			   size_t rows, size_t depth, const float *b, size_t columns,
			   bool add, float *out, float *scratch)
{
	size_t width = (columns + VECTOR - 1) / VECTOR * VECTOR;
	float *wide_out = scratch + depth * width;

	if (width == columns)
	{
		multiply_as_wide(x, row_stride, depth_stride, rows, depth, b, width,
						 add, out);
		return;
	}
	memset(scratch, 0, depth * width * sizeof(float));
	for (size_t k = 0; k < depth; k++)
		memcpy(scratch + k * width, b + k * columns, columns * sizeof(float));
	multiply_as_wide(x, row_stride, depth_stride, rows, depth, scratch, width,
					 false, wide_out);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++)
			out[r * columns + c] =
				(add ? out[r * columns + c] : 0.0f) + wide_out[r * width + c];
}
