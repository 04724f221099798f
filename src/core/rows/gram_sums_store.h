/*
 * gram_sums_store.h
 *		How the sums are kept; shared by gram_sums.c, which adds rows to them,
 *		and gram_sums_read.c.
 */
#ifndef LINLEARN_CORE_ROWS_GRAM_SUMS_STORE_H
#define LINLEARN_CORE_ROWS_GRAM_SUMS_STORE_H

#include "core/math/blas.h"
#include "core/rows/gram_sums.h"

/* A digit of a value x at place t is rint(x / 2^(24 t)), at most 2^23. */
#define DIGIT_BITS 24
/* Digits that count, from that of a column's largest value down. */
#define GRAM_SUMS_DIGITS 6
/* A column of nothing but zeros has no place yet. */
#define NO_PLACE INT32_MIN

/* A sum of integers that outgrows 64 bits. */
typedef struct Sum128
{
	int64_t high;
	uint64_t low;
} Sum128;

/*
 * What they are; its arrays follow it in one piece of memory.  Columns are
 * the features, 1 and the label, each times the root of the row's weight.  The
 * sum of the products of columns i >= j at digit distance d is
 * sums[d][i (i + 1) / 2 + j], in units of 2^(24 (place[i] + place[j] - d)).
 */
typedef struct Image
{
	uint64_t zeros;
	uint64_t weighted;
} Image;

struct GramSums
{
	Runtime runtime;
	RowFormat format;
	uint32_t dimension;
	uint32_t columns; /* dimension + 2 */
	const Blas *blas;

	Image *image;
	Sum128 *sums[GRAM_SUMS_DIGITS]; /* in the image, as are ... */
	double *minimum;				/* [dimension] */
	double *maximum;				/* [dimension] ... */
	int32_t *place; /* [columns] of the largest value's first digit */

	bool narrow;	  /* products are those of math/digit_products.h */
	size_t rows;	  /* of a block */
	size_t waiting;	  /* rows in the block */
	double *block;	  /* [rows][columns], not weighted */
	bool weighted;	  /* a row in the block has another weight than 1 */
	double *roots;	  /* [rows] of the weights */
	double *rest;	  /* [rows] of a column, not yet cut off */
	double *digits;	  /* [GRAM_SUMS_DIGITS][columns][rows], those that count */
	uint32_t *column; /* [GRAM_SUMS_DIGITS][columns] whose digits ... */
	uint32_t count[GRAM_SUMS_DIGITS]; /* ... of each level */
	double *product;				  /* [columns][PRODUCT_COLUMNS] ... */
	int64_t *sum;					  /* ... and the integers they are */
};

/* Where in the sums of a digit distance the product of two columns stands. */
static inline size_t
gram_sums_cell(size_t i, size_t j)
{
	return i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

#endif
