/*
 * digit_table.c
 *		Tables of digits as linlearn_mnist is one, and filling them.
 *
 * The rows go in through PostgreSQL's own COPY, in its binary format, out of a
 * callback.  So they get in by multi-insert into a user's table as into ours,
 * and indexes, constraints, triggers, defaults, generated columns and
 * partitions are treated as for every COPY.
 */
#include "pg/load/digit_table.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "port/pg_bswap.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/varlena.h"

enum
{
	COLUMN_SPLIT,
	COLUMN_ID,
	COLUMN_LABEL,
	COLUMN_PIXELS,
	COLUMNS
};

/* What a table must have; the first type is the one that we make. */
static const struct
{
	const char *name;
	const char *types;
	Oid allowed[3];
} columns[COLUMNS] = {
	{"split", "text or character varying", {TEXTOID, VARCHAROID, TEXTOID}},
	{"id", "integer, bigint or smallint", {INT4OID, INT8OID, INT2OID}},
	{"label", "smallint, integer or bigint", {INT2OID, INT4OID, INT8OID}},
	{"pixels", "bytea", {BYTEAOID, BYTEAOID, BYTEAOID}},
};

/*
 * What PostgreSQL's binary COPY format begins with: signature, flags, header
 */
static const char copy_header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

/* The rows on their way into COPY. */
typedef struct DigitFeed
{
	DigitSource next;
	void *state;
	Oid types[COLUMNS];
	StringInfoData bytes; /* encoded, from bytes.cursor on not yet taken */
	bool ended;
} DigitFeed;

/* COPY's callback gets no argument; a trigger may load within a load. */
static DigitFeed *current_feed = NULL;

/* Append a length and an integer of the column's own width. */
static void
append_integer(DigitFeed *feed, int column, int64 value)
{
	int size = feed->types[column] == INT8OID	? 8
			   : feed->types[column] == INT4OID ? 4
												: 2;
	uint64 bits = pg_hton64((uint64) value << (64 - 8 * size));
	uint32 length = pg_hton32(size);

	if (size < 8 && (value >= INT64CONST(1) << (8 * size - 1) ||
					 value < -(INT64CONST(1) << (8 * size - 1))))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("%s " INT64_FORMAT
							   " is out of range for the target's column",
							   columns[column].name, value)));
	appendBinaryStringInfo(&feed->bytes, (char *) &length, 4);
	appendBinaryStringInfo(&feed->bytes, (char *) &bits, size);
}

/* Append a length and bytes. */
static void
append_bytes(DigitFeed *feed, const void *bytes, Size size)
{
	uint32 length = pg_hton32((uint32) size);

	appendBinaryStringInfo(&feed->bytes, (char *) &length, 4);
	appendBinaryStringInfo(&feed->bytes, bytes, (int) size);
}

/* Encode the next row, or the mark of the end. */
static void
encode_next(DigitFeed *feed)
{
	DigitRow row;
	uint16 fields;

	resetStringInfo(&feed->bytes);
	if (!feed->next(feed->state, &row))
	{
		fields = pg_hton16(0xffff);
		appendBinaryStringInfo(&feed->bytes, (char *) &fields, 2);
		feed->ended = true;
		return;
	}
	fields = pg_hton16(COLUMNS);
	appendBinaryStringInfo(&feed->bytes, (char *) &fields, 2);
	append_bytes(feed, row.split, strlen(row.split));
	append_integer(feed, COLUMN_ID, row.id);
	append_integer(feed, COLUMN_LABEL, row.label);
	append_bytes(feed, row.pixels, row.width);
}

/* Give COPY its next bytes, as many as it takes. */
static int
feed_copy(void *buffer, int minimum, int maximum)
{
	DigitFeed *feed = current_feed;
	int given = 0;

	while (given < maximum)
	{
		int rest = feed->bytes.len - feed->bytes.cursor;

		if (rest == 0 && feed->ended)
			break;
		if (rest == 0)
		{
			encode_next(feed);
			continue;
		}
		rest = Min(rest, maximum - given);
		memcpy((char *) buffer + given, feed->bytes.data + feed->bytes.cursor,
			   rest);
		feed->bytes.cursor += rest;
		given += rest;
	}
	return given;
}

/* Find the type of each column, and check that a digit fits. */
static void
check_columns(Relation relation, Oid *types)
{
	for (int i = 0; i < COLUMNS; i++)
	{
		Oid table = RelationGetRelid(relation);
		AttrNumber number = get_attnum(table, columns[i].name);

		if (number <= 0)
			ereport(
				ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\"",
						RelationGetRelationName(relation), columns[i].name),
				 errhint("Name a table with columns split, id, label and "
						 "pixels, or one that is not there yet.")));
		types[i] = getBaseType(get_atttype(table, number));
		if (types[i] != columns[i].allowed[0] &&
			types[i] != columns[i].allowed[1] &&
			types[i] != columns[i].allowed[2])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of table \"%s\" is of type %s",
							columns[i].name, RelationGetRelationName(relation),
							format_type_be(types[i])),
					 errdetail("It must be of type %s.", columns[i].types)));
	}
}

