/*
 * survey_part.c
 *		What a range of rows holds in each column.
 */
#include "core/columns/survey_part.h"

#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/columns/encoder.h"
#include "core/columns/moment.h"

/* Rows between two looks at the interrupt flag. */
#define LOOK_ROWS 1024
bool
survey_is_number(ColumnKind kind)
{
	return kind == COLUMN_NUMBER || kind == COLUMN_FLAG ||
		   kind == COLUMN_MOMENT;
}

static bool
has_levels(ColumnKind kind)
{
	return kind == COLUMN_CATEGORY || kind == COLUMN_WORDS ||
		   kind == COLUMN_SET;
}

/* Makes what a column's kind needs. */
static bool
make_column(SurveyPart *part, uint32_t place, const Runtime *runtime)
{
	ColumnSurvey *column = &part->columns[place];
	ColumnKind kind = part->store->kinds[place];
	void *made = column;

	column->minimum = INFINITY;
	column->maximum = -INFINITY;
	if (survey_is_number(kind))
	{
		made = column->numbers =
			runtime_allocate_zero(runtime, 1, sizeof(NumberSums));
		column->sample =
			runtime_allocate(runtime, (part->room + 1) * sizeof(double));
		if (column->sample == NULL)
			return false;
	}
	if (has_levels(kind))
		made = column->level_rows = runtime_allocate_zero(
			runtime, (size_t) part->store->dictionaries[place].count + 1,
			sizeof(uint64_t));
	if (kind == COLUMN_BLOCK)
	{
		column->length = part->given[place].length;
		/* The last is of the weights. */
		made = column->elements = runtime_allocate_zero(
			runtime, (size_t) column->length + 1, sizeof(ExactSum));
	}
	return made != NULL;
}

Status
survey_part_init(SurveyPart *part, const CellStore *store, const Column *given,
				 const Rows *rows, size_t room, const Runtime *runtime,
				 Failure *failure)
{
	memset(part, 0, sizeof(*part));
	part->store = store;
	part->given = given;
	part->rows = rows;
	part->room = room;
	part->columns =
		runtime_allocate_zero(runtime, store->count + 1, sizeof(ColumnSurvey));
	part->words =
		runtime_allocate(runtime, (store->count + 1) * sizeof(uint64_t));
	if (part->columns == NULL || part->words == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < store->count; i++)
		if (!make_column(part, i, runtime))
			return fail_no_memory(failure);
	return LL_OK;
}

void
survey_add_number(ColumnSurvey *column, const Column *given, double number,
				  const float *given_weight)
{
	NumberSums *sums = column->numbers;
	double weight = given_weight == NULL ? 1.0 : *given_weight;
	double square = number * number;

	if (weight == 1.0)
	{
		exact_sum_add(&sums->sum, number);
		if (isfinite(square))
		{
			exact_sum_add(&sums->square, square);
			exact_sum_add(&sums->square, fma(number, number, -square));
		}
	}
	else
	{
		exact_sum_add(&sums->sum, weight * number);
		if (isfinite(weight * square))
			exact_sum_add(&sums->square, weight * square);
	}
	/* without weights their sum is the count of rows */
	if (given_weight != NULL)
		exact_sum_add(&sums->weight, weight);
	if (given->options.log)
		exact_sum_add(&sums->logs, weight * column_number(given, number));
	if (number < column->minimum)
		column->minimum = number;
	if (number > column->maximum)
		column->maximum = number;
}

void
survey_add_moment(ColumnSurvey *column, double days)
{
	column->parts[SURVEY_MONTHS][moment_part(PIECE_MONTH, days)]++;
	column->parts[SURVEY_WEEKDAYS][moment_part(PIECE_WEEKDAY, days)]++;
	column->parts[SURVEY_HOURS][moment_part(PIECE_HOUR, days)]++;
}

/* Adds the elements of a block, which the reader keeps of one length. */
static void
add_block(ColumnSurvey *column, const CellTail *tail, double weight)
{
	exact_sum_add(&column->elements[column->length], weight);
	for (uint32_t i = 0; i < tail->count && i < column->length; i++)
		exact_sum_add(&column->elements[i], weight * tail->numbers[i]);
}

/* Adds what is longer than a word. */
static void
add_tail(ColumnSurvey *column, ColumnKind kind, const CellTail *tail,
		 double weight)
{
	column->entries += tail->count;
	switch (kind)
	{
		case COLUMN_WORDS:
		case COLUMN_SET:
			for (uint32_t i = 0; i < tail->count; i++)
				column->level_rows[tail->words[i].code]++;
			break;
		case COLUMN_BLOCK:
			add_block(column, tail, weight);
			break;
		default:
			if (tail->count > 0 &&
				tail->indexes[tail->count - 1] >= column->length)
				column->length = tail->indexes[tail->count - 1] + 1;
			break;
	}
}

