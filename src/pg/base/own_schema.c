/*
 * own_schema.c
 *		The schema that the extension is in.
 */
#include "pg/base/own_schema.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Report that linlearn was dropped. */
pg_noreturn static void
schema_is_gone(void)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
					errmsg("extension linlearn was dropped meanwhile")));
	pg_unreachable();
}

Oid
own_schema(FunctionCallInfo fcinfo)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	if (!OidIsValid(schema))
		schema_is_gone();
	return schema;
}

const char *
own_schema_name(Oid schema)
{
	char *name = get_namespace_name(schema);

	if (name == NULL)
		schema_is_gone();
	return quote_identifier(name);
}
