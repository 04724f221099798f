/*
 * fit.c
 *		linlearn_fit(name, query, label, key, options, ...): from a query to a
 *		saved model that was judged on rows it has not seen.
 *
 * Three statements, those that a user would write: one trains on the rows of the
 * query, one saves, one evaluates.  They run with the caller's rights and
 * search_path, like any query of theirs.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "pg/base/json_text.h"
#include "pg/base/own_query.h"
#include "pg/base/own_schema.h"
#include "pg/predict/model_cache.h"
#include "pg/serve/fit_query.h"
#include "pg/serve/fit_result.h"
#include "pg/serve/registry.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* Arguments in their order. */
enum
{
	FIT_NAME,
	FIT_QUERY,
	FIT_LABEL,
	FIT_KEY,
	FIT_OPTIONS,
	FIT_DESCRIPTION,
	FIT_TRAIN,
	FIT_VALIDATION,
	FIT_SEED,
	FIT_CARD
};

/* The shares and the seed, for the statements' parameters. */
typedef struct Split
{
	Datum train;
	Datum validation;
	Datum seed;
} Split;

/* Raises the error of an argument that is NULL. */
static void
require(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL", name)));
}

/* The value in the first row's column of what SPI returned, to be kept. */
static Datum
result_value(int column, bool *null)
{
	Form_pg_attribute attribute =
		TupleDescAttr(SPI_tuptable->tupdesc, column - 1);
	Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
								column, null);

	if (!*null && attribute->attlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return value;
}

/* Trains; the bytes of the model, and how many rows are for the test. */
static bytea *
train(const FitQuery *query, const char *schema, const Split *split,
	  Datum options, int64 *test_rows)
{
	Oid types[4] = {FLOAT8OID, FLOAT8OID, INT8OID, JSONBOID};
	Datum values[4] = {split->train, split->validation, split->seed, options};
	bool null;
	Datum model;
	char *command = psprintf(
		"SELECT %s.linlearn_train(r.features, r.label, $4, r.part) "
		"FILTER (WHERE r.part OPERATOR(pg_catalog.<>) "
		"'test'::pg_catalog.text), "
		"pg_catalog.count(*) FILTER (WHERE r.part OPERATOR(pg_catalog.=) "
		"'test'::pg_catalog.text AND r.label IS NOT NULL) "
		"FROM (%s\n) AS r",
		schema, fit_query_rows(query, schema, "$1, $2, $3"));

	own_query_execute(schema, command, query->rows->text, 4, types, values,
					  NULL, false, 1);
	*test_rows = DatumGetInt64(result_value(2, &null));
	model = result_value(1, &null);
	if (null)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("query gave no row to train on"),
				 errdetail("Rows need a label that is not NULL; " INT64_FORMAT
						   " rows are for the test.",
						   *test_rows)));
	return DatumGetByteaPP(model);
}

/* A number as an SQL literal that reads back as itself. */
static char *
literal(double value)
{
	return psprintf("'%s'::pg_catalog.float8", shortest_number(value));
}

/*
 * Evaluates the model on the test part, by a query that the caller may give to
 * linlearn_evaluate again.
 */
static Datum
evaluate(const FitQuery *query, const char *schema, const Split *split,
		 Datum name, int32 version)
{
	Oid types[3] = {TEXTOID, TEXTOID, INT4OID};
	char *shares = psprintf("%s, %s, '" INT64_FORMAT "'::pg_catalog.int8",
							literal(DatumGetFloat8(split->train)),
							literal(DatumGetFloat8(split->validation)),
							DatumGetInt64(split->seed));
	char *rows =
		psprintf("SELECT r.features, r.label%s FROM (%s\n) AS r "
				 "WHERE r.part OPERATOR(pg_catalog.=) 'test'::pg_catalog.text",
				 query->weight != NULL ? ", r.weight" : "",
				 fit_query_rows(query, schema, shares));
	Datum values[3] = {name, CStringGetTextDatum(rows),
					   Int32GetDatum(version)};
	bool null;

	SPI_execute_with_args(psprintf("SELECT %s.linlearn_evaluate($1, $2, "
								   "'test'::pg_catalog.text, $3)",
								   schema),
						  3, types, values, NULL, false, 1);
	return result_value(1, &null);
}

