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
#include "optimizer/cost.h"
#include "parser/parsetree.h"
#include "pg/base/combined_calls.h"
#include "pg/base/options.h"
#include "pg/base/settings.h"
#include "pg/train/train_state.h"
#include "utils/array.h"
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

/* Elements of the rows' arrays, about; 0: nothing is known of them. */
static int
count_elements(PlannerInfo *root, const Node *features, Oid element)
{
	int length = get_typlen(element), width = 0;

	if (IsA(features, ArrayExpr))
		return list_length(((ArrayExpr *) features)->elements);
	if (IsA(features, Var) && ((Var *) features)->varlevelsup == 0)
	{
		const Var *var = (Var *) features;
		Oid relation = planner_rt_fetch(var->varno, root)->relid;

		width = OidIsValid(relation) ? get_attavgwidth(relation, var->varattno)
									 : 0;
	}
	width -= ARR_OVERHEAD_NONULLS(1);
	/* Those of numeric have no length of their own. */
	return width > 0 ? width / (length > 0 ? length : (int) sizeof(double))
					 : 0;
}

/*
 * Whether each process of a plan comes to so many rows that it sums them: fewer are
 * kept, and handed over.  Where nothing is known of the rows they are many.
 */
static bool
has_many_rows(PlannerInfo *root, const Node *features)
{
	Oid element = get_element_type(getBaseType(exprType(features)));
	int elements =
		OidIsValid(element) ? count_elements(root, features, element) : 0;
	bool single = element == FLOAT4OID || element == INT2OID;
	double rows =
		aggregated_rows(root) / (max_parallel_workers_per_gather + 1);
	Size least;

	if (elements == 0)
		return true;
	least = train_sum_bytes(single ? ROWS_F32 : ROWS_F64, elements);
	return least > 0 &&
		   rows * elements * (single ? sizeof(float) : sizeof(double)) >=
			   least;
}

/* What is looked for among the trainings of a query. */
typedef struct Search
{
	PlannerInfo *root;
	bool summed; /* none hands rows over */
} Search;

/* Notes a training. */
static void
note_training(const Aggref *call, void *context)
{
	Search *search = context;

	search->summed &=
		is_summed(call) &&
		has_many_rows(search->root, combined_call_argument(call, 0));
}

PG_FUNCTION_INFO_V1(linlearn_train_combine_support);
Datum
linlearn_train_combine_support(PG_FUNCTION_ARGS)
{
	SupportRequestCost *request = (SupportRequestCost *) PG_GETARG_POINTER(0);
	Search search;

	if (!IsA(request, SupportRequestCost) || request->root == NULL ||
		linlearn_parallel_rows)
		PG_RETURN_POINTER(NULL);
	search = (Search){request->root, true};
	combined_calls_visit(request->root, request->funcid, note_training,
						 &search);
	if (search.summed)
		PG_RETURN_POINTER(NULL);
	request->startup = HANDED_OVER_COST;
	request->per_tuple = HANDED_OVER_COST;
	PG_RETURN_POINTER(request);
}
