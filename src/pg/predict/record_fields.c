/*
 * record_fields.c
 *		The fields of a row that an expression gives, for the planner.
 *
 * A row whose fields come apart must be no other than the whole: one that is NULL
 * as a whole is not one of NULLs, and a plan must be made anew when the row's type
 * is altered, which it is for the relations of its query alone.
 */
#include "pg/predict/record_fields.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "pg/values/record_names.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The names of a row type that is a relation's. */
static List *
names_of(TupleDesc descriptor)
{
	List *names = NIL;

	for (int i = 0; i < descriptor->natts; i++)
		if (!TupleDescAttr(descriptor, i)->attisdropped)
			names =
				lappend(names, makeString(pstrdup(NameStr(
								   TupleDescAttr(descriptor, i)->attname))));
	return names;
}

/* Whether names are those that ROW() gives, which no relation's message is about. */
static bool
are_default(const List *names)
{
	int i = 0;
	const ListCell *cell;

	foreach (cell, names)
	{
		char name[NAMEDATALEN];

		snprintf(name, sizeof(name), "f%d", ++i);
		if (strcmp(name, strVal(lfirst(cell))) != 0)
			return false;
	}
	return true;
}

/* Whether expressions are the attributes of a row type, one by one. */
static bool
are_attributes(TupleDesc descriptor, const List *fields)
{
	if (list_length(fields) != descriptor->natts)
		return false;
	for (int i = 0; i < descriptor->natts; i++)
		if (TupleDescAttr(descriptor, i)->attisdropped ||
			TupleDescAttr(descriptor, i)->atttypid !=
				exprType(list_nth(fields, i)))
			return false;
	return true;
}

/* Whether a plan is made anew when a relation is altered. */
static bool
depends_on(const PlannerInfo *root, Oid relation)
{
	for (; root != NULL; root = root->parent_root)
	{
		const ListCell *cell;

		foreach (cell, root->parse->rtable)
			if (((const RangeTblEntry *) lfirst(cell))->relid == relation)
				return true;
	}
	return false;
}

/*
 * The row of a view whose query has become part of the planned one.  A function's
 * argument, which may look alike, is of no relation of the query.
 */
static bool
find_in_view(const PlannerInfo *root, const RowExpr *row, List **names)
{
	Oid view = get_typ_typrelid(row->row_typeid);
	TupleDesc descriptor;
	bool found;

	if (row->row_format != COERCE_IMPLICIT_CAST ||
		get_rel_relkind(view) != RELKIND_VIEW || !depends_on(root, view))
		return false;
	descriptor = lookup_rowtype_tupdesc(row->row_typeid, -1);
	found = are_attributes(descriptor, row->args);
	if (found)
		*names = names_of(descriptor);
	ReleaseTupleDesc(descriptor);
	return found;
}

/* A record that the query makes, or the row of a view. */
static bool
find_in_row(const PlannerInfo *root, const RowExpr *row, List **names,
			List **fields)
{
	*fields = row->args;
	*names = row->colnames;
	return row->row_typeid == RECORDOID ||
		   (find_in_view(root, row, names) && !are_default(*names));
}

/* Whether an outer join of a query may leave out a row, which is NULL then. */
static bool
has_outer_join(const Query *query)
{
	const ListCell *cell;

	foreach (cell, query->rtable)
	{
		const RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_JOIN && IS_OUTER_JOIN(entry->jointype))
			return true;
	}
	return false;
}

/* Whether a part of an index, which may have it, is of the table's whole row. */
static bool
part_has_row(HeapTuple index, AttrNumber part)
{
	Bitmapset *attributes = NULL;
	bool null;
	Datum tree = SysCacheGetAttr(INDEXRELID, index, part, &null);

	if (null)
		return false;
	pull_varattnos(stringToNode(TextDatumGetCString(tree)), 1, &attributes);
	return bms_is_member(
		InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, attributes);
}

/*
 * Whether a table has an index of its whole rows, whose expressions must be like
 * those of the queries that use it.  They stay as they are: a session keeps them
 * when a column that they do not name is altered or dropped.
 */
static bool
has_index_of_rows(Oid table)
{
	Relation relation = table_open(table, NoLock);
	List *indexes = RelationGetIndexList(relation);
	const ListCell *cell;
	bool has = false;

	foreach (cell, indexes)
	{
		HeapTuple index =
			SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(index))
			continue;
		has |= part_has_row(index, Anum_pg_index_indexprs) ||
			   part_has_row(index, Anum_pg_index_indpred);
		ReleaseSysCache(index);
	}
	list_free(indexes);
	table_close(relation, NoLock);
	return has;
}

/* Whether a variable is the row of a table, and is never NULL. */
static bool
is_row_of_table(const PlannerInfo *root, const Var *row)
{
	Oid table = get_typ_typrelid(row->vartype);
	const RangeTblEntry *entry;
	char kind;

	if (row->varattno != InvalidAttrNumber || row->varlevelsup != 0 ||
		VAR_IS_OLD_OR_NEW(row) || !OidIsValid(table))
		return false;
	kind = get_rel_relkind(table);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE &&
		kind != RELKIND_MATVIEW)
		return false;
	if (root == NULL || (int) row->varno < 1 ||
		(int) row->varno > list_length(root->parse->rtable) ||
		has_outer_join(root->parse))
		return false;
	entry = list_nth(root->parse->rtable, (int) row->varno - 1);
	return entry->rtekind == RTE_RELATION && entry->relid == table &&
		   entry->relkind == kind && !has_index_of_rows(table);
}

/* The row of a table. */
static bool
find_in_table(const PlannerInfo *root, const Var *row, List **names,
			  List **fields)
{
	TupleDesc descriptor;

	if (!is_row_of_table(root, row))
		return false;
	descriptor = lookup_rowtype_tupdesc(row->vartype, -1);
	*fields = NIL;
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (!attribute->attisdropped)
			*fields = lappend(*fields, makeVar(row->varno, attribute->attnum,
											   attribute->atttypid,
											   attribute->atttypmod,
											   attribute->attcollation, 0));
	}
	*names = names_of(descriptor);
	ReleaseTupleDesc(descriptor);
	return !are_default(*names);
}

/* Whether an expression has a part. */
static bool
has_part(Node *node, void *part)
{
	if (node == NULL)
		return false;
	return equal(node, part) || expression_tree_walker(node, has_part, part);
}

/*
 * Whether a row is one of a group's, which its fields are not, or a set of the
 * grouping may make NULL of it or of one of them.
 */
static bool
is_grouped(const Query *query, Node *row)
{
	const ListCell *cell;

	if (query->groupingSets != NIL)
		return true;
	foreach (cell, query->groupClause)
	{
		const SortGroupClause *group = lfirst(cell);

		if (has_part(
				(Node *) get_sortgroupclause_expr(
					unconstify(SortGroupClause *, group), query->targetList),
				row))
			return true;
	}
	return false;
}

bool
record_fields_find(const PlannerInfo *root, Node *row, List **names,
				   List **fields)
{
	if (root != NULL && is_grouped(root->parse, row))
		return false;
	if (IsA(row, RowExpr))
		return find_in_row(root, (const RowExpr *) row, names, fields);
	if (IsA(row, Var))
		return find_in_table(root, (const Var *) row, names, fields);
	return false;
}
