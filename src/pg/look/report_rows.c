/*
 * report_rows.c
 *		What the rows of a report's test query say of a model.
 *
 * The test query runs through SPI with the caller's rights, read-only.
 */
#include "pg/look/report_rows.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "formats/model_pictures.h"
#include "formats/report_parts.h"
#include "formats/report_test.h"
#include "lib/stringinfo.h"
#include "pg/base/own_query.h"
#include "pg/look/pictures.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/*
 * Words of the queries that mean PostgreSQL's own types and operators whatever
 * the caller's search_path has, by which the test query is read.
 */
#define TEXT "pg_catalog.text"
#define FLOAT8 "pg_catalog.float8"
#define EQUAL "OPERATOR(pg_catalog.=)"
#define CONCATENATE "OPERATOR(pg_catalog.||)"

#define MISTAKES_OF_ROWS 10 /* where rows are written out */
#define REASONS 3
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
bool
report_column(int number, Datum *value)
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
	if (!report_column(number, &datum))
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

/* Three columns of the first row, bins, classes and rows, as counts of scores. */
static void
column_scores(int number, ReportTest *test)
{
	const double *bin, *positive, *rows;
	double(*scores)[REPORT_BINS] = palloc0(2 * sizeof(*scores));
	size_t count = column_doubles(number, &bin);

	if (column_doubles(number + 1, &positive) != count ||
		column_doubles(number + 2, &rows) != count)
		return;
	for (size_t i = 0; i < count; i++)
	{
		/* Of a score of 1 it is the one beyond the last. */
		int at = (int) Max(1, Min(bin[i], REPORT_BINS)) - 1;

		scores[positive[i] > 0 ? 1 : 0][at] += rows[i];
	}
	test->scores = scores;
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

/* Append an array of one field of the counts of scores, all in one order. */
static void
append_counts(StringInfo query, const char *field)
{
	appendStringInfo(query,
					 ", (SELECT pg_catalog.array_agg(h.%s ORDER BY h.bin, "
					 "h.positive) FROM h)",
					 field);
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
	if (binary && probabilities)
		appendStringInfo(
			query,
			", h AS (SELECT pg_catalog.width_bucket(score, "
			"'0'::" FLOAT8 ", '1'::" FLOAT8 ", %d)::" FLOAT8
			" AS bin, (actual " EQUAL " $2)::pg_catalog.int4::" FLOAT8
			" AS positive, pg_catalog.count(*)::" FLOAT8 " AS rows "
			"FROM s GROUP BY 1, 2)",
			REPORT_BINS);
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
		append_points(query, "rows", "calibration");
		append_counts(query, "bin");
		append_counts(query, "positive");
		append_counts(query, "rows");
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
	if (report_column(1, &value))
		test->rows = DatumGetInt64(value);
	if (report_column(2, &value))
	{
		confusion_picture_read(DatumGetJsonbP(value), &picture);
		test->classes = picture.classes;
		test->labels = picture.labels;
		test->counts = picture.counts;
		for (int i = 0; i < picture.classes; i++)
			if (strcmp(picture.labels[i], utf8_text(positive)) == 0)
				test->positive = i;
	}
	if (report_column(3, &value))
		read_figures(DatumGetJsonbP(value), test);
	if (binary)
	{
		column_curve(4, &test->roc);
		column_curve(6, &test->pr);
	}
	if (binary && probabilities)
	{
		column_curve(8, &test->calibration);
		if (column_doubles(10, &test->calibration_rows) !=
			test->calibration.count)
			test->calibration_rows = NULL;
		column_scores(11, test);
	}
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
	if (report_column(1, &value))
		test->rows = DatumGetInt64(value);
	if (report_column(2, &value))
		read_figures(DatumGetJsonbP(value), test);
	column_curve(3, &test->scatter);
}

/*
 * The value j.value of a row, whose text is t: of a number with many decimals
 * three of them, of one below 1 six digits.
 */
#define NUMBER "j.value::pg_catalog.numeric"
#define SIX_DIGITS "pg_catalog.to_char(" NUMBER ", '9.99999EEEE')"
#define SHORT_VALUE                                                           \
	"CASE WHEN pg_catalog.jsonb_typeof(j.value) OPERATOR(pg_catalog.<>) "     \
	"'number' OR t OPERATOR(pg_catalog.!~) '[.][0-9]{4}' "                    \
	"THEN coalesce(t, 'NULL') "                                               \
	"WHEN pg_catalog.abs(" NUMBER ") OPERATOR(pg_catalog.>=) 1 "              \
	"THEN pg_catalog.trim_scale(pg_catalog.round(" NUMBER ", 3))::" TEXT      \
	" WHEN pg_catalog.abs(" NUMBER ") OPERATOR(pg_catalog.>=) 0.000001 "      \
	"OR " NUMBER " " EQUAL " 0 "                                              \
	"THEN pg_catalog.trim_scale(" SIX_DIGITS "::pg_catalog.numeric)::" TEXT   \
	" ELSE pg_catalog.btrim(" SIX_DIGITS ") END"

/*
 * Append what moved the margin of a table's row most, of several classes that of
 * the predicted one, and the row itself.
 */
static void
append_reasons(StringInfo query, const char *schema, const Model *model)
{
	const char *of_class = model->predictor == PREDICTOR_MULTICLASS
							   ? " AND e.label " EQUAL " r.predicted"
							   : "";

	if (model->columns == NULL)
	{
		appendStringInfoString(query, ", NULL, NULL");
		return;
	}
	appendStringInfo(
		query,
		", (SELECT pg_catalog.string_agg(pg_catalog.concat(e.\"column\", ' ', "
		"coalesce(e.level, "
		"pg_catalog.trim_scale(pg_catalog.round(e.value::pg_catalog.numeric, "
		"3))::" TEXT "), ': ', pg_catalog.to_char("
		"e.contribution, 'FMSG999999990.00')), ', ' "
		"ORDER BY pg_catalog.abs(e.contribution) DESC) "
		"FROM (SELECT * FROM %s.linlearn_explain($1, r.features, true) e "
		"WHERE e.\"column\" IS NOT NULL%s "
		"ORDER BY pg_catalog.abs(e.contribution) DESC LIMIT %d) e), "
		"(SELECT pg_catalog.string_agg(pg_catalog.concat(j.key, ' "
		"', " SHORT_VALUE "), ', ') FROM pg_catalog.jsonb_each("
		"pg_catalog.to_jsonb(r.features)) j, "
		"pg_catalog.jsonb_extract_path_text("
		"j.value, VARIADIC '{}'::" TEXT "[]) t)",
		schema, of_class, REASONS);
}

/* Append which rows are the worst, and in which order. */
static void
append_worst(StringInfo query, const Model *model)
{
	if (model->predictor == PREDICTOR_REGRESSOR)
		appendStringInfoString(
			query, ") r WHERE actual IS NOT NULL AND score IS NOT NULL "
				   "ORDER BY pg_catalog.abs(score OPERATOR(pg_catalog.-) "
				   "actual)");
	else
		appendStringInfoString(query,
							   ") r WHERE actual OPERATOR(pg_catalog.<>) "
							   "predicted ORDER BY ");
	if (model->predictor == PREDICTOR_BINARY && isfinite(model->threshold))
		appendStringInfo(query,
						 "pg_catalog.abs(score OPERATOR(pg_catalog.-) "
						 "(%.17g)::" FLOAT8 ")",
						 model->threshold);
	else if (model->predictor != PREDICTOR_REGRESSOR)
		appendStringInfoString(query, "score");
	appendStringInfo(query, " DESC, 2 LIMIT %d",
					 model->predictor == PREDICTOR_REGRESSOR ||
							 model->columns != NULL
						 ? MISTAKES_OF_ROWS
						 : REPORT_MISTAKES);
}

/* A column of a row as UTF-8 text, or NULL. */
static const char *
row_text(HeapTuple row, int number)
{
	char *value = SPI_getvalue(row, SPI_tuptable->tupdesc, number);

	return value == NULL ? NULL : utf8_text(value);
}

/* What an error of a regressor is called: its columns 2 and 3. */
static const char *
error_caption(HeapTuple row)
{
	char text[2][64];

	for (int i = 0; i < 2; i++)
	{
		bool is_null;
		Datum value =
			SPI_getbinval(row, SPI_tuptable->tupdesc, 2 + i, &is_null);

		report_value_text(is_null ? NAN : DatumGetFloat8(value), text[i],
						  sizeof(text[i]));
	}
	return psprintf("%s predicted as %s", text[0], text[1]);
}

/* Gather the mistakes that the model was surest of, or its largest errors. */
static void
test_mistakes(const char *schema, const Model *model, Datum bytes,
			  const char *positive, ReportTest *test)
{
	bool regressor = model->predictor == PREDICTOR_REGRESSOR;
	StringInfoData query;
	ReportMistake *mistakes;
	bool images = true;
	int side = 0;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT features, ");
	if (regressor)
		appendStringInfoString(&query, "actual, score");
	else
		appendStringInfoString(&query,
							   "actual " CONCATENATE " ' as ' " CONCATENATE
							   " predicted, pg_catalog.round("
							   "score::pg_catalog.numeric, 3)::" TEXT);
	append_reasons(&query, schema, model);
	appendStringInfoString(&query, " FROM (");
	append_rows(&query, schema, model, test->query);
	append_worst(&query, model);
	run(schema, query.data, test->query, bytes, positive);
	test->mistake_count = SPI_processed;
	mistakes = palloc0(Max(SPI_processed, 1) * sizeof(ReportMistake));
	images = !regressor &&
			 SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BYTEAOID &&
			 (side = model_image_side(model)) > 0;
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		bool is_null;
		Datum features =
			SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &is_null);

		mistakes[i].caption =
			regressor ? error_caption(row)
			: images
				? row_text(row, 2)
				: psprintf("%s, score %s", row_text(row, 2), row_text(row, 3));
		mistakes[i].reasons = row_text(row, 4);
		mistakes[i].row = row_text(row, 5);
		if (images)
			mistakes[i].pixels = image_of_bytes(DatumGetByteaPP(features));
	}
	test->mistakes = mistakes;
	test->mistake_side = images ? side : 0;
}

void
report_rows_test(const char *schema, const Model *model, Datum bytes,
				 ReportTest *test)
{
	const char *positive = "";

	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		test_regressor(schema, model, bytes, test);
		test_mistakes(schema, model, bytes, positive, test);
		return;
	}
	if (model->predictor == PREDICTOR_BINARY && model->label_count == 2)
		positive = model->labels[1].text;
	test_classifier(schema, model, bytes, positive, test);
	test_mistakes(schema, model, bytes, positive, test);
}
