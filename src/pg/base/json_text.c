/*
 * json_text.c
 *		Writing jsonb by way of its text.
 */
#include "pg/base/json_text.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

char *
shortest_number(double value)
{
	char *digits = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(value, digits);
	return digits;
}

void
json_append_number(StringInfo json, double value)
{
	char digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (!isfinite(value))
	{
		appendStringInfoString(json, "null");
		return;
	}
	double_to_shortest_decimal_buf(value, digits);
	appendStringInfoString(json, digits);
}

void
json_append_string(StringInfo json, const char *text)
{
	escape_json(json, text);
}

void
json_append_key(StringInfo json, const char *key)
{
	char last = json->len > 0 ? json->data[json->len - 1] : '{';

	if (last != '{' && last != '[')
		appendStringInfoString(json, ", ");
	escape_json(json, key);
	appendStringInfoString(json, ": ");
}

void
json_append_field(StringInfo json, const char *key, double value)
{
	json_append_key(json, key);
	json_append_number(json, value);
}

void
json_append_text_field(StringInfo json, const char *key, const char *text)
{
	json_append_key(json, key);
	json_append_string(json, text);
}

void
json_append_count_field(StringInfo json, const char *key, int64 count)
{
	json_append_key(json, key);
	appendStringInfo(json, INT64_FORMAT, count);
}

Datum
json_text_to_jsonb(StringInfo json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json->data));
}
