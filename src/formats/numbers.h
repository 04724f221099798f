/*
 * numbers.h
 *		Arrays of numbers inside somebody else's bytes: idx files, numpy
 * pickles.
 *
 * A NumberArray borrows the bytes that it describes.  Its first dimension
 * counts rows; a row is what the other dimensions hold, in C order.  An array
 * without dimensions is one row of one number; one without numbers has no rows.
 */
#ifndef LINLEARN_FORMATS_NUMBERS_H
#define LINLEARN_FORMATS_NUMBERS_H

#include "core/base/runtime.h"

#define NUMBERS_MAX_DIMENSIONS 8

typedef enum NumberType
{
	NUMBER_BOOL,
	NUMBER_UINT8,
	NUMBER_INT8,
	NUMBER_UINT16,
	NUMBER_INT16,
	NUMBER_UINT32,
	NUMBER_INT32,
	NUMBER_UINT64,
	NUMBER_INT64,
	NUMBER_FLOAT32,
	NUMBER_FLOAT64
} NumberType;

#define NUMBER_TYPES (NUMBER_FLOAT64 + 1)

typedef struct NumberArray
{
	NumberType type;
	bool big_endian;
	bool column_major; /* Fortran order: the first index runs fastest */
	int dimensions;
	size_t shape[NUMBERS_MAX_DIMENSIONS];
	size_t rows;		 /* shape[0] (less in a slice), or 1 */
	size_t width;		 /* numbers a row */
	const uint8_t *data; /* rows * width numbers */
} NumberArray;

/* Bytes of one number, and the type's name as numpy spells it. */
extern size_t number_size(NumberType type);
extern const char *number_type_name(NumberType type);

/* The type's code in numpy's files, without the byte order: "f4". */
extern const char *number_type_code(NumberType type);

/*
 * Fills rows and width from shape, and checks that length bytes of data are
 * exactly what they need.  Errors: LL_MALFORMED; what names the array.
 */
extern Status numbers_check(NumberArray *array, size_t length,
							const char *what, Failure *failure);

/* The number in a row at a column of its C order, both in range; a 64-bit
 * integer beyond 2^53 is rounded. */
extern double numbers_at(const NumberArray *array, size_t row, size_t column);

/* Whether so many significant bits hold that number, if it is an integer. */
extern bool numbers_fit(const NumberArray *array, size_t row, size_t column,
						int bits);

/* `rows` rows of an array, from row `first` on, as an array. */
extern NumberArray numbers_slice(const NumberArray *array, size_t first,
								 size_t rows);

/* Where the bytes of a row lie when it is one run of uint8; else NULL. */
extern const uint8_t *numbers_row_bytes(const NumberArray *array, size_t row);

/* Copies a row as width doubles. */
extern void numbers_row(const NumberArray *array, size_t row, double *values);

#endif
