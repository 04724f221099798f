/*
 * narrow.h
 *		Products of a tile of rows with a matrix of few columns.
 *
 * A general SGEMM copies the tile into an order of its own first, which with so
 * few columns takes as long as the product.
 */
#ifndef LINLEARN_CORE_MATH_NARROW_H
#define LINLEARN_CORE_MATH_NARROW_H

#include <stdbool.h>
#include <stddef.h>

/* The most columns there may be, and the floats of scratch for a product. */
#define NARROW_COLUMNS ((size_t) 16)
#define NARROW_SCRATCH(rows, depth) (NARROW_COLUMNS * ((rows) + (depth)))

/*
 * out (+)= X * b, with X[r][k] = x[r * row_stride + k * depth_stride], b
 * [depth][columns] and out [rows][columns].  Every row is summed in the order of
 * k, wherever it stands.  scratch: NARROW_SCRATCH(rows, depth) floats.
 */
extern void narrow_product(const float *x, size_t row_stride,
						   size_t depth_stride, size_t rows, size_t depth,
						   const float *b, size_t columns, bool add,
						   float *out, float *scratch);

#endif
