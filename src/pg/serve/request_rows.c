/*
 * request_rows.c
 *		The rows of a request to a model of a table's columns.
 */
#include "pg/serve/request_rows.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "formats/json_rows.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/cached_table.h"
#include "pg/values/column_options.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct RequestRows
{
	CachedModel *cached;
	FileFormat format;
	uint64 row;			   /* the one at work, from 1 */
	MemoryContext scratch; /* of it */
	JsonRows json;
	CsvRequest csv;
	RowReader records;
	JsonbValue *values; /* [columns] */
};

/* The request as text of the database. */
static void
take_text(const RequestBody *body, const char **bytes, Size *size)
{
	const char *text = body->bytes;

	*size = body->size;
	/* other encodings have no such mark */
	if (body->is_utf8 && *size >= strlen(BYTE_ORDER_MARK) &&
		memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
	{
		text += strlen(BYTE_ORDER_MARK);
		*size -= strlen(BYTE_ORDER_MARK);
	}
	*bytes = body->is_utf8 ? server_of_utf8(text, *size) : text;
	if (*bytes != text)
		*size = strlen(*bytes);
}

/* Whether a column has a name. */
static bool
has_column(const Columns *columns, const char *name)
{
	return columns_find(columns, name, strlen(name)) >= 0;
}

/* Starts to read JSON. */
static void
begin_json(RequestRows *rows, const char *bytes, Size size)
{
	const Columns *columns = rows->cached->model.columns;
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	JsonRowNames names = {.instances = has_column(columns, "instances"),
						  .data = has_column(columns, "data"),
						  .features = has_column(columns, "features"),
						  .values = has_column(columns, "values")};

	json_rows_init(&rows->json, &runtime, bytes, size,
				   rows->format == FORMAT_JSON_LINES, &names);
}

/* Starts to read recordIO, which holds nothing but numbers. */
static void
begin_records(RequestRows *rows, const RequestBody *body)
{
	const Columns *columns = rows->cached->model.columns;
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	RowOptions options = {0};

	for (uint32 i = 0; i < columns->count; i++)
	{
		const Column *column = &columns->columns[i];

		if (column->kind != COLUMN_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a recordIO request has numbers alone, but column "
							"\"%s\" of the model is %s",
							server_of_utf8(column->name, strlen(column->name)),
							column_kind_name(column->kind)),
					 errhint("Ask in %s, %s or %s.",
							 format_table[FORMAT_JSON].content_type,
							 format_table[FORMAT_JSON_LINES].content_type,
							 format_table[FORMAT_CSV].content_type)));
	}
	row_reader_init(&rows->records, rows->format, &runtime, &options);
	row_reader_begin(&rows->records, body->bytes, body->size);
}

RequestRows *
request_rows_begin(CachedModel *cached, const RequestBody *body)
{
	RequestRows *rows = palloc0(sizeof(RequestRows));
	const Columns *columns = cached->model.columns;
	const char *bytes;
	Size size;

	rows->cached = cached;
	rows->format = body->format;
	rows->scratch = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn request", ALLOCSET_DEFAULT_SIZES);
	rows->values = palloc((columns->count + 1) * sizeof(JsonbValue));
	if (body->format == FORMAT_RECORDIO)
	{
		begin_records(rows, body);
		return rows;
	}
	take_text(body, &bytes, &size);
	if (body->format == FORMAT_CSV)
		csv_request_begin(&rows->csv, columns, body->header, bytes, size);
	else
		begin_json(rows, bytes, size);
	return rows;
}

/* Checks how many values a row has that are in the order of the columns. */
static void
check_count(const Columns *columns, Size count)
{
	if (count != columns->count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a row has %zu values, but the model has %u columns",
						count, columns->count),
				 errdetail("The columns are %s.", column_names(columns)),
				 errhint("Give an object of the columns' names and values: "
						 "then their order does not matter.")));
}

/* Encodes a JSON array of values in the order of the columns. */
static void
encode_array(RequestRows *rows, Jsonb *json, RowView *view)
{
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbValue value;
	uint32 count = 0;

	check_count(rows->cached->model.columns, JB_ROOT_COUNT(json));
	(void) JsonbIteratorNext(&iterator, &value, true);
	while (JsonbIteratorNext(&iterator, &value, true) == WJB_ELEM)
		rows->values[count++] = value;
	cached_model_encode_values(rows->cached, rows->values, 0.0, view);
}

/* Encodes the next row of JSON. */
static bool
next_json(RequestRows *rows, RowView *view)
{
	JsonRows *json = &rows->json;
	Failure failure;
	Datum row;
	bool found;

	CHECK_STATUS(json_rows_next(json, &found, &failure), failure);
	if (!found)
		return false;
	row = DirectFunctionCall1(
		jsonb_in, CStringGetDatum(pnstrdup(json->begin, json->length)));
	if (json->array)
		encode_array(rows, DatumGetJsonbP(row), view);
	else
		cached_model_encode(rows->cached, row, JSONBOID, view);
	return true;
}

/* Encodes the next row of CSV. */
static bool
next_csv(RequestRows *rows, RowView *view)
{
	if (!csv_request_next(&rows->csv))
		return false;
	cached_model_encode_values(rows->cached, rows->csv.values,
							   rows->csv.offset, view);
	return true;
}

/* Encodes the next record, whose numbers are in the order of the columns. */
static bool
next_record(RequestRows *rows, RowView *view)
{
	const Columns *columns = rows->cached->model.columns;
	double *numbers = palloc0((columns->count + 1) * sizeof(double));
	const Sample *sample;
	Failure failure;
	FileRow row;
	bool found;

	CHECK_STATUS(row_reader_next(&rows->records, &row, &found, &failure),
				 failure);
	if (!found)
		return false;
	sample = row.sample;
	check_count(columns, sample->dimension);
	for (size_t i = 0; i < sample->count; i++)
		numbers[sample->sparse ? sample->keys[i] : i] = sample->values[i];
	cached_model_encode_numbers(rows->cached, numbers, view);
	return true;
}

/* Names the row at work in errors. */
static void
add_context(void *argument)
{
	errcontext("row " UINT64_FORMAT " of the request",
			   ((RequestRows *) argument)->row);
}

bool
request_rows_next(RequestRows *rows, RowView *view)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack, .callback = add_context, .arg = rows};
	MemoryContext old;
	bool found;

	MemoryContextReset(rows->scratch);
	old = MemoryContextSwitchTo(rows->scratch);
	rows->row++;
	error_context_stack = &callback;
	found = rows->format == FORMAT_CSV		  ? next_csv(rows, view)
			: rows->format == FORMAT_RECORDIO ? next_record(rows, view)
											  : next_json(rows, view);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return found;
}
