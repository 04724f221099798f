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
#include "pg/values/numeric_double.h"
#include "pg/values/record_words.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* A place in a sparse row has at most so many digits. */
#define PLACE_DIGITS 9

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
}

const char *
json_kind_name(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "true or false";
		default:
			return value->type == jbvBinary &&
						   JsonContainerIsArray(value->val.binary.data)
					   ? "an array"
					   : "an object";
	}
}

/* What a column takes, as hints name it. */
static const char *
taken(const Column *column)
{
	switch (column->kind)
	{
		case COLUMN_NUMBER:
			return strcmp(column->type, "interval") == 0
					   ? "Give a number of seconds."
					   : "Give a number.";
		case COLUMN_FLAG:
			return "Give true or false.";
		case COLUMN_CATEGORY:
			return "Give a string.";
		case COLUMN_MOMENT:
			return "Give a string such as \"2026-11-27\" or "
				   "\"2026-11-27T14:30:00Z\".";
		case COLUMN_WORDS:
			return column->options.words != NULL
					   ? "Give a text as a string, an array of words, or an "
						 "object of words and how often each occurs."
					   : "Give an array of words, an object of words and how "
						 "often each occurs, or a string in tsvector's form.";
		case COLUMN_SET:
			return "Give an array of strings.";
		case COLUMN_BLOCK:
			return "Give an array of numbers.";
		default:
			return "Give an object of places, from 1, and numbers.";
	}
}

void
json_cell_refuse(const Column *column, const JsonbValue *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is %s, but a row has %s there",
					server_of_utf8(column->name, strlen(column->name)),
					column_kind_name(column->kind), json_kind_name(value)),
			 errhint("%s", taken(column))));
	pg_unreachable();
}

/* Raises the error of a string, or another value, that is of no use. */
static void
refuse_content(const Column *column, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					errmsg("column \"%s\" is %s, but a row has %s there",
						   server_of_utf8(column->name, strlen(column->name)),
						   column_kind_name(column->kind), what),
					errhint("%s", taken(column))));
}

/* A number, or a string that is one; false: neither. */
static bool
number_of(const JsonbValue *value, double *number)
{
	const char *begin = value->val.string.val, *rest;
	DecimalStatus status;

	if (value->type == jbvNumeric)
	{
		*number = numeric_double(NumericGetDatum(value->val.numeric));
		return true;
	}
	if (value->type != jbvString)
		return false;
	status = decimal_read(begin, begin + value->val.string.len, false, number,
						  &rest);
	if (status == DECIMAL_RANGE)
		*number = INFINITY;
	return status == DECIMAL_RANGE ||
		   (status == DECIMAL_OK && rest == begin + value->val.string.len);
}

