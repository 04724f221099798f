/*
 * transpose.h
 *		A matrix turned over.
 */
#ifndef LINLEARN_CORE_MATH_TRANSPOSE_H
#define LINLEARN_CORE_MATH_TRANSPOSE_H

#include <stddef.h>

/* Turns [rows][columns] into [columns][rows]. */
static inline void
transpose(const double *from, size_t rows, size_t columns, double *to)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			to[j * rows + i] = from[i * columns + j];
}

#endif
