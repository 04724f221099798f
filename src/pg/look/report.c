/*
 * report.c
 *		linlearn_report: a page about a saved model, with test rows on request.
 *
 * The test query runs through SPI with the caller's rights, read-only.
 */
#include "pg/look/pictures.h"

#include <math.h>

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "formats/model_pictures.h"
#include "formats/model_report.h"
#include "lib/stringinfo.h"
#include "pg/base/caller_query.h"
#include "pg/base/own_query.h"
#include "pg/base/own_schema.h"
#include "pg/base/runtime.h"
#include "pg/predict/model_cache.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Words of the queries that mean PostgreSQL's own types and operators whatever
 * the caller's search_path has, by which the test query is read.
 */
#define TEXT "pg_catalog.text"
#define FLOAT8 "pg_catalog.float8"
#define EQUAL "OPERATOR(pg_catalog.=)"
#define CONCATENATE "OPERATOR(pg_catalog.||)"

#define MISTAKES 24
#define CURVE_POINTS 400
#define SCATTER_POINTS 1000

/* Run a query of at least one row; its parameters are the model and a text. */
static void
run(const char *schema, const char *query, const char *theirs, Datum model,
	const char *positive)
{
	Oid types[2] = {BYTEAOID, TEXTOID};
	Datum values[2] = {model, CStringGetTextDatum(positive)};
	int result = own_query_execute(schema, query, theirs, 2, types, values,
								   NULL, true, 0);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("test query gives no rows: %s",
							   SPI_result_code_string(result))));
}

/* A column of the first row; true when it is not NULL. */
static bool
column(int number, Datum *value)
{
	bool is_null;

	*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
						   number, &is_null);
	return !is_null;
}

/* A column of the first row as an array of doubles. */
static size_t
column_doubles(int number, const double **values)
{
	Datum datum;
	Datum *elements;
	bool *nulls;
	int count;
	double *array;

	*values = NULL;
	if (!column(number, &datum))
		return 0;
	deconstruct_array(DatumGetArrayTypeP(datum), FLOAT8OID, sizeof(float8),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls,
					  &count);
	array = palloc(Max(count, 1) * sizeof(double));
	for (int i = 0; i < count; i++)
		array[i] = nulls[i] ? NAN : DatumGetFloat8(elements[i]);
	*values = array;
	return count;
}

/* Two columns of the first row as a curve. */
static void
column_curve(int number, ReportCurve *curve)
{
	size_t x = column_doubles(number, &curve->x);
	size_t y = column_doubles(number + 1, &curve->y);

	curve->count = Min(x, y);
}

/* The numbers at the top of a jsonb object as figures. */
static void
read_figures(Jsonb *json, ReportTest *test)
{
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	ReportFigure *figures =
		palloc((JsonContainerSize(&json->root) + 1) * sizeof(ReportFigure));
	JsonbValue value;
	JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);

	test->figures = figures;
	if (token != WJB_BEGIN_OBJECT)
		return;
	while ((token = JsonbIteratorNext(&iterator, &value, true)) == WJB_KEY)
	{
		char *name = pnstrdup(value.val.string.val, value.val.string.len);

		JsonbIteratorNext(&iterator, &value, true);
		if (value.type != jbvNumeric)
			continue;
		figures[test->figure_count].name = utf8_text(name);
		figures[test->figure_count++].value = DatumGetFloat8(
			DirectFunctionCall1(numeric_float8_no_overflow,
								NumericGetDatum(value.val.numeric)));
	}
}

/*
 * Append the test rows as a table: features, actual, predicted, score.  Labels
 * are texts, as the model has them; of a regressor they are numbers.
 */
