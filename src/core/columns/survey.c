/*
 * survey.c
 *		What training rows hold in each column.
 */
#include "core/columns/survey.h"

#include <math.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/columns/encoder.h"
#include "core/columns/leak.h"
#include "core/columns/moment.h"
#include "core/math/sort.h"
#include "core/rows/spill.h"

/*
 * Numbers of which quantiles are taken: all, or those of rows whose hash is small,
 * so that about so many are left of a column, of all columns together.
 */
#define SAMPLE_ROWS (UINT64_C(1) << 17)
#define SAMPLE_NUMBERS (UINT64_C(1) << 24)
/* Fewer than this part of what was to be drawn: many rows are copies. */
#define SAMPLE_LEAST 0.25
#define SAMPLE_ROOM 2

/* A survey under way. */
typedef struct Taking
{
	Survey *survey;
	CellStore *store;
	const Rows *rows;
	LeakWatch leaks;
	uint64_t *words;	   /* of a row, for leaks */
	uint64_t sample_below; /* hashes of rows that are drawn */
	uint32_t numeric;	   /* columns of numbers */
	size_t room;		   /* for the numbers of each */
	bool overflow;		   /* more were drawn */
} Taking;

static bool
is_number(ColumnKind kind)
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

/* Makes what each column's kind needs. */
static Status
make_columns(Survey *survey, const CellStore *store, Failure *failure)
{
	const Runtime *runtime = &survey->runtime;

	survey->columns =
		runtime_allocate_zero(runtime, store->count + 1, sizeof(ColumnSurvey));
	if (survey->columns == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < store->count; i++)
	{
		ColumnSurvey *column = &survey->columns[i];
		void *part = column;

		if (is_number(store->kinds[i]))
			part = column->numbers =
				runtime_allocate_zero(runtime, 1, sizeof(NumberSums));
		if (has_levels(store->kinds[i]))
			part = column->level_rows = runtime_allocate_zero(
				runtime, store->dictionaries[i].count + 1, sizeof(uint64_t));
		if (part == NULL)
			return fail_no_memory(failure);
		column->minimum = INFINITY;
		column->maximum = -INFINITY;
	}
	return LL_OK;
}

/* Adds a weighted number. */
static void
add_number(ColumnSurvey *column, const Column *given, double number,
		   double weight)
{
	NumberSums *sums = column->numbers;
	double square = number * number, rest = fma(number, number, -square);

	if (weight == 1.0)
	{
		exact_sum_add(&sums->sum, number);
		if (isfinite(square))
		{
			exact_sum_add(&sums->square, square);
			exact_sum_add(&sums->square, rest);
		}
	}
	else
	{
		exact_sum_add(&sums->sum, weight * number);
		if (isfinite(weight * square))
			exact_sum_add(&sums->square, weight * square);
	}
	exact_sum_add(&sums->weight, weight);
	if (given->options.log)
		exact_sum_add(&sums->logs, weight * column_number(given, number));
	column->minimum = fmin(column->minimum, number);
	column->maximum = fmax(column->maximum, number);
}

static void
add_moment(ColumnSurvey *column, double days)
{
	column->parts[SURVEY_MONTHS][moment_part(PIECE_MONTH, days)]++;
	column->parts[SURVEY_WEEKDAYS][moment_part(PIECE_WEEKDAY, days)]++;
	column->parts[SURVEY_HOURS][moment_part(PIECE_HOUR, days)]++;
}

/* Adds the elements of a block, which the reader keeps of one length. */
static Status
add_block(ColumnSurvey *column, const Cell *cell, double weight,
		  const Runtime *runtime, Failure *failure)
{
	if (column->elements == NULL)
	{
		column->length = cell->count;
		column->elements =
			runtime_allocate_zero(runtime, cell->count + 1, sizeof(ExactSum));
		if (column->elements == NULL)
			return fail_no_memory(failure);
	}
	/* The last is of the weights. */
	exact_sum_add(&column->elements[column->length], weight);
	for (uint32_t i = 0; i < cell->count && i < column->length; i++)
		exact_sum_add(&column->elements[i], weight * cell->numbers[i]);
	return LL_OK;
}

