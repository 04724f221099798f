/*
 * magnitude.c
 *		How large rows are.
 */
#include "core/rows/magnitude.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"

/*
 * Sizes of floats are in the order of their bits without the sign, whose maximum
 * a compiler takes many at once.
 */
KERNEL_CLONES static double
largest_u8(const uint8_t *values, size_t count)
{
	uint8_t largest = 0;

	for (size_t j = 0; j < count; j++)
		largest = values[j] > largest ? values[j] : largest;
	return largest;
}

KERNEL_CLONES static double
largest_f32(const float *values, size_t count)
{
	int32_t largest = 0;
	float size;

	for (size_t j = 0; j < count; j++)
	{
		int32_t bits;

		memcpy(&bits, &values[j], sizeof(bits));
		bits &= INT32_MAX;
		largest = bits > largest ? bits : largest;
	}
	memcpy(&size, &largest, sizeof(size));
	return (double) size;
}

KERNEL_CLONES static double
largest_f64(const double *values, size_t count)
{
	int64_t largest = 0;
	double size;

	for (size_t j = 0; j < count; j++)
	{
		int64_t bits;

		memcpy(&bits, &values[j], sizeof(bits));
		bits &= INT64_MAX;
		largest = bits > largest ? bits : largest;
	}
	memcpy(&size, &largest, sizeof(size));
	return size;
}

double
row_magnitude(RowFormat format, const RowView *row, uint32_t dimension)
{
	if (row->largest > 0.0)
		return row->largest;
	switch (format)
	{
		case ROWS_U8:
			return largest_u8(row->dense, dimension);
		case ROWS_F32:
			return largest_f32(row->dense, dimension);
		case ROWS_F64:
			return largest_f64(row->dense, dimension);
		case ROWS_SPARSE:
			return largest_f32(row->value, row->count);
		case ROWS_CELLS:
			break;
	}
	return 0.0;
}

void
magnitude_range_add(MagnitudeRange *range, MagnitudeRange other)
{
	if (other.largest == 0.0)
		return;
	if (range->largest == 0.0)
		*range = other;
	if (other.least < range->least)
		range->least = other.least;
	if (other.largest > range->largest)
		range->largest = other.largest;
}
