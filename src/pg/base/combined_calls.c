/*
 * combined_calls.c
 *		The calls of aggregates that share a combine function, and their rows.
 */
#include "pg/base/combined_calls.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "utils/syscache.h"

typedef struct Search
{
	Oid combine;
	CombinedCallVisit visit;
	void *context;
} Search;

static bool
has_combine(const Aggref *call, Oid combine)
{
	HeapTuple tuple =
		SearchSysCache1(AGGFNOID, ObjectIdGetDatum(call->aggfnoid));
	bool has;

	if (!HeapTupleIsValid(tuple))
		return false;
	has = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggcombinefn == combine;
	ReleaseSysCache(tuple);
	return has;
}

static bool
search_calls(Node *node, Search *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref))
	{
		if (has_combine((Aggref *) node, search->combine))
			search->visit((Aggref *) node, search->context);
		return false;
	}
	return expression_tree_walker(node, search_calls, search);
}

void
combined_calls_visit(PlannerInfo *root, Oid combine, CombinedCallVisit visit,
					 void *context)
{
	Search search = {combine, visit, context};

	(void) search_calls((Node *) root->processed_tlist, &search);
	(void) search_calls(root->parse->havingQual, &search);
}

Node *
combined_call_argument(const Aggref *call, int place)
{
	return place < list_length(call->args)
			   ? (Node *) ((TargetEntry *) list_nth(call->args, place))->expr
			   : NULL;
}

double
aggregated_rows(PlannerInfo *root)
{
	int only;
	RelOptInfo *rel;

	if (bms_get_singleton_member(root->all_baserels, &only))
		rel = root->simple_rel_array[only];
	else
		rel = find_join_rel(root, all_joined_rels(root));
	return rel != NULL ? rel->rows : 0;
}
