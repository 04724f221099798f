/*
 * aggregate_state.c
 *		States of type internal, as the aggregates' functions are given them.
 */
#include "pg/base/aggregate_state.h"

#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s is part of an aggregate and cannot be called alone",
					get_func_name(fcinfo->flinfo->fn_oid))));
	return context;
}

/* Reports a state that another aggregate made. */
pg_noreturn static void
foreign_state(FunctionCallInfo fcinfo)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("%s was given the state of another aggregate",
						   get_func_name(fcinfo->flinfo->fn_oid))));
	pg_unreachable();
}

void *
aggregate_state(FunctionCallInfo fcinfo, int argument, uint32 magic)
{
	uint32 *state;

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(argument))
		return NULL;
	state = (uint32 *) PG_GETARG_POINTER(argument);
	if (state == NULL || *state != magic)
		foreign_state(fcinfo);
	return state;
}

void *
aggregate_state_given(FunctionCallInfo fcinfo, uint32 magic)
{
	void *state = aggregate_state(fcinfo, 0, magic);

	if (state == NULL)
		foreign_state(fcinfo);
	return state;
}

bool
aggregate_argument_fixed(FunctionCallInfo fcinfo, int argument)
{
	const Aggref *call = AggGetAggref(fcinfo);
	Node *expression;

	/* the state is no argument of the call */
	if (call == NULL || list_length(call->args) < argument)
		return false;
	expression =
		(Node *) ((TargetEntry *) list_nth(call->args, argument - 1))->expr;
	return !contain_var_clause(expression) &&
		   !contain_volatile_functions(expression);
}

void
argument_differs(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", what)));
	pg_unreachable();
}
