/*
 * record_cells.c
 *		An SQL value as the cell of a column.
 */
#include "pg/values/record_cells.h"

#include <math.h>

#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "pg/values/record_words.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Bytes of a uuid as text. */
#define UUID_TEXT 36

void
cell_refuse_level(const Column *column, Size size)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a value of column \"%s\" has %zu bytes",
					server_of_utf8(column->name, strlen(column->name)), size),
			 errdetail("A category's values have at most %d bytes.",
					   LEVEL_MOST_BYTES),
			 errhint("Leave the column out by option \"exclude\", or make "
					 "words of it by to_tsvector().")));
	pg_unreachable();
}

void
cell_reader_init(CellReader *reader, const CellType *type, const char *words,
				 bool any_size, MemoryContext context)
{
	memset(reader, 0, sizeof(*reader));
	reader->type = *type;
	reader->context = context;
	reader->room.context = context;
	reader->any_size = any_size;
	if (type->source == CELL_BLOCK || type->source == CELL_ENTRIES)
		(void) feature_reader_find(&reader->features, type->type, context);
	if (type->source == CELL_TEXT_WORDS)
		reader->configuration = column_options_configuration(words);
	if (type->source == CELL_ARRAY)
		get_typlenbyvalalign(type->element, &reader->element_length,
							 &reader->element_by_value,
							 &reader->element_align);
}

/* Seconds of an interval, as EXTRACT(epoch) has them. */
static double
interval_seconds(const Interval *interval)
{
	double seconds = (double) interval->time / USECS_PER_SEC;

	if (INTERVAL_NOT_FINITE(interval))
		return INFINITY;
	seconds += (double) DAYS_PER_YEAR * SECS_PER_DAY *
			   (interval->month / MONTHS_PER_YEAR);
	seconds += (double) DAYS_PER_MONTH * SECS_PER_DAY *
			   (interval->month % MONTHS_PER_YEAR);
	return seconds + (double) SECS_PER_DAY * interval->day;
}

double
cell_read_other_number(CellSource source, Datum value)
{
	if (source == CELL_INTERVAL)
		return interval_seconds(DatumGetIntervalP(value));
	if (source == CELL_TIME)
		return (double) DatumGetTimeADT(value) / USECS_PER_SEC;
	return (double) DatumGetTimeTzADTP(value)->time / USECS_PER_SEC +
		   DatumGetTimeTzADTP(value)->zone;
}

/* The blanks at its end do not count when a char(n) is compared. */
static Size
without_blanks(const char *string, Size size)
{
	return (Size) bpchartruelen(unconstify(char *, string), (int) size);
}

/* Writes a uuid's text. */
static char *
uuid_text(const pg_uuid_t *uuid, char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[uuid->data[i] >> 4];
		*at++ = digits[uuid->data[i] & 0x0f];
	}
	return text;
}

/* The text of a level, in UTF-8; of an enum its rank, too. */
static void
read_level(CellReader *reader, CellSource source, Datum value,
		   const char **bytes, uint32_t *size, double *rank)
{
	struct varlena *plain;
	char *text;

	switch (source)
	{
		case CELL_TEXT:
		case CELL_BPCHAR:
			plain = PG_DETOAST_DATUM_PACKED(value);
			cell_utf8(VARDATA_ANY(plain),
					  source == CELL_TEXT
						  ? VARSIZE_ANY_EXHDR(plain)
						  : without_blanks(VARDATA_ANY(plain),
										   VARSIZE_ANY_EXHDR(plain)),
					  bytes, size);
			break;
		case CELL_NAME:
			text = NameStr(*DatumGetName(value));
			cell_utf8(text, strlen(text), bytes, size);
			break;
		case CELL_UUID:
			*bytes = uuid_text(DatumGetUUIDP(value), palloc(UUID_TEXT));
			*size = UUID_TEXT;
			break;
		case CELL_ENUM:
			enum_values_read(&reader->enums, DatumGetObjectId(value), bytes,
							 size, rank);
			break;
		default: /* "char": a byte */
			text = DatumGetCString(DirectFunctionCall1(charout, value));
			cell_utf8(text, strlen(text), bytes, size);
			break;
	}
}

