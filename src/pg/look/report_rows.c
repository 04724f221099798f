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
#include "pg/base/json_text.h"
#include "pg/look/pictures.h"
#include "pg/look/report_mistakes.h"
#include "pg/look/report_query.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define TABLED_CLASSES 2000 /* a matrix of more takes much memory */
#define CURVE_POINTS 400
#define SCATTER_POINTS 1000

/* Two columns of the first row as a curve. */
static void
column_curve(int number, ReportCurve *curve)
{
	size_t x = report_doubles(number, &curve->x);
	size_t y = report_doubles(number + 1, &curve->y);

	curve->count = Min(x, y);
}

/*
 * Columns of the first row, bins, classes and rows, as counts of scores; after
 * them the scores' range.
 */
static void
column_scores(int number, ReportTest *test)
{
	const double *bin, *class, *rows, *range;
	double(*scores)[REPORT_BINS] = palloc0(2 * sizeof(*scores));
	size_t count = report_doubles(number, &bin);

	if (report_doubles(number + 1, &class) != count ||
		report_doubles(number + 2, &rows) != count || count == 0 ||
		report_doubles(number + 3, &range) != 2)
		return;
	for (size_t i = 0; i < count; i++)
	{
		/* Of the highest score it is the one beyond the last. */
		int at = (int) Max(1, Min(bin[i], REPORT_BINS)) - 1;

		scores[class[i] > 0 ? 1 : 0][at] += rows[i];
	}
	test->scores = scores;
	test->score_low = range[0];
	test->score_high = range[1];
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
					 "h.class) FROM h)",
					 field);
}

/*
 * Append the counts of scores: of two classes by class, of several those of the
 * predicted class by whether it is right, of a regressor its errors.
 */
static void
append_score_counts(StringInfo query, const Model *model)
{
	const char *class = model->predictor == PREDICTOR_REGRESSOR ? "'-1'"
						: model->predictor == PREDICTOR_BINARY
							? "(actual " EQUAL " $2)::pg_catalog.int4"
							: "(actual " EQUAL " predicted)::pg_catalog.int4";
	const char *score = model->predictor == PREDICTOR_REGRESSOR
							? "predicted OPERATOR(pg_catalog.-) actual"
							: "score";

	if (loss_is_probable(model->loss))
		appendStringInfoString(query, ", b AS (SELECT '0'::" FLOAT8
									  " AS low, '1'::" FLOAT8 " AS high)");
	else
		appendStringInfo(query,
						 ", b AS (SELECT pg_catalog.min(%s) AS low, "
						 "pg_catalog.max(%s) AS high FROM s "
						 "WHERE pg_catalog.abs(%s) "
						 "OPERATOR(pg_catalog.<) '1e300'::" FLOAT8 ")",
						 score, score, score);
	appendStringInfo(
		query,
		", h AS (SELECT pg_catalog.width_bucket(%s, low, high, %d)::" FLOAT8
		" AS bin, %s::" FLOAT8 " AS class, pg_catalog.count(*)::" FLOAT8
		" AS rows "
		"FROM s, b WHERE low OPERATOR(pg_catalog.<) high AND "
		"pg_catalog.abs(%s) OPERATOR(pg_catalog.<) '1e300'::" FLOAT8
		" GROUP BY 1, 2)",
		score, REPORT_BINS, class, score);
}

/* Append what asks for the counts of scores and their range. */
static void
append_score_columns(StringInfo query)
{
	append_counts(query, "bin");
	append_counts(query, "class");
	append_counts(query, "rows");
	appendStringInfoString(query, ", (SELECT ARRAY[low, high] FROM b)");
}

/*
 * Append the test rows: all (u), and those (s) whose score and label are numbers.
 * Sums of given weights may overflow both ways, which leaves no number.
 */
