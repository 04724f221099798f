/*
 * npy.h
 *		Reader of numpy's own files of one array, .npy.
 *
 * Arrays of numbers only, in C or Fortran order and either byte order.  What
 * numpy stores as a pickle (objects) is refused.  Source: numpy.lib.format.
 */
#ifndef LINLEARN_FORMATS_NPY_H
#define LINLEARN_FORMATS_NPY_H

#include "formats/numbers.h"

/* An array and its name in the zip, without .npy; NULL in a file of one. */
typedef struct NamedArray
{
	NumberArray numbers;
	const char *name; /* not terminated */
	size_t name_length;
} NamedArray;

typedef struct NamedArrays
{
	size_t count;
	NamedArray *arrays;
} NamedArrays;

/* Whether the bytes begin as a .npy file, or as a zip, does. */
extern bool npy_detect(const uint8_t *bytes, size_t length);

/*
 * Reads a .npy file's array, which borrows the bytes; what names it in errors:
 * LL_MALFORMED, LL_UNSUPPORTED (objects, records, texts, complex numbers).
 */
extern Status npy_parse(const uint8_t *bytes, size_t length, const char *what,
						NumberArray *array, Failure *failure);

#endif
