/*
 * decimal.c
 *		Numbers written in decimal, read exactly.
 *
 * Most numbers in files have few digits.  With a mantissa of at most 2^53 and
 * a power of ten of at most 10^22, both are doubles without error, so that one
 * multiplication or division rounds once and correctly (W. D. Clinger, "How to
 * read floating point numbers accurately", 1990).  All others go to strtod.
 */
#include "formats/decimal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The longest decimal that lies exactly between two doubles has 767 digits
 * after 323 zeros; with sign, point and exponent no exact number needs more.
 */
#define LONGEST_DECIMAL 1150

#define LARGEST_EXACT_MANTISSA (UINT64_C(1) << 53)
#define LARGEST_EXACT_POWER 22

/* Beyond this a digit no longer fits a mantissa of 64 bits. */
#define MANTISSA_DIGITS 19

static const double powers_of_ten[LARGEST_EXACT_POWER + 1] = {
	1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* A number as it is written. */
typedef struct Decimal
{
	const char *begin;
	const char *end;
	bool negative;
	uint64_t mantissa;
	int64_t exponent; /* of ten */
	bool exact;		  /* mantissa holds every digit */
} Decimal;

static inline bool
is_digit(char c)
{
	return (unsigned char) (c - '0') < 10;
}

/* Reads an exponent after the e; without digits there is none. */
static const char *
scan_exponent(const char *p, const char *end, int64_t *exponent)
{
	const char *start = p;
	bool negative;
	int64_t value = 0;

	p++;
	negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end || !is_digit(*p))
		return start;
	for (; p < end && is_digit(*p); p++)
	{
		if (value < 1000000)
			value = value * 10 + (*p - '0');
	}
	*exponent += negative ? -value : value;
	return p;
}

/* Reads digits into the mantissa; returns where they end. */
static inline const char *
scan_digits(const char *p, const char *end, uint64_t *mantissa)
{
	uint64_t value = *mantissa;

	for (; p < end && is_digit(*p); p++)
		value = value * 10 + (uint64_t) (*p - '0');
	*mantissa = value;
	return p;
}

/* Takes a number apart; false if none starts here. */
static bool
scan(const char *begin, const char *end, Decimal *number)
{
	const char *p = begin;
	const char *digits;
	const char *point;
	ptrdiff_t count;

	number->begin = begin;
	number->negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	number->mantissa = 0;
	number->exponent = 0;
	digits = p;
	p = scan_digits(p, end, &number->mantissa);
	count = p - digits;
	if (p < end && *p == '.')
	{
		point = ++p;
		p = scan_digits(p, end, &number->mantissa);
		number->exponent = -(int64_t) (p - point);
		count += p - point;
	}
	if (count == 0)
		return false;
	number->exact = count <= MANTISSA_DIGITS;
	if (p < end && (*p == 'e' || *p == 'E'))
		p = scan_exponent(p, end, &number->exponent);
	number->end = p;
	return true;
}

/* Lets the C library read a number. */
static DecimalStatus
read_slowly(const Decimal *number, bool single, double *value)
{
	char text[LONGEST_DECIMAL + 1];
	size_t length = (size_t) (number->end - number->begin);

	if (length > LONGEST_DECIMAL)
		return DECIMAL_TOO_LONG;
	memcpy(text, number->begin, length);
	text[length] = '\0';
	*value = single ? (double) strtof(text, NULL) : strtod(text, NULL);
	return isinf(*value) ? DECIMAL_RANGE : DECIMAL_OK;
}

/*
 * Rounds a correctly rounded double to float.  Only where the double lies
 * exactly between two floats could the digits say otherwise, or below the
 * normal floats.
 */
static bool
round_to_single(double *value)
{
	uint64_t bits;
	double size = fabs(*value);

	memcpy(&bits, value, sizeof(bits));
	if ((bits & 0x1fffffff) == 0x10000000 || size > FLT_MAX ||
		(size < FLT_MIN && size != 0))
		return false;
	*value = (float) *value;
	return true;
}

/* Compares without regard to case; lower is in lower case. */
static bool
starts_with(const char *p, const char *end, const char *lower)
{
	for (; *lower != '\0'; lower++, p++)
	{
		if (p == end || (*p | 0x20) != *lower)
			return false;
	}
	return true;
}

/* Reads nan, inf or infinity. */
static DecimalStatus
read_special(const char *begin, const char *end, double *value,
			 const char **rest)
{
	const char *p = begin;
	bool negative = p < end && *p == '-';

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (starts_with(p, end, "nan"))
	{
		*value = NAN;
		*rest = p + 3;
		return DECIMAL_OK;
	}
	if (!starts_with(p, end, "inf"))
		return DECIMAL_NONE;
	*value = negative ? -INFINITY : INFINITY;
	*rest = p + (starts_with(p, end, "infinity") ? 8 : 3);
	return DECIMAL_OK;
}

DecimalStatus
decimal_read(const char *begin, const char *end, bool single, double *value,
			 const char **rest)
{
	Decimal number;

	if (!scan(begin, end, &number))
		return read_special(begin, end, value, rest);
	*rest = number.end;
	/* With excess precision (x87) one operation may round twice. */
	if (FLT_EVAL_METHOD == 0 && number.exact &&
		number.mantissa <= LARGEST_EXACT_MANTISSA)
	{
		double result = (double) number.mantissa;

		if (number.mantissa == 0)
			number.exponent = 0;
		if (number.exponent >= -LARGEST_EXACT_POWER &&
			number.exponent <= LARGEST_EXACT_POWER)
		{
			if (number.exponent < 0)
				result /= powers_of_ten[-number.exponent];
			else
				result *= powers_of_ten[number.exponent];
			*value = number.negative ? -result : result;
			if (!single || round_to_single(value))
				return DECIMAL_OK;
		}
	}
	return read_slowly(&number, single, value);
}

bool
decimal_is_cut(const char *begin, const char *end, int bits)
{
	uint64_t magnitude = 0;

	if (begin < end && (*begin == '-' || *begin == '+'))
		begin++;
	for (const char *p = begin; p < end; p++)
		if (!is_digit(*p))
			return false;
	for (const char *p = begin; p < end; p++)
		if (__builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude) ||
			__builtin_add_overflow(magnitude, (uint64_t) (*p - '0'),
								   &magnitude))
			return true;
	return !whole_magnitude_fits(magnitude, bits);
}
