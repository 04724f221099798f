/*
 * result_set.c
 *		Rows returned by a set-returning function, gathered in a tuplestore.
 */
#include "pg/base/result_set.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

ReturnSetInfo *
result_set_begin(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext previous;
	TupleDesc description;

	if (result == NULL || !IsA(result, ReturnSetInfo) ||
		(result->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot "
						"accept a set")));
	previous = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &description) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("function returning record called in context "
							   "that cannot accept type record")));
	result->returnMode = SFRM_Materialize;
	result->setResult = tuplestore_begin_heap(
		(result->allowedModes & SFRM_Materialize_Random) != 0, false,
		work_mem);
	result->setDesc = BlessTupleDesc(CreateTupleDescCopy(description));
	MemoryContextSwitchTo(previous);
	return result;
}

void
result_set_put(ReturnSetInfo *result, const Datum *values, const bool *nulls)
{
	/* The cast: neither array is written to, in any version. */
	tuplestore_putvalues(result->setResult, result->setDesc,
						 unconstify(Datum *, values),
						 unconstify(bool *, nulls));
}