/* Adds what a row holds in a column. */
static Status
add_cell(Taking *taking, uint32_t place, const Cell *cell, double weight,
		 Failure *failure)
{
	ColumnSurvey *column = &taking->survey->columns[place];
	ColumnKind kind = taking->store->kinds[place];

	if (cell->null)
	{
		column->nulls++;
		return LL_OK;
	}
	column->rows++;
	if (is_number(kind))
		add_number(column, &taking->survey->given[place], cell->number,
				   weight);
	if (kind == COLUMN_MOMENT)
		add_moment(column, cell->number);
	if (kind == COLUMN_CATEGORY)
		column->level_rows[cell->code]++;
	if (!is_number(kind) && kind != COLUMN_CATEGORY)
		column->entries += cell->count;
	if (kind == COLUMN_WORDS || kind == COLUMN_SET)
		for (uint32_t i = 0; i < cell->count; i++)
			column->level_rows[cell->words[i].code]++;
	if (kind == COLUMN_ENTRIES && cell->count > 0)
	{
		uint32_t length = cell->indexes[cell->count - 1] + 1;

		column->length = length > column->length ? length : column->length;
	}
	return kind == COLUMN_BLOCK ? add_block(column, cell, weight,
											&taking->survey->runtime, failure)
								: LL_OK;
}

/*
 * The words of a row that equal values share, and its hash, made of its values: a
 * code depends on the order of rows.
 */
static uint64_t
row_words(Taking *taking, const Cell *cells)
{
	const CellStore *store = taking->store;
	uint64_t hash = 0;

	for (uint32_t i = 0; i < store->count; i++)
	{
		uint64_t word = 0;

		if (!cells[i].null && is_number(store->kinds[i]))
			memcpy(&word, &cells[i].number, sizeof(word));
		else if (!cells[i].null && store->kinds[i] == COLUMN_CATEGORY)
			word = store->dictionaries[i].entries[cells[i].code].hash | 1;
		else if (cells[i].null)
			word = UINT64_C(0x7ff8000000000000); /* no number's */
		taking->words[i] = word;
		hash = random_mix(hash + word + UINT64_C(0x9e3779b97f4a7c15));
	}
	return hash;
}

/* Draws a row's numbers. */
static void
draw_row(Taking *taking, const Cell *cells)
{
	for (uint32_t i = 0; i < taking->store->count; i++)
	{
		ColumnSurvey *column = &taking->survey->columns[i];

		if (column->sample == NULL || cells[i].null)
			continue;
		if (column->sample_count < taking->room)
			column->sample[column->sample_count++] = cells[i].number;
		else
			taking->overflow = true;
	}
}

/* A row by its place in the order of arrival. */
static Status
add_row(Taking *taking, size_t i, Failure *failure)
{
	RowView view = rows_view(taking->rows, i);
	double weight = rows_weight(taking->rows, i);
	uint64_t hash;

	if (!cell_store_unpack(taking->store, &view))
		return fail_no_memory(failure);
	for (uint32_t c = 0; c < taking->store->count; c++)
	{
		Status status =
			add_cell(taking, c, &taking->store->cells[c], weight, failure);

		if (status != LL_OK)
			return status;
	}
	hash = row_words(taking, taking->store->cells);
	leak_watch_row(&taking->leaks, taking->rows->labels[i], taking->words,
				   taking->store->kinds);
	if (hash <= taking->sample_below)
		draw_row(taking, taking->store->cells);
	return LL_OK;
}

/* What is done with each row. */
typedef Status (*RowVisit)(Taking *taking, size_t i, Failure *failure);

/* Visits all rows in the order of arrival. */
static Status
visit_rows(Taking *taking, RowVisit visit, Failure *failure)
{
	const Rows *rows = taking->rows;
	size_t loaded = 0, more;
	Status status = LL_OK;

	for (size_t i = 0; i < rows->count && status == LL_OK; i++)
	{
		if (i == loaded)
		{
			status = rows_load_run(rows, i, &more, failure);
			loaded += more;
		}
		if (runtime_stops_wide(&rows->runtime, i, taking->store->count))
			status = fail_cancelled(failure);
		if (status == LL_OK)
			status = visit(taking, i, failure);
	}
	return status;
}

/* ---- Samples of numbers ---- */

