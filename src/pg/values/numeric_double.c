/*
 * numeric_double.c
 *		The double nearest to a numeric.
 *
 * The server writes the number as text and reads the text.  A number whose
 * digits are a whole number below 2^53, times or over a power of ten that a
 * double holds, takes one operation that rounds once (Clinger, How to read
 * floating point numbers accurately, 1990), and so gives the same.
 */
#include "pg/values/numeric_double.h"

#include <float.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

/*
 * The form on disk, which no version changes: two bytes of signs, and in the
 * short form the weight; else two bytes of weight; then digits of base 10000.
 */
#define SIGN_MASK 0xC000
#define NEGATIVE 0x4000
#define SHORT_FORM 0x8000
#define SPECIAL 0xC000
#define SHORT_NEGATIVE 0x2000
#define SHORT_WEIGHT_NEGATIVE 0x0040
#define SHORT_WEIGHT_MASK 0x003F
#define BASE 10000
#define BASE_DIGITS 4
/* Digits of base 10000 that fit into 64 bits, and the largest exact power. */
#define MOST_DIGITS 4
#define MOST_POWER 22

/* Two bytes, which may lie anywhere. */
static inline uint16
two_bytes(const char *at)
{
	uint16 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* A whole number times ten to an exponent, if one operation gives it. */
static bool
scale(uint64 whole, int exponent, double *value)
{
	static const double powers[] = {
		1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

	if (whole > UINT64CONST(1) << DBL_MANT_DIG || exponent > MOST_POWER ||
		exponent < -MOST_POWER)
		return false;
	*value = exponent < 0 ? (double) whole / powers[-exponent]
						  : (double) whole * powers[exponent];
	return true;
}

/* Reads the form on disk; false: the server has to. */
static bool
read_short(const char *data, Size size, double *value)
{
	uint16 header = two_bytes(data);
	bool negative;
	int weight, digits;
	uint64 whole = 0;

	if ((header & SIGN_MASK) == SPECIAL)
		return false;
	if ((header & SIGN_MASK) == SHORT_FORM)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_NEGATIVE)
			weight -= SHORT_WEIGHT_MASK + 1;
		data += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else if (size < 2 * sizeof(uint16))
		return false;
	else
	{
		negative = (header & SIGN_MASK) == NEGATIVE;
		weight = (int16) two_bytes(data + sizeof(uint16));
		data += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	digits = (int) (size / sizeof(uint16));
	if (digits > MOST_DIGITS)
		return false;
	for (int i = 0; i < digits; i++)
		whole = whole * BASE + two_bytes(data + i * sizeof(uint16));
	if (!scale(whole, BASE_DIGITS * (weight + 1 - digits), value))
		return digits == 0;
	if (negative)
		*value = -*value;
	return true;
}

double
numeric_double(Datum value)
{
	struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);
	double number = 0.0;

	if (VARSIZE_ANY_EXHDR(plain) >= sizeof(uint16) &&
		read_short(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain), &number))
		return number;
	return DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, value));
}
