/*
 * key_bytes.h
 *		A value of any type as bytes that equal values share, to be hashed.
 */
#ifndef LINLEARN_PG_VALUES_KEY_BYTES_H
#define LINLEARN_PG_VALUES_KEY_BYTES_H

#include "pg/base/version.h"

#include "lib/stringinfo.h"

/*
 * Appends a value: a number as its shortest decimal digits, whatever its type; a
 * text in UTF-8, so that 42, 42.00 and '42' are the same; a row field by field,
 * without the names; anything else as its type prints it, whatever the session's
 * settings are.
 */
extern void key_bytes_append(StringInfo out, Oid type, Datum value);

#endif