/* Room for the numbers that are drawn of each column. */
static Status
make_samples(Taking *taking, size_t room, Failure *failure)
{
	taking->room = room;
	for (uint32_t i = 0; i < taking->store->count; i++)
	{
		ColumnSurvey *column = &taking->survey->columns[i];

		if (column->numbers == NULL)
			continue;
		runtime_release(&taking->survey->runtime, column->sample);
		column->sample_count = 0;
		column->sample = runtime_allocate(&taking->survey->runtime,
										  (room + 1) * sizeof(double));
		if (column->sample == NULL)
			return fail_no_memory(failure);
	}
	return LL_OK;
}

/* Says which rows are drawn, and makes room for their numbers. */
static Status
begin_samples(Taking *taking, Failure *failure)
{
	uint64_t rows = taking->rows->count, wanted = SAMPLE_ROWS;
	double part;

	for (uint32_t i = 0; i < taking->store->count; i++)
		taking->numeric += is_number(taking->store->kinds[i]);
	if (taking->numeric > 0 && SAMPLE_NUMBERS / taking->numeric < wanted)
		wanted = SAMPLE_NUMBERS / taking->numeric;
	taking->sample_below = UINT64_MAX;
	if (rows <= wanted)
		return make_samples(taking, rows, failure);
	part = (double) wanted / (double) rows;
	taking->sample_below = (uint64_t) (part * 0x1p63) * 2;
	/* Copies of rows are drawn together: there may be more. */
	return make_samples(taking, SAMPLE_ROOM * wanted, failure);
}

static Status
draw_all(Taking *taking, size_t i, Failure *failure)
{
	RowView view = rows_view(taking->rows, i);

	if (!cell_store_unpack(taking->store, &view))
		return fail_no_memory(failure);
	draw_row(taking, taking->store->cells);
	return LL_OK;
}

/* A column whose numbers were drawn in full, or nearly so. */
static bool
too_few(const Taking *taking)
{
	double part = (double) taking->sample_below * 0x1p-64;

	for (uint32_t i = 0; i < taking->store->count; i++)
	{
		const ColumnSurvey *column = &taking->survey->columns[i];

		if (column->sample != NULL &&
			(double) column->sample_count <
				SAMPLE_LEAST * part * (double) column->rows)
			return true;
	}
	return false;
}

/* Puts samples in order. */
static Status
finish_samples(Taking *taking, Failure *failure)
{
	const Runtime *runtime = &taking->survey->runtime;
	Status status = LL_OK;
	uint64_t *keys, *scratch;
	size_t most = 0;

	if (taking->sample_below != UINT64_MAX &&
		(taking->overflow || too_few(taking)))
	{
		status = make_samples(taking, taking->rows->count, failure);
		if (status == LL_OK)
			status = visit_rows(taking, draw_all, failure);
	}
	for (uint32_t i = 0; i < taking->store->count; i++)
		if (taking->survey->columns[i].sample_count > most)
			most = taking->survey->columns[i].sample_count;
	keys = runtime_allocate(runtime, (2 * most + 1) * sizeof(uint64_t));
	if (status == LL_OK && keys == NULL)
		status = fail_no_memory(failure);
	scratch = keys + most;
	for (uint32_t i = 0; i < taking->store->count && status == LL_OK; i++)
	{
		ColumnSurvey *column = &taking->survey->columns[i];

		if (column->sample == NULL)
			continue;
		for (uint32_t k = 0; k < column->sample_count; k++)
		{
			memcpy(&keys[k], &column->sample[k], sizeof(double));
			keys[k] ^= keys[k] >> 63 != 0 ? UINT64_MAX : UINT64_C(1) << 63;
		}
		if (!sort_keys(keys, scratch, column->sample_count, runtime))
			status = fail_cancelled(failure);
		for (uint32_t k = 0; k < column->sample_count; k++)
		{
			keys[k] ^= keys[k] >> 63 != 0 ? UINT64_C(1) << 63 : UINT64_MAX;
			memcpy(&column->sample[k], &keys[k], sizeof(double));
		}
	}
	runtime_release(runtime, keys);
	return status;
}

/* ---- Serial numbers ---- */