static void
append_rows(StringInfo query, const char *schema, const Model *model,
			const char *test_query)
{
	appendStringInfoString(query, "SELECT t.features, ");
	if (model->predictor == PREDICTOR_REGRESSOR)
		appendStringInfoString(query, "t.label::pg_catalog.float8 AS actual");
	else
		appendStringInfo(query,
						 "%s.linlearn_label_text($1, t.label) AS actual, "
						 "%s.linlearn_predict_label($1, t.features) "
						 "AS predicted",
						 schema, schema);
	appendStringInfo(query,
					 ", %s.linlearn_score($1, t.features) AS score "
					 "FROM (%s\n) AS t(features, label)",
					 schema, test_query);
}

/* Append an array of one field of a curve's points. */
static void
append_points(StringInfo query, const char *field, const char *curve)
{
	appendStringInfo(query,
					 ", (SELECT pg_catalog.array_agg(p.%s) FROM c, "
					 "pg_catalog.unnest(c.%s) p)",
					 field, curve);
}

/* Append what asks for the figures, matrix and curves of a classifier. */
static void
append_classifier(StringInfo query, const char *schema, const Model *model,
				  const char *test_query)
{
	bool binary = model->predictor == PREDICTOR_BINARY;
	bool probabilities = loss_table[model->loss].link == LINK_LOGIT;

	appendStringInfoString(query, "WITH s AS MATERIALIZED (SELECT actual, "
								  "predicted, score FROM (");
	append_rows(query, schema, model, test_query);
	appendStringInfoString(query, ") r WHERE actual IS NOT NULL AND "
								  "predicted IS NOT NULL)");
	if (binary)
		appendStringInfo(query,
						 ", c AS (SELECT %s.linlearn_roc_curve(actual " EQUAL
						 " $2, score, %d) "
						 "AS roc, %s.linlearn_pr_curve(actual " EQUAL
						 " $2, score, %d) AS pr",
						 schema, CURVE_POINTS, schema, CURVE_POINTS);
	if (binary && probabilities)
		appendStringInfo(query,
						 ", %s.linlearn_calibration(actual " EQUAL
						 " $2, score) AS "
						 "calibration",
						 schema);
	if (binary)
		appendStringInfoString(query, " FROM s)");
	appendStringInfo(query,
					 " SELECT (SELECT pg_catalog.count(*) FROM s), "
					 "(SELECT %s.linlearn_confusion(actual, predicted) FROM "
					 "s), ",
					 schema);
	if (!binary)
		appendStringInfo(query,
						 "(SELECT %s.linlearn_metrics(actual, predicted) "
						 "FROM s)",
						 schema);
	else
		appendStringInfo(query,
						 "(SELECT %s.linlearn_metrics(actual " EQUAL " $2, "
						 "predicted " EQUAL " $2%s) FROM s)",
						 schema, probabilities ? ", score" : "");
	if (binary)
	{
		append_points(query, "false_positive_rate", "roc");
		append_points(query, "true_positive_rate", "roc");
		append_points(query, "recall", "pr");
		append_points(query, "\"precision\"", "pr");
	}
	if (binary && probabilities)
	{
		append_points(query, "mean_score", "calibration");
		append_points(query, "rate", "calibration");
	}
}

/* Gather the figures, matrix and curves of a classifier. */
static void
test_classifier(const char *schema, const Model *model, Datum bytes,
				const char *positive, ReportTest *test)
{
	bool binary = model->predictor == PREDICTOR_BINARY;
	bool probabilities = loss_table[model->loss].link == LINK_LOGIT;
	StringInfoData query;
	ConfusionPicture picture;
	Datum value;

	initStringInfo(&query);
	append_classifier(&query, schema, model, test->query);
	run(schema, query.data, test->query, bytes, positive);
	if (column(1, &value))
		test->rows = DatumGetInt64(value);
	if (column(2, &value))
	{
		confusion_picture_read(DatumGetJsonbP(value), &picture);
		test->classes = picture.classes;
		test->labels = picture.labels;
		test->counts = picture.counts;
		for (int i = 0; i < picture.classes; i++)
			if (strcmp(picture.labels[i], utf8_text(positive)) == 0)
				test->positive = i;
	}
	if (column(3, &value))
		read_figures(DatumGetJsonbP(value), test);
	if (binary)
	{
		column_curve(4, &test->roc);
		column_curve(6, &test->pr);
	}
	if (binary && probabilities)
		column_curve(8, &test->calibration);
}