static void
append_rows(StringInfo query, const char *schema, const Model *model,
			const char *test_query)
{
	bool regressor = model->predictor == PREDICTOR_REGRESSOR;

	appendStringInfo(query, "WITH u AS MATERIALIZED (SELECT actual, %s, ",
					 regressor ? "score AS predicted" : "predicted");
	appendStringInfo(query, "(score " EQUAL " 'NaN'::" FLOAT8 "%s) AS nan",
					 regressor ? " OR actual " EQUAL " 'NaN'::" FLOAT8 : "");
	appendStringInfoString(query, regressor ? " FROM (" : ", score FROM (");
	report_append_rows(query, schema, model, test_query);
	appendStringInfo(query,
					 ") r WHERE actual IS NOT NULL AND %s IS NOT NULL), "
					 "s AS NOT MATERIALIZED (SELECT * FROM u WHERE NOT nan)",
					 regressor ? "score" : "predicted");
}

/* Append how many rows have scores and labels that are numbers, and how many not. */
static void
append_row_counts(StringInfo query)
{
	appendStringInfoString(query,
						   " SELECT (SELECT pg_catalog.count(*) FROM s), "
						   "(SELECT pg_catalog.count(*) FROM u WHERE "
						   "nan), ");
}

/* Append the test rows of a classifier and their curves, which the rest asks. */
static void
append_tables(StringInfo query, const char *schema, const Model *model,
			  const char *test_query)
{
	bool probabilities = loss_table[model->loss].link == LINK_LOGIT;

	append_rows(query, schema, model, test_query);
	append_score_counts(query, model);
	if (model->predictor != PREDICTOR_BINARY)
		return;
	appendStringInfo(
		query,
		", c AS (SELECT %s.linlearn_roc_curve(actual " EQUAL " $2, score, %d) "
		"AS roc, %s.linlearn_pr_curve(actual " EQUAL " $2, score, %d) AS pr",
		schema, CURVE_POINTS, schema, CURVE_POINTS);
	if (probabilities)
		appendStringInfo(query,
						 ", %s.linlearn_calibration(actual " EQUAL
						 " $2, score) AS calibration",
						 schema);
	appendStringInfoString(query, " FROM s)");
}

/* Append what asks for the figures, matrix and curves of a classifier. */
static void
append_classifier(StringInfo query, const char *schema, const Model *model,
				  const char *test_query)
{
	bool binary = model->predictor == PREDICTOR_BINARY;
	bool probabilities = loss_table[model->loss].link == LINK_LOGIT;

	append_tables(query, schema, model, test_query);
	append_row_counts(query);
	appendStringInfo(query,
					 "CASE WHEN (SELECT pg_catalog.count(DISTINCT actual) "
					 "OPERATOR(pg_catalog.+) pg_catalog.count(DISTINCT "
					 "predicted) FROM s) OPERATOR(pg_catalog.<=) %d::"
					 "pg_catalog.int8 THEN (SELECT "
					 "%s.linlearn_confusion(actual, predicted) FROM s) END, ",
					 TABLED_CLASSES, schema);
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
	append_score_columns(query);
	if (!binary)
		return;
	append_points(query, "false_positive_rate", "roc");
	append_points(query, "true_positive_rate", "roc");
	append_points(query, "recall", "pr");
	append_points(query, "\"precision\"", "pr");
	if (!probabilities)
		return;
	append_points(query, "mean_score", "calibration");
	append_points(query, "rate", "calibration");
	append_points(query, "rows", "calibration");
}

/* What append_row_counts asked for, the first two columns. */
static void
read_row_counts(ReportTest *test)
{
	Datum value;

	if (report_column(1, &value))
		test->rows = DatumGetInt64(value);
	if (report_column(2, &value))
		test->unscored = DatumGetInt64(value);
}

