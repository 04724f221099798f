/*
 * narrow_gram.c
 *		Weighted products of few columns with each other, over the rows of a tile.
 *
 * The matrix is cut into blocks whose sums stay in registers over a chunk of rows,
 * which stays in the first-level cache until all blocks have seen it.
 */
#include "core/math/narrow_gram.h"

#include <string.h>

#include "core/base/dispatch.h"

/* Rows of a chunk, and a block's columns; its rows are NARROW_GRAM_READ. */
#define CHUNK 64
#define ACROSS 4
#define WIDE_ACROSS 8
#define BLOCK_ROWS (NARROW_GRAM_COLUMNS / NARROW_GRAM_READ)

/* What a register holds of a row, wherever that starts. */
#if defined(__x86_64__)
#define PART 4
#else
#define PART 2
#endif
#define PARTS (NARROW_GRAM_READ / PART)
typedef double Part __attribute__((vector_size(PART * sizeof(double)),
								   aligned(sizeof(double)), may_alias));

/* A register of 512 bits. */
typedef double WidePart
	__attribute__((vector_size(NARROW_GRAM_READ * sizeof(double)),
				   aligned(sizeof(double)), may_alias));

/* The sums of all blocks, each column by column. */
typedef struct Blocks
{
	double sums[BLOCK_ROWS][NARROW_GRAM_COLUMNS][NARROW_GRAM_READ];
} Blocks;

/* Adds a chunk's rows to the block whose first row and column are given. */
KERNEL_INLINE void
add_block(const double *x, size_t stride, const double *weight, size_t rows,
		  size_t row, size_t column, double (*sums)[NARROW_GRAM_READ])
{
	Part sum[ACROSS][PARTS];

	memcpy(sum, sums, sizeof(sum));
	for (size_t r = 0; r < rows; r++, x += stride)
	{
		const Part *values = (const Part *) (x + row);
		Part scaled[PARTS];

		for (size_t p = 0; p < PARTS; p++)
			scaled[p] = values[p] * weight[r];
		for (size_t j = 0; j < ACROSS; j++)
			for (size_t p = 0; p < PARTS; p++)
				sum[j][p] += scaled[p] * x[column + j];
	}
	memcpy(sums, sum, sizeof(sum));
}

/* The same with registers of 512 bits, which sum the same products. */
KERNEL_INLINE void
add_wide_block(const double *x, size_t stride, const double *weight,
			   size_t rows, size_t row, size_t column,
			   double (*sums)[NARROW_GRAM_READ])
{
	WidePart sum[WIDE_ACROSS];

	memcpy(sum, sums, sizeof(sum));
	for (size_t r = 0; r < rows; r++, x += stride)
	{
		WidePart scaled = *(const WidePart *) (x + row) * weight[r];

		for (size_t j = 0; j < WIDE_ACROSS; j++)
			sum[j] += scaled * x[column + j];
	}
	memcpy(sums, sum, sizeof(sum));
}

/* Adds the blocks' sums to the matrix. */
static void
take_blocks(const Blocks *blocks, size_t columns, double *gram)
{
	for (size_t j = 0; j < columns; j++)
		for (size_t i = j; i < columns; i++)
			gram[j * columns + i] +=
				blocks->sums[i / NARROW_GRAM_READ][j][i % NARROW_GRAM_READ];
}

/* Adds the rows to all blocks, chunk by chunk. */
KERNEL_INLINE void
add_rows(const double *x, size_t stride, const double *weight, size_t rows,
		 size_t columns, Blocks *blocks, const bool wide)
{
	const size_t across = wide ? WIDE_ACROSS : ACROSS;

	for (size_t first = 0; first < rows; first += CHUNK)
	{
		size_t count = rows - first < CHUNK ? rows - first : CHUNK;

		for (size_t i = 0; i < columns; i += NARROW_GRAM_READ)
			for (size_t j = 0; j < i + NARROW_GRAM_READ && j < columns;
				 j += across)
				if (wide)
					add_wide_block(x + first * stride, stride, weight + first,
								   count, i, j,
								   &blocks->sums[i / NARROW_GRAM_READ][j]);
				else
					add_block(x + first * stride, stride, weight + first,
							  count, i, j,
							  &blocks->sums[i / NARROW_GRAM_READ][j]);
	}
}

UNFUSED_CLONES static void
sum_blocks(const double *x, size_t stride, const double *weight, size_t rows,
		   size_t columns, Blocks *blocks)
{
	add_rows(x, stride, weight, rows, columns, blocks, false);
}

/* The same for processors that have such registers; nothing here is fused. */
KERNEL_CLONES static void
sum_wide_blocks(const double *x, size_t stride, const double *weight,
				size_t rows, size_t columns, Blocks *blocks)
{
	add_rows(x, stride, weight, rows, columns, blocks, true);
}

void
narrow_gram_add(const double *x, size_t stride, const double *weight,
				size_t rows, size_t columns, bool wide, double *gram)
{
	Blocks blocks = {0};

	if (wide)
		sum_wide_blocks(x, stride, weight, rows, columns, &blocks);
	else
		sum_blocks(x, stride, weight, rows, columns, &blocks);
	take_blocks(&blocks, columns, gram);
}
