/*
 * own_query.c
 *		Queries of ours that hold a text of the caller's.
 */
#include "pg/own_query.h"

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

/* For check_functions_in_node(): raise an error for an impostor. */
static bool
check_function(Oid function, void *schema)
{
	char *name = get_func_name(function);
	Oid namespace = get_func_namespace(function);

	if (name != NULL && strncmp(name, "linlearn_", 9) == 0 &&
		strcmp(quote_identifier(get_namespace_name(namespace)), schema) == 0 &&
		!is_member(function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s is not linlearn's",
						format_procedure(function)),
				 errdetail("It is in linlearn's schema and fits the arguments "
						   "better than linlearn's own."),
				 errhint("Drop it, and let nobody else create objects in "
						 "schema %s.",
						 (const char *) schema)));
	return false;
}

/* Look at all functions below a node. */
static bool
check_node(Node *node, void *schema)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, check_node, schema, 0);
	check_functions_in_node(node, check_function, schema);
	return expression_tree_walker(node, check_node, schema);
}

int
own_query_execute(const char *schema, const char *query, int count, Oid *types,
				  Datum *values, const char *nulls, bool read_only, long limit)
{
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
			check_node(lfirst(statement), (void *) schema);
	}
	return SPI_execute_plan(plan, values, nulls, read_only, limit);
}