static RecordProblem
read_number(const JsonCellReader *reader, const JsonbValue *value,
			const Column *column, Cell *cell)
{
	const char *begin = value->val.string.val;

	if (reader->form == JSON_TIME && value->type == jbvString &&
		time_text_read(begin, begin + value->val.string.len, &cell->number))
		return RECORD_FINE;
	if (!number_of(value, &cell->number))
	{
		if (value->type == jbvString)
			refuse_content(column, "a string that is no number");
		json_cell_refuse(column, value);
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
		refuse_content(column, "a string that is no date or timestamp of ISO "
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

/* An array's iterator behind its begin; the value must be an array. */
static JsonbIterator *
begin_array(const Column *column, const JsonbValue *value, uint32 *count)
{
	JsonbIterator *iterator;
	JsonbValue item;

	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		json_cell_refuse(column, value);
	*count = JsonContainerSize(value->val.binary.data);
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &item, true);
	return iterator;
}

/* Reads an array of strings as words, nulls left out. */
static void
read_strings(JsonCellReader *reader, const JsonbValue *value,
			 const Column *column, Cell *cell)
{
	uint32 size, count = 0;
	JsonbIterator *iterator = begin_array(column, value, &size);
	CellWord *words = cell_room_words(&reader->room, size);
	JsonbValue item;

	while (JsonbIteratorNext(&iterator, &item, true) == WJB_ELEM)
	{
		CellWord *word = &words[count];

		if (item.type == jbvNull)
			continue;
		if (!text_of(&item, &word->bytes, &word->size))
			refuse_content(
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
		if (item.type != jbvNumeric || !number_of(&item, &number) ||
			!(number >= 0.0 && number <= PG_INT32_MAX))
			refuse_content(column, "a word without a count");
		word->code = 0;
		word->count = (float) number;
		count += number > 0.0;
	}
	cell_set_words(cell, &reader->room, count);
}

/* Reads a string: a text by its configuration, or a tsvector's text. */
static void
read_word_text(JsonCellReader *reader, const JsonbValue *value,
			   const Column *column, Cell *cell)
{
	const char *string = value->val.string.val;
	int size = value->val.string.len;

	if (column->options.words == NULL)
	{
		cell_read_tsvector(
			DirectFunctionCall1(tsvectorin,
								CStringGetDatum(pnstrdup(string, size))),
			&reader->room, cell);
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
read_words(JsonCellReader *reader, const JsonbValue *value,
		   const Column *column, Cell *cell)
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

/* The problem of an element. */
static RecordProblem
element_problem(FeatureProblem problem, uint32 position, CellFault *fault)
{
	fault->problem = problem;
	fault->position = position;
	return RECORD_NOT_FINITE;
}

static RecordProblem
read_block(JsonCellReader *reader, const JsonbValue *value, Column *column,
		   Cell *cell, CellFault *fault)
{
	uint32 size;
	JsonbIterator *iterator = begin_array(column, value, &size);
	RecordProblem problem = cell_check_length(column, size, fault);
	JsonbValue item;
	double *numbers;

	if (problem != RECORD_FINE)
		return problem;
	numbers = cell_room_numbers(&reader->room, size);
	for (uint32 i = 0; i < size; i++)
	{
		(void) JsonbIteratorNext(&iterator, &item, true);
		if (item.type == jbvNull)
			return element_problem(FEATURES_NULL_ELEMENT, i + 1, fault);
		if (item.type == jbvBool)
			numbers[i] = item.val.boolean ? 1.0 : 0.0;
		else if (!number_of(&item, &numbers[i]))
			refuse_content(
				column, psprintf("an array with %s", json_kind_name(&item)));
		if (!isfinite(numbers[i]))
			return element_problem(FEATURES_NOT_FINITE, i + 1, fault);
	}
	cell->count = size;
	cell->numbers = numbers;
	return RECORD_FINE;
}

/* A place of a sparse row, from 1, as digits without zeros before them. */
static uint32
place_of(const JsonbValue *key)
{
	const char *digits = key->val.string.val;
	uint32 place = 0;

	if (key->val.string.len > PLACE_DIGITS || key->val.string.len == 0 ||
		digits[0] == '0')
		return 0;
	for (int i = 0; i < key->val.string.len; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		place = place * 10 + (uint32) (digits[i] - '0');
	}
	return place;
}

static RecordProblem
read_entries(JsonCellReader *reader, const JsonbValue *value,
			 const Column *column, Cell *cell, CellFault *fault)
{
	JsonbContainer *object =
		value->type == jbvBinary ? value->val.binary.data : NULL;
	JsonbIterator *iterator;
	JsonbValue item;
	double *numbers;

	if (object == NULL || !JsonContainerIsObject(object))
		json_cell_refuse(column, value);
	numbers = cell_room_numbers(&reader->room, JsonContainerSize(object));
	cell->count = 0;
	cell->numbers = numbers;
	cell->indexes = reader->room.indexes;
	iterator = JsonbIteratorInit(object);
	(void) JsonbIteratorNext(&iterator, &item, true);
	/* Shorter keys come first, then smaller ones: digits ascend. */
	while (JsonbIteratorNext(&iterator, &item, true) == WJB_KEY)
	{
		uint32 place = place_of(&item);

		if (place == 0 || place > column->length)
			refuse_content(column, psprintf("a key that is no place from 1 "
											"to %u",
											column->length));
		(void) JsonbIteratorNext(&iterator, &item, true);
		if (!number_of(&item, &numbers[cell->count]))
			refuse_content(column,
						   psprintf("%s at a place", json_kind_name(&item)));
		if (!isfinite(numbers[cell->count]))
			return element_problem(FEATURES_NOT_FINITE, place, fault);
		reader->room.indexes[cell->count] = place - 1;
		cell->count += numbers[cell->count] != 0.0;
	}
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
			return read_block(reader, value, column, cell, fault);
		default:
			return read_entries(reader, value, column, cell, fault);
	}
}
