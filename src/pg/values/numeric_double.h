/*
 * numeric_double.h
 *		The double nearest to a numeric.
 */
#ifndef LINLEARN_PG_VALUES_NUMERIC_DOUBLE_H
#define LINLEARN_PG_VALUES_NUMERIC_DOUBLE_H

#include "pg/base/version.h"

/*
 * The same as the server's cast to double precision, but many times faster for
 * numbers of up to 15 digits, and infinite for what is too large.
 */
extern double numeric_double(Datum value);

#endif
