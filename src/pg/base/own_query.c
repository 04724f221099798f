/*
 * own_query.c
 *		Queries of ours that hold a text of the caller's.
 */
#include "pg/base/own_query.h"

#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/regproc.h"

/* True when a function is one of ours by membership. */
static bool
is_member(Oid function)
{
	Oid extension = getExtensionOfObject(ProcedureRelationId, function);

	return OidIsValid(extension) &&
		   strcmp(get_extension_name(extension), "linlearn") == 0;
}

/* A query whose functions are looked at. */
typedef struct Check
{
	const char *schema;
	const char *query;
	const char *theirs; /* the caller's text, which is part of the query */
} Check;

/*
 * True when a place in the query is in the caller's text, where functions mean
 * what the caller says.  What has no place is from a view that it names.
 */
static bool
is_theirs(const Check *check, int location)
{
	size_t length = strlen(check->theirs);
	const char *part = check->query;

	while (length > 0 && location >= 0 &&
		   (part = strstr(part, check->theirs)) != NULL)
	{
		if (location >= part - check->query &&
			location < part - check->query + length)
			return true;
		part++;
	}
	return location < 0;
}

/* For check_functions_in_node(): raise an error for an impostor. */
static bool
check_function(Oid function, void *context)
{
	const char *schema = ((const Check *) context)->schema;
	char *name = get_func_name(function);
	char *namespace = get_namespace_name(get_func_namespace(function));

	if (name != NULL && strncmp(name, "linlearn_", 9) == 0 &&
		namespace != NULL &&
		strcmp(quote_identifier(namespace), schema) == 0 &&
		!is_member(function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s is not linlearn's",
						format_procedure(function)),
				 errdetail("It is in linlearn's schema and fits the arguments "
						   "better than linlearn's own."),
				 errhint("Drop it, and let nobody else create objects in "
						 "schema %s.",
						 schema)));
	return false;
}

/* Look at all functions below a node that our part of the query calls. */
static bool
check_node(Node *node, void *check)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, check_node, check, 0);
	if (!is_theirs(check, exprLocation(node)))
		check_functions_in_node(node, check_function, check);
	return expression_tree_walker(node, check_node, check);
}

int
own_query_execute(const char *schema, const char *query, const char *theirs,
				  int count, Oid *types, Datum *values, const char *nulls,
				  bool read_only, long limit)
{
	Check check = {schema, query, theirs};
	SPIPlanPtr plan =
		SPI_prepare_cursor(query, count, types, CURSOR_OPT_PARALLEL_OK);
	ListCell *cell;

	if (plan == NULL)
		return SPI_result;
	foreach (cell, SPI_plan_get_plan_sources(plan))
	{
		CachedPlanSource *source = lfirst(cell);
		ListCell *statement;

		foreach (statement, source->query_list)
			check_node(lfirst(statement), &check);
	}
	return SPI_execute_plan(plan, values, nulls, read_only, limit);
}