/* Gather the figures of a regressor, and some rows to draw. */
static void
test_regressor(const char *schema, const Model *model, Datum bytes,
			   ReportTest *test)
{
	StringInfoData query;
	Datum value;

	initStringInfo(&query);
	appendStringInfoString(
		&query,
		"WITH s AS MATERIALIZED (SELECT actual, score AS predicted FROM (");
	append_rows(&query, schema, model, test->query);
	appendStringInfo(
		&query,
		") r WHERE actual IS NOT NULL AND score IS NOT NULL), "
		"d AS (SELECT actual, predicted FROM s LIMIT %d) "
		"SELECT (SELECT pg_catalog.count(*) FROM s), "
		"(SELECT %s.linlearn_metrics(actual, predicted, NULL::" FLOAT8 ", "
		"'{\"predictor_type\": \"regressor\"}'::pg_catalog.jsonb) FROM s), "
		"(SELECT pg_catalog.array_agg(actual) FROM d), "
		"(SELECT pg_catalog.array_agg(predicted) FROM d)",
		SCATTER_POINTS, schema);
	run(schema, query.data, test->query, bytes, "");
	if (column(1, &value))
		test->rows = DatumGetInt64(value);
	if (column(2, &value))
		read_figures(DatumGetJsonbP(value), test);
	column_curve(3, &test->scatter);
}

/* Gather the mistakes that the model was surest of. */
static void
test_mistakes(const char *schema, const Model *model, Datum bytes,
			  const char *positive, ReportTest *test)
{
	StringInfoData query;
	SvgTile *tiles;
	bool images = true;
	int side = 0;

	initStringInfo(&query);
	appendStringInfoString(
		&query, "SELECT features, actual " CONCATENATE " ' as ' " CONCATENATE
				" predicted, score, pg_catalog.round("
				"score::pg_catalog.numeric, 3)::" TEXT " FROM (");
	append_rows(&query, schema, model, test->query);
	appendStringInfoString(&query, ") r WHERE actual OPERATOR(pg_catalog.<>) "
								   "predicted ORDER BY ");
	if (model->predictor == PREDICTOR_BINARY && isfinite(model->threshold))
		appendStringInfo(&query,
						 "pg_catalog.abs(score OPERATOR(pg_catalog.-) "
						 "(%.17g)::" FLOAT8 ")",
						 model->threshold);
	else
		appendStringInfoString(&query, "score");
	appendStringInfo(&query, " DESC, 2 LIMIT %d", MISTAKES);
	run(schema, query.data, test->query, bytes, positive);
	test->mistake_count = SPI_processed;
	tiles = palloc0(Max(SPI_processed, 1) * sizeof(SvgTile));
	images = SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BYTEAOID &&
			 (side = model_image_side(model)) > 0;
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		bool is_null;
		Datum features =
			SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &is_null);
		char *caption = SPI_getvalue(row, SPI_tuptable->tupdesc, 2);

		if (!images)
			caption = psprintf("%s, score %s", caption,
							   SPI_getvalue(row, SPI_tuptable->tupdesc, 4));
		tiles[i].caption = utf8_text(caption);
		if (images)
			tiles[i].pixels = image_of_bytes(DatumGetByteaPP(features));
	}
	test->mistakes = tiles;
	test->mistake_side = images ? side : 0;
}

/* Gather all that the test rows say. */
static void
run_test(const char *schema, const Model *model, Datum bytes, ReportTest *test)
{
	const char *positive = "";

	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		test_regressor(schema, model, bytes, test);
		return;
	}
	if (model->predictor == PREDICTOR_BINARY && model->label_count == 2)
		positive = model->labels[1].text;
	test_classifier(schema, model, bytes, positive, test);
	test_mistakes(schema, model, bytes, positive, test);
}

