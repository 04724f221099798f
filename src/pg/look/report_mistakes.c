/*
 * report_mistakes.c
 *		The rows of a report's test that a model is most wrong about.
 *
 * Numbers come as they are and are written here, not by SQL: its numeric has no
 * infinity before PostgreSQL 14, and to_char but as many digits as its format.
 */
#include "pg/look/report_mistakes.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "formats/model_pictures.h"
#include "formats/report_parts.h"
#include "formats/report_test.h"
#include "pg/look/pictures.h"
#include "pg/look/report_query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MISTAKES_OF_ROWS 10 /* where rows are written out */
#define REASONS 3

/* The query's columns. */
enum
{
	FEATURES = 1,
	ACTUAL,
	PREDICTED,
	SCORE,
	REASON_NAMES,
	REASON_LEVELS,
	REASON_VALUES,
	REASON_CONTRIBUTIONS,
	ROW_NAMES,
	ROW_TEXTS,
	ROW_NUMBERS
};

/* Append one field of what moved a row most, all in one order. */
static void
append_reason(StringInfo query, const char *field)
{
	appendStringInfo(query,
					 "%spg_catalog.array_agg(e.%s ORDER BY "
					 "pg_catalog.abs(e.contribution) DESC, e.\"column\", "
					 "e.level) AS %s",
					 query->data[query->len - 1] == '(' ? "SELECT " : ", ",
					 field, field);
}

/*
 * Append what moved the margin of a table's row most, of several classes that of
 * the predicted one, of several quantiles that of the one that is predicted.
 */
static void
append_reasons(StringInfo query, const char *schema, const Model *model)
{
	const char *of_class = model->predictor == PREDICTOR_MULTICLASS
							   ? " AND e.label " EQUAL " r.predicted"
							   : "";

	if (model->quantiles != NULL)
		of_class = psprintf(
			" AND e.label " EQUAL " %s",
			quote_literal_cstr(model_output_label(model, model_point(model))));

	appendStringInfoString(query, " CROSS JOIN LATERAL (");
	append_reason(query, "\"column\"");
	append_reason(query, "level");
	append_reason(query, "value");
	append_reason(query, "contribution");
	appendStringInfo(query,
					 " FROM (SELECT * FROM %s.linlearn_explain($1, "
					 "r.features, true) e WHERE e.\"column\" IS NOT NULL%s "
					 "ORDER BY pg_catalog.abs(e.contribution) DESC, "
					 "e.\"column\", e.level LIMIT %d) e) e",
					 schema, of_class, REASONS);
}

/*
 * Append a table's row itself, which may be JSON in a text: names, texts, and
 * which are numbers.
 */
static void
append_row(StringInfo query)
{
	appendStringInfoString(
		query,
		" CROSS JOIN LATERAL (SELECT pg_catalog.array_agg(j.key) AS names, "
		"pg_catalog.array_agg(pg_catalog.jsonb_extract_path_text(j.value, "
		"VARIADIC '{}'::" TEXT "[])) AS texts, "
		"pg_catalog.array_agg((pg_catalog.jsonb_typeof(j.value) " EQUAL
		" 'number')::" TEXT ") AS numbers "
		"FROM pg_catalog.to_jsonb(r.features) f, pg_catalog.jsonb_each("
		"CASE pg_catalog.jsonb_typeof(f) WHEN 'string' THEN "
		"pg_catalog.jsonb_extract_path_text(f, VARIADIC '{}'::" TEXT
		"[])::pg_catalog.jsonb ELSE f END) j) j");
}

/* Append what the worst rows are ordered by. */
static void
append_badness(StringInfo query, const Model *model)
{
	if (model->predictor == PREDICTOR_REGRESSOR)
		appendStringInfoString(query, "pg_catalog.abs(r.score "
									  "OPERATOR(pg_catalog.-) r.actual)");
	else if (model->predictor == PREDICTOR_BINARY &&
			 isfinite(model->threshold))
		appendStringInfo(query,
						 "pg_catalog.abs(r.score OPERATOR(pg_catalog.-) "
						 "(%.17g)::" FLOAT8 ")",
						 model->threshold);
	else
		appendStringInfoString(query, "r.score");
}

