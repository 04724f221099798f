/*
 * shard_columns_merge.c
 *		Surveys of columns added up, and what a plan is made of.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/columns/survey_part.h"
#include "core/shards/shard_columns.h"

/* Numbers of a column that quantiles are taken of, at most: copies count. */
#define SAMPLE_MOST ((uint64_t) 1 << 20)

/* ---- Two surveys ---- */

static void
merge_numbers(NumberSums *to, const NumberSums *other)
{
	exact_sum_merge(&to->sum, &other->sum);
	exact_sum_merge(&to->square, &other->square);
	exact_sum_merge(&to->logs, &other->logs);
	exact_sum_merge(&to->weight, &other->weight);
}

/* Adds the elements of a block. */
static Status
merge_elements(ShardColumns *into, ColumnSurvey *to, const ColumnSurvey *other,
			   Failure *failure)
{
	if (to->elements == NULL)
	{
		to->length = other->length;
		to->elements = runtime_allocate_zero(
			&into->runtime, (size_t) other->length + 1, sizeof(ExactSum));
		if (to->elements == NULL)
			return fail_no_memory(failure);
	}
	for (uint32_t i = 0; i <= to->length; i++)
		exact_sum_merge(&to->elements[i], &other->elements[i]);
	return LL_OK;
}

/* Adds a column of another survey to the one at a place. */
static Status
merge_column(ShardColumns *into, uint32_t place, const ShardColumn *from,
			 Failure *failure)
{
	ShardColumn *to = &into->columns[place];
	ColumnSurvey *survey = &to->survey;
	const ColumnSurvey *other = &from->survey;
	Status status = LL_OK;

	if (to->given.length != 0 && from->given.length != 0 &&
		to->given.length != from->given.length)
		return fail(
			failure, LL_INVALID,
			"column \"%s\" has %u elements in some rows and %u in others",
			to->given.name,
			to->given.length < from->given.length ? to->given.length
												  : from->given.length,
			to->given.length < from->given.length ? from->given.length
												  : to->given.length);
	if (to->given.length == 0)
		to->given.length = from->given.length;
	to->given.hours |= from->given.hours;
	to->came += from->came;
	survey->rows += other->rows;
	survey->entries += other->entries;
	survey->minimum = fmin(survey->minimum, other->minimum);
	survey->maximum = fmax(survey->maximum, other->maximum);
	if (to->given.kind == COLUMN_ENTRIES && other->length > survey->length)
		survey->length = other->length;
	if (survey->numbers != NULL)
		merge_numbers(survey->numbers, other->numbers);
	if (other->elements != NULL)
		status = merge_elements(into, survey, other, failure);
	for (int p = 0; p < SURVEY_PARTS; p++)
		for (int k = 0; k < PART_PLACES; k++)
			survey->parts[p][k] += other->parts[p][k];
	for (uint32_t i = 0; i < from->dictionary.count && status == LL_OK; i++)
	{
		const DictionaryEntry *entry = &from->dictionary.entries[i];

		if (runtime_stops(&into->runtime, i))
			return fail_cancelled(failure);
		status =
			shard_columns_count(into, place, entry->bytes, entry->size,
								entry->rank, other->level_rows[i], failure);
	}
	return status;
}

/* Adds the labels that the other has watched, its columns at places[]. */
static Status
merge_leaks(ShardColumns *into, const ShardColumns *from,
			const uint32_t *places, Failure *failure)
{
	LeakWatch *to = &into->leaks;
	const LeakWatch *other = &from->leaks;
	uint64_t *words =
		runtime_allocate(&into->runtime, (to->count + 1) * sizeof(uint64_t));
	bool *here = runtime_allocate_zero(&into->runtime, to->count + 1, 1);

	if (words == NULL || here == NULL)
		return fail_no_memory(failure);
	for (uint32_t c = 0; c < to->count; c++)
		words[c] = SURVEY_NULL_WORD;
	for (uint32_t i = 0; i < other->label_count; i++)
	{
		for (uint32_t k = 0; k < from->count; k++)
			words[places[k]] = other->words[(size_t) i * other->count + k];
		(void) leak_watch_label(to, other->labels[i], words);
	}
	for (uint32_t k = 0; k < from->count; k++)
	{
		here[places[k]] = true;
		to->apart[places[k]] |= other->apart[k];
		to->unequal[places[k]] |= other->unequal[k];
	}
	/* Rows without a column have NULL there. */
	for (uint32_t c = 0; c < to->count; c++)
		if (!here[c])
		{
			to->apart[c] |= other->apart[other->count - 1];
			to->unequal[c] |= other->unequal[other->count - 1];
		}
	leak_watch_recount(to);
	runtime_release(&into->runtime, words);
	runtime_release(&into->runtime, here);
	return LL_OK;
}

/* Draws the rows that the other has drawn. */
static Status
merge_drawn(ShardColumns *into, const ShardColumns *from,
			const uint32_t *places, Failure *failure)
{
	const ShardDraw *other = &from->draw;
	uint32_t *numbers = runtime_allocate(
		&into->runtime, (from->number_count + 1) * sizeof(uint32_t));
	Status status = LL_OK;

	if (numbers == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < from->count; k++)
		if (from->columns[k].survey.numbers != NULL)
			numbers[from->columns[k].number] = into->columns[places[k]].number;
	for (size_t i = 0; i < other->count && status == LL_OK; i++)
		status = shard_draw_add(
			&into->draw, other->rows[i].hash, other->rows[i].copies,
			other->numbers + other->rows[i].at * other->width,
			from->number_count, numbers, SURVEY_NULL_WORD, failure);
	runtime_release(&into->runtime, numbers);
	/* What it has left out is left out of both. */
	if (other->most < into->draw.most)
		into->draw.most = other->most;
	return status;
}

