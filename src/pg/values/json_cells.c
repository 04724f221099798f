/*
 * json_cells.c
 *		A JSON value as the cell of a column whose kind is known.
 */
#include "pg/values/json_cells.h"

#include <math.h>

#include "formats/decimal.h"
#include "formats/moment_text.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "pg/values/json_blocks.h"
#include "pg/values/record_words.h"
#include "pg/values/text_numbers.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Whether a type's numbers are single. */
static bool
is_single(const char *type)
{
	static const char *const types[] = {
		"real", "real[]", "vector", "halfvec", "linlearn_sparse", "sparsevec"};

	for (size_t i = 0; i < lengthof(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

void
json_cell_init(JsonCellReader *reader, const Column *column, bool any_size,
			   MemoryContext context)
{
	memset(reader, 0, sizeof(*reader));
	reader->room.context = context;
	reader->any_size = any_size;
	if (column->kind == COLUMN_CATEGORY &&
		strcmp(column->type, "character") == 0)
		reader->form = JSON_TRIMMED;
	else if (column->kind == COLUMN_CATEGORY &&
			 strcmp(column->type, "uuid") == 0)
		reader->form = JSON_UUID;
	else if (column->kind == COLUMN_NUMBER &&
			 strncmp(column->type, "time ", strlen("time ")) == 0)
		reader->form = JSON_TIME;
	else if (column->kind == COLUMN_NUMBER &&
			 strcmp(column->type, "interval") == 0)
		reader->form = JSON_INTERVAL;
	reader->single = is_single(column->type);
	reader->first = strcmp(column->type, "sparsevec") == 0 ? 1 : 0;
}

/* Names a column in errors of PostgreSQL's own readers. */
static void
add_column(void *argument)
{
	const Column *column = argument;

	errcontext("column \"%s\" of a row in JSON or CSV",
			   server_of_utf8(column->name, strlen(column->name)));
}

static void
read_interval(const JsonbValue *value, Column *column, Cell *cell)
{
	ErrorContextCallback callback = {.previous = error_context_stack,
									 .callback = add_column,
									 .arg = column};
	bool clear;

	error_context_stack = &callback;
	clear = interval_text_seconds(value->val.string.val, value->val.string.len,
								  &cell->number);
	error_context_stack = callback.previous;
	if (!clear)
		json_refuse_content(column, "an interval whose signs depend on "
									"IntervalStyle");
}

static RecordProblem
read_number(const JsonCellReader *reader, const JsonbValue *value,
			Column *column, Cell *cell)
{
	const char *begin = value->val.string.val;

	if (reader->form == JSON_TIME && value->type == jbvString &&
		time_text_read(begin, begin + value->val.string.len, &cell->number))
		return RECORD_FINE;
	if (!json_number_of(value, reader->single, &cell->number))
	{
		if (value->type != jbvString)
			json_cell_refuse(column, value);
		if (reader->form != JSON_INTERVAL)
			json_refuse_content(column, "a string that is no number");
		read_interval(value, column, cell);
	}
	return isfinite(cell->number) ? RECORD_FINE : RECORD_NOT_FINITE;
}

static RecordProblem
read_moment(const JsonbValue *value, Column *column, Cell *cell)
{
	const char *begin = value->val.string.val;

	if (value->type != jbvString)
		json_cell_refuse(column, value);
	if (!moment_text_read(begin, begin + value->val.string.len, &cell->number))
		json_refuse_content(column,
							"a string that is no date or timestamp of ISO "
							"8601");
	if (!isfinite(cell->number))
		return RECORD_NOT_FINITE;
	column->hours |= cell->number != floor(cell->number);
	return RECORD_FINE;
}

/* The text of a string, or of a number, in UTF-8; false: neither. */
static bool
text_of(const JsonbValue *value, const char **bytes, uint32_t *size)
{
	if (value->type == jbvNumeric)
	{
		*bytes = DatumGetCString(DirectFunctionCall1(
			numeric_out, NumericGetDatum(value->val.numeric)));
		*size = (uint32_t) strlen(*bytes);
		return true;
	}
	if (value->type != jbvString)
		return false;
	cell_utf8(value->val.string.val, (Size) value->val.string.len, bytes,
			  size);
	return true;
}

/* A text of ASCII in small letters. */
static char *
small_letters(const char *bytes, uint32 size)
{
	char *small = palloc(size + 1);

	for (uint32 i = 0; i < size; i++)
		small[i] = (char) pg_ascii_tolower((unsigned char) bytes[i]);
	return small;
}

static RecordProblem
read_category(const JsonCellReader *reader, const JsonbValue *value,
			  const Column *column, Cell *cell)
{
	if (!text_of(value, &cell->bytes, &cell->size))
		json_cell_refuse(column, value);
	if (reader->form == JSON_TRIMMED)
		while (cell->size > 0 && cell->bytes[cell->size - 1] == ' ')
			cell->size--;
	else if (reader->form == JSON_UUID)
		cell->bytes = small_letters(cell->bytes, cell->size);
	if (cell->size > LEVEL_MOST_BYTES && !reader->any_size)
		cell_refuse_level(column, cell->size);
	cell->rank = 0.0;
	return RECORD_FINE;
}

/* Reads an array of strings as words, nulls left out. */
static void
read_strings(JsonCellReader *reader, const JsonbValue *value,
			 const Column *column, Cell *cell)
{
	uint32 size, count = 0;
	JsonbIterator *iterator = json_begin_array(column, value, &size);
	CellWord *words = cell_room_words(&reader->room, size);
	JsonbValue item;

	while (JsonbIteratorNext(&iterator, &item, true) == WJB_ELEM)
	{
		CellWord *word = &words[count];

		if (item.type == jbvNull)
			continue;
		if (!text_of(&item, &word->bytes, &word->size))
			json_refuse_content(
				column, psprintf("an array with %s", json_kind_name(&item)));
		word->code = 0;
		word->count = 1.0f;
		count++;
	}
	cell_set_words(cell, &reader->room, count);
}

/* Reads an object of words and how often each occurs. */
static void
read_counts(JsonCellReader *reader, const JsonbValue *value,
			const Column *column, Cell *cell)
{
	JsonbContainer *object = value->val.binary.data;
	JsonbIterator *iterator = JsonbIteratorInit(object);
	CellWord *words =
		cell_room_words(&reader->room, JsonContainerSize(object));
	JsonbValue item;
	uint32 count = 0;

	(void) JsonbIteratorNext(&iterator, &item, true);
	while (JsonbIteratorNext(&iterator, &item, true) == WJB_KEY)
	{
		CellWord *word = &words[count];
		double number;

		cell_utf8(item.val.string.val, (Size) item.val.string.len,
				  &word->bytes, &word->size);
		(void) JsonbIteratorNext(&iterator, &item, true);
		if (item.type != jbvNumeric ||
			!json_number_of(&item, reader->single, &number) ||
			!(number >= 0.0 && number <= PG_INT32_MAX))
			json_refuse_content(column, "a word without a count");
		word->code = 0;
		word->count = (float) number;
		count += number > 0.0;
	}
	cell_set_words(cell, &reader->room, count);
}

/* A tsvector's text. */
static Datum
tsvector_of(const char *string, int size, Column *column)
{
	ErrorContextCallback callback = {.previous = error_context_stack,
									 .callback = add_column,
									 .arg = column};
	Datum vector;

	error_context_stack = &callback;
	vector = DirectFunctionCall1(tsvectorin,
								 CStringGetDatum(pnstrdup(string, size)));
	error_context_stack = callback.previous;
	return vector;
}

/* Reads a string: a text by its configuration, or a tsvector's text. */
static void
read_word_text(JsonCellReader *reader, const JsonbValue *value, Column *column,
			   Cell *cell)
{
	const char *string = value->val.string.val;
	int size = value->val.string.len;

	if (column->options.words == NULL)
	{
		cell_read_tsvector(tsvector_of(string, size, column), &reader->room,
						   cell);
		return;
	}
	if (!OidIsValid(reader->configuration))
		reader->configuration =
			column_options_configuration(column->options.words);
	cell_read_text_words(
		PointerGetDatum(cstring_to_text_with_len(string, size)),
		reader->configuration, &reader->room, cell);
}

static RecordProblem
read_words(JsonCellReader *reader, const JsonbValue *value, Column *column,
		   Cell *cell)
{
	if (value->type == jbvString)
		read_word_text(reader, value, column, cell);
	else if (value->type == jbvBinary &&
			 JsonContainerIsObject(value->val.binary.data))
		read_counts(reader, value, column, cell);
	else
		read_strings(reader, value, column, cell);
	return RECORD_FINE;
}

static RecordProblem
read_set(JsonCellReader *reader, const JsonbValue *value, const Column *column,
		 Cell *cell)
{
	read_strings(reader, value, column, cell);
	for (uint32 i = 0; i < cell->count; i++)
		reader->room.words[i].count = 1.0f;
	return RECORD_FINE;
}

RecordProblem
json_cell_read(JsonCellReader *reader, const JsonbValue *value, Column *column,
			   Cell *cell, CellFault *fault)
{
	cell->null = false;
	switch (column->kind)
	{
		case COLUMN_NUMBER:
			return read_number(reader, value, column, cell);
		case COLUMN_FLAG:
			if (value->type != jbvBool)
				json_cell_refuse(column, value);
			cell->number = value->val.boolean ? 1.0 : 0.0;
			return RECORD_FINE;
		case COLUMN_CATEGORY:
			return read_category(reader, value, column, cell);
		case COLUMN_MOMENT:
			return read_moment(value, column, cell);
		case COLUMN_WORDS:
			return read_words(reader, value, column, cell);
		case COLUMN_SET:
			return read_set(reader, value, column, cell);
		case COLUMN_BLOCK:
			return json_block_read(reader, value, column, cell, fault);
		default:
			return json_entries_read(reader, value, column, cell, fault);
	}
}