/* Append the worst rows, the worst first: their place is called place. */
static void
append_worst(StringInfo query, const char *schema, const Model *model,
			 const char *test_query)
{
	bool regressor = model->predictor == PREDICTOR_REGRESSOR;

	appendStringInfo(query,
					 "(SELECT r.features, r.actual, %s, r.score, "
					 "pg_catalog.row_number() OVER (ORDER BY ",
					 regressor ? "NULL::" TEXT : "r.predicted");
	append_badness(query, model);
	appendStringInfoString(query, " DESC, r.actual) FROM (");
	report_append_rows(query, schema, model, test_query);
	appendStringInfo(query,
					 ") r WHERE %s ORDER BY 5 LIMIT %d) "
					 "r(features, actual, predicted, score, place)",
					 regressor
						 ? "r.actual IS NOT NULL AND r.score IS NOT NULL"
						 : "r.actual OPERATOR(pg_catalog.<>) r.predicted",
					 regressor || model->columns != NULL ? MISTAKES_OF_ROWS
														 : REPORT_MISTAKES);
}

/* The whole query. */
static void
append_mistakes(StringInfo query, const char *schema, const Model *model,
				const char *test_query)
{
	bool tabular = model->columns != NULL;

	appendStringInfo(query,
					 "SELECT r.features, r.actual, r.predicted, r.score%s "
					 "FROM ",
					 tabular ? ", e.\"column\", e.level, e.value, "
							   "e.contribution, j.names, j.texts, j.numbers"
							 : "");
	append_worst(query, schema, model, test_query);
	if (tabular)
	{
		append_reasons(query, schema, model);
		append_row(query);
	}
	appendStringInfoString(query, " ORDER BY r.place");
}

/* A column of a row as UTF-8 text, or NULL. */
static const char *
row_text(HeapTuple row, int number)
{
	char *value = SPI_getvalue(row, SPI_tuptable->tupdesc, number);

	return value == NULL ? NULL : utf8_text(value);
}

/* A column of a row as a number; NaN: none. */
static double
row_number(HeapTuple row, int number)
{
	bool is_null;
	Datum value = SPI_getbinval(row, SPI_tuptable->tupdesc, number, &is_null);

	return is_null ? NAN : DatumGetFloat8(value);
}

/* The elements of a row's array, NULLs among them; returns how many. */
static int
row_array(HeapTuple row, int number, Oid type, Datum **elements, bool **nulls)
{
	int count;
	bool is_null, by_value;
	int16 length;
	char align;
	Datum array = SPI_getbinval(row, SPI_tuptable->tupdesc, number, &is_null);

	if (is_null)
		return 0;
	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(DatumGetArrayTypeP(array), type, length, by_value, align,
					  elements, nulls, &count);
	return count;
}

/* Whether a row has NULL in a column; false where it has no such column. */
static bool
is_null_in(HeapTuple row, const char *column)
{
	Datum *names, *texts;
	bool *none, *nulls;
	int count = row_array(row, ROW_NAMES, TEXTOID, &names, &none);

	row_array(row, ROW_TEXTS, TEXTOID, &texts, &nulls);
	for (int i = 0; i < count; i++)
		if (strcmp(TextDatumGetCString(names[i]), column) == 0)
			return nulls[i];
	return false;
}

