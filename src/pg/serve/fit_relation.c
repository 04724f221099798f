/*
 * fit_relation.c
 *		linlearn_fit and linlearn_evaluate of a relation, whose rows may be on other
 *		servers.
 *
 * With features, and of rows on other servers, they stay where they are.  Else
 * features are the columns of rows that are here: the functions of a query do it.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "pg/base/json_text.h"
#include "pg/base/own_schema.h"
#include "pg/cluster/distributed.h"
#include "pg/cluster/far_columns.h"
#include "pg/cluster/workers.h"
#include "pg/serve/evaluate_rows.h"
#include "pg/serve/fit_result.h"
#include "pg/serve/registry.h"
#include "pg/serve/registry_table.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* Arguments of linlearn_fit in their order. */
enum
{
	FIT_NAME,
	FIT_SOURCE,
	FIT_LABEL,
	FIT_KEY,
	FIT_OPTIONS,
	FIT_DESCRIPTION,
	FIT_TRAIN,
	FIT_VALIDATION,
	FIT_SEED,
	FIT_CARD,
	FIT_FEATURES
};

/* Arguments of linlearn_evaluate in their order. */
enum
{
	EVALUATE_NAME,
	EVALUATE_SOURCE,
	EVALUATE_DATASET,
	EVALUATE_VERSION,
	EVALUATE_LABEL,
	EVALUATE_FEATURES,
	EVALUATE_FILTER
};

/* Raises the error of an argument that is NULL. */
static void
require(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL", name)));
}

/* A text argument, or NULL. */
static const char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument)
			   ? NULL
			   : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* Whether some rows of a relation are on other servers. */
static bool
are_elsewhere(Oid relation)
{
	ListCell *cell;

	foreach (cell, placement_leaves(relation))
		if (((const Leaf *) lfirst(cell))->server_name != NULL)
			return true;
	return false;
}

/* ---- Evaluation ---- */

/* The one value of a statement, copied for who is called by SQL; NULL if so. */
static Datum
one_value(bool *null)
{
	Datum value =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, null);

	return *null ? (Datum) 0
				 : SPI_datumTransfer(
					   value, false,
					   TupleDescAttr(SPI_tuptable->tupdesc, 0)->attlen);
}

/* linlearn_evaluate of a query over the columns of rows that are here. */
static Datum
evaluate_columns(FunctionCallInfo fcinfo, const char *schema,
				 const char *source, bool *null)
{
	const char *filter = text_argument(fcinfo, EVALUATE_FILTER);
	char *query = psprintf("SELECT * FROM %s%s%s", source,
						   filter != NULL ? " WHERE " : "",
						   filter != NULL ? filter : "");
	Oid types[5] = {TEXTOID, TEXTOID, TEXTOID, INT4OID, TEXTOID};
	Datum values[5] = {
		PG_GETARG_DATUM(EVALUATE_NAME), CStringGetTextDatum(query),
		PG_GETARG_DATUM(EVALUATE_DATASET),
		PG_ARGISNULL(EVALUATE_VERSION) ? (Datum) 0
									   : PG_GETARG_DATUM(EVALUATE_VERSION),
		PG_GETARG_DATUM(EVALUATE_LABEL)};

	SPI_execute_with_args(
		psprintf("SELECT %s.linlearn_evaluate($1, $2, $3, $4, $5)", schema), 5,
		types, values, PG_ARGISNULL(EVALUATE_VERSION) ? "   n " : NULL, false,
		0);
	return one_value(null);
}