/* The arguments that say how rows are split. */
static Split
read_split(FunctionCallInfo fcinfo)
{
	require(fcinfo, FIT_TRAIN, "train");
	require(fcinfo, FIT_VALIDATION, "validation");
	require(fcinfo, FIT_SEED, "seed");
	return (Split){PG_GETARG_DATUM(FIT_TRAIN), PG_GETARG_DATUM(FIT_VALIDATION),
				   PG_GETARG_DATUM(FIT_SEED)};
}

/* What the caller asks for, understood; SPI is connected. */
static FitQuery *
read_query(FunctionCallInfo fcinfo)
{
	Jsonb *options =
		PG_ARGISNULL(FIT_OPTIONS) ? NULL : PG_GETARG_JSONB_P(FIT_OPTIONS);

	return fit_query_read(text_to_cstring(PG_GETARG_TEXT_PP(FIT_QUERY)),
						  text_to_cstring(PG_GETARG_TEXT_PP(FIT_LABEL)),
						  PG_ARGISNULL(FIT_KEY)
							  ? NULL
							  : text_to_cstring(PG_GETARG_TEXT_PP(FIT_KEY)),
						  options);
}

/* Tells of a test that was asked for, and has no rows. */
static void
notice_untested(void)
{
	ereport(NOTICE,
			(errmsg("no row is for the test, so there are no metrics"),
			 errhint("Rows of one key, or without a key those that hold the "
					 "same, are in one part: give a key that tells them "
					 "apart.")));
}

PG_FUNCTION_INFO_V1(linlearn_fit);
Datum
linlearn_fit(PG_FUNCTION_ARGS)
{
	const char *schema = own_schema_name(own_schema(fcinfo));
	TimestampTz start = GetCurrentTimestamp();
	MemoryContext caller = CurrentMemoryContext;
	Datum name = CStringGetTextDatum(registry_name_argument(fcinfo, FIT_NAME));
	Split split = read_split(fcinfo);
	FitNotes notes = fit_notes(fcinfo, FIT_DESCRIPTION, FIT_CARD);
	Datum values[RESULT_COLUMNS];
	bool nulls[RESULT_COLUMNS] = {false};
	bool tested;
	int64 test_rows;
	TupleDesc descriptor;
	FitQuery *query;
	bytea *model;
	int32 version;

	require(fcinfo, FIT_QUERY, "query");
	require(fcinfo, FIT_LABEL, "label");
	tested =
		DatumGetFloat8(split.train) + DatumGetFloat8(split.validation) < 1.0;
	fit_check_rights(own_schema(fcinfo), tested);
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	SPI_connect();
	query = read_query(fcinfo);
	model = train(query, schema, &split, query->options, &test_rows);
	(void) fit_result_rows(values, model);
	version = fit_save(schema, name, PointerGetDatum(model), &notes);
	values[RESULT_VERSION] = Int32GetDatum(version);
	values[RESULT_TEST_ROWS] = Int64GetDatum(test_rows);
	nulls[RESULT_METRICS] = test_rows == 0;
	if (test_rows > 0)
	{
		Datum metrics = evaluate(query, schema, &split, name, version);
		MemoryContext old = MemoryContextSwitchTo(caller);

		values[RESULT_METRICS] =
			PointerGetDatum(PG_DETOAST_DATUM_COPY(metrics));
		MemoryContextSwitchTo(old);
	}
	else if (tested)
		notice_untested();
	SPI_finish();
	values[RESULT_SECONDS] = Float8GetDatum(
		(double) (GetCurrentTimestamp() - start) / USECS_PER_SEC);
	return HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}
