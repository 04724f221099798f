/*
 * shard_product.c
 *		Products of residuals with rows' features.
 *
 * With few columns a matrix product of a BLAS spends most of its time on packing:
 * a few rows at a time, which stay in the nearest cache, are then added as they
 * are.
 */
#include "core/shards/shard_product.h"

#include <math.h>
#include <stdint.h>

#include "core/base/dispatch.h"

/* Columns up to which rows are added without a BLAS, so many at a time. */
#define FEW_COLUMNS 40
#define BLOCK_ROWS 4
/* Elements of the others' tiles, about, and their least rows. */
#define TILE_ELEMENTS ((size_t) 1 << 19)
#define TILE_ROWS_LEAST 16

size_t
shard_product_rows(size_t columns, size_t n)
{
	size_t rows = TILE_ELEMENTS / (n + columns);

	if (columns <= FEW_COLUMNS)
		return BLOCK_ROWS;
	return rows < TILE_ROWS_LEAST ? TILE_ROWS_LEAST : rows;
}

KERNEL_CLONES
void
shard_product_widen(bool bytes, const void *features, size_t n, double *to)
{
	const uint8_t *narrow = features;
	const int32_t *wide = features;

	if (bytes)
		for (size_t j = 0; j < n; j++)
			to[j] = narrow[j];
	else
		for (size_t j = 0; j < n; j++)
			to[j] = wide[j];
}

KERNEL_CLONES
void
shard_product_scale(const double *features, double factor, size_t n,
					double *to)
{
	for (size_t j = 0; j < n; j++)
		to[j] = rint(features[j] * factor);
}

/* Adds a block to two columns, or, if to is one, to that. */
KERNEL_INLINE void
add_columns(size_t n, const double *restrict r, size_t columns,
			const double *restrict x, double *restrict to, const int count)
{
	const double *restrict a = x, *restrict b = x + n;
	const double *restrict c = x + 2 * n, *restrict d = x + 3 * n;
	double *restrict next = to + n;

	for (size_t j = 0; j < n; j++)
	{
		to[j] += (a[j] * r[0] + b[j] * r[columns]) +
				 (c[j] * r[2 * columns] + d[j] * r[3 * columns]);
		if (count == 2)
			next[j] += (a[j] * r[1] + b[j] * r[columns + 1]) +
					   (c[j] * r[2 * columns + 1] + d[j] * r[3 * columns + 1]);
	}
}

KERNEL_CLONES
static void
add_block(size_t n, const double *restrict r, size_t columns,
		  const double *restrict x, double *restrict product)
{
	size_t k = 0;

	for (; k + 2 <= columns; k += 2)
		add_columns(n, r + k, columns, x, product + k * n, 2);
	if (k < columns)
		add_columns(n, r + k, columns, x, product + k * n, 1);
}

/* Adds rows that are no whole block. */
KERNEL_CLONES
static void
add_row(size_t n, const double *restrict r, size_t columns,
		const double *restrict x, double *restrict product)
{
	for (size_t k = 0; k < columns; k++)
		for (size_t j = 0; j < n; j++)
			product[k * n + j] += x[j] * r[k];
}

void
shard_product_add(const Blas *blas, size_t rows, size_t columns, size_t n,
				  const double *residuals, const double *x, double *product)
{
	size_t i = 0;

	if (columns > FEW_COLUMNS)
	{
		blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, (int) columns,
					(int) n, (int) rows, 1.0, residuals, (int) columns, x,
					(int) n, 1.0, product, (int) n);
		return;
	}
	for (; i + BLOCK_ROWS <= rows; i += BLOCK_ROWS)
		add_block(n, residuals + i * columns, columns, x + i * n, product);
	for (; i < rows; i++)
		add_row(n, residuals + i * columns, columns, x + i * n, product);
}
