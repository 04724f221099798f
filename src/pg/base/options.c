/*
 * options.c
 *		Hyperparameters out of jsonb.
 */
#include "pg/base/options.h"

#include <float.h>

#include "mb/pg_wchar.h"
#include "pg/base/other_names.h"
#include "pg/base/runtime.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Bytes of JSON that an error shows. */
#define SHOWN_JSON 100
/* Digits of a number that it shows as they are. */
#define SHOWN_DIGITS 32

Jsonb *
options_of_text(text *options)
{
	return DatumGetJsonbP(DirectFunctionCall1(
		jsonb_in, CStringGetDatum(text_to_cstring(options))));
}

Hyperparameter
options_row(const char *key)
{
	int row = hyperparameters_find(key);
	const char *nearest, *note;

	if (row >= 0)
		return (Hyperparameter) row;
	nearest = option_by_other_name(key, &note);
	if (nearest != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unrecognized hyperparameter \"%s\"", key),
						errhint("Here it is \"%s\".%s%s", nearest,
								note[0] != '\0' ? " " : "", note)));
	nearest = hyperparameters_nearest(key);
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("unrecognized hyperparameter \"%s\"", key),
		 nearest != NULL
			 ? errhint("Perhaps you meant \"%s\". linlearn_hyperparameters() "
					   "lists them all.",
					   nearest)
			 : errhint("linlearn_hyperparameters() lists them all.")));
	pg_unreachable();
}

/* A number as it was written, unless that is long. */
static char *
show_number(Numeric number)
{
	char *text = DatumGetCString(
		DirectFunctionCall1(numeric_out, NumericGetDatum(number)));

	return strlen(text) <= SHOWN_DIGITS ? text
										: numeric_out_sci(number, DBL_DIG);
}

/* Reads a list of numbers; false: it is none. */
static bool
read_list(const JsonbValue *value, double **numbers, uint32 *count)
{
	JsonbContainer *list = value->val.binary.data;

	if (!JsonContainerIsArray(list) || JsonContainerIsScalar(list))
		return false;
	/* Of one that is too long its length is enough. */
	*count = JsonContainerSize(list);
	*numbers = palloc((Min(*count, MOST_QUANTILES) + 1) * sizeof(double));
	for (uint32 i = 0; i < *count && i < MOST_QUANTILES; i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(list, i);

		if (item->type != jbvNumeric)
			return false;
		(*numbers)[i] = DatumGetFloat8(DirectFunctionCall1(
			numeric_float8_no_overflow, NumericGetDatum(item->val.numeric)));
	}
	return true;
}

/* Reads nonnegative of features that are named or numbered; false: no list. */
static bool
read_features(const JsonbValue *value, Hyperparameters *settings)
{
	JsonbContainer *list = value->val.binary.data;

	if (!JsonContainerIsArray(list) || JsonContainerIsScalar(list) ||
		JsonContainerSize(list) == 0)
		return false;
	settings->value[HP_NONNEGATIVE] = settings->given[HP_NONNEGATIVE] = true;
	settings->nonnegative_named = true;
	return true;
}

void
options_set(Hyperparameters *settings, Hyperparameter row,
			const JsonbValue *value)
{
	Failure failure = {0};
	Status status;
	Datum number;
	double *list;
	uint32 count;
	char *text;

	switch (value->type)
	{
		case jbvNumeric:
			number = NumericGetDatum(value->val.numeric);
			status = hyperparameters_set_number(
				settings, row,
				DatumGetFloat8(
					DirectFunctionCall1(numeric_float8_no_overflow, number)),
				&failure);
			if (status != LL_OK)
				status = hyperparameters_refuse(
					row, show_number(value->val.numeric), &failure);
			break;
		case jbvBool:
			status = hyperparameters_set_flag(settings, row,
											  value->val.boolean, &failure);
			break;
		case jbvString:
			text = pnstrdup(value->val.string.val, value->val.string.len);
			status = hyperparameters_set_text(settings, row, text, &failure);
			break;
		case jbvNull:
			status = hyperparameters_refuse(row, "null", &failure);
			break;
		default:
			if (row == HP_NONNEGATIVE && read_features(value, settings))
				return;
			if (hyperparameter_table[row].listed &&
				read_list(value, &list, &count))
			{
				status = hyperparameters_set_list(settings, row, list, count,
												  &failure);
				break;
			}
			text = JsonbToCString(NULL, value->val.binary.data,
								  value->val.binary.len);
			text[pg_mbcliplen(text, (int) strlen(text), SHOWN_JSON)] = '\0';
			status = hyperparameters_refuse(row, text, &failure);
			break;
	}
	CHECK_STATUS(status, failure);
}

/* Reads the members of an object of options. */
static void
each_member(const char *object, const JsonbValue *value, OptionSetter set,
			void *context)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue member;

	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a JSON object", object),
				 errhint("Its members are the hyperparameters \"%s.*\" of "
						 "linlearn_hyperparameters().",
						 object)));
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &member, true)) != WJB_DONE)
	{
		char *name;
		Hyperparameter row;

		if (token != WJB_KEY)
			continue;
		name = psprintf("%s.%.*s", object, member.val.string.len,
						member.val.string.val);
		row = options_row(name);
		(void) JsonbIteratorNext(&iterator, &member, true);
		set(context, row, &member);
	}
}

void
options_each(const char *key, const JsonbValue *value, OptionSetter set,
			 void *context)
{
	if (hyperparameters_find_object(key) >= 0)
		each_member(key, value, set, context);
	else
		set(context, options_row(key), value);
}

static void
set_option(void *settings, Hyperparameter row, const JsonbValue *value)
{
	options_set(settings, row, value);
}

void
options_read(Jsonb *options, OptionKey others, Hyperparameters *settings)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	hyperparameters_init(settings);
	if (options == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example "
						 "'{\"predictor_type\": \"binary_classifier\"}'.")));
	iterator = JsonbIteratorInit(&options->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		if (others != NULL && others(key, strlen(key)))
		{
			(void) JsonbIteratorNext(&iterator, &value, true);
			continue;
		}
		(void) JsonbIteratorNext(&iterator, &value, true);
		options_each(key, &value, set_option, settings);
	}
}
