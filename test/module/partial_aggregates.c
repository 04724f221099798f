/*
 * partial_aggregates.c
 *		Runs aggregates as a cluster of Citus does: parts of them where the rows
 *		are, then the parts together.
 *
 *	partial_aggregate(aggregate oid, row anyelement)	-> the state as text
 *	combined_aggregate(aggregate oid, state text, type anyelement) -> the result
 *
 * What is hard about it for an aggregate is as it is there: each row has an
 * FmgrInfo of its own, so that nothing is kept in fn_extra, there is no fn_expr,
 * types are those that pg_proc declares, to which the row's must be equal, and a
 * state without a serial function leaves by its type's output function.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

PG_MODULE_MAGIC;

typedef struct Part
{
	Oid aggregate;
	Oid transition;
	Oid combine;
	Oid final;
	Oid type; /* of the state */
	int16 length;
	bool by_value;
	bool null;
	Datum value;
} Part;

static MemoryContext
context_of(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "called outside of an aggregate");
	return context;
}

/* The declared type of the one argument, or of the result. */
static Oid
declared(Oid function, bool result)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	Oid type = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (result)
		type = form->prorettype;
	else if (form->pronargs == 1)
		type = form->proargtypes.values[0];
	ReleaseSysCache(tuple);
	return type;
}

/* Citus asks whether the caller, not the aggregate's owner, may execute it. */
static void
check_right(Oid function)
{
#if PG_VERSION_NUM >= 160000
	AclResult result = object_aclcheck(ProcedureRelationId, function,
									   GetUserId(), ACL_EXECUTE);
#else
	AclResult result = pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE);
#endif

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
}

static Part *
begin(FunctionCallInfo fcinfo)
{
	Part *part = MemoryContextAllocZero(context_of(fcinfo), sizeof(Part));
	HeapTuple tuple;
	Form_pg_aggregate form;

	part->aggregate = PG_GETARG_OID(1);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(part->aggregate));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no aggregate %u", part->aggregate);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	part->transition = form->aggtransfn;
	part->combine = form->aggcombinefn;
	part->final = form->aggfinalfn;
	part->type = form->aggtranstype;
	if (form->aggtranstype == INTERNALOID || OidIsValid(form->aggserialfn))
		elog(ERROR, "state of %s is no plain value",
			 get_func_name(part->aggregate));
	if (!OidIsValid(form->aggcombinefn))
		elog(ERROR, "%s has no combine function",
			 get_func_name(part->aggregate));
	ReleaseSysCache(tuple);
	check_right(part->transition);
	check_right(part->combine);
	if (OidIsValid(part->final))
		check_right(part->final);
	get_typlenbyval(part->type, &part->length, &part->by_value);
	part->null = true;
	return part;
}

/* Takes what a transition returned, as nodeAgg does. */
static void
take(Part *part, FunctionCallInfo fcinfo, Datum value, bool null)
{
	MemoryContext old;

	if (!part->by_value && !null && !part->null &&
		DatumGetPointer(value) == DatumGetPointer(part->value))
		return;
	old = MemoryContextSwitchTo(context_of(fcinfo));
	if (!null && !part->by_value &&
		!(DatumIsReadWriteExpandedObject(value, false, part->length) &&
		  MemoryContextGetParent(DatumGetEOHP(value)->eoh_context) ==
			  CurrentMemoryContext))
		value = datumCopy(value, part->by_value, part->length);
	MemoryContextSwitchTo(old);
	if (!part->null && !part->by_value)
	{
		if (DatumIsReadWriteExpandedObject(part->value, false, part->length))
			DeleteExpandedObject(part->value);
		else
			pfree(DatumGetPointer(part->value));
	}
	part->value = value;
	part->null = null;
}

/* Calls a function of two arguments by an FmgrInfo that knows nothing. */
static void
call(Part *part, FunctionCallInfo fcinfo, Oid function, Datum argument,
	 bool null)
{
	LOCAL_FCINFO(inner, 2);
	FmgrInfo info;
	Datum value;

	fmgr_info(function, &info);
	if (info.fn_strict)
		elog(ERROR, "strict functions are not for this test");
	InitFunctionCallInfoData(*inner, &info, 2, InvalidOid, fcinfo->context,
							 fcinfo->resultinfo);
	inner->args[0].value = part->value;
	inner->args[0].isnull = part->null;
	inner->args[1].value = argument;
	inner->args[1].isnull = null;
	value = FunctionCallInvoke(inner);
	take(part, fcinfo, value, inner->isnull);
}

