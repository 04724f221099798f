/*
 * passes.c
 *		The statements that ask rows where they are.
 *
 * Where tables below the source are foreign a statement is a UNION ALL over them,
 * so that each server sums its own rows, and all at the same time.  A point goes
 * along as a sub-select then: as a constant it would be in the statement's text.
 */
#include "pg/cluster/passes.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "pg/base/own_query.h"
#include "pg/base/runtime.h"
#include "pg/cluster/placement.h"
#include "pg/cluster/shard_bytes.h"
#include "utils/memutils.h"

/* A row packed. */
static void
append_row(StringInfo query, const Reading *reading)
{
	appendStringInfo(query, "%s.linlearn_row(%s, %s", reading->schema,
					 reading->features, reading->label);
	if (reading->weight != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.float8", reading->weight);
	else if (reading->channel != NULL)
		appendStringInfoString(query, ", '1'::pg_catalog.float8");
	if (reading->channel != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.%s", reading->channel,
						 reading->channel_coded ? "\"char\"" : "text");
	appendStringInfoChar(query, ')');
}

/*
 * SELECT of an aggregate over the rows of a table, or, with a point as SQL, of
 * what they answer to it.
 */
static void
append_branch(StringInfo query, const Reading *reading, const char *aggregate,
			  const char *point, const char *from)
{
	appendStringInfo(query, "SELECT %s.%s(", reading->schema, aggregate);
	if (point != NULL)
		appendStringInfo(query, "%s.linlearn_residual(%s, ", reading->schema,
						 point);
	append_row(query, reading);
	appendStringInfo(query, "%s) AS part FROM %s AS %s",
					 point != NULL ? ")" : "", from, reading->alias);
	if (reading->filter != NULL)
		appendStringInfo(query, " WHERE %s", reading->filter);
}

/* The statement of a pass. */
static char *
write_pass(const Reading *reading, const char *aggregate, bool asks,
		   const char *source, const List *leaves)
{
	StringInfoData query;
	ListCell *cell;

	initStringInfo(&query);
	if (leaves == NIL)
	{
		append_branch(&query, reading, aggregate, asks ? "$1" : NULL, source);
		return query.data;
	}
	appendStringInfo(&query, "SELECT %s.%s_merge(p.part) FROM (",
					 reading->schema, aggregate);
	foreach (cell, leaves)
	{
		const Leaf *leaf = lfirst(cell);

		if (cell != list_head(leaves))
			appendStringInfoString(&query, " UNION ALL ");
		append_branch(&query, reading, aggregate, asks ? "(SELECT $1)" : NULL,
					  psprintf("ONLY %s", leaf->name));
	}
	appendStringInfoString(&query, ") AS p");
	return query.data;
}

Passes
passes_write(const Reading *reading, const char *source, const List *leaves)
{
	return (Passes){
		.schema = reading->schema,
		.gram = write_pass(reading, "linlearn_gram", false, source, leaves),
		.survey =
			write_pass(reading, "linlearn_survey", false, source, leaves),
		.gradient =
			write_pass(reading, "linlearn_gradient", true, source, leaves)};
}

bytea *
passes_run(const Passes *passes, const char *query, bytea *point)
{
	MemoryContext context = CurrentMemoryContext;
	Oid type = BYTEAOID;
	Datum value = PointerGetDatum(point);
	bytea *result = NULL;
	bool null = true;

	SPI_connect();
	/* Without a limit, with which no plan would be parallel. */
	own_query_execute(passes->schema, query, "", point != NULL ? 1 : 0, &type,
					  &value, NULL, false, 0);
	if (SPI_processed > 0)
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
							  &null);
	if (!null)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		result = DatumGetByteaPCopy(value);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return result;
}

/* What call_host hands on. */
typedef struct Question
{
	const Passes *passes;
	const ShardPoint *point;
	ShardSums *sums;
	const Runtime *runtime;
} Question;

static void
ask(void *argument)
{
	Question *question = argument;
	ShardPoint point = *question->point;
	ShardShape shape = {.judges = point.judges,
						.grams = point.grams,
						.format = point.format,
						.dimension = point.dimension,
						.outputs = point.outputs,
						.classes = point.classes};
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn pass", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	bytea *asked = shard_point_write(&point), *answer;
	Failure failure = {0};

	shape.digest = point.digest;
	ereport(DEBUG1, (errmsg_internal("linlearn pass: %s",
									 point.judges	   ? "judgement"
									 : point.grams > 0 ? "gradient and matrix"
													   : "gradient")));
	answer = passes_run(question->passes, question->passes->gradient, asked);
	if (answer != NULL)
		shard_sums_read(answer, question->runtime, question->sums);
	else
		CHECK_STATUS(shard_sums_init(question->sums, question->runtime, &shape,
									 &failure),
					 failure);
	if (!shard_sums_fit(question->sums, &shape))
		ereport(ERROR, (errcode(ERRCODE_FDW_ERROR),
						errmsg("sums are of another point than was asked "
							   "about")));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

Status
passes_ask(void *context, const ShardPoint *point, ShardSums *sums,
		   Failure *failure)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Question question = {context, point, sums, &runtime};

	return call_host(ask, &question, failure);
}
