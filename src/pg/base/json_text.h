/*
 * json_text.h
 *		Writing jsonb by way of its text.
 */
#ifndef LINLEARN_PG_BASE_JSON_TEXT_H
#define LINLEARN_PG_BASE_JSON_TEXT_H

#include "pg/base/version.h"

#include "lib/stringinfo.h"

/* A number as float8out prints it by default, whatever extra_float_digits is. */
extern char *shortest_number(double value);

/* The shortest text that reads back as value; null for NaN and infinities. */
extern void json_append_number(StringInfo json, double value);

extern void json_append_string(StringInfo json, const char *text);

/* ", " unless an object or array has just begun, then "key": . */
extern void json_append_key(StringInfo json, const char *key);

/* A key with a number, text or count. */
extern void json_append_field(StringInfo json, const char *key, double value);
extern void json_append_text_field(StringInfo json, const char *key,
								   const char *text);
extern void json_append_count_field(StringInfo json, const char *key,
									int64 count);

/* The jsonb of a finished text. */
extern Datum json_text_to_jsonb(StringInfo json);

#endif
