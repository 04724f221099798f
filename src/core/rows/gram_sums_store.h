/*
 * gram_sums_store.h
 *		How the sums are kept; shared by gram_sums.c, which takes rows,
 *		gram_digits.c and gram_products.c, which add them, and gram_sums_read.c.
 */
#ifndef LINLEARN_CORE_ROWS_GRAM_SUMS_STORE_H
#define LINLEARN_CORE_ROWS_GRAM_SUMS_STORE_H

#include "core/math/blas.h"
#include "core/math/digit_products.h"
#include "core/rows/gram_sums.h"

/*
 * A digit of a value x at place t is rint(x / 2^(24 t - 15)), at most 2^23: that of
 * place 0 holds bytes as they are, and three hold nearly all doubles of a column
 * whose largest is some 1 to 256.
 */
#define DIGIT_BITS 24
#define DIGIT_SHIFT 15
/* The exponent of a place's unit. */
#define UNIT_EXPONENT(place) (DIGIT_BITS * (place) -DIGIT_SHIFT)
/* Digits that count, from that of a column's largest value down. */
#define GRAM_SUMS_DIGITS 6
/* A column of nothing but zeros has no place yet. */
#define NO_PLACE INT32_MIN
/* The places of the least double and of the largest. */
#define LOWEST_PLACE (-46)
#define HIGHEST_PLACE 43
/* Columns of digits multiplied at once, between two looks at interrupts. */
#define PRODUCT_COLUMNS 256

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
 * sums[d][i (i + 1) / 2 + j], in units of
 * 2^(24 (place[i] + place[j] - d) - 2 * 15).
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
	const Blas *blas; /* NULL if narrow */

	Image *image;
	Sum128 *sums[GRAM_SUMS_DIGITS]; /* in the image, as are ... */
	double *minimum;				/* [dimension] */
	double *maximum;				/* [dimension] ... */
	int32_t *place; /* [columns] of the largest value's first digit */

	bool narrow;	  /* products are those of math/digit_products.h */
	size_t rows;	  /* of a block */
	size_t stride;	  /* from column to column of the digits, and of ... */
	size_t waiting;	  /* rows in the block */
	double *block;	  /* [columns][stride] if narrow, else [rows][columns] */
	bool weighted;	  /* a row in the block has another weight than 1 */
	double *roots;	  /* [rows] of the weights */
	double *rest;	  /* [rows] of a column, not yet cut off */
	double *digits;	  /* [GRAM_SUMS_DIGITS][columns][stride], that count */
	uint32_t *column; /* [GRAM_SUMS_DIGITS][columns] whose digits ... */
	uint32_t count[GRAM_SUMS_DIGITS]; /* ... of each level */
	double *product;				  /* [columns][PRODUCT_COLUMNS] ... */
	int64_t *sum;					  /* ... and the integers they are */

	/* If narrow: */
	double *joined;		/* [columns][stride] sums of two levels' digits */
	uint32_t *union_of; /* [columns] that have a digit of either level */
	int64_t *squares;	/* [GRAM_SUMS_DIGITS][triangle] of a block's levels */
	int64_t *pending;	/* [GRAM_SUMS_DIGITS][triangle] not in the image */
	size_t pending_blocks; /* that they are of */

	/* Hashes of rows, if asked for: */
	bool hashing;
	bool number_labels;	  /* the seeds are those of the labels */
	uint64_t *hashes;	  /* [rows], seeds at first */
	float *weights;		  /* [rows] */
	uint64_t fingerprint; /* of the rows summed up */
};

/* Products of that many columns with each other. */
static inline size_t
gram_sums_triangle(size_t columns)
{
	return columns * (columns + 1) / 2;
}

/* Rows filled up to whole vectors. */
static inline size_t
gram_sums_whole_vectors(size_t rows)
{
	return (rows + DIGIT_PRODUCTS_ROWS - 1) / DIGIT_PRODUCTS_ROWS *
		   DIGIT_PRODUCTS_ROWS;
}

/* Where in the sums of a digit distance the product of two columns stands. */
static inline size_t
gram_sums_cell(size_t i, size_t j)
{
	return i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/* Moves a column's digits down to make room for larger values. */
extern void gram_sums_raise(GramSums *totals, size_t column, int32_t place);

/* Turns the block into columns of digits, with room for its largest values. */
extern void gram_sums_cut(GramSums *totals);

/* Adds the products of the block's digits. */
extern Status gram_sums_multiply(GramSums *totals, Failure *failure);

/* Adds what is pending to the image. */
extern void gram_sums_settle(GramSums *totals);

#endif
