/*
 * train_plan.c
 *		What a parallel plan of a training costs, for the planner.
 *
 * Workers hand over what they hold: sums, which are small, or every row.  Rows
 * are copied three times on their way, which takes longer than reading them with
 * one process, and a worker's may not exceed 1 GB.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "core/options/hyperparameters.h"
#include "core/options/optimizer_table.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "pg/base/combined_calls.h"
#include "pg/base/options.h"
#include "pg/base/settings.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* More than any plan is saved by workers. */
#define HANDED_OVER_COST 1e10

/* Whether an option leaves a regression by the closed form to itself. */
static bool
is_summed_with(const char *name, const JsonbValue *value)
{
	int row = hyperparameters_find(name);

	switch (row)
	{
		case HP_PREDICTOR_TYPE:
			return value->type == jbvString &&
				   value->val.string.len == strlen("regressor") &&
				   memcmp(value->val.string.val, "regressor",
						  value->val.string.len) == 0;
		case HP_LOSS:
		case HP_OPTIMIZER:
		case HP_L1:
		case HP_VALIDATION_FRACTION:
		case HP_NUM_POINT_FOR_SCALER:
		case HP_STANDARD_ERRORS:
			return false;
		default:
			return row >= 0 && (hyperparameter_table[row].optimizers &
								USED_BY(OPTIMIZER_EXACT)) != 0;
	}
}

/* Whether a training of arrays with such options only sums its rows. */
static bool
are_summed_with(Jsonb *options)
{
	JsonbIterator *iterator = JsonbIteratorInit(&options->root);
	JsonbIteratorToken token;
	JsonbValue key, value;
	bool regressor = false;

	if (!JB_ROOT_IS_OBJECT(options))
		return false;
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		char *name;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &value, true);
		name = pnstrdup(key.val.string.val, key.val.string.len);
		if (!is_summed_with(name, &value))
			return false;
		regressor |= hyperparameters_find(name) == HP_PREDICTOR_TYPE;
	}
	return regressor;
}

/* The options among the arguments. */
#define OPTIONS_PLACE 2

/* Whether a training only sums its rows, as far as can be told. */
static bool
is_summed(const Aggref *call)
{
	const Const *options =
		(Const *) combined_call_argument(call, OPTIONS_PLACE);

	if (type_is_rowtype(exprType(combined_call_argument(call, 0))) ||
		options == NULL || !IsA(options, Const) || options->constisnull)
		return false;
	if (options->consttype == JSONBOID)
		return are_summed_with(DatumGetJsonbP(options->constvalue));
	return are_summed_with(
		options_of_text(DatumGetTextPP(options->constvalue)));
}

/* Notes a training that hands rows over. */
static void
note_training(const Aggref *call, void *summed)
{
	*(bool *) summed &= is_summed(call);
}

PG_FUNCTION_INFO_V1(linlearn_train_combine_support);
Datum
linlearn_train_combine_support(PG_FUNCTION_ARGS)
{
	SupportRequestCost *request = (SupportRequestCost *) PG_GETARG_POINTER(0);
	bool summed = true;

	if (!IsA(request, SupportRequestCost) || request->root == NULL ||
		linlearn_parallel_rows)
		PG_RETURN_POINTER(NULL);
	combined_calls_visit(request->root, request->funcid, note_training,
						 &summed);
	if (summed)
		PG_RETURN_POINTER(NULL);
	request->startup = HANDED_OVER_COST;
	request->per_tuple = HANDED_OVER_COST;
	PG_RETURN_POINTER(request);
}
