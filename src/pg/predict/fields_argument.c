/*
 * fields_argument.c
 *		The fields of a record that a call site gives beside a model, one by one.
 */
#include "pg/predict/fields_argument.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "pg/base/own_schema.h"
#include "pg/predict/cached_table.h"
#include "pg/values/record_names.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The argument of the fields' names. */
#define NAMES 1

/*
 * Who may not call the function of records has not its answers from here: a plan
 * that another role made calls this one in its place.
 */
static void
check_privilege(FunctionCallInfo fcinfo)
{
	Oid types[] = {BYTEAOID, ANYELEMENTOID};
	Oid schema = own_schema(fcinfo), function = InvalidOid;
	char *name = get_func_name(fcinfo->flinfo->fn_oid);
	Size length = name == NULL ? 0 : strlen(name);

	if (length > strlen(FIELDS_SUFFIX))
	{
		name[length - strlen(FIELDS_SUFFIX)] = '\0';
		function = GetSysCacheOid3(
			PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
			PointerGetDatum(buildoidvector(types, lengthof(types))),
			ObjectIdGetDatum(schema));
	}
	if (!OidIsValid(function) ||
		function_aclcheck(function, GetUserId()) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, name);
}

/*
 * Whether the names are written in the call: a parameter's value may be another
 * when PL/pgSQL comes to a call site again.
 */
static bool
are_constant(const FmgrInfo *function)
{
	const FuncExpr *call = (const FuncExpr *) function->fn_expr;

	return call != NULL && IsA(call, FuncExpr) &&
		   list_length(call->args) > NAMES &&
		   IsA(list_nth(call->args, NAMES), Const);
}

/* The fields' names, which are the same for all rows. */
static char **
read_names(FunctionCallInfo fcinfo, int count)
{
	char **names = palloc((count + 1) * sizeof(char *));
	int given = 0;
	Datum *elements;
	bool *nulls;

	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("fields are given one by one, not VARIADIC an "
							   "array")));
	if (PG_ARGISNULL(NAMES) || !are_constant(fcinfo->flinfo))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("names of fields must be a constant")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(NAMES), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &given);
	if (given != count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are %d names of %d fields", given, count)));
	for (int i = 0; i < count; i++)
	{
		names[i] = nulls[i] ? NULL : TextDatumGetCString(elements[i]);
		if (nulls[i] || names[i][0] == '\0' || strlen(names[i]) >= NAMEDATALEN)
			ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
							errmsg("names of fields are texts of 1 to %d "
								   "bytes",
								   NAMEDATALEN - 1)));
	}
	return names;
}

/* Makes a call site ready: the record type that its fields would be of. */
static void
begin(FieldsArgument *argument, FunctionCallInfo fcinfo)
{
	int count = PG_NARGS() - FIELDS_FIRST;
	Oid *types = palloc((count + 1) * sizeof(Oid));
	char **names;

	check_privilege(fcinfo);
	names = read_names(fcinfo, count);
	for (int i = 0; i < count; i++)
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, FIELDS_FIRST + i);
	argument->typmod = record_type_of(names, types, count);
	argument->ready = true;
}

void
fields_argument_read(FieldsArgument *argument, FunctionCallInfo fcinfo,
					 CachedModel *cached, RowFormat *format, RowView *row)
{
	if (!argument->ready)
		begin(argument, fcinfo);
	if (cached->table == NULL)
		(void) cached_model_takes(cached, RECORDOID); /* raises an error */
	cached_model_encode_fields(cached, argument->typmod,
							   fcinfo->args + FIELDS_FIRST, row);
	*format = cached->model.format;
}