/* What moved the margin most: "age 53: +1.20, plan NULL: -0.40". */
static const char *
reasons_text(HeapTuple row)
{
	StringInfoData line;
	Datum *names, *levels, *values, *contributions;
	bool *none, *no_level, *no_value;
	int count = row_array(row, REASON_NAMES, TEXTOID, &names, &none);
	char number[64];

	row_array(row, REASON_LEVELS, TEXTOID, &levels, &no_level);
	row_array(row, REASON_VALUES, FLOAT8OID, &values, &no_value);
	row_array(row, REASON_CONTRIBUTIONS, FLOAT8OID, &contributions, &none);
	initStringInfo(&line);
	for (int i = 0; i < count; i++)
	{
		const char *column = TextDatumGetCString(names[i]);

		appendStringInfo(&line, "%s%s", i > 0 ? ", " : "", column);
		/* what stands for NULL in the model is no value of the row's */
		if (is_null_in(row, column))
			appendStringInfoString(&line, " NULL");
		else if (!no_level[i])
			appendStringInfo(&line, " %s", TextDatumGetCString(levels[i]));
		else if (!no_value[i])
		{
			report_short_text(DatumGetFloat8(values[i]), number,
							  sizeof(number));
			appendStringInfo(&line, " %s", number);
		}
		report_signed_text(DatumGetFloat8(contributions[i]), number,
						   sizeof(number));
		appendStringInfo(&line, ": %s", number);
	}
	return utf8_text(line.data);
}

/* Whether a number has more decimals than one reads. */
static bool
has_many_decimals(const char *number)
{
	const char *point = strchr(number, '.');

	return point != NULL && strspn(point + 1, "0123456789") > 3;
}

/* A table's row: "age 53, plan trial, left NULL". */
static const char *
columns_text(HeapTuple row)
{
	StringInfoData line;
	Datum *names, *texts, *numbers;
	bool *none, *nulls;
	int count = row_array(row, ROW_NAMES, TEXTOID, &names, &none);

	row_array(row, ROW_TEXTS, TEXTOID, &texts, &nulls);
	row_array(row, ROW_NUMBERS, TEXTOID, &numbers, &none);
	initStringInfo(&line);
	for (int i = 0; i < count; i++)
	{
		char *value = nulls[i] ? "NULL" : TextDatumGetCString(texts[i]);
		char number[64];

		if (strcmp(TextDatumGetCString(numbers[i]), "true") == 0 &&
			has_many_decimals(value))
		{
			report_short_text(strtod(value, NULL), number, sizeof(number));
			value = number;
		}
		appendStringInfo(&line, "%s%s %s", i > 0 ? ", " : "",
						 TextDatumGetCString(names[i]), value);
	}
	return utf8_text(line.data);
}

/* What a mistake is called. */
static const char *
caption_text(HeapTuple row, const Model *model, bool image)
{
	char score[64], actual[64];
	double value = row_number(row, SCORE);

	if (image)
		return psprintf("%s as %s", row_text(row, ACTUAL),
						row_text(row, PREDICTED));
	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		report_value_text(row_number(row, ACTUAL), actual, sizeof(actual));
		report_value_text(value, score, sizeof(score));
		return psprintf("%s predicted as %s", actual, score);
	}
	if (fabs(value) < 10)
		snprintf(score, sizeof(score), "%.3f", value);
	else
		report_value_text(value, score, sizeof(score));
	return psprintf("%s as %s, score %s", row_text(row, ACTUAL),
					row_text(row, PREDICTED), score);
}

void
report_rows_mistakes(const char *schema, const Model *model, Datum bytes,
					 const char *positive, ReportTest *test)
{
	StringInfoData query;
	ReportMistake *mistakes;
	int side = 0;

	initStringInfo(&query);
	append_mistakes(&query, schema, model, test->query);
	report_run(schema, query.data, test->query, bytes, positive);
	if (model->predictor != PREDICTOR_REGRESSOR &&
		SPI_gettypeid(SPI_tuptable->tupdesc, FEATURES) == BYTEAOID)
		side = model_image_side(model);
	mistakes = palloc0(Max(SPI_processed, 1) * sizeof(ReportMistake));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];

		mistakes[i].caption = caption_text(row, model, side > 0);
		if (model->columns != NULL)
		{
			mistakes[i].reasons = reasons_text(row);
			mistakes[i].row = columns_text(row);
		}
		if (side > 0)
		{
			bool is_null;
			Datum pixels =
				SPI_getbinval(row, SPI_tuptable->tupdesc, FEATURES, &is_null);

			mistakes[i].pixels = image_of_bytes(DatumGetByteaPP(pixels));
		}
	}
	test->mistake_count = SPI_processed;
	test->mistakes = mistakes;
	test->mistake_side = side;
}
