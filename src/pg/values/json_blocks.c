/*
 * json_blocks.c
 *		A JSON value as the numbers of a block or of a sparse row.
 */
#include "pg/values/json_blocks.h"

#include <math.h>

#include "pg/values/text_numbers.h"

/* A place in a sparse row has at most so many digits. */
#define PLACE_DIGITS 9

/* The problem of an element. */
static RecordProblem
element_problem(FeatureProblem problem, uint32 position, CellFault *fault)
{
	fault->problem = problem;
	fault->position = position;
	return RECORD_NOT_FINITE;
}

/* Reads the text of bytea, or of a vector. */
static RecordProblem
read_block_text(JsonCellReader *reader, const JsonbValue *value,
				Column *column, Cell *cell, CellFault *fault)
{
	const char *text = value->val.string.val;
	int size = value->val.string.len;
	RecordProblem problem;

	if (!block_text_count(text, size, &cell->count))
		json_refuse_content(column, "a string that is not bytes or a vector");
	problem = cell_check_length(column, cell->count, fault);
	if (problem != RECORD_FINE)
		return problem;
	cell->numbers = cell_room_numbers(&reader->room, cell->count);
	if (!block_text_read(text, size, reader->room.numbers))
		json_refuse_content(column, "a string that is not bytes or a vector");
	for (uint32 i = 0; i < cell->count; i++)
		if (!isfinite(cell->numbers[i]))
			return element_problem(FEATURES_NOT_FINITE, i + 1, fault);
	return RECORD_FINE;
}

RecordProblem
json_block_read(JsonCellReader *reader, const JsonbValue *value,
				Column *column, Cell *cell, CellFault *fault)
{
	uint32 size;
	JsonbIterator *iterator;
	RecordProblem problem;
	JsonbValue item;
	double *numbers;

	if (value->type == jbvString)
		return read_block_text(reader, value, column, cell, fault);
	iterator = json_begin_array(column, value, &size);
	problem = cell_check_length(column, size, fault);
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
		else if (!json_number_of(&item, reader->single, &numbers[i]))
			json_refuse_content(
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

/* Reads the text of a sparse row, whose keys count as its type's do. */
static RecordProblem
read_sparse_text(JsonCellReader *reader, const JsonbValue *value,
				 Column *column, Cell *cell, CellFault *fault)
{
	const char *text = value->val.string.val;
	int size = value->val.string.len;
	uint32 count, width;
	RecordProblem problem;

	if (!sparse_text_count(text, size, &count, &width))
		json_refuse_content(column, "a string that is no sparse row");
	problem = cell_check_length(column, width, fault);
	if (problem != RECORD_FINE)
		return problem;
	cell->numbers = cell_room_numbers(&reader->room, count + 1);
	cell->indexes = reader->room.indexes;
	if (!sparse_text_read(text, size, reader->first, reader->room.indexes,
						  reader->room.numbers, &cell->count))
		json_refuse_content(column, "a string that is no sparse row");
	for (uint32 i = 0; i < cell->count; i++)
		if (!isfinite(cell->numbers[i]))
			return element_problem(FEATURES_NOT_FINITE, cell->indexes[i] + 1,
								   fault);
	return RECORD_FINE;
}

RecordProblem
json_entries_read(JsonCellReader *reader, const JsonbValue *value,
				  Column *column, Cell *cell, CellFault *fault)
{
	JsonbContainer *object =
		value->type == jbvBinary ? value->val.binary.data : NULL;
	JsonbIterator *iterator;
	JsonbValue item;
	double *numbers;

	if (value->type == jbvString)
		return read_sparse_text(reader, value, column, cell, fault);
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
			json_refuse_content(column,
								psprintf("a key that is no place from 1 "
										 "to %u",
										 column->length));
		(void) JsonbIteratorNext(&iterator, &item, true);
		if (!json_number_of(&item, reader->single, &numbers[cell->count]))
			json_refuse_content(
				column, psprintf("%s at a place", json_kind_name(&item)));
		if (!isfinite(numbers[cell->count]))
			return element_problem(FEATURES_NOT_FINITE, place, fault);
		reader->room.indexes[cell->count] = place - 1;
		cell->count += numbers[cell->count] != 0.0;
	}
	return RECORD_FINE;
}
