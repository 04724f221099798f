/*
 * digit_products.c
 *		Exact sums of products of columns of integers, up to sixteen at a time.
 *
 * Every lane of a vector sums the products of an eighth of the rows; as all sums
 * are integers without rounding, their order does not matter.
 */
#include "core/math/digit_products.h"

#include <string.h>

#include "core/base/dispatch.h"
#include "core/base/processor.h"

#define SIDE 4 /* columns of a block; its sums stay in registers */
#define LANES DIGIT_PRODUCTS_ROWS
#define UNROLL _Pragma("GCC unroll 4")

typedef double Lanes __attribute__((vector_size(LANES * sizeof(double)),
									aligned(8), may_alias));
typedef int64_t Integers __attribute__((vector_size(LANES * sizeof(int64_t))));
typedef int64_t LooseIntegers __attribute__((
	vector_size(LANES * sizeof(int64_t)), aligned(8), may_alias));

#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (Integers){__VA_ARGS__})
#endif

/*
 * One vector with the sums of two's neighbouring lanes, pairs of lanes or halves;
 * one after the other they leave the sums of eight vectors in their order.
 */
#define ADD_NEIGHBOURS(a, b)                                                  \
	(SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +                               \
	 SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15))
#define ADD_PAIRS(a, b)                                                       \
	(SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13) +                                \
	 SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
#define ADD_HALVES(a, b)                                                      \
	(SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +                                \
	 SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15))

/* Which products of a block count: all, or those of its columns with themselves. */
typedef enum Shape
{
	WHOLE,
	TRIANGLE
} Shape;

/*
 * The sums of a block: sum[j][i] of columns b[j] and a[i], of `across` columns b.
 * In a triangle b are a, and i <= j.
 */
KERNEL_INLINE void
sum_block(const double *const a[SIDE], const double *const b[SIDE], int across,
		  Shape shape, size_t rows, int64_t sum[SIDE][SIDE])
{
	Lanes lanes[SIDE][SIDE];

	UNROLL
	for (int j = 0; j < SIDE; j++)
		UNROLL
	for (int i = 0; i < SIDE; i++)
		lanes[j][i] = (Lanes){0};
	for (size_t row = 0; row < rows; row += LANES)
	{
		Lanes left[SIDE];

		UNROLL
		for (int i = 0; i < SIDE; i++)
			left[i] = *(const Lanes *) (a[i] + row);
		UNROLL
		for (int j = 0; j < SIDE; j++)
		{
			Lanes right;

			if (j >= across)
				continue;
			right = shape == WHOLE ? *(const Lanes *) (b[j] + row) : left[j];
			UNROLL
			for (int i = 0; i < SIDE; i++)
				if (shape == WHOLE || i <= j)
					lanes[j][i] += left[i] * right;
		}
	}
	UNROLL
	for (int j = 0; j < SIDE; j += 2)
	{
		Integers two[SIDE];

		if (j >= across)
			continue;
		UNROLL
		for (int i = 0; i < SIDE; i++)
		{
			const Lanes *pair = &lanes[j + i / 2][2 * (i % 2)];

			two[i] =
				ADD_NEIGHBOURS(__builtin_convertvector(pair[0], Integers),
							   __builtin_convertvector(pair[1], Integers));
		}
		*(LooseIntegers *) sum[j] =
			ADD_HALVES(ADD_PAIRS(two[0], two[1]), ADD_PAIRS(two[2], two[3]));
	}
}

/* Of so many columns the second half of the block is left out. */
#define HALF (SIDE / 2)

KERNEL_CLONES static void
block_products(const double *const a[SIDE], const double *const b[SIDE],
			   size_t count, size_t rows, int64_t sum[SIDE][SIDE])
{
	if (count > HALF)
		sum_block(a, b, SIDE, WHOLE, rows, sum);
	else
		sum_block(a, b, HALF, WHOLE, rows, sum);
}

KERNEL_CLONES static void
block_squares(const double *const a[SIDE], size_t count, size_t rows,
			  int64_t sum[SIDE][SIDE])
{
	if (count > HALF)
		sum_block(a, a, SIDE, TRIANGLE, rows, sum);
	else
		sum_block(a, a, HALF, TRIANGLE, rows, sum);
}

bool
digit_products_pay(void)
{
	return processor_is_wide();
}

/* The columns of a block, the last one again in the place of what is not there. */
static void
block_columns(const DigitColumns *columns, size_t first,
			  const double *block[SIDE])
{
	for (size_t i = 0; i < SIDE; i++)
	{
		size_t at =
			first + i < columns->count ? first + i : columns->count - 1;

		block[i] = columns->digits + columns->index[at] * columns->stride;
	}
}

void
digit_products(const DigitColumns *a, const DigitColumns *b, size_t rows,
			   int64_t *out)
{
	for (size_t q = 0; q < b->count; q += SIDE)
	{
		const double *right[SIDE];

		block_columns(b, q, right);
		for (size_t p = 0; p < a->count; p += SIDE)
		{
			const double *left[SIDE];
			int64_t sum[SIDE][SIDE];

			block_columns(a, p, left);
			block_products(left, right, b->count - q, rows, sum);
			for (size_t j = 0; j < SIDE && q + j < b->count; j++)
				for (size_t i = 0; i < SIDE && p + i < a->count; i++)
					out[(q + j) * a->count + p + i] = sum[j][i];
		}
	}
}

void
digit_squares(const DigitColumns *a, size_t rows, int64_t *out)
{
	for (size_t q = 0; q < a->count; q += SIDE)
	{
		const double *right[SIDE];
		int64_t sum[SIDE][SIDE];
		size_t across = a->count - q < SIDE ? a->count - q : SIDE;

		block_columns(a, q, right);
		for (size_t p = 0; p < q; p += SIDE)
		{
			const double *left[SIDE];

			block_columns(a, p, left);
			block_products(left, right, across, rows, sum);
			for (size_t j = 0; j < across; j++)
				memcpy(out + (q + j) * (q + j + 1) / 2 + p, sum[j],
					   sizeof(sum[j]));
		}
		block_squares(right, across, rows, sum);
		for (size_t j = 0; j < across; j++)
			for (size_t i = 0; i <= j; i++)
				out[(q + j) * (q + j + 1) / 2 + q + i] = sum[j][i];
	}
}