/* Check that the user may put rows into the table. */
static void
check_insert(Relation relation)
{
	Oid table = RelationGetRelid(relation);
	char kind = relation->rd_rel->relkind;
	AclResult result;

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a table",
							   RelationGetRelationName(relation))));
	result = pg_class_aclcheck(table, GetUserId(), ACL_INSERT);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, get_relkind_objtype(kind),
					   RelationGetRelationName(relation));
	if (check_enable_rls(table, InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot load into table \"%s\" with row-level "
						"security",
						RelationGetRelationName(relation)),
				 errhint("Load into another table, and INSERT from there.")));
	if (!relation->rd_islocaltemp)
		PreventCommandIfReadOnly("linlearn_load_mnist()");
}

/* Remove all rows as TRUNCATE does, with its privilege checks. */
static void
truncate_table(Oid table)
{
	TruncateStmt *statement = makeNode(TruncateStmt);

	statement->relations =
		list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(table)),
								get_rel_name(table), -1));
	statement->behavior = DROP_RESTRICT;
	ExecuteTruncate(statement);
	CommandCounterIncrement();
}

/* Run a binary COPY from the feed. */
static void
copy_feed(Relation relation, DigitFeed *feed)
{
	ParseState *state = make_parsestate(NULL);
	DefElem *binary = makeDefElem("format", (Node *) makeString("binary"), -1);
	List *names = NIL;
	DigitFeed *outer = current_feed;
	CopyFromState copy;

	for (int i = 0; i < COLUMNS; i++)
		names = lappend(names, makeString(pstrdup(columns[i].name)));
	addRangeTableEntryForRelation(state, relation, RowExclusiveLock, NULL,
								  false, false);
	current_feed = feed;
	PG_TRY();
	{
		copy = begin_copy_from(state, relation, feed_copy, names,
							   list_make1(binary));
		CopyFrom(copy);
		EndCopyFrom(copy);
	}
	PG_FINALLY();
	{
		current_feed = outer;
	}
	PG_END_TRY();
	free_parsestate(state);
}

void
digit_table_check(Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	Oid types[COLUMNS];

	check_insert(relation);
	check_columns(relation, types);
	table_close(relation, AccessShareLock);
}

void
digit_table_replace(Oid table, DigitSource next, void *state)
{
	DigitFeed feed = {next, state};
	Relation relation;

	truncate_table(table);
	/* all again, now that nobody can change the table */
	relation = table_open(table, RowExclusiveLock);
	check_insert(relation);
	check_columns(relation, feed.types);
	initStringInfo(&feed.bytes);
	appendBinaryStringInfo(&feed.bytes, copy_header, sizeof(copy_header) - 1);
	copy_feed(relation, &feed);
	table_close(relation, NoLock);
	CommandCounterIncrement();
}

/* Make a table with the columns of linlearn_mnist. */
static void
create_table(const RangeVar *name)
{
	const char *quoted =
		quote_qualified_identifier(name->schemaname, name->relname);
	char *command = psprintf(
		"CREATE TABLE %s ("
		"split pg_catalog.text COLLATE pg_catalog.\"C\" NOT NULL, "
		"id pg_catalog.int4 NOT NULL, label pg_catalog.int2 NOT NULL, "
		"pixels pg_catalog.bytea NOT NULL, PRIMARY KEY (split, id)); "
		"ALTER TABLE %s ALTER COLUMN pixels SET STORAGE EXTERNAL",
		quoted, quoted);
	int code;

	SPI_connect();
	code = SPI_execute(command, false, 0);
	if (code != SPI_OK_UTILITY)
		elog(ERROR, "could not create table: %s",
			 SPI_result_code_string(code));
	SPI_finish();
}

Oid
digit_table_find(const text *name, Oid extension)
{
	RangeVar *range =
		makeRangeVarFromNameList(textToQualifiedNameList((text *) name));
	Oid table;

	if (range->schemaname == NULL &&
		strcmp(range->relname, "linlearn_mnist") == 0)
		range->schemaname = get_namespace_name(extension);
	table = RangeVarGetRelid(range, NoLock, true);
	if (OidIsValid(table))
		return table;
	create_table(range);
	return RangeVarGetRelid(range, NoLock, false);
}
