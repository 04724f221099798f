/*
 * request_csv.c
 *		Rows of CSV for a model of a table's columns.
 */
#include "pg/serve/request_csv.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/values/row_roles.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Most fields of a line: columns, and those that are passed over. */
#define FIELDS_MOST 100000

/* Names that a message lists. */
#define LISTED_NAMES 20

/* Reads the fields of the next line; false at the end. */
static bool
next_record(CsvRequest *request)
{
	Failure failure;
	bool found;

	CHECK_STATUS(
		csv_records_next(&request->records, FIELDS_MOST, &found, &failure),
		failure);
	return found;
}

/* A column's name in the database's encoding. */
static const char *
name_of(const Column *column)
{
	return server_of_utf8(column->name, strlen(column->name));
}

/* Appends a name to a list, unless it is long. */
static void
append_name(StringInfo list, const Column *column, uint32 listed)
{
	if (listed < LISTED_NAMES)
		appendStringInfo(list, "%s\"%s\"", listed > 0 ? ", " : "",
						 name_of(column));
	else if (listed == LISTED_NAMES)
		appendStringInfoString(list, " and others");
}

char *
column_names(const Columns *columns)
{
	StringInfoData list;

	initStringInfo(&list);
	for (uint32 i = 0; i < Min(columns->count, LISTED_NAMES + 1); i++)
		append_name(&list, &columns->columns[i], i);
	return list.data;
}

/* The column that a field names; -1: none. */
static int
column_of_field(const CsvRequest *request, const CsvField *field)
{
	char *name;

	if (field->length == 0 || field->length >= COLUMN_NAME_SIZE)
		return -1;
	name = pnstrdup(field->begin, field->length);
	name = (char *) utf8_of_server(name, field->length);
	return columns_find(request->columns, name, strlen(name));
}

/* Whether the first line has names of columns, and not only values. */
static bool
is_header(const CsvRequest *request)
{
	if (request->header != CSV_HEADER_AUTO)
		return request->header == CSV_HEADER_PRESENT;
	for (size_t i = 0; i < request->records.count; i++)
		if (column_of_field(request, &request->records.fields[i]) >= 0)
			return true;
	return false;
}

/* Raises the error of columns that a header lacks. */
static void
check_missing(const CsvRequest *request)
{
	const Columns *columns = request->columns;
	StringInfoData list;
	uint32 missing = 0;

	initStringInfo(&list);
	for (uint32 i = 0; i < columns->count; i++)
		if (request->field_of[i] == NO_FIELD)
			append_name(&list, &columns->columns[i], missing++);
	if (missing > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg_plural("column %s is missing from the CSV header",
							   "columns %s are missing from the CSV header",
							   missing, list.data),
				 errdetail("The model was trained with %s.",
						   missing == 1 ? "it" : "them"),
				 request->header == CSV_HEADER_AUTO
					 ? errhint("If the first line is a row, say so: "
							   "text/csv; header=absent.")
					 : 0));
}

/* Notes a field of the header that names an offset or an exposure. */
static void
take_role_field(CsvRequest *request, uint32 number)
{
	const CsvField *field = &request->records.fields[number];
	const Columns *columns = request->columns;
	char *name = pnstrdup(field->begin, field->length);

	name = (char *) utf8_of_server(name, field->length);
	if (columns->offset != NULL && strcmp(columns->offset, name) == 0)
		request->offset_field = number;
	if (columns->exposure != NULL && strcmp(columns->exposure, name) == 0)
		request->exposure_field = number;
}

/* Finds the columns in the header that the first line is. */
static void
read_header(CsvRequest *request)
{
	for (uint32 i = 0; i < request->columns->count; i++)
		request->field_of[i] = NO_FIELD;
	for (size_t i = 0; i < request->records.count; i++)
	{
		int column = column_of_field(request, &request->records.fields[i]);

		if (column < 0)
			take_role_field(request, (uint32) i);
		if (column < 0)
			continue;
		if (request->field_of[column] != NO_FIELD)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the CSV header has column \"%s\" twice",
							name_of(&request->columns->columns[column]))));
		request->field_of[column] = (uint32) i;
	}
	check_missing(request);
	request->named = true;
	request->width = (uint32) request->records.count;
}

/* Reads the first line, if it is a header, or keeps it as the first row. */
static void
read_first(CsvRequest *request)
{
	request->width = request->columns->count;
	for (uint32 i = 0; i < request->width; i++)
		request->field_of[i] = i;
	request->pending = next_record(request);
	if (!request->pending || !is_header(request))
		return;
	read_header(request);
	request->pending = false;
}

void
csv_request_begin(CsvRequest *request, const Columns *columns,
				  CsvHeader header, const char *bytes, Size size)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);

	memset(request, 0, sizeof(*request));
	request->columns = columns;
	request->header = header;
	request->offset_field = request->exposure_field = NO_FIELD;
	request->field_of = palloc((columns->count + 1) * sizeof(uint32));
	request->values = palloc((columns->count + 1) * sizeof(JsonbValue));
	csv_records_init(&request->records, &runtime, bytes, size);
	read_first(request);
}

