/*
 * decimal.h
 *		Numbers written in decimal, read exactly: the nearest double, or the
 *		nearest float, ties to even, as strtod and strtof give them.
 */
#ifndef LINLEARN_FORMATS_DECIMAL_H
#define LINLEARN_FORMATS_DECIMAL_H

#include "core/base/runtime.h"
#include "formats/whole.h"

typedef enum DecimalStatus
{
	DECIMAL_OK,
	DECIMAL_NONE,	 /* no number starts here */
	DECIMAL_RANGE,	 /* too large for the type */
	DECIMAL_TOO_LONG /* more characters than any exact number needs */
} DecimalStatus;

/*
 * Reads the number at the start of begin..end: [+-] digits [. digits]
 * [e [+-] digits], or nan, inf, infinity in any case.  Sets *rest to what
 * follows it.  single: rounds to float (the value is then exactly a float).  A
 * number too small becomes 0 or subnormal.
 */
extern DecimalStatus decimal_read(const char *begin, const char *end,
								  bool single, double *value,
								  const char **rest);

/*
 * Whether begin..end is spelt as a whole number, of digits alone, that so many
 * significant bits do not hold: rounding it would change digits that somebody
 * wrote on purpose.
 */
extern bool decimal_is_cut(const char *begin, const char *end, int bits);

#endif
