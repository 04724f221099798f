/*
 * distributed.c
 *		linlearn_train_distributed(source, features, label, options, filter,
 *		channel, weight): a training on rows that stay where they are.
 *
 * One statement a pass, which runs with the caller's rights.  Where tables below
 * the source are foreign it is a UNION ALL over them, so that each server sums its
 * own rows, and all at the same time.
 */
#include "pg/base/version.h"

#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "pg/base/caller_query.h"
#include "pg/base/extension_version.h"
#include "pg/base/own_query.h"
#include "pg/base/own_schema.h"
#include "pg/cluster/gram.h"
#include "pg/cluster/placement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Arguments in their order. */
enum
{
	ARG_SOURCE,
	ARG_FEATURES,
	ARG_LABEL,
	ARG_OPTIONS,
	ARG_FILTER,
	ARG_CHANNEL,
	ARG_WEIGHT
};

/* What is read of each row, as SQL over the rows' alias; NULL: not given. */
typedef struct Reading
{
	const char *schema; /* ours */
	const char *alias;
	const char *features;
	const char *label;
	const char *weight;
	const char *channel;
	const char *filter;
} Reading;

/* An argument that is the name of a column, or one expression over them. */
static const char *
read_expression(FunctionCallInfo fcinfo, const CallerQuery *rows, int argument,
				const char *what, bool *read)
{
	const char *expression;

	if (PG_ARGISNULL(argument))
		return NULL;
	expression = caller_query_expression(
		rows, text_to_cstring(PG_GETARG_TEXT_PP(argument)), what);
	caller_query_mark(rows, expression, what, read);
	return expression;
}

static Reading
read_arguments(FunctionCallInfo fcinfo, const char *schema, const char *source)
{
	CallerQuery *rows =
		caller_query_read(psprintf("SELECT * FROM %s", source),
						  "The source is a table, or what is like one.");
	bool *read = palloc0(rows->columns->natts * sizeof(bool));
	Reading reading = {.schema = schema, .alias = rows->alias};

	reading.features =
		read_expression(fcinfo, rows, ARG_FEATURES, "features", read);
	reading.label = read_expression(fcinfo, rows, ARG_LABEL, "label", read);
	reading.filter = read_expression(fcinfo, rows, ARG_FILTER, "filter", read);
	reading.channel =
		read_expression(fcinfo, rows, ARG_CHANNEL, "channel", read);
	reading.weight = read_expression(fcinfo, rows, ARG_WEIGHT, "weight", read);
	if (reading.features == NULL || reading.label == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL",
						reading.features == NULL ? "features" : "label")));
	return reading;
}

/* SELECT of an aggregate over the packed rows of a table. */
static void
append_branch(StringInfo query, const Reading *reading, const char *from)
{
	appendStringInfo(query, "SELECT %s.linlearn_gram(%s.linlearn_row(%s, %s",
					 reading->schema, reading->schema, reading->features,
					 reading->label);
	if (reading->weight != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.float8", reading->weight);
	else if (reading->channel != NULL)
		appendStringInfoString(query, ", '1'::pg_catalog.float8");
	if (reading->channel != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.text", reading->channel);
	appendStringInfo(query, ")) AS part FROM %s AS %s", from, reading->alias);
	if (reading->filter != NULL)
		appendStringInfo(query, " WHERE %s", reading->filter);
}

/* The statement of a pass. */
static char *
pass_query(const Reading *reading, const char *source, const List *leaves)
{
	StringInfoData query;
	ListCell *cell;

	initStringInfo(&query);
	if (leaves == NIL)
	{
		append_branch(&query, reading, source);
		return query.data;
	}
	appendStringInfo(&query, "SELECT %s.linlearn_gram_merge(p.part) FROM (",
					 reading->schema);
	foreach (cell, leaves)
	{
		const Leaf *leaf = lfirst(cell);

		if (cell != list_head(leaves))
			appendStringInfoString(&query, " UNION ALL ");
		append_branch(&query, reading, psprintf("ONLY %s", leaf->name));
	}
	appendStringInfoString(&query, ") AS p");
	return query.data;
}

/* The result of a pass, in the caller's memory; NULL without rows. */
static bytea *
run_pass(const char *schema, const char *query)
{
	bool null;
	Datum value;
	bytea *flat, *copy;

	own_query_execute(schema, query, "", 0, NULL, NULL, NULL, false, 1);
	if (SPI_processed == 0)
		return NULL;
	value =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
	if (null)
		return NULL;
	flat = DatumGetByteaP(value);
	copy = SPI_palloc(VARSIZE(flat));
	memcpy(copy, flat, VARSIZE(flat));
	return copy;
}

PG_FUNCTION_INFO_V1(linlearn_train_distributed);
Datum
linlearn_train_distributed(PG_FUNCTION_ARGS)
{
	const char *schema = own_schema_name(own_schema(fcinfo));
	Jsonb *options =
		PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS);
	const char *source;
	Oid relation;
	Reading reading;
	List *leaves;
	bytea *gram;

	if (PG_ARGISNULL(ARG_SOURCE))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("source must not be NULL")));
	relation = PG_GETARG_OID(ARG_SOURCE);
	if (get_rel_name(relation) == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("there is no relation %u", relation)));
	gram_check_options(options);
	source = quote_qualified_identifier(
		get_namespace_name(get_rel_namespace(relation)),
		get_rel_name(relation));
	SPI_connect();
	reading = read_arguments(fcinfo, schema, source);
	leaves = placement_leaves(relation);
	placement_check(leaves, schema);
	gram = run_pass(schema, pass_query(&reading, source, leaves));
	SPI_finish();
	if (gram == NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("source has no row to train on")));
	return gram_solve(fcinfo, gram, options);
}

/* Bytes as text, what is no printable ASCII as a question mark. */
static char *
printable(bytea *bytes)
{
	char *string = pnstrdup(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));

	for (char *at = string; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return string;
}

PG_FUNCTION_INFO_V1(linlearn_is_version);
Datum
linlearn_is_version(PG_FUNCTION_ARGS)
{
	bytea *version = PG_GETARG_BYTEA_PP(0);
	char *wanted = printable(version);
	const char *here = extension_version();

	if (strcmp(wanted, here) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("linlearn is %s here, not %s", here, wanted),
				 errhint("Run ALTER EXTENSION linlearn UPDATE; on the server "
						 "with the older one.")));
	PG_RETURN_BOOL(true);
}
