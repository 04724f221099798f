/*
 * placement.c
 *		Where the rows of a relation are.
 */
#include "pg/cluster/placement.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "pg/base/extension_version.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/varlena.h"

/* The first column of a table as SQL writes it, or NULL. */
static const char *
first_column(Oid relation)
{
	Relation table = table_open(relation, AccessShareLock);
	TupleDesc columns = RelationGetDescr(table);
	const char *name = NULL;

	for (int i = 0; i < columns->natts && name == NULL; i++)
		if (!TupleDescAttr(columns, i)->attisdropped)
			name = pstrdup(
				quote_identifier(NameStr(TupleDescAttr(columns, i)->attname)));
	table_close(table, NoLock);
	return name;
}

static Leaf *
make_leaf(Oid relation, char kind)
{
	Leaf *leaf = palloc0(sizeof(Leaf));

	leaf->relation = relation;
	leaf->name = quote_qualified_identifier(
		get_namespace_name(get_rel_namespace(relation)),
		get_rel_name(relation));
	if (kind == RELKIND_FOREIGN_TABLE)
	{
		ForeignServer *server =
			GetForeignServer(GetForeignTable(relation)->serverid);

		leaf->server_name = server->servername;
		leaf->anchor = first_column(relation);
		if (strcmp(GetForeignDataWrapper(server->fdwid)->fdwname,
				   "postgres_fdw") == 0)
			leaf->server = server->serverid;
	}
	return leaf;
}

List *
placement_leaves(Oid relation)
{
	List *leaves = NIL;
	bool foreign = false;
	ListCell *cell;

	foreach (cell, find_all_inheritors(relation, AccessShareLock, NULL))
	{
		Oid member = lfirst_oid(cell);
		char kind = get_rel_relkind(member);

		CHECK_FOR_INTERRUPTS();
		if (kind == RELKIND_PARTITIONED_TABLE)
			continue;
		foreign |= kind == RELKIND_FOREIGN_TABLE;
		leaves = lappend(leaves, make_leaf(member, kind));
	}
	if (!foreign)
		return NIL;
	if (check_enable_rls(relation, InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("row-level security of \"%s\" is not heeded on other "
						"servers",
						get_rel_name(relation)),
				 errhint("Say which rows as filter, and train as a role that "
						 "the policies do not apply to.")));
	return leaves;
}

/* An option's value; NULL: it is not set. */
static char *
option_value(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
	{
		DefElem *option = lfirst(cell);

		if (strcmp(option->defname, name) == 0)
			return defGetString(option);
	}
	return NULL;
}

/* Whether a list of names has linlearn. */
static bool
names_linlearn(const char *names)
{
	List *list;
	ListCell *cell;

	if (names == NULL || !SplitIdentifierString(pstrdup(names), ',', &list))
		return false;
	foreach (cell, list)
		if (strcmp(lfirst(cell), "linlearn") == 0)
			return true;
	return false;
}

/* Warns of a server whose options have rows fetched. */
static void
check_extensions(const ForeignServer *server)
{
	char *names = option_value(server->options, "extensions");
	char *wanted;

	if (names_linlearn(names))
		return;
	wanted = names == NULL || names[0] == '\0'
				 ? "linlearn"
				 : psprintf("%s, linlearn", names);
	ereport(
		WARNING,
		(errmsg("rows of server \"%s\" are fetched, not summed there",
				server->servername),
		 errdetail("Its option extensions does not name linlearn."),
		 errhint("Run ALTER SERVER %s OPTIONS (%s extensions %s);",
				 quote_identifier(server->servername),
				 names == NULL ? "ADD" : "SET", quote_literal_cstr(wanted))));
}

/* Warns of a server that others wait for. */
static void
check_async(const ForeignServer *server)
{
	char *value = option_value(server->options, "async_capable");
	bool capable = false;

	if (!FOREIGN_SCANS_MAY_BE_ASYNC ||
		(value != NULL && parse_bool(value, &capable) && capable))
		return;
	ereport(WARNING,
			(errmsg("other servers wait while server \"%s\" works",
					server->servername),
			 errdetail("Its option async_capable is off."),
			 errhint("Run ALTER SERVER %s OPTIONS (%s async_capable 'true');",
					 quote_identifier(server->servername),
					 value == NULL ? "ADD" : "SET")));
}

/* Says of an error which server it is about. */
static void
name_server(void *argument)
{
	const Leaf *leaf = argument;

	errcontext("server \"%s\", foreign table %s", leaf->server_name,
			   leaf->name);
}

/*
 * Asks a server whether it has this version of linlearn.  Where its options have
 * the rows fetched the question is not put to it, nor need be.
 */
static void
ask_version(const Leaf *leaf, const char *schema)
{
	MemoryContext context = CurrentMemoryContext;
	ErrorContextCallback callback = {.callback = name_server,
									 .arg = (void *) leaf,
									 .previous = error_context_stack};
	const char *version = extension_version();
	StringInfoData query;

	/* As bytes: a text that no column gives its collation stays here. */
	initStringInfo(&query);
	appendStringInfo(&query,
					 "SELECT 1 FROM ONLY %s AS t WHERE "
					 "%s.linlearn_is_version('\\x",
					 leaf->name, schema);
	for (const char *at = version; *at != '\0'; at++)
		appendStringInfo(&query, "%02x", (unsigned char) *at);
	appendStringInfo(&query, "'::pg_catalog.bytea, t.%s) LIMIT 1",
					 leaf->anchor);

	error_context_stack = &callback;
	PG_TRY();
	{
		SPI_execute(query.data, true, 1);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_UNDEFINED_FUNCTION)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" has no linlearn of this version",
						leaf->server_name),
				 errdetail("It says: %s.", error->message),
				 errhint("Run there CREATE EXTENSION linlearn; or ALTER "
						 "EXTENSION linlearn UPDATE; in schema %s.",
						 schema)));
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
}

void
placement_check(const List *leaves, const char *schema)
{
	List *seen = NIL;
	ListCell *cell;

	foreach (cell, leaves)
	{
		const Leaf *leaf = lfirst(cell);
		ForeignServer *server;

		if (!OidIsValid(leaf->server))
			continue;
		if (leaf->anchor != NULL)
			ask_version(leaf, schema);
		if (list_member_oid(seen, leaf->server))
			continue;
		seen = lappend_oid(seen, leaf->server);
		server = GetForeignServer(leaf->server);
		check_extensions(server);
		if (list_length(leaves) > 1)
			check_async(server);
	}
}
