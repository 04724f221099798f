/*
 * shard_columns.c
 *		What rows that are elsewhere hold in their columns.
 */
#include "core/shards/shard_columns.h"

#include <math.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/columns/survey_part.h"

#define FIRST_COLUMNS 32
#define FIRST_NUMBERS 8

Status
shard_columns_init(ShardColumns *columns, const Runtime *runtime, bool cuts,
				   Failure *failure)
{
	memset(columns, 0, sizeof(*columns));
	columns->runtime = *runtime;
	dictionary_init(&columns->names, runtime);
	shard_draw_init(&columns->draw, runtime, cuts);
	return leak_watch_begin(&columns->leaks, 1, runtime, failure);
}

/* ---- Columns ---- */

/* Makes room for twice as many columns. */
static Status
grow(ShardColumns *columns, Failure *failure)
{
	const Runtime *runtime = &columns->runtime;
	uint32_t capacity =
		columns->capacity == 0 ? FIRST_COLUMNS : 2 * columns->capacity;
	ShardColumn *more =
		runtime_allocate_zero(runtime, capacity, sizeof(ShardColumn));
	uint64_t *words = runtime_allocate(runtime, (2 * (size_t) capacity + 1) *
													sizeof(uint64_t));
	ColumnKind *kinds =
		runtime_allocate_zero(runtime, capacity + 1, sizeof(ColumnKind));

	if (more == NULL || words == NULL || kinds == NULL)
		return fail_no_memory(failure);
	if (columns->count > 0)
		memcpy(more, columns->columns, columns->count * sizeof(ShardColumn));
	runtime_release(runtime, columns->columns);
	for (uint32_t i = 0; i < columns->count; i++)
		kinds[i] = columns->kinds[i];
	runtime_release(runtime, columns->words);
	runtime_release(runtime, columns->kinds);
	columns->columns = more;
	columns->words = words;
	columns->drawn = words + capacity + 1;
	columns->kinds = kinds;
	columns->capacity = capacity;
	/* Columns to come are NULL in the rows so far, as one that never comes is. */
	return leak_watch_widen(&columns->leaks, capacity + 1, SURVEY_NULL_WORD,
							failure);
}

/* A text that stays. */
static const char *
keep(const Runtime *runtime, const char *text)
{
	size_t size = strlen(text) + 1;
	char *kept = runtime_allocate(runtime, size);

	return kept == NULL ? NULL : memcpy(kept, text, size);
}

/* Makes what a new column of its kind needs. */
static Status
begin_column(ShardColumns *columns, const Column *column, Failure *failure)
{
	const Runtime *runtime = &columns->runtime;
	ShardColumn *added = &columns->columns[columns->count];

	added->given = (Column){.name = keep(runtime, column->name),
							.type = keep(runtime, column->type),
							.kind = column->kind,
							.whole = column->whole};
	added->given.options.log = column->options.log;
	added->survey.minimum = INFINITY;
	added->survey.maximum = -INFINITY;
	columns->kinds[columns->count] = column->kind;
	dictionary_init(&added->dictionary, runtime);
	if (added->given.name == NULL || added->given.type == NULL)
		return fail_no_memory(failure);
	if (!survey_is_number(column->kind))
		return LL_OK;
	added->number = columns->number_count++;
	added->survey.numbers =
		runtime_allocate_zero(runtime, 1, sizeof(NumberSums));
	if (added->survey.numbers == NULL)
		return fail_no_memory(failure);
	return added->number < columns->draw.width
			   ? LL_OK
			   : shard_draw_widen(&columns->draw,
								  columns->draw.width == 0
									  ? FIRST_NUMBERS
									  : 2 * columns->draw.width,
								  SURVEY_NULL_WORD, failure);
}

/* The failure of a column that other rows have otherwise. */
static Status
refuse_other(const Column *own, const Column *other, Failure *failure)
{
	/* A key of objects is of one type, whatever it holds. */
	if (strcmp(own->type, other->type) == 0)
		fail(failure, LL_INVALID,
			 "column \"%s\" is %s in some rows and %s in others", own->name,
			 column_kind_name(own->kind), column_kind_name(other->kind));
	else
		fail(failure, LL_INVALID,
			 "column \"%s\" is of type %s in some rows and of type %s in "
			 "others",
			 own->name, own->type, other->type);
	fail_hint(failure, "Cast it to one type.");
	return LL_INVALID;
}

