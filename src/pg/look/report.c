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
#include "pg/look/report_query.h"
#include "pg/look/report_rows.h"
#include "pg/predict/model_cache.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A statement that asks a saved model about rows of a table. */
static const char *
use_text(const Model *model, const Report *report)
{
	const char *features = model->columns != NULL ? "t" : "t.features";
	const char *asked =
		model->predictor == PREDICTOR_REGRESSOR
			? psprintf("linlearn_predict(m.model, %s)", features)
			: psprintf("linlearn_predict_label(m.model, %s), "
					   "linlearn_score(m.model, %s)",
					   features, features);

	return psprintf("SELECT %s\nFROM my_table AS t, "
					"(SELECT linlearn_model(%s, %d) AS model) AS m;",
					asked, quote_literal_cstr(report->name), report->version);
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
	report->use =
		report->version > 0 ? use_text(&cached->model, report) : NULL;
	report->model_bytes = toast_raw_datum_size(bytes) - VARHDRSZ;
	if (test_query != NULL)
	{
		/* shown as it was given, but for what ends it */
		char *shown = pstrdup(test_query);

		caller_query_trim(shown);
		test_query = caller_query_labelled(test_query, label,
										   cached->model.columns != NULL);
		test.query = test_query;
		report_rows_test(schema, &cached->model, bytes, &test);
		test.query = utf8_text(shown);
		test.label = label == NULL ? NULL : utf8_text(label);
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

/* A value of a card as people read it: a list's items one after the other. */
static char *
note_text(JsonbValue *value)
{
	StringInfoData text;
	JsonbIterator *items;
	JsonbIteratorToken token;
	JsonbValue item;

	if (value->type == jbvString)
		return pnstrdup(value->val.string.val, value->val.string.len);
	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		return JsonbToCString(NULL, &JsonbValueToJsonb(value)->root, 0);
	initStringInfo(&text);
	items = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&items, &item, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			appendStringInfo(&text, "%s%s", text.len > 0 ? "; " : "",
							 note_text(&item));
	return text.data;
}

/* The notes of a card, as people wrote them. */
static void
read_card(Jsonb *json, Report *report)
{
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	ReportNote *notes =
		palloc((JsonContainerSize(&json->root) + 1) * sizeof(ReportNote));
	JsonbValue value;
	JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);

	report->card = notes;
	if (token != WJB_BEGIN_OBJECT)
		return;
	while ((token = JsonbIteratorNext(&iterator, &value, true)) == WJB_KEY)
	{
		char *name = pnstrdup(value.val.string.val, value.val.string.len);

		JsonbIteratorNext(&iterator, &value, true);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '_' ? ' ' : *c;
		notes[report->card_count].name = utf8_text(name);
		notes[report->card_count++].text = utf8_text(note_text(&value));
	}
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

/* Whether the registry keeps cards; that of 0.1.0 does not. */
static bool
has_cards(FunctionCallInfo fcinfo)
{
	Oid table = get_relname_relid("linlearn_models", own_schema(fcinfo));

	return OidIsValid(table) && get_attnum(table, "card") != InvalidAttrNumber;
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
	Datum bytes, card;

	if (name == NULL)
		PG_RETURN_NULL();
	values[0] = CStringGetTextDatum(name);
	values[1] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	nulls[1] = PG_ARGISNULL(1) ? 'n' : ' ';
	SPI_connect();
	SPI_execute_with_args(
		psprintf("SELECT model, version, pg_catalog.to_char(created_at, "
				 "'YYYY-MM-DD HH24:MI TZ'), created_by, description, %s "
				 "FROM %s.linlearn_models "
				 "WHERE name OPERATOR(pg_catalog.=) $1 AND "
				 "($2 IS NULL OR version OPERATOR(pg_catalog.=) $2) "
				 "ORDER BY version DESC LIMIT 1",
				 has_cards(fcinfo) ? "card" : "NULL::pg_catalog.jsonb",
				 schema),
		2, types, values, nulls, true, 1);
	if (SPI_processed == 0 && !PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" has no version %d", name,
							   PG_GETARG_INT32(1))));
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" does not exist", name)));
	report_column(1, &bytes);
	report.name = utf8_text(name);
	report.version = atoi(column_text(2));
	report.created = column_text(3);
	report.created_by = column_text(4);
	report.description = column_text(5);
	if (report_column(6, &card))
		read_card(DatumGetJsonbP(card), &report);
	return finish_with(make_report(schema, bytes, &report, test_query,
								   label_argument(fcinfo)));
}