/* Checks that a row is as wide as the header, or as the model. */
static void
check_width(const CsvRequest *request)
{
	const CsvRecords *records = &request->records;

	if (records->count == request->width)
		return;
	if (request->named)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("CSV line " UINT64_FORMAT
						" has %zu fields, but the header has %u",
						records->line, records->count, request->width)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("CSV line " UINT64_FORMAT " has %zu fields, but the model "
					"has %u columns",
					records->line, records->count, request->width),
			 errdetail("The columns are %s.", column_names(request->columns)),
			 errhint("Begin with a line of names: then their order does not "
					 "matter.")));
}

/* An SQL array of texts out of its own text. */
static ArrayType *
read_array(const char *string)
{
	Oid input, parameter;

	getTypeInputInfo(TEXTARRAYOID, &input, &parameter);
	return DatumGetArrayTypeP(
		OidInputFunctionCall(input, pstrdup(string), parameter, -1));
}

/* Takes an SQL array as a JSON array of strings. */
static Jsonb *
jsonb_of_array(ArrayType *array)
{
	JsonbParseState *state = NULL;
	JsonbValue *whole;
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &count);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		JsonbValue element = {.type = jbvNull};

		if (!nulls[i])
		{
			element.type = jbvString;
			element.val.string.val = VARDATA_ANY(DatumGetPointer(elements[i]));
			element.val.string.len =
				(int) VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i]));
		}
		(void) pushJsonbValue(&state, WJB_ELEM, &element);
	}
	whole = pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	return JsonbValueToJsonb(whole);
}

/* Takes a field that holds several values: as JSON, or an SQL array's text. */
static void
take_container(const CsvField *field, const Column *column, JsonbValue *value)
{
	char *string = pnstrdup(field->begin, field->length);
	ArrayType *array = NULL;
	Jsonb *json;

	if (string[0] == '{' && column->kind != COLUMN_ENTRIES)
		array = read_array(string);
	if (string[0] != '[' && string[0] != '{')
		return;
	/* What ends in a width is the text of a sparse row. */
	if (column->kind == COLUMN_ENTRIES && strrchr(string, '}') != NULL &&
		strchr(strrchr(string, '}'), '/') != NULL)
		return;
	if (array != NULL && ARR_NDIM(array) > 1)
		return;
	json = array != NULL ? jsonb_of_array(array)
						 : DatumGetJsonbP(DirectFunctionCall1(
							   jsonb_in, CStringGetDatum(string)));
	value->type = jbvBinary;
	value->val.binary.data = &json->root;
	value->val.binary.len = (int) VARSIZE(json) - VARHDRSZ;
}

/* A field without the blanks around it. */
static CsvField
trimmed(CsvField field)
{
	while (field.length > 0 && (*field.begin == ' ' || *field.begin == '\t'))
	{
		field.begin++;
		field.length--;
	}
	while (field.length > 0 && (field.begin[field.length - 1] == ' ' ||
								field.begin[field.length - 1] == '\t'))
		field.length--;
	return field;
}

/* Makes a column's value of its field. */
static void
take_field(CsvField field, const Column *column, JsonbValue *value)
{
	bool text =
		column->kind == COLUMN_CATEGORY || column->kind == COLUMN_WORDS;
	bool flag;

	if (!text)
		field = trimmed(field);
	value->type = jbvNull;
	if (field.length == 0 && !(text && field.quoted))
		return;
	value->type = jbvString;
	value->val.string.val = (char *) field.begin;
	value->val.string.len = (int) field.length;
	switch (column->kind)
	{
		case COLUMN_FLAG:
			if (parse_bool_with_len(field.begin, field.length, &flag))
			{
				value->type = jbvBool;
				value->val.boolean = flag;
			}
			break;
		case COLUMN_SET:
		case COLUMN_BLOCK:
		case COLUMN_ENTRIES:
			take_container(&field, column, value);
			break;
		default:
			break;
	}
}

/* Adds what a field says in a role; an empty one is NULL. */
static void
take_role(const CsvRequest *request, RowRole role, uint32 number,
		  const char *name, RowRoles *roles)
{
	CsvField field;
	JsonbValue value = {.type = jbvNull};

	if (number == NO_FIELD)
		return;
	field = trimmed(request->records.fields[number]);
	if (field.length > 0)
	{
		value.type = jbvString;
		value.val.string.val = (char *) field.begin;
		value.val.string.len = (int) field.length;
	}
	row_roles_take_json(roles, role, server_of_utf8(name, strlen(name)),
						&value);
}

/* Sets the row's offset. */
static void
take_offset(CsvRequest *request)
{
	RowRoles roles = row_roles_none();

	take_role(request, ROLE_OFFSET, request->offset_field,
			  request->columns->offset, &roles);
	take_role(request, ROLE_EXPOSURE, request->exposure_field,
			  request->columns->exposure, &roles);
	request->offset = roles.offset;
}

bool
csv_request_next(CsvRequest *request)
{
	if (!request->pending && !next_record(request))
		return false;
	request->pending = false;
	check_width(request);
	for (uint32 i = 0; i < request->columns->count; i++)
		take_field(request->records.fields[request->field_of[i]],
				   &request->columns->columns[i], &request->values[i]);
	take_offset(request);
	return true;
}