Status
shard_columns_merge(ShardColumns *into, const ShardColumns *from,
					Failure *failure)
{
	uint32_t *places =
		runtime_allocate(&into->runtime, (from->count + 1) * sizeof(uint32_t));
	Status status = LL_OK;

	if (places == NULL)
		return fail_no_memory(failure);
	if (into->draw.cuts != from->draw.cuts)
		return fail(failure, LL_INVALID,
					"surveys are of rows with other options");
	for (uint32_t k = 0; k < from->count && status == LL_OK; k++)
	{
		status = shard_columns_place(into, &from->columns[k].given, &places[k],
									 failure);
		if (status == LL_OK)
			status = merge_column(into, places[k], &from->columns[k], failure);
	}
	if (status == LL_OK)
		status = merge_leaks(into, from, places, failure);
	if (status == LL_OK)
		status = merge_drawn(into, from, places, failure);
	into->came += from->came;
	into->unlabelled += from->unlabelled;
	for (int c = 0; c < CHANNEL_COUNT; c++)
		into->rows[c] += from->rows[c];
	runtime_release(&into->runtime, places);
	return status;
}

/* ---- What a plan is made of ---- */

/* The order of numbers, minus zero before zero. */
static uint64_t
number_key(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits ^ (bits >> 63 != 0 ? UINT64_MAX : UINT64_C(1) << 63);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = number_key(*(const double *) a);
	uint64_t y = number_key(*(const double *) b);

	return x < y ? -1 : x > y;
}

/* The numbers of the rows drawn, each as often as its row, or in proportion. */
static Status
take_sample(ShardColumns *columns, ShardColumn *column, Failure *failure)
{
	const ShardDraw *draw = &columns->draw;
	uint64_t total = 0, count = 0, room;

	for (size_t i = 0; i < draw->count; i++)
		total = draw->rows[i].copies < UINT64_MAX - total
					? total + draw->rows[i].copies
					: UINT64_MAX;
	room = (total < SAMPLE_MOST ? total : SAMPLE_MOST) + draw->count;
	column->survey.sample =
		runtime_allocate(&columns->runtime, (room + 1) * sizeof(double));
	if (column->survey.sample == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < draw->count; i++)
	{
		const ShardDrawn *row = &draw->rows[i];
		uint64_t word = draw->numbers[row->at * draw->width + column->number];
		uint64_t copies =
			total <= SAMPLE_MOST
				? row->copies
				: 1 + (uint64_t) ((double) row->copies / (double) total *
								  (double) (SAMPLE_MOST - 1));

		/* Copies that somebody made up may be more than there is room for. */
		for (; copies > 0 && word != SURVEY_NULL_WORD && count < room;
			 copies--)
			memcpy(&column->survey.sample[count++], &word, sizeof(double));
	}
	column->survey.sample_count = (uint32_t) count;
	qsort(column->survey.sample, count, sizeof(double), compare_numbers);
	return LL_OK;
}

/* Whether blocks and sparse rows are together so wide that nothing learns of them. */
static bool
are_too_wide(const ShardColumns *columns, const uint32_t *places,
			 uint32_t count)
{
	uint64_t elements = 0;

	for (uint32_t i = 0; i < count; i++)
		elements += columns->columns[places[i]].given.length;
	return elements > SHARD_MOST_ELEMENTS;
}

/* Completes a column's survey. */
static Status
finish_column(ShardColumns *columns, uint32_t place, Failure *failure)
{
	ShardColumn *column = &columns->columns[place];
	ColumnSurvey *survey = &column->survey;

	if (strcmp(column->given.type, COLUMN_KEY_TYPE) != 0 &&
		column->came != columns->came)
		return fail(failure, LL_INVALID,
					"column \"%s\" is missing from some rows",
					column->given.name);
	survey->nulls = columns->rows[CHANNEL_TRAIN] - survey->rows;
	if (survey->elements != NULL)
		survey->weight =
			exact_sum_value(&survey->elements[survey->length], NULL);
	survey->leaks =
		leak_found(&columns->leaks, place, columns->rows[CHANNEL_TRAIN]);
	if (survey->level_rows == NULL)
	{
		survey->level_rows =
			runtime_allocate_zero(&columns->runtime, 1, sizeof(uint64_t));
		if (survey->level_rows == NULL)
			return fail_no_memory(failure);
	}
	return survey->numbers != NULL ? take_sample(columns, column, failure)
								   : LL_OK;
}

Status
shard_columns_survey(ShardColumns *columns, const Column *given,
					 const uint32_t *places, uint32_t count, Survey *survey,
					 CellStore *store, Failure *failure)
{
	const Runtime *runtime = &columns->runtime;
	Status status = shard_draw_settle(&columns->draw, failure);

	cell_store_init(store, runtime);
	*survey = (Survey){.runtime = *runtime,
					   .store = store,
					   .given = given,
					   .rows = columns->rows[CHANNEL_TRAIN]};
	if (are_too_wide(columns, places, count))
		return fail(failure, LL_LIMIT,
					"arrays and sparse rows have more than %llu elements",
					(unsigned long long) SHARD_MOST_ELEMENTS);
	survey->columns =
		runtime_allocate(runtime, (count + 1) * sizeof(ColumnSurvey));
	if (survey->columns == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < count && status == LL_OK; i++)
	{
		status = finish_column(columns, places[i], failure);
		if (status == LL_OK)
			status = cell_store_add(store, given[i].kind, failure);
		if (status != LL_OK)
			break;
		store->dictionaries[i] = columns->columns[places[i]].dictionary;
		survey->columns[i] = columns->columns[places[i]].survey;
	}
	return status;
}
