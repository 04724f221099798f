/*
 * passes.c
 *		The statements that ask rows where they are.
 *
 * Where tables below the source are foreign a statement is a UNION ALL over them,
 * so that each server sums its own rows, and all at the same time.  A point and the
 * plan of columns go along as sub-selects then: as constants they would be in the
 * statement's text.
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

/* A statement to write. */
typedef struct Pass
{
	const Reading *reading;
	const char *aggregate;
	const char *point; /* as SQL; NULL: the rows themselves are summed */
	const char *plan;  /* as SQL; NULL: cells are not encoded */
	bool sparse;	   /* they are, as sparse rows */
} Pass;

/* The features of a row. */
static void
append_features(StringInfo query, const Pass *pass)
{
	const Reading *reading = pass->reading;

	if (reading->cells == NULL)
		appendStringInfoString(query, reading->features);
	else if (pass->plan == NULL)
		appendStringInfoString(query, reading->cells);
	else
		appendStringInfo(query, "%s.linlearn_%sterms(%s, %s)", reading->schema,
						 pass->sparse ? "sparse_" : "", pass->plan,
						 reading->cells);
}

/* A row packed. */
static void
append_row(StringInfo query, const Pass *pass)
{
	const Reading *reading = pass->reading;

	appendStringInfo(query, "%s.linlearn_row(", reading->schema);
	append_features(query, pass);
	appendStringInfo(query, ", %s", reading->label);
	if (reading->weight != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.float8", reading->weight);
	else if (reading->channel != NULL)
		appendStringInfoString(query, ", '1'::pg_catalog.float8");
	if (reading->channel != NULL)
		appendStringInfo(query, ", (%s)::pg_catalog.%s", reading->channel,
						 reading->channel_coded ? "\"char\"" : "text");
	appendStringInfoChar(query, ')');
}

void
passes_append_rows(StringInfo query, const Reading *reading, const char *from)
{
	if (reading->rows_head != NULL)
		appendStringInfo(query, " FROM %s%s%s", reading->rows_head, from,
						 reading->rows_tail);
	else
		appendStringInfo(query, " FROM %s AS %s", from, reading->alias);
	if (reading->filter != NULL)
		appendStringInfo(query, " WHERE %s", reading->filter);
}

/*
 * SELECT of an aggregate over the rows of a table, or, with a point, of what they
 * answer to it.
 */
static void
append_branch(StringInfo query, const Pass *pass, const char *from)
{
	const char *schema = pass->reading->schema;

	appendStringInfo(query, "SELECT %s.%s(", schema, pass->aggregate);
	if (pass->point != NULL)
		appendStringInfo(query, "%s.linlearn_residual(%s, ", schema,
						 pass->point);
	append_row(query, pass);
	appendStringInfo(query, "%s) AS part", pass->point != NULL ? ")" : "");
	passes_append_rows(query, pass->reading, from);
}

/* The statement of a pass. */
static char *
write_pass(const Reading *reading, const char *aggregate, bool asks,
		   bool encodes, bool sparse, const char *source, const List *leaves)
{
	bool here = leaves == NIL;
	Pass pass = {reading, aggregate,
				 !asks	? NULL
				 : here ? "$1"
						: "(SELECT $1)",
				 !encodes ? NULL
				 : here	  ? "$2"
						  : "(SELECT $2)",
				 sparse};
	StringInfoData query;
	ListCell *cell;

	initStringInfo(&query);
	if (here)
	{
		append_branch(&query, &pass, source);
		return query.data;
	}
	appendStringInfo(&query, "SELECT %s.%s_merge(p.part) FROM (",
					 reading->schema, aggregate);
	foreach (cell, leaves)
	{
		const Leaf *leaf = lfirst(cell);

		if (cell != list_head(leaves))
			appendStringInfoString(&query, " UNION ALL ");
		append_branch(&query, &pass, psprintf("ONLY %s", leaf->name));
	}
	appendStringInfoString(&query, ") AS p");
	return query.data;
}

Passes
passes_write(const Reading *reading, const char *source, const List *leaves)
{
	bool cells = reading->cells != NULL;

	return (Passes){
		.schema = reading->schema,
		.gram = write_pass(reading, "linlearn_gram", false, cells, false,
						   source, leaves),
		.columns = cells ? write_pass(reading, "linlearn_survey_columns",
									  false, false, false, source, leaves)
						 : NULL,
		.survey = write_pass(reading, "linlearn_survey", false, cells, false,
							 source, leaves),
		.gradient = write_pass(reading, "linlearn_gradient", true, cells,
							   false, source, leaves),
		.sparse_survey = cells ? write_pass(reading, "linlearn_survey", false,
											true, true, source, leaves)
							   : NULL,
		.sparse_gradient = cells ? write_pass(reading, "linlearn_gradient",
											  true, true, true, source, leaves)
								 : NULL};
}

bytea *
passes_run(const Passes *passes, const char *query, bytea *point)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[2] = {BYTEAOID, BYTEAOID};
	Datum values[2] = {PointerGetDatum(point), PointerGetDatum(passes->plan)};
	char nulls[3] = {point == NULL ? 'n' : ' ',
					 passes->plan == NULL ? 'n' : ' ', '\0'};
	Datum value = (Datum) 0;
	bytea *result = NULL;
	bool null = true;

	SPI_connect();
	/* Without a limit, with which no plan would be parallel. */
	own_query_execute(passes->schema, query, "", 2, types, values, nulls,
					  false, 0);
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
