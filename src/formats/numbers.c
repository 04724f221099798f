/*
 * numbers.c
 *		Arrays of numbers inside somebody else's bytes.
 */
#include "formats/numbers.h"

#include "formats/whole.h"

#include <string.h>

static const struct
{
	const char *name;
	size_t size;
	const char *code;
} number_types[] = {
	[NUMBER_BOOL] = {"bool", 1, "b1"},
	[NUMBER_UINT8] = {"uint8", 1, "u1"},
	[NUMBER_INT8] = {"int8", 1, "i1"},
	[NUMBER_UINT16] = {"uint16", 2, "u2"},
	[NUMBER_INT16] = {"int16", 2, "i2"},
	[NUMBER_UINT32] = {"uint32", 4, "u4"},
	[NUMBER_INT32] = {"int32", 4, "i4"},
	[NUMBER_UINT64] = {"uint64", 8, "u8"},
	[NUMBER_INT64] = {"int64", 8, "i8"},
	[NUMBER_FLOAT32] = {"float32", 4, "f4"},
	[NUMBER_FLOAT64] = {"float64", 8, "f8"},
};

size_t
number_size(NumberType type)
{
	return number_types[type].size;
}

const char *
number_type_name(NumberType type)
{
	return number_types[type].name;
}

const char *
number_type_code(NumberType type)
{
	return number_types[type].code;
}

Status
numbers_check(NumberArray *array, size_t length, const char *what,
			  Failure *failure)
{
	size_t size = number_size(array->type);
	size_t needed;

	array->rows = array->dimensions > 0 ? array->shape[0] : 1;
	array->width = 1;
	for (int i = 1; i < array->dimensions; i++)
	{
		if (__builtin_mul_overflow(array->width, array->shape[i],
								   &array->width))
			return fail(failure, LL_MALFORMED,
						"the shape of %s is too large for any file", what);
	}
	if (__builtin_mul_overflow(array->rows, array->width, &needed) ||
		__builtin_mul_overflow(needed, size, &needed))
		return fail(failure, LL_MALFORMED,
					"the shape of %s is too large for any file", what);
	/* or a few bytes could claim billions of rows without numbers */
	if (array->width == 0)
		array->rows = 0;
	if (needed != length)
	{
		fail(failure, LL_MALFORMED, "%s has %zu bytes of data instead of %zu",
			 what, length, needed);
		fail_detail(failure, "Its shape is %zu rows of %zu %s.", array->rows,
					array->width, number_type_name(array->type));
		return LL_MALFORMED;
	}
	return LL_OK;
}

/* Read size bytes as an unsigned integer of the given byte order. */
static inline uint64_t
load_bits(const uint8_t *bytes, size_t size, bool big_endian)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < size; i++)
		bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
	return bits;
}

/* Read one number. */
static double
load_number(const uint8_t *bytes, NumberType type, bool big_endian)
{
	uint64_t bits = load_bits(bytes, number_size(type), big_endian);
	uint32_t low = (uint32_t) bits;
	float single;
	double value;

	switch (type)
	{
		case NUMBER_BOOL:
			return bits != 0;
		case NUMBER_INT8:
			return (int8_t) bits;
		case NUMBER_INT16:
			return (int16_t) bits;
		case NUMBER_INT32:
			return (int32_t) bits;
		case NUMBER_INT64:
			return (double) (int64_t) bits;
		case NUMBER_FLOAT32:
			memcpy(&single, &low, sizeof(single));
			return single;
		case NUMBER_FLOAT64:
			memcpy(&value, &bits, sizeof(value));
			return value;
		case NUMBER_UINT8:
		case NUMBER_UINT16:
		case NUMBER_UINT32:
		case NUMBER_UINT64:
			break;
	}
	return (double) bits;
}

/* Find the index of a row's column among all numbers of the array. */
static size_t
number_index(const NumberArray *array, size_t row, size_t column)
{
	size_t index = 0;
	size_t stride;

	if (!array->column_major || array->dimensions == 0)
		return row * array->width + column;
	/* the last dimension has the longest stride, and the column's low part */
	stride = array->shape[0] * array->width;
	for (int i = array->dimensions - 1; i > 0; i--)
	{
		stride /= array->shape[i];
		index += column % array->shape[i] * stride;
		column /= array->shape[i];
	}
	return index + row;
}

double
numbers_at(const NumberArray *array, size_t row, size_t column)
{
	size_t index = number_index(array, row, column);

	return load_number(array->data + index * number_size(array->type),
					   array->type, array->big_endian);
}

bool
numbers_fit(const NumberArray *array, size_t row, size_t column, int bits)
{
	size_t size = number_size(array->type);
	const uint8_t *bytes =
		array->data + number_index(array, row, column) * size;
	uint64_t value;

	/* integers of 16 bits fit any of the types */
	if (array->type < NUMBER_UINT32 || array->type > NUMBER_INT64)
		return true;
	value = load_bits(bytes, size, array->big_endian);
	if (array->type == NUMBER_INT32)
		return whole_fits((int32_t) value, bits);
	if (array->type == NUMBER_INT64)
		return whole_fits((int64_t) value, bits);
	return whole_magnitude_fits(value, bits);
}

NumberArray
numbers_slice(const NumberArray *array, size_t first, size_t rows)
{
	NumberArray slice = *array;

	/*
	 * A column-major slice keeps its strides: its shape stays, rows says how
	 * many may be asked for.
	 */
	if (array->column_major)
		slice.data += first * number_size(array->type);
	else
	{
		slice.data += first * array->width * number_size(array->type);
		slice.shape[0] = rows;
	}
	slice.rows = rows;
	return slice;
}

const uint8_t *
numbers_row_bytes(const NumberArray *array, size_t row)
{
	if (array->type != NUMBER_UINT8 ||
		(array->column_major && array->width > 1))
		return NULL;
	return array->data + row * array->width;
}

/* Copy a row of float32 or float64 that lies as this machine has them. */
static bool
native_row(const NumberArray *array, size_t row, double *values)
{
	const uint16_t probe = 1;
	bool big_endian = *(const uint8_t *) &probe == 0;
	const uint8_t *bytes = array->data;

	if (array->column_major || array->big_endian != big_endian)
		return false;
	if (array->type == NUMBER_FLOAT64)
		memcpy(values, bytes + row * array->width * 8, array->width * 8);
	else if (array->type == NUMBER_FLOAT32)
	{
		bytes += row * array->width * 4;
		for (size_t i = 0; i < array->width; i++)
		{
			float single;

			memcpy(&single, bytes + i * 4, 4);
			values[i] = single;
		}
	}
	else
		return false;
	return true;
}

void
numbers_row(const NumberArray *array, size_t row, double *values)
{
	if (native_row(array, row, values))
		return;
	for (size_t i = 0; i < array->width; i++)
		values[i] = numbers_at(array, row, i);
}
