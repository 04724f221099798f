/*
 * tune_values.c
 *		Values of a tuning request out of jsonb.
 */
#include "pg/train/tune_values.h"

#include <math.h>

#include "core/options/hyperparameters.h"
#include "pg/base/runtime.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

void
tune_refuse(const char *key, const char *allowed)
{
	ereport(ERROR,
			(INVALID, errmsg("invalid value for tuning key \"%s\"", key),
			 errdetail("It must be %s.", allowed)));
	pg_unreachable();
}

/* Reads a number, or a text that is one; false: neither. */
static bool
read_number(const JsonbValue *value, double *number)
{
	if (value->type == jbvNumeric)
	{
		*number = DatumGetFloat8(DirectFunctionCall1(
			numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
		return true;
	}
	return value->type == jbvString &&
		   hyperparameters_read_number(
			   pnstrdup(value->val.string.val, value->val.string.len), number);
}

double
tune_number(const char *key, const JsonbValue *value)
{
	double number;

	if (!read_number(value, &number))
		tune_refuse(key, "a number");
	return number;
}

uint32
tune_integer(const char *key, const JsonbValue *value, uint32 minimum,
			 uint32 maximum)
{
	double number;

	if (!read_number(value, &number) ||
		!(number >= minimum && number <= maximum) || number != floor(number))
		tune_refuse(key,
					psprintf("an integer from %u to %u", minimum, maximum));
	return (uint32) number;
}

char *
tune_text(const char *key, const JsonbValue *value)
{
	if (value->type != jbvString)
		tune_refuse(key, "a text");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

int
tune_choice(const char *key, const JsonbValue *value, const char *const *names)
{
	char *text = tune_text(key, value);
	StringInfoData allowed;

	initStringInfo(&allowed);
	for (int i = 0; names[i] != NULL; i++)
	{
		if (pg_strcasecmp(names[i], text) == 0)
			return i;
		appendStringInfo(&allowed, "%s\"%s\"", i > 0 ? ", " : "one of ",
						 names[i]);
	}
	tune_refuse(key, allowed.data);
}

JsonbContainer *
tune_object(const char *key, const JsonbValue *value, const char *allowed)
{
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		tune_refuse(key, allowed);
	return value->val.binary.data;
}

JsonbContainer *
tune_array(const char *key, const JsonbValue *value, const char *allowed)
{
	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data) ||
		JsonContainerIsScalar(value->val.binary.data))
		tune_refuse(key, allowed);
	return value->val.binary.data;
}

JsonbValue *
tune_member(JsonbContainer *object, const char *key)
{
	JsonbValue name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = (int) strlen(key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

void
tune_each(JsonbContainer *container, TuneVisitor *visit, void *context)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbValue value;
	JsonbIteratorToken token;
	char *key = NULL;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE || token == WJB_ELEM)
			visit(context, key, &value);
	}
}