/* How far apart whole numbers are if they are evenly spaced; 0: they are not. */
static double
spacing(const Taking *taking, uint32_t place)
{
	const ColumnSurvey *column = &taking->survey->columns[place];
	double range = column->maximum - column->minimum;
	double step = range / (double) (column->rows - 1);

	if (!taking->survey->given[place].whole ||
		taking->store->kinds[place] != COLUMN_NUMBER || column->nulls > 0 ||
		column->rows < LEAK_LEAST_ROWS || !(step >= 1.0) ||
		step != floor(step) || range > 0x1p53)
		return 0.0;
	return step;
}

/* Whether the rows hold each of the numbers of an arithmetic series once. */
static Status
look_for_series(Taking *taking, uint32_t place, double step, Failure *failure)
{
	const Rows *rows = taking->rows;
	ColumnSurvey *column = &taking->survey->columns[place];
	const Runtime *runtime = &taking->survey->runtime;
	uint8_t *seen = runtime_allocate_zero(runtime, rows->count / 8 + 1, 1);
	size_t loaded = 0, more;
	bool serial = true;

	if (seen == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count && serial; i++)
	{
		RowView view;
		double at;
		uint64_t bit;

		if (i == loaded)
		{
			Status status = rows_load_run(rows, i, &more, failure);

			if (status != LL_OK)
				return status;
			loaded += more;
		}
		if (runtime_stops_wide(runtime, i, taking->store->count))
			return fail_cancelled(failure);
		view = rows_view(rows, i);
		if (!cell_store_unpack(taking->store, &view))
			return fail_no_memory(failure);
		at = (taking->store->cells[place].number - column->minimum) / step;
		if (at != floor(at))
			break;
		bit = (uint64_t) at;
		serial = (seen[bit / 8] >> (bit % 8) & 1) == 0;
		seen[bit / 8] |= (uint8_t) (1u << (bit % 8));
		column->serial = serial && i + 1 == rows->count;
	}
	runtime_release(runtime, seen);
	return LL_OK;
}

Status
survey_take(Survey *survey, CellStore *store, const Column *given,
			const Rows *rows, const Runtime *runtime, Failure *failure)
{
	Taking taking = {.survey = survey, .store = store, .rows = rows};
	Status status;

	memset(survey, 0, sizeof(*survey));
	survey->runtime = *runtime;
	survey->store = store;
	survey->given = given;
	survey->rows = rows->count;
	status = make_columns(survey, store, failure);
	if (status == LL_OK)
		status =
			leak_watch_begin(&taking.leaks, store->count, runtime, failure);
	if (status != LL_OK)
		return status;
	taking.words =
		runtime_allocate(runtime, (store->count + 1) * sizeof(uint64_t));
	if (taking.words == NULL)
		return fail_no_memory(failure);
	status = begin_samples(&taking, failure);
	if (status == LL_OK)
		status = visit_rows(&taking, add_row, failure);
	if (status == LL_OK)
		status = finish_samples(&taking, failure);
	for (uint32_t i = 0; i < store->count && status == LL_OK; i++)
	{
		double step = spacing(&taking, i);

		if (survey->columns[i].elements != NULL)
			survey->columns[i].weight = exact_sum_value(
				&survey->columns[i].elements[survey->columns[i].length], NULL);
		survey->columns[i].leaks = leak_found(&taking.leaks, i, rows->count);
		if (step > 0)
			status = look_for_series(&taking, i, step, failure);
	}
	return status;
}

void
survey_spread(const ColumnSurvey *column, double *mean, double *deviation)
{
	double weight, sum, sum_rest, square, square_rest, variance;

	*mean = *deviation = 0.0;
	if (column->rows == 0)
		return;
	weight = exact_sum_value(&column->numbers->weight, NULL);
	sum = exact_sum_value(&column->numbers->sum, &sum_rest);
	square = exact_sum_value(&column->numbers->square, &square_rest);
	*mean = sum / weight;
	/* No number's distance from it may overflow. */
	if (!isfinite(*mean) || !isfinite(column->maximum - *mean) ||
		!isfinite(*mean - column->minimum))
		*mean = column->minimum / 2 + column->maximum / 2;
	/* The sum of (x - mean)^2; nothing but the last digits cancels. */
	variance = fma(-*mean, sum, square) + square_rest - *mean * sum_rest;
	variance += *mean * fma(*mean, weight, -sum);
	variance /= weight;
	if (column->minimum < column->maximum && variance > 0 &&
		isfinite(variance))
		*deviation = sqrt(variance);
}