Status
shard_columns_place(ShardColumns *columns, const Column *column,
					uint32_t *place, Failure *failure)
{
	uint32_t known = columns->names.count;
	Status status =
		dictionary_code(&columns->names, column->name,
						(uint32_t) strlen(column->name), 0.0, place, failure);

	if (status != LL_OK)
		return status;
	if (*place < known)
	{
		const Column *own = &columns->columns[*place].given;

		return own->kind == column->kind && own->whole == column->whole &&
					   own->options.log == column->options.log &&
					   strcmp(own->type, column->type) == 0
				   ? LL_OK
				   : refuse_other(own, column, failure);
	}
	if (columns->count == COLUMNS_MOST)
		return fail(failure, LL_LIMIT, "rows have more than %d columns",
					COLUMNS_MOST);
	if (columns->count == columns->capacity)
		status = grow(columns, failure);
	if (status == LL_OK)
		status = begin_column(columns, column, failure);
	if (status != LL_OK)
		return status;
	columns->count++;
	return LL_OK;
}

/* ---- Levels ---- */

/* Room for the counts of one level more. */
static Status
make_level_room(ShardColumn *column, const Runtime *runtime, Failure *failure)
{
	uint32_t room = column->level_room == 0 ? 16 : 2 * column->level_room;
	uint64_t *rows = runtime_allocate_zero(runtime, room, sizeof(uint64_t));

	if (rows == NULL)
		return fail_no_memory(failure);
	if (column->level_room > 0)
		memcpy(rows, column->survey.level_rows,
			   column->level_room * sizeof(uint64_t));
	runtime_release(runtime, column->survey.level_rows);
	column->survey.level_rows = rows;
	column->level_room = room;
	return LL_OK;
}

/* There are too many levels: the failure names the column with most. */
static Status
refuse_levels(const ShardColumns *columns, Failure *failure)
{
	const ShardColumn *most = &columns->columns[0];

	for (uint32_t i = 1; i < columns->count; i++)
		if (columns->columns[i].dictionary.count > most->dictionary.count)
			most = &columns->columns[i];
	fail(failure, LL_LIMIT,
		 "columns have too many different values for a survey");
	fail_detail(failure,
				"Column \"%s\" has most of them. All together may have %u, "
				"of %zu bytes.",
				most->given.name, SHARD_MOST_LEVELS, SHARD_MOST_LEVEL_BYTES);
	fail_hint(failure, "Leave it out: \"exclude\": [\"%s\"].",
			  most->given.name);
	return LL_LIMIT;
}

Status
shard_columns_count(ShardColumns *columns, uint32_t place, const char *bytes,
					uint32_t size, double rank, uint64_t rows,
					Failure *failure)
{
	ShardColumn *column = &columns->columns[place];
	uint32_t known = column->dictionary.count, code;
	Status status = dictionary_code(&column->dictionary, bytes, size, rank,
									&code, failure);

	if (status != LL_OK)
		return status;
	if (code == known)
	{
		columns->level_count++;
		columns->level_bytes += size;
		if (columns->level_count > SHARD_MOST_LEVELS ||
			columns->level_bytes > SHARD_MOST_LEVEL_BYTES)
			return refuse_levels(columns, failure);
		if (code >= column->level_room)
			status = make_level_room(column, &columns->runtime, failure);
		if (status != LL_OK)
			return status;
	}
	/* Servers may rank the values of an enum otherwise. */
	if (rank < column->dictionary.entries[code].rank)
		column->dictionary.entries[code].rank = rank;
	column->survey.level_rows[code] += rows;
	return LL_OK;
}

/* ---- Rows ---- */

/* Takes the length of a block or a sparse row, the same in all. */
static Status
take_length(ShardColumn *column, uint32_t length, Failure *failure)
{
	Column *given = &column->given;

	if (given->length == 0)
		given->length = length;
	if (given->length == length)
		return LL_OK;
	return fail(failure, LL_INVALID,
				"column \"%s\" has %u elements in some rows and %u in others",
				given->name, given->length < length ? given->length : length,
				given->length < length ? length : given->length);
}

