/*
 * idx.c
 *		Reader of the idx format, in which MNIST is published.
 */
#include "formats/idx.h"

#include <string.h>

/* Translate the type byte of an idx file; false if there is no such type. */
static bool
idx_type(uint8_t code, NumberType *type)
{
	switch (code)
	{
		case 0x08:
			*type = NUMBER_UINT8;
			return true;
		case 0x09:
			*type = NUMBER_INT8;
			return true;
		case 0x0B:
			*type = NUMBER_INT16;
			return true;
		case 0x0C:
			*type = NUMBER_INT32;
			return true;
		case 0x0D:
			*type = NUMBER_FLOAT32;
			return true;
		case 0x0E:
			*type = NUMBER_FLOAT64;
			return true;
	}
	return false;
}

/* Check the four bytes that an idx file begins with. */
static Status
idx_parse_magic(const uint8_t *bytes, size_t length, NumberArray *array,
				Failure *failure)
{
	if (length < 4)
		return fail(failure, LL_MALFORMED,
					"idx file ends within its magic number");
	if (bytes[0] != 0 || bytes[1] != 0)
	{
		fail(failure, LL_MALFORMED,
			 "not an idx file: it begins with bytes 0x%02x%02x", bytes[0],
			 bytes[1]);
		fail_detail(failure, "An idx file begins with 0x0000.");
		return LL_MALFORMED;
	}
	if (!idx_type(bytes[2], &array->type))
	{
		fail(failure, LL_MALFORMED, "idx file has unknown type 0x%02x",
			 bytes[2]);
		fail_detail(failure, "Types are 0x08 (uint8), 0x09 (int8), 0x0b "
							 "(int16), 0x0c (int32), 0x0d (float32) and 0x0e "
							 "(float64).");
		return LL_MALFORMED;
	}
	if (bytes[3] < 1 || bytes[3] > NUMBERS_MAX_DIMENSIONS)
		return fail(failure, LL_MALFORMED,
					"idx file has %d dimensions, allowed are 1 to %d",
					bytes[3], NUMBERS_MAX_DIMENSIONS);
	array->dimensions = bytes[3];
	return LL_OK;
}

Status
idx_parse(const uint8_t *bytes, size_t length, NumberArray *array,
		  Failure *failure)
{
	Status status;
	size_t header;

	memset(array, 0, sizeof(*array));
	status = idx_parse_magic(bytes, length, array, failure);
	if (status != LL_OK)
		return status;
	header = 4 + 4 * (size_t) array->dimensions;
	if (length < header)
		return fail(failure, LL_MALFORMED,
					"idx file ends within its %d dimensions",
					array->dimensions);
	for (int i = 0; i < array->dimensions; i++)
	{
		const uint8_t *size = bytes + 4 + 4 * i;

		array->shape[i] = (size_t) size[0] << 24 | (size_t) size[1] << 16 |
						  (size_t) size[2] << 8 | size[3];
	}
	array->big_endian = true;
	array->data = bytes + header;
	return numbers_check(array, length - header, "idx file", failure);
}