/* The same of rows that stay where they are. */
static Datum
evaluate_where_they_are(FunctionCallInfo fcinfo, const char *schema,
						const char *source)
{
	char *name = registry_name_argument(fcinfo, EVALUATE_NAME);
	int version = registry_version_argument(fcinfo, EVALUATE_VERSION);
	Reading texts = {.features = text_argument(fcinfo, EVALUATE_FEATURES),
					 .label = text_argument(fcinfo, EVALUATE_LABEL),
					 .filter = text_argument(fcinfo, EVALUATE_FILTER)};
	List *leaves = placement_leaves(PG_GETARG_OID(EVALUATE_SOURCE));
	bytea *bytes = registry_fetch(schema, name, &version, true);
	Reading reading = distributed_read(schema, source, &texts, NULL, NULL);
	Datum metrics;

	workers_check(PG_GETARG_OID(EVALUATE_SOURCE));
	placement_check(leaves, schema);
	metrics =
		evaluate_rows(own_schema(fcinfo), name, version, bytes, &reading,
					  source, leaves, text_argument(fcinfo, EVALUATE_DATASET));
	if (metrics == (Datum) 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("source has no row with features and a label")));
	return SPI_datumTransfer(metrics, false, -1);
}

PG_FUNCTION_INFO_V1(linlearn_evaluate_relation);
Datum
linlearn_evaluate_relation(PG_FUNCTION_ARGS)
{
	const char *schema = own_schema_name(own_schema(fcinfo));
	const char *source;
	bool null = false;
	Datum metrics;

	require(fcinfo, EVALUATE_NAME, "model name");
	require(fcinfo, EVALUATE_SOURCE, "source");
	require(fcinfo, EVALUATE_DATASET, "dataset");
	require(fcinfo, EVALUATE_LABEL, "label");
	registry_check_rights(own_schema(fcinfo), "linlearn_evaluations",
						  ACL_INSERT, "linlearn_evaluate()");
	source = distributed_source(PG_GETARG_OID(EVALUATE_SOURCE));
	SPI_connect();
	metrics = PG_ARGISNULL(EVALUATE_FEATURES) &&
					  !are_elsewhere(PG_GETARG_OID(EVALUATE_SOURCE))
				  ? evaluate_columns(fcinfo, schema, source, &null)
				  : evaluate_where_they_are(fcinfo, schema, source);
	SPI_finish();
	if (null)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(metrics);
}

/* ---- Fit ---- */

/* The channel of a row by its key, as SQL. */
static char *
write_channel(FunctionCallInfo fcinfo, const char *schema, const char *key)
{
	return psprintf("%s.linlearn_split_channel(%s, '%s'::pg_catalog.float8, "
					"'%s'::pg_catalog.float8, '" INT64_FORMAT
					"'::pg_catalog.int8)",
					schema, key, shortest_number(PG_GETARG_FLOAT8(FIT_TRAIN)),
					shortest_number(PG_GETARG_FLOAT8(FIT_VALIDATION)),
					PG_GETARG_INT64(FIT_SEED));
}

/* linlearn_fit of a query over the columns of rows that are here, as a record. */
static Datum
fit_columns(FunctionCallInfo fcinfo, const char *schema, const char *source)
{
	Oid types[10] = {TEXTOID, TEXTOID,	 TEXTOID,	TEXTOID, JSONBOID,
					 TEXTOID, FLOAT8OID, FLOAT8OID, INT8OID, JSONBOID};
	Datum values[10];
	char nulls[10];
	bool null;

	for (int i = 0; i < 10; i++)
	{
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
	}
	values[FIT_SOURCE] =
		CStringGetTextDatum(psprintf("SELECT * FROM %s", source));
	SPI_execute_with_args(
		psprintf("SELECT %s.linlearn_fit($1, $2, $3, $4, $5, $6, $7, $8, $9, "
				 "$10)",
				 schema),
		10, types, values, nulls, false, 0);
	return one_value(&null);
}

/* What is read of rows, in the current memory context. */
static Reading
copy_reading(const Reading *reading)
{
	Reading copy = *reading;

	copy.alias = pstrdup(reading->alias);
	if (reading->features != NULL)
		copy.features = pstrdup(reading->features);
	else
		copy.columns = far_columns_copy(reading->columns);
	copy.label = pstrdup(reading->label);
	return copy;
}