PG_FUNCTION_INFO_V1(partial_transition);
Datum
partial_transition(PG_FUNCTION_ARGS)
{
	Part *part;

	if (PG_ARGISNULL(0))
	{
		part = begin(fcinfo);
		if (get_fn_expr_argtype(fcinfo->flinfo, 2) !=
			declared(part->aggregate, false))
			elog(ERROR, "could not confirm type correctness");
	}
	else
		part = (Part *) PG_GETARG_POINTER(0);
	call(part, fcinfo, part->transition,
		 PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2), PG_ARGISNULL(2));
	PG_RETURN_POINTER(part);
}

PG_FUNCTION_INFO_V1(partial_final);
Datum
partial_final(PG_FUNCTION_ARGS)
{
	Part *part;
	Oid output;
	bool varlena;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	part = (Part *) PG_GETARG_POINTER(0);
	if (part->null)
		PG_RETURN_NULL();
	getTypeOutputInfo(part->type, &output, &varlena);
	PG_RETURN_TEXT_P(
		cstring_to_text(OidOutputFunctionCall(output, part->value)));
}

PG_FUNCTION_INFO_V1(combined_transition);
Datum
combined_transition(PG_FUNCTION_ARGS)
{
	Part *part;
	Oid input, parameter;
	Datum value = (Datum) 0;

	if (PG_ARGISNULL(0))
		part = begin(fcinfo);
	else
		part = (Part *) PG_GETARG_POINTER(0);
	if (!PG_ARGISNULL(2))
	{
		getTypeInputInfo(part->type, &input, &parameter);
		value = OidInputFunctionCall(
			input, text_to_cstring(PG_GETARG_TEXT_PP(2)), parameter, -1);
	}
	call(part, fcinfo, part->combine, value, PG_ARGISNULL(2));
	PG_RETURN_POINTER(part);
}

PG_FUNCTION_INFO_V1(combined_final);
Datum
combined_final(PG_FUNCTION_ARGS)
{
	Part *part;
	LOCAL_FCINFO(inner, 1);
	FmgrInfo info;
	Datum value;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	part = (Part *) PG_GETARG_POINTER(0);
	if (get_fn_expr_rettype(fcinfo->flinfo) !=
		(OidIsValid(part->final) ? declared(part->final, true) : part->type))
		elog(ERROR, "could not confirm type correctness");
	if (!OidIsValid(part->final) && part->null)
		PG_RETURN_NULL();
	if (!OidIsValid(part->final))
		PG_RETURN_DATUM(part->value);
	fmgr_info(part->final, &info);
	InitFunctionCallInfoData(*inner, &info, 1, InvalidOid, fcinfo->context,
							 fcinfo->resultinfo);
	inner->args[0].value =
		part->null ? part->value
				   : MakeExpandedObjectReadOnly(part->value, part->null,
												part->length);
	inner->args[0].isnull = part->null;
	value = FunctionCallInvoke(inner);
	if (inner->isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}

/* A state of linlearn's whose checksum is made right again: magic, CRC-32C, body. */
PG_FUNCTION_INFO_V1(reseal);
Datum
reseal(PG_FUNCTION_ARGS)
{
	bytea *state = PG_GETARG_BYTEA_P_COPY(0);
	Size size = VARSIZE(state);
	pg_crc32c checksum;

	if (size < VARHDRSZ + 8)
		PG_RETURN_BYTEA_P(state);
	INIT_CRC32C(checksum);
	COMP_CRC32C(checksum, (char *) state + VARHDRSZ + 8, size - VARHDRSZ - 8);
	FIN_CRC32C(checksum);
	memcpy((char *) state + VARHDRSZ + 4, &checksum, sizeof(checksum));
	PG_RETURN_BYTEA_P(state);
}
