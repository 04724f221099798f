/*
 * json_values.c
 *		Values of JSON, and the errors of those that a column cannot have.
 */
#include "pg/values/json_values.h"

#include <math.h>

#include "formats/decimal.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "pg/values/numeric_double.h"
#include "utils/numeric.h"

const char *
json_kind_name(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "true or false";
		default:
			return value->type == jbvBinary &&
						   JsonContainerIsArray(value->val.binary.data)
					   ? "an array"
					   : "an object";
	}
}

/* What a column takes, as hints name it. */
static const char *
taken(const Column *column)
{
	switch (column->kind)
	{
		case COLUMN_NUMBER:
			return strcmp(column->type, "interval") == 0
					   ? "Give a number of seconds, or an interval such as "
						 "\"P1DT2H\"."
					   : "Give a number.";
		case COLUMN_FLAG:
			return "Give true or false.";
		case COLUMN_CATEGORY:
			return "Give a string.";
		case COLUMN_MOMENT:
			return "Give a string such as \"2026-11-27\" or "
				   "\"2026-11-27T14:30:00Z\".";
		case COLUMN_WORDS:
			return column->options.words != NULL
					   ? "Give a text as a string, an array of words, or an "
						 "object of words and how often each occurs."
					   : "Give an array of words, an object of words and how "
						 "often each occurs, or a string in tsvector's form.";
		case COLUMN_SET:
			return "Give an array of strings.";
		case COLUMN_BLOCK:
			return "Give an array of numbers, or the text of bytea "
				   "(\"\\x00ff\") or of a vector (\"[1,2]\").";
		default:
			return "Give an object of places, from 1, and numbers, or the "
				   "type's own text.";
	}
}

void
json_cell_refuse(const Column *column, const JsonbValue *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is %s, but a row has %s there",
					server_of_utf8(column->name, strlen(column->name)),
					column_kind_name(column->kind), json_kind_name(value)),
			 errhint("%s", taken(column))));
	pg_unreachable();
}

void
json_refuse_content(const Column *column, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					errmsg("column \"%s\" is %s, but a row has %s there",
						   server_of_utf8(column->name, strlen(column->name)),
						   column_kind_name(column->kind), what),
					errhint("%s", taken(column))));
}

bool
json_number_of(const JsonbValue *value, bool single, double *number)
{
	const char *begin = value->val.string.val, *rest;
	DecimalStatus status;

	if (value->type == jbvNumeric)
	{
		*number = numeric_double(NumericGetDatum(value->val.numeric));
		if (single)
			*number = (float) *number;
		return true;
	}
	if (value->type != jbvString)
		return false;
	status = decimal_read(begin, begin + value->val.string.len, single, number,
						  &rest);
	if (status == DECIMAL_RANGE)
		*number = INFINITY;
	return status == DECIMAL_RANGE ||
		   (status == DECIMAL_OK && rest == begin + value->val.string.len);
}

JsonbIterator *
json_begin_array(const Column *column, const JsonbValue *value, uint32 *count)
{
	JsonbIterator *iterator;
	JsonbValue item;

	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		json_cell_refuse(column, value);
	*count = JsonContainerSize(value->val.binary.data);
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &item, true);
	return iterator;
}