/* linlearn_fit of rows that stay where they are; SPI is connected. */
static Datum
fit_where_they_are(FunctionCallInfo fcinfo, const char *schema,
				   const char *source, MemoryContext caller)
{
	FitNotes notes = fit_notes(fcinfo, FIT_DESCRIPTION, FIT_CARD);
	TimestampTz start = GetCurrentTimestamp();
	Reading texts = {.features = text_argument(fcinfo, FIT_FEATURES),
					 .label = text_argument(fcinfo, FIT_LABEL)};
	List *leaves;
	const char *key;
	Reading reading;
	Datum model, metrics = (Datum) 0, values[RESULT_COLUMNS];
	bool nulls[RESULT_COLUMNS] = {false};
	TupleDesc descriptor;
	int32 version;

	if (PG_ARGISNULL(FIT_KEY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("key must not be NULL for rows that stay where they "
						"are"),
				 errhint("Name the column that tells rows apart: it says "
						 "which are for the test.")));
	reading = distributed_read(schema, source, &texts,
							   text_argument(fcinfo, FIT_KEY), &key);
	/* What is used after the training ends SPI lies in the caller's memory. */
	MemoryContextSwitchTo(caller);
	reading = copy_reading(&reading);
	reading.channel = write_channel(fcinfo, schema, key);
	leaves = placement_leaves(PG_GETARG_OID(FIT_SOURCE));
	workers_check(PG_GETARG_OID(FIT_SOURCE));
	model = distributed_train(
		fcinfo, &reading, source, leaves,
		PG_ARGISNULL(FIT_OPTIONS) ? NULL : PG_GETARG_JSONB_P(FIT_OPTIONS),
		caller);
	SPI_connect();
	version = fit_save(schema, PG_GETARG_DATUM(FIT_NAME), model, &notes);
	values[RESULT_VERSION] = Int32GetDatum(version);
	if (fit_result_rows(values, DatumGetByteaPP(model)) > 0)
	{
		reading.filter =
			psprintf("%s OPERATOR(pg_catalog.=) '%d'::pg_catalog.\"char\"",
					 reading.channel, CHANNEL_TEST);
		metrics = evaluate_rows(
			own_schema(fcinfo), registry_name_argument(fcinfo, FIT_NAME),
			version, DatumGetByteaPP(model), &reading, source, leaves, "test");
	}
	nulls[RESULT_METRICS] = metrics == (Datum) 0;
	values[RESULT_METRICS] = nulls[RESULT_METRICS]
								 ? (Datum) 0
								 : SPI_datumTransfer(metrics, false, -1);
	SPI_finish();
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[RESULT_SECONDS] = Float8GetDatum(
		(double) (GetCurrentTimestamp() - start) / USECS_PER_SEC);
	return HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

PG_FUNCTION_INFO_V1(linlearn_fit_relation);
Datum
linlearn_fit_relation(PG_FUNCTION_ARGS)
{
	const char *schema = own_schema_name(own_schema(fcinfo));
	MemoryContext caller = CurrentMemoryContext;
	const char *source;
	Datum result;

	(void) registry_name_argument(fcinfo, FIT_NAME);
	require(fcinfo, FIT_SOURCE, "source");
	require(fcinfo, FIT_LABEL, "label");
	require(fcinfo, FIT_TRAIN, "train");
	require(fcinfo, FIT_VALIDATION, "validation");
	require(fcinfo, FIT_SEED, "seed");
	fit_check_rights(
		own_schema(fcinfo),
		PG_GETARG_FLOAT8(FIT_TRAIN) + PG_GETARG_FLOAT8(FIT_VALIDATION) < 1.0);
	source = distributed_source(PG_GETARG_OID(FIT_SOURCE));
	SPI_connect();
	if (!PG_ARGISNULL(FIT_FEATURES) ||
		are_elsewhere(PG_GETARG_OID(FIT_SOURCE)))
		return fit_where_they_are(fcinfo, schema, source, caller);
	result = fit_columns(fcinfo, schema, source);
	SPI_finish();
	return result;
}