/* The confusion matrix of the first row's column. */
static void
column_confusion(int number, const char *positive, ReportTest *test)
{
	ConfusionPicture picture;
	Datum value;

	if (!report_column(number, &value))
		return;
	confusion_picture_read(DatumGetJsonbP(value), TABLED_CLASSES, &picture);
	test->classes = picture.classes;
	test->labels = picture.labels;
	test->counts = picture.counts;
	for (int i = 0; i < picture.classes; i++)
		if (strcmp(picture.labels[i], utf8_text(positive)) == 0)
			test->positive = i;
}

/* Gather the figures, matrix and curves of a classifier. */
static void
test_classifier(const char *schema, const Model *model, Datum bytes,
				const char *positive, ReportTest *test)
{
	bool binary = model->predictor == PREDICTOR_BINARY;
	StringInfoData query;
	Datum value;

	initStringInfo(&query);
	append_classifier(&query, schema, model, test->query);
	report_run(schema, query.data, test->query, bytes, positive);
	read_row_counts(test);
	column_confusion(3, positive, test);
	if (report_column(4, &value))
		read_figures(DatumGetJsonbP(value), test);
	column_scores(5, test);
	if (!binary)
		return;
	column_curve(9, &test->roc);
	column_curve(11, &test->pr);
	if (loss_table[model->loss].link != LINK_LOGIT)
		return;
	column_curve(13, &test->calibration);
	if (report_doubles(15, &test->calibration_rows) != test->calibration.count)
		test->calibration_rows = NULL;
}

/* The options of linlearn_metrics that fit a regressor: its loss's own figures. */
static const char *
regressor_options(const Model *model)
{
	StringInfoData options;

	initStringInfo(&options);
	appendStringInfoChar(&options, '{');
	json_append_text_field(&options, "predictor_type", "regressor");
	if (hyperparameter_table[HP_QUANTILE].losses & OF_LOSS(model->loss))
		json_append_field(&options, "quantile",
						  model->quantiles != NULL
							  ? model->quantiles[model_point(model)].quantile
							  : model->settings.value[HP_QUANTILE]);
	if (loss_is_log_link(model->loss))
	{
		json_append_text_field(&options, "deviance", loss_names[model->loss]);
		json_append_field(&options, "tweedie_power",
						  model->settings.value[HP_TWEEDIE_POWER]);
	}
	appendStringInfoChar(&options, '}');
	return options.data;
}

/* Gather the figures of a regressor, and some rows to draw. */
static void
test_regressor(const char *schema, const Model *model, Datum bytes,
			   ReportTest *test)
{
	StringInfoData query;
	Datum value;

	initStringInfo(&query);
	append_rows(&query, schema, model, test->query);
	append_score_counts(&query, model);
	appendStringInfo(&query,
					 ", d AS (SELECT actual, predicted FROM s LIMIT %d)",
					 SCATTER_POINTS);
	append_row_counts(&query);
	appendStringInfo(
		&query,
		"(SELECT %s.linlearn_metrics(actual, predicted, NULL::" FLOAT8 ", "
		"'%s'::pg_catalog.jsonb) FROM s), "
		"(SELECT pg_catalog.array_agg(actual) FROM d), "
		"(SELECT pg_catalog.array_agg(predicted) FROM d)",
		schema, regressor_options(model));
	append_score_columns(&query);
	report_run(schema, query.data, test->query, bytes, "");
	read_row_counts(test);
	if (report_column(3, &value))
		read_figures(DatumGetJsonbP(value), test);
	column_curve(4, &test->scatter);
	column_scores(6, test);
}

void
report_rows_test(const char *schema, const Model *model, Datum bytes,
				 ReportTest *test)
{
	const char *positive = "";

	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		test_regressor(schema, model, bytes, test);
		report_rows_mistakes(schema, model, bytes, positive, test);
		return;
	}
	if (model->predictor == PREDICTOR_BINARY && model->label_count == 2)
		positive = model->labels[1].text;
	test_classifier(schema, model, bytes, positive, test);
	report_rows_mistakes(schema, model, bytes, positive, test);
}