/* Make the page; SPI is connected, the result is in its memory. */
static text *
make_report(const char *schema, Datum bytes, Report *report, char *test_query,
			const char *label)
{
	CachedModel *cached =
		cached_model_create(PG_DETOAST_DATUM(bytes), CurrentMemoryContext);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	ReportTest test = {0};
	Markup markup;
	Failure failure;
	Status status;

	report->model = &cached->model;
	report->model_bytes = toast_raw_datum_size(bytes) - VARHDRSZ;
	if (test_query != NULL)
	{
		test_query = caller_query_labelled(test_query, label,
										   cached->model.columns != NULL);
		test.query = test_query;
		run_test(schema, &cached->model, bytes, &test);
		test.query = utf8_text(test_query);
		report->test = &test;
	}
	model_texts_to_utf8(&cached->model);
	markup_init(&markup, &runtime);
	status = model_report_write(&markup, report, &failure);
	CHECK_STATUS(status, failure);
	return markup_to_text(&markup);
}

/* End SPI and return a text that outlives it. */
static Datum
finish_with(text *page)
{
	Size size = VARSIZE_ANY(page);
	text *result = SPI_palloc(size);

	memcpy(result, page, size);
	SPI_finish();
	return PointerGetDatum(result);
}

/* A text argument, or NULL. */
static char *
optional_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument)
			   ? NULL
			   : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* What the label is of the test query's rows; functions of 0.1.0 have none. */
static const char *
label_argument(FunctionCallInfo fcinfo)
{
	return PG_NARGS() > 3 ? optional_text(fcinfo, 3) : NULL;
}

/* A column of the first row as UTF-8 text, or NULL. */
static char *
column_text(int number)
{
	char *value =
		SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number);

	return value == NULL ? NULL : utf8_text(value);
}

PG_FUNCTION_INFO_V1(linlearn_model_report);

/* Write the page of a model that is not saved: bytes, title, test query, label. */
Datum
linlearn_model_report(PG_FUNCTION_ARGS)
{
	Report report = {0};
	char *title = optional_text(fcinfo, 1);
	char *test_query = optional_text(fcinfo, 2);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	SPI_connect();
	report.name = title == NULL ? "model" : utf8_text(title);
	return finish_with(make_report(own_schema_name(own_schema(fcinfo)),
								   PG_GETARG_DATUM(0), &report, test_query,
								   label_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(linlearn_report);

/* Write the page of a saved model: name, version, test query, label. */
Datum
linlearn_report(PG_FUNCTION_ARGS)
{
	const char *schema = own_schema_name(own_schema(fcinfo));
	char *name = optional_text(fcinfo, 0);
	char *test_query = optional_text(fcinfo, 2);
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2];
	char nulls[3] = "  ";
	Report report = {0};
	Datum bytes;

	if (name == NULL)
		PG_RETURN_NULL();
	values[0] = CStringGetTextDatum(name);
	values[1] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	nulls[1] = PG_ARGISNULL(1) ? 'n' : ' ';
	SPI_connect();
	SPI_execute_with_args(
		psprintf("SELECT model, version, pg_catalog.to_char(created_at, "
				 "'YYYY-MM-DD HH24:MI TZ'), created_by, description "
				 "FROM %s.linlearn_models "
				 "WHERE name " EQUAL " $1 AND "
				 "($2 IS NULL OR version " EQUAL " $2) "
				 "ORDER BY version DESC LIMIT 1",
				 schema),
		2, types, values, nulls, true, 1);
	if (SPI_processed == 0 && !PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" has no version %d", name,
							   PG_GETARG_INT32(1))));
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" does not exist", name)));
	column(1, &bytes);
	report.name = utf8_text(name);
	report.version = atoi(column_text(2));
	report.created = column_text(3);
	report.created_by = column_text(4);
	report.description = column_text(5);
	return finish_with(make_report(schema, bytes, &report, test_query,
								   label_argument(fcinfo)));
}
