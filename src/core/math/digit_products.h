/*
 * digit_products.h
 *		Exact sums of products of columns of integers.
 */
#ifndef LINLEARN_CORE_MATH_DIGIT_PRODUCTS_H
#define LINLEARN_CORE_MATH_DIGIT_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows come in multiples of it. */
#define DIGIT_PRODUCTS_ROWS 8

/*
 * Whether this processor has vectors of 512 bits, with which digit_products() is
 * two to three times as fast on few columns as a BLAS that does not use them.
 */
extern bool digit_products_pay(void);

/* Columns of integers: column i is digits[index[i]][stride]. */
typedef struct DigitColumns
{
	const double *digits;
	const uint32_t *index; /* [count] */
	size_t count;
	size_t stride;
} DigitColumns;

/*
 * out[b][a] becomes the sums over rows of the products of columns a and b, which
 * are so small that eight sums over an eighth of the rows each are at most 2^53.
 */
extern void digit_products(const DigitColumns *a, const DigitColumns *b,
						   size_t rows, int64_t *out);

/*
 * The same of columns with each other: out[q (q + 1) / 2 + p] that of columns
 * p <= q.
 */
extern void digit_squares(const DigitColumns *a, size_t rows, int64_t *out);

#endif