/* Adds what a row holds in a column. */
static void
add_cell(SurveyPart *part, uint32_t place, const RowView *view,
		 const float *weight)
{
	ColumnSurvey *column = &part->columns[place];
	ColumnKind kind = part->store->kinds[place];
	uint64_t word = cell_record_word(view, place);

	if (cell_word_null(word, kind))
	{
		column->nulls++;
		return;
	}
	column->rows++;
	if (kind == COLUMN_CATEGORY)
		column->level_rows[word - 1]++;
	else if (survey_is_number(kind))
	{
		double number;

		memcpy(&number, &word, sizeof(number));
		survey_add_number(column, &part->given[place], number, weight);
		if (kind == COLUMN_MOMENT)
			survey_add_moment(column, number);
	}
	else
	{
		CellTail tail = cell_record_tail(view, word, kind);

		add_tail(column, kind, &tail, weight == NULL ? 1.0 : *weight);
	}
}

void
survey_words(const CellStore *store, const RowView *view, uint64_t *words)
{
	for (uint32_t i = 0; i < store->count; i++)
	{
		ColumnKind kind = store->kinds[i];
		uint64_t word = cell_record_word(view, i);

		if (cell_word_null(word, kind))
			word = SURVEY_NULL_WORD;
		else if (kind == COLUMN_CATEGORY)
			word = store->dictionaries[i].entries[word - 1].hash | 1;
		else if (!survey_is_number(kind))
			word = 0;
		words[i] = word;
	}
}

void
survey_part_draw(SurveyPart *part, const uint64_t *words)
{
	for (uint32_t i = 0; i < part->store->count; i++)
	{
		ColumnSurvey *column = &part->columns[i];

		if (column->sample == NULL || words[i] == SURVEY_NULL_WORD)
			continue;
		if (column->sample_count < part->room)
			memcpy(&column->sample[column->sample_count++], &words[i],
				   sizeof(double));
		else
			part->overflow = true;
	}
}

/* The hash of a row, made of its values: a code depends on the order of rows. */
static uint64_t
words_hash(const uint64_t *words, uint32_t count)
{
	uint64_t hash = 0;

	for (uint32_t i = 0; i < count; i++)
		hash = random_mix(hash + words[i] + UINT64_C(0x9e3779b97f4a7c15));
	return hash;
}

void
survey_part_add(void *parts, size_t index)
{
	SurveyPart *part = (SurveyPart *) parts + index;
	const Rows *rows = part->rows;
	uint32_t count = part->store->count;

	for (size_t i = part->from; i < part->to; i++)
	{
		RowView view = rows_view(rows, i);

		if (i % LOOK_ROWS == 0 && runtime_interrupted(&rows->runtime))
			return;
		for (uint32_t c = 0; c < count; c++)
			add_cell(part, c, &view,
					 rows->weights == NULL ? NULL : &rows->weights[i]);
		survey_words(part->store, &view, part->words);
		if (part->sample_below == UINT64_MAX ||
			words_hash(part->words, count) <= part->sample_below)
			survey_part_draw(part, part->words);
	}
}

/* Adds the sums of a column of numbers, and its sample. */
static void
merge_numbers(SurveyPart *into, ColumnSurvey *column,
			  const ColumnSurvey *other)
{
	size_t room = into->room - column->sample_count;
	size_t drawn = other->sample_count < room ? other->sample_count : room;

	exact_sum_merge(&column->numbers->sum, &other->numbers->sum);
	exact_sum_merge(&column->numbers->square, &other->numbers->square);
	exact_sum_merge(&column->numbers->logs, &other->numbers->logs);
	exact_sum_merge(&column->numbers->weight, &other->numbers->weight);
	memcpy(column->sample + column->sample_count, other->sample,
		   drawn * sizeof(double));
	column->sample_count += (uint32_t) drawn;
	into->overflow |= drawn < other->sample_count;
}

/* Adds another part's column. */
static void
merge_column(SurveyPart *into, uint32_t place, const ColumnSurvey *other)
{
	ColumnSurvey *column = &into->columns[place];

	column->rows += other->rows;
	column->nulls += other->nulls;
	column->entries += other->entries;
	column->minimum = fmin(column->minimum, other->minimum);
	column->maximum = fmax(column->maximum, other->maximum);
	if (other->length > column->length)
		column->length = other->length;
	if (column->numbers != NULL)
		merge_numbers(into, column, other);
	for (uint32_t k = 0; column->level_rows != NULL &&
						 k < into->store->dictionaries[place].count;
		 k++)
		column->level_rows[k] += other->level_rows[k];
	for (uint32_t k = 0; column->elements != NULL && k <= column->length; k++)
		exact_sum_merge(&column->elements[k], &other->elements[k]);
	for (int p = 0; p < SURVEY_PARTS; p++)
		for (int k = 0; k < PART_PLACES; k++)
			column->parts[p][k] += other->parts[p][k];
}

void
survey_part_merge(SurveyPart *into, SurveyPart *from, const Runtime *runtime)
{
	into->overflow |= from->overflow;
	for (uint32_t i = 0; i < into->store->count; i++)
	{
		ColumnSurvey *other = &from->columns[i];

		merge_column(into, i, other);
		runtime_release(runtime, other->numbers);
		runtime_release(runtime, other->sample);
		runtime_release(runtime, other->level_rows);
		runtime_release(runtime, other->elements);
	}
	runtime_release(runtime, from->columns);
	runtime_release(runtime, from->words);
}
