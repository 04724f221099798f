/*
 * narrow_gram.h
 *		Weighted products of few columns with each other, over the rows of a tile.
 *
 * A general product of so few columns copies more than it multiplies.
 */
#ifndef LINLEARN_CORE_MATH_NARROW_GRAM_H
#define LINLEARN_CORE_MATH_NARROW_GRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The most columns there may be, and of how many at once a row is read. */
#define NARROW_GRAM_COLUMNS ((size_t) 32)
#define NARROW_GRAM_READ ((size_t) 8)

/*
 * gram[columns][columns] (lower triangle, column-major) += sum over the rows of
 * weight[r] x_r x_r^T, where x_r = x + r * stride.  What stands in a row up to the
 * next multiple of NARROW_GRAM_READ is read, and of no account.  The same bits on
 * every processor, and with wide, which is fast where processor_is_wide().
 */
extern void narrow_gram_add(const double *x, size_t stride,
							const double *weight, size_t rows, size_t columns,
							bool wide, double *gram);

#endif
