/*
 * options.c
 *		Hyperparameters out of jsonb.
 */
#include "pg/options.h"

#include "pg/runtime.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

Hyperparameter
options_row(const char *key)
{
	int row = hyperparameters_find(key);
	const char *nearest;

	if (row >= 0)
		return (Hyperparameter) row;
	nearest = hyperparameters_nearest(key);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized hyperparameter \"%s\"", key),
			 nearest != NULL ?
				 errhint("Perhaps you meant \"%s\". linlearn_hyperparameters() "
						 "lists them all.", nearest) :
				 errhint("linlearn_hyperparameters() lists them all.")));
	pg_unreachable();
}

void
options_set(Hyperparameters *settings, Hyperparameter row,
			const JsonbValue *value)
{
	Failure failure = {0};
	Status status;
	char *text;

	switch (value->type)
	{
		case jbvNumeric:
			status = hyperparameters_set_number(
				settings, row,
				DatumGetFloat8(DirectFunctionCall1(
					numeric_float8_no_overflow,
					NumericGetDatum(value->val.numeric))),
				&failure);
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
			status = hyperparameters_set_text(settings, row, "null", &failure);
			break;
		default:
			status = hyperparameters_set_text(settings, row,
											  "an object or array", &failure);
			break;
	}
	CHECK_STATUS(status, failure);
}

void
options_read(Jsonb *options, Hyperparameters *settings)
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
		Hyperparameter row;
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		row = options_row(key);
		(void) JsonbIteratorNext(&iterator, &value, true);
		options_set(settings, row, &value);
	}
}
