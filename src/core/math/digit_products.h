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

/*
 * out[n][m] becomes the sums over rows of the products of columns a[m][stride] and
 * b[n][stride], which are integers: so small that eight sums over an eighth of the
 * rows each are below 2^53.  With lower, a and b begin with the same columns, and
 * out[q][p] means nothing for p > q.
 */
extern void digit_products(const double *a, size_t m, const double *b,
						   size_t n, size_t rows, size_t stride, bool lower,
						   int64_t *out);

#endif
