/*
 * whole.h
 *		Whole numbers that floating point holds to the last digit.
 *
 * A measured number is rounded to the type it is read as.  A whole one (a
 * count, a key, a time) that loses digits is another number: readers refuse
 * it where its source tells that it is one, by its type or by its spelling.
 */
#ifndef LINLEARN_FORMATS_WHOLE_H
#define LINLEARN_FORMATS_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

/* Significant bits of float and of double. */
#define FLOAT_BITS 24
#define DOUBLE_BITS 53

/* Up to here a float holds every whole number. */
#define FLOAT_WHOLE 16777216.0

/* Whether so many significant bits hold a magnitude. */
static inline bool
whole_magnitude_fits(uint64_t magnitude, int bits)
{
	return magnitude >> bits == 0 ||
		   magnitude >> __builtin_ctzll(magnitude) >> bits == 0;
}

/* Whether so many significant bits hold an integer. */
static inline bool
whole_fits(int64_t value, int bits)
{
	return whole_magnitude_fits(
		value < 0 ? -(uint64_t) value : (uint64_t) value, bits);
}

#endif