/* Reads an array of levels as the set of them, NULLs left out. */
static void
read_set(CellReader *reader, Datum value, const Column *column, Cell *cell)
{
	ArrayType *array = DatumGetArrayTypeP(value);
	uint32 count = 0;
	CellWord *words;
	Datum *elements;
	bool *nulls;
	double rank;
	int n;

	deconstruct_array(array, ARR_ELEMTYPE(array), reader->element_length,
					  reader->element_by_value, reader->element_align,
					  &elements, &nulls, &n);
	words = cell_room_words(&reader->room, (uint32) n);
	if (reader->type.element_source == CELL_ENUM)
		enum_values_begin(&reader->enums, reader->context);
	for (int i = 0; i < n; i++)
	{
		CellWord *word = &words[count];

		if (nulls[i])
			continue;
		read_level(reader, reader->type.element_source, elements[i],
				   &word->bytes, &word->size, &rank);
		if (word->size > LEVEL_MOST_BYTES && !reader->any_size)
			cell_refuse_level(column, word->size);
		word->code = 0;
		word->count = 1.0f;
		count++;
	}
	cell_set_words(cell, &reader->room, count);
	for (uint32 i = 0; i < cell->count; i++)
		words[i].count = 1.0f;
}

RecordProblem
cell_check_length(Column *column, uint32 length, CellFault *fault)
{
	if (column->length == 0)
		column->length = length;
	if (column->length == length && length > 0)
		return RECORD_FINE;
	fault->problem = length == 0 ? FEATURES_EMPTY : FEATURES_FINE;
	fault->length = length;
	return RECORD_LENGTH;
}

/* The problem of a column for one of its block. */
static RecordProblem
block_problem(const CellReader *reader, Datum value, FeatureProblem problem,
			  uint32 position, CellFault *fault)
{
	fault->problem = problem;
	fault->position = position;
	fault->length = problem == FEATURES_DIMENSIONS
						? (uint32) ARR_NDIM(DatumGetArrayTypeP(value))
						: 0;
	return problem == FEATURES_EMPTY || problem == FEATURES_DIMENSIONS
			   ? RECORD_LENGTH
			   : RECORD_NOT_FINITE;
}

/* Reads an array of numbers, or a sparse row. */
static RecordProblem
read_block(CellReader *reader, Datum value, Column *column, Cell *cell,
		   CellFault *fault)
{
	FeatureProblem problem;
	RecordProblem length;
	RowView view;
	uint32 dimension, position;
	bool sparse = reader->type.source == CELL_ENTRIES;
	double *numbers;

	problem = feature_reader_read(&reader->features, value, &view, &dimension,
								  &position);
	if (problem != FEATURES_FINE)
		return block_problem(reader, value, problem, position, fault);
	length = cell_check_length(column, dimension, fault);
	if (length != RECORD_FINE)
		return length;
	cell->count = sparse ? view.count : dimension;
	numbers = cell_room_numbers(&reader->room, cell->count);
	cell->numbers = numbers;
	cell->indexes = view.index;
	for (uint32 i = 0; i < cell->count; i++)
		numbers[i] = sparse ? view.value[i]
					 : reader->features.format == ROWS_U8
						 ? ((const uint8 *) view.dense)[i] * BYTE_UNIT
					 : reader->features.format == ROWS_F32
						 ? ((const float *) view.dense)[i]
						 : ((const double *) view.dense)[i];
	return RECORD_FINE;
}

/* Reads a number of days. */
static RecordProblem
read_moment(CellSource source, Datum value, Column *column, Cell *cell)
{
	if (source == CELL_DATE)
	{
		DateADT date = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(date))
			return RECORD_NOT_FINITE;
		cell->number = date;
	}
	else
	{
		Timestamp timestamp = DatumGetTimestamp(value);

		if (TIMESTAMP_NOT_FINITE(timestamp))
			return RECORD_NOT_FINITE;
		cell->number = (double) timestamp / USECS_PER_DAY;
		column->hours |= timestamp % USECS_PER_DAY != 0;
	}
	return RECORD_FINE;
}

RecordProblem
cell_read(CellReader *reader, Datum value, Column *column, Cell *cell,
		  CellFault *fault)
{
	CellSource source = reader->type.source;

	cell->null = false;
	switch (source)
	{
		case CELL_DATE:
		case CELL_TIMESTAMP:
			return read_moment(source, value, column, cell);
		case CELL_TEXT_WORDS:
			cell_read_text_words(value, reader->configuration, &reader->room,
								 cell);
			break;
		case CELL_TSVECTOR:
			cell_read_tsvector(value, &reader->room, cell);
			break;
		case CELL_ARRAY:
			read_set(reader, value, column, cell);
			break;
		case CELL_BLOCK:
		case CELL_ENTRIES:
			return read_block(reader, value, column, cell, fault);
		default:
			if (source == CELL_ENUM)
				enum_values_begin(&reader->enums, reader->context);
			read_level(reader, source, value, &cell->bytes, &cell->size,
					   &cell->rank);
			if (cell->size > LEVEL_MOST_BYTES && !reader->any_size)
				cell_refuse_level(column, cell->size);
			break;
	}
	return RECORD_FINE;
}
