/*
 * predict_plan.c
 *		Predictions of rows whose fields a query has, for the planner.
 *
 * linlearn_score(model, ROW(a, b)) would put the fields into a record to take them
 * out again, which lasts as long as to score them.  Once sub-selects are pulled up
 * the planner asks here, and linlearn_score_fields(model, '{a,b}', a, b) takes the
 * call's place.  What is stored, as a view, stays as it was written.
 */
#include "pg/base/version.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "nodes/value.h"
#include "pg/predict/fields_argument.h"
#include "pg/predict/record_fields.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Arguments of the calls: a model and a record. */
#define RECORD_ARGUMENTS 2

/* Whether fields and their names can be arguments. */
static bool
are_arguments(const List *names, const List *fields)
{
	int count = list_length(fields);
	const ListCell *cell;

	if (count == 0 || count > FUNC_MAX_ARGS - FIELDS_FIRST ||
		count != list_length(names))
		return false;
	foreach (cell, names)
	{
		Size length = strlen(strVal(lfirst(cell)));

		if (length == 0 || length >= NAMEDATALEN)
			return false;
	}
	return true;
}

/*
 * The function of fields beside one of records; invalid: there is none that all
 * roles may call.  A role that may only call that of records calls it; and
 * expressions of indexes, which are planned for all roles, must be alike for all.
 */
static Oid
function_of_fields(Oid function)
{
	Oid types[] = {BYTEAOID, TEXTARRAYOID, ANYOID}, found;
	const char *name = get_func_name(function);

	if (name == NULL)
		return InvalidOid;
	found = GetSysCacheOid3(
		PROCNAMEARGSNSP, Anum_pg_proc_oid,
		CStringGetDatum(psprintf("%s" FIELDS_SUFFIX, name)),
		PointerGetDatum(buildoidvector(types, lengthof(types))),
		ObjectIdGetDatum(get_func_namespace(function)));
	if (OidIsValid(found) &&
		function_aclcheck(found, ACL_ID_PUBLIC) != ACLCHECK_OK)
		return InvalidOid;
	return found;
}

/* Names as a constant. */
static Node *
names_constant(const List *list)
{
	int count = list_length(list), i = 0;
	Datum *names = palloc(count * sizeof(Datum));
	const ListCell *cell;

	foreach (cell, list)
		names[i++] = CStringGetTextDatum(strVal(lfirst(cell)));
	return (Node *) makeConst(
		TEXTARRAYOID, -1, DEFAULT_COLLATION_OID, -1,
		PointerGetDatum(
			construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT)),
		false, false);
}

/* The call of fields that a call of a record is; NULL: it stays. */
static Node *
call_of_fields(const SupportRequestSimplify *request)
{
	const FuncExpr *call = request->fcall;
	List *names, *fields, *arguments;
	Oid function;

	if (list_length(call->args) != RECORD_ARGUMENTS ||
		!record_fields_find(request->root, lsecond(call->args), &names,
							&fields) ||
		!are_arguments(names, fields))
		return NULL;
	/*
	 * The executor refuses who may not call it.  Expressions of indexes, which
	 * are planned for all roles, must be alike for all.
	 */
	if (request->root != NULL &&
		function_aclcheck(call->funcid, GetUserId()) != ACLCHECK_OK)
		return NULL;
	function = function_of_fields(call->funcid);
	if (!OidIsValid(function))
		return NULL;
	arguments = list_concat(
		list_make2(linitial(call->args), names_constant(names)), fields);
	return (Node *) makeFuncExpr(function, call->funcresulttype, arguments,
								 call->funccollid, call->inputcollid,
								 COERCE_EXPLICIT_CALL);
}

PG_FUNCTION_INFO_V1(linlearn_predict_support);
Datum
linlearn_predict_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(
		call_of_fields((const SupportRequestSimplify *) request));
}