/* What is looked at in every row, also of other channels. */
static Status
look_at(ShardColumn *column, const Cell *cell, Failure *failure)
{
	column->came++;
	if (cell->null)
		return LL_OK;
	if (column->given.kind == COLUMN_MOMENT)
		column->given.hours |= cell->number != floor(cell->number);
	return column->given.kind == COLUMN_BLOCK
			   ? take_length(column, cell->count, failure)
		   : column->given.kind == COLUMN_ENTRIES
			   ? take_length(column, cell->code, failure)
			   : LL_OK;
}

/* Adds the elements of a block. */
static Status
add_block(ShardColumns *columns, ShardColumn *column, const Cell *cell,
		  double weight, Failure *failure)
{
	ColumnSurvey *survey = &column->survey;

	if (survey->elements == NULL)
	{
		survey->length = cell->count;
		survey->elements = runtime_allocate_zero(
			&columns->runtime, (size_t) cell->count + 1, sizeof(ExactSum));
		if (survey->elements == NULL)
			return fail_no_memory(failure);
	}
	survey->entries += cell->count;
	exact_sum_add(&survey->elements[survey->length], weight);
	for (uint32_t i = 0; i < survey->length; i++)
		exact_sum_add(&survey->elements[i], weight * cell->numbers[i]);
	return LL_OK;
}

/* Adds what a train row holds, and says the word that equal values share. */
static Status
add_cell(ShardColumns *columns, uint32_t place, const Cell *cell, float weight,
		 uint64_t *word, Failure *failure)
{
	ShardColumn *column = &columns->columns[place];
	ColumnSurvey *survey = &column->survey;
	Status status = LL_OK;

	survey->rows++;
	*word = 0;
	switch (column->given.kind)
	{
		case COLUMN_CATEGORY:
			*word = hash64_bytes(cell->bytes, cell->size, 0) | 1;
			return shard_columns_count(columns, place, cell->bytes, cell->size,
									   cell->rank, 1, failure);
		case COLUMN_WORDS:
		case COLUMN_SET:
			survey->entries += cell->count;
			for (uint32_t i = 0; i < cell->count && status == LL_OK; i++)
				status =
					shard_columns_count(columns, place, cell->words[i].bytes,
										cell->words[i].size, 0.0, 1, failure);
			return status;
		case COLUMN_BLOCK:
			return add_block(columns, column, cell, weight, failure);
		case COLUMN_ENTRIES:
			survey->entries += cell->count;
			survey->length = column->given.length;
			return LL_OK;
		default:
			survey_add_number(survey, &column->given, cell->number, &weight);
			if (column->given.kind == COLUMN_MOMENT)
				survey_add_moment(survey, cell->number);
			memcpy(word, &cell->number, sizeof(*word));
			return LL_OK;
	}
}

/* Draws a row by its values, whatever the order of its columns. */
static Status
draw_row(ShardColumns *columns, Failure *failure)
{
	uint64_t hash = 0;

	for (uint32_t i = 0; i < columns->count; i++)
	{
		const ShardColumn *column = &columns->columns[i];

		if (columns->words[i] != SURVEY_NULL_WORD)
			hash += random_mix(columns->names.entries[i].hash ^
							   random_mix(columns->words[i]));
		if (column->survey.numbers != NULL)
			columns->drawn[column->number] = columns->words[i];
	}
	return shard_draw_add(&columns->draw, random_mix(hash), 1, columns->drawn,
						  columns->number_count, NULL, SURVEY_NULL_WORD,
						  failure);
}

Status
shard_columns_add(ShardColumns *columns, const ShardCells *row,
				  Failure *failure)
{
	bool train = row->labelled && row->channel == CHANNEL_TRAIN;
	Status status = LL_OK;

	columns->came++;
	if (row->labelled)
		columns->rows[row->channel]++;
	else
		columns->unlabelled++;
	for (uint32_t i = 0; i <= columns->capacity && train && columns->count > 0;
		 i++)
		columns->words[i] = SURVEY_NULL_WORD;
	for (uint32_t i = 0; i < row->count && status == LL_OK; i++)
	{
		uint32_t place = row->places[i];
		const Cell *cell = &row->cells[i];

		status = look_at(&columns->columns[place], cell, failure);
		if (status == LL_OK && train && !cell->null)
			status = add_cell(columns, place, cell, row->weight,
							  &columns->words[place], failure);
	}
	if (status == LL_OK && train)
		status = draw_row(columns, failure);
	if (status == LL_OK && train && columns->count > 0)
		leak_watch_row(&columns->leaks, row->label, columns->words,
					   columns->kinds);
	return status;
}
