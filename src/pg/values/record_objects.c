/*
 * record_objects.c
 *		The keys of jsonb columns as columns of their own.
 */
#include "pg/values/record_objects.h"

#include "pg/values/column_options.h"
#include "pg/values/record_names.h"

/* The object of a jsonb column's value. */
static JsonbContainer *
object_of(const char *object, Datum value)
{
	Jsonb *json = DatumGetJsonbP(value);

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" holds %s, not a JSON object", object,
						JB_ROOT_IS_SCALAR(json) ? "a JSON scalar"
												: "a JSON array"),
				 errhint("Leave it out by option \"exclude\", or select what "
						 "is in it under names of its own.")));
	return &json->root;
}

/* The kind of column that a key's first value makes of it. */
static ColumnKind
kind_of_key(const char *name, const JsonbValue *value, bool words)
{
	switch (value->type)
	{
		case jbvNumeric:
			return COLUMN_NUMBER;
		case jbvBool:
			return COLUMN_FLAG;
		case jbvString:
			return words ? COLUMN_WORDS : COLUMN_CATEGORY;
		default:
			ereport(
				ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" holds %s", name, json_kind_name(value)),
				 errdetail("A key of a jsonb column is a feature if it "
						   "holds a number, true or false, or a string."),
				 errhint("Leave it out by option \"exclude\", or select "
						 "what is in it under names of its own.")));
	}
	pg_unreachable();
}

/* Adds a key's column; name is in the database's encoding. */
static uint32
add_key(RecordColumns *columns, const char *name, const char *object,
		const char *utf8, Size size, const JsonbValue *value)
{
	bool exact;
	const ColumnOptions *options =
		record_columns_options(columns, name, object, &exact);
	Column column = {0};

	if (size >= COLUMN_NAME_SIZE)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG),
						errmsg("a key of column \"%s\" is too long", object),
						errdetail("\"column.key\" has at most %d bytes.",
								  COLUMN_NAME_SIZE - 1)));
	column.name = pnstrdup(utf8, size);
	column.type = COLUMN_KEY_TYPE;
	column.kind =
		kind_of_key(name, value, options != NULL && options->words != NULL);
	if (exact)
		column_options_check(name, column.kind, options);
	if (options != NULL)
		column.options = column_options_of(column.kind, options);
	return record_columns_add(columns, &column);
}

/* The column of a key whose value is not null; -1: it is left out. */
static int64
column_of_key(RecordColumns *columns, const char *name, const char *object,
			  const JsonbValue *value)
{
	const char *utf8;
	uint32_t size;
	const Column *column;
	int64 place;

	cell_utf8(name, strlen(name), &utf8, &size);
	place = record_columns_find(columns, utf8, size);
	if (place < 0 && !key_is_column(columns->options, name, object))
		return -1;
	if (place < 0)
		return add_key(columns, name, object, utf8, size, value);
	column = &columns->columns[place];
	if (!column_is_key(column))
		refuse_duplicate(name);
	if (kind_of_key(name, value, column->kind == COLUMN_WORDS) != column->kind)
		json_cell_refuse(column, value);
	return place;
}

RecordProblem
record_object_learn(RecordColumns *columns, const char *object, Datum value,
					uint32 *column, CellFault *fault)
{
	JsonbIterator *iterator = JsonbIteratorInit(object_of(object, value));
	StringInfoData name;
	Size prefix;
	JsonbValue item;

	initStringInfo(&name);
	appendStringInfo(&name, "%s.", object);
	prefix = name.len;
	(void) JsonbIteratorNext(&iterator, &item, true);
	while (JsonbIteratorNext(&iterator, &item, true) == WJB_KEY)
	{
		RecordProblem problem;
		int64 place;

		name.len = (int) prefix;
		appendBinaryStringInfo(&name, item.val.string.val,
							   item.val.string.len);
		(void) JsonbIteratorNext(&iterator, &item, true);
		if (item.type == jbvNull)
			continue;
		place = column_of_key(columns, name.data, object, &item);
		if (place < 0)
			continue;
		*column = (uint32) place;
		problem = json_cell_read(&columns->json[place], &item,
								 &columns->columns[place],
								 &columns->cells[place], fault);
		if (problem != RECORD_FINE)
			return problem;
	}
	return RECORD_FINE;
}

RecordProblem
record_key_read(RecordColumns *columns, JsonbContainer *object,
				const ObjectKey *key, CellFault *fault)
{
	JsonbValue buffer;
	JsonbValue *value =
		getKeyJsonValueFromContainer(object, key->key, key->size, &buffer);
	Cell *cell = &columns->cells[key->column];

	cell->null = value == NULL || value->type == jbvNull;
	if (cell->null)
		return RECORD_FINE;
	return json_cell_read(&columns->json[key->column], value,
						  &columns->columns[key->column], cell, fault);
}

RecordProblem
record_object_read(RecordColumns *columns, const char *object, Datum value,
				   const ObjectKey *keys, uint32 count, uint32 *column,
				   CellFault *fault)
{
	JsonbContainer *container = object_of(object, value);

	for (uint32 i = 0; i < count; i++)
	{
		RecordProblem problem;

		*column = keys[i].column;
		problem = record_key_read(columns, container, &keys[i], fault);
		if (problem != RECORD_FINE)
			return problem;
	}
	return RECORD_FINE;
}
