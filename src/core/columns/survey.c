/*
 * survey.c
 *		What training rows hold in each column.
 */
#include "core/columns/survey.h"

#include <math.h>
#include <string.h>

#include "core/columns/leak.h"
#include "core/columns/survey_part.h"
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
/* Fewer rows are not worth a thread. */
#define THREADED_ROWS ((size_t) 1 << 14)

/* A survey under way. */
typedef struct Taking
{
	Survey *survey;
	CellStore *store;
	const Rows *rows;
	SurveyPart *parts;
	size_t part_count;
	LeakWatch leaks;
	uint64_t *words;	   /* of a row, for leaks */
	uint64_t sample_below; /* hashes of rows that are drawn */
	size_t room;		   /* for the numbers of each */
} Taking;

/* What is done with each row; false: no more rows are needed. */
typedef bool (*RowVisit)(Taking *taking, size_t i);

/* Visits rows in the order of arrival. */
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
		if (status == LL_OK && !visit(taking, i))
			break;
	}
	return status;
}

/* Looks for leaks, until no column is suspect. */
static bool
watch_row(Taking *taking, size_t i)
{
	RowView view = rows_view(taking->rows, i);

	if (taking->leaks.left == 0)
		return false;
	survey_words(taking->store, &view, taking->words);
	leak_watch_row(&taking->leaks, taking->rows->labels[i], taking->words,
				   taking->store->kinds);
	return true;
}

/* ---- Parts ---- */

/* Makes parts for threads. */
static Status
make_parts(Taking *taking, size_t count, Failure *failure)
{
	const Runtime *runtime = &taking->survey->runtime;
	Status status = LL_OK;

	taking->parts = runtime_allocate_zero(runtime, count, sizeof(SurveyPart));
	if (taking->parts == NULL)
		return fail_no_memory(failure);
	for (; taking->part_count < count && status == LL_OK; taking->part_count++)
	{
		SurveyPart *part = &taking->parts[taking->part_count];

		status =
			survey_part_init(part, taking->store, taking->survey->given,
							 taking->rows, taking->room, runtime, failure);
		part->sample_below = taking->sample_below;
	}
	return status;
}

/* Adds all rows, each run of them shared out to the parts. */
static Status
add_rows(Taking *taking, ThreadPool *pool, Failure *failure)
{
	const Rows *rows = taking->rows;
	size_t parts = taking->part_count, loaded;

	for (size_t at = 0; at < rows->count; at += loaded)
	{
		Status status = rows_load_run(rows, at, &loaded, failure);

		if (status != LL_OK)
			return status;
		for (size_t i = 0; i < parts; i++)
		{
			taking->parts[i].from = at + loaded * i / parts;
			taking->parts[i].to = at + loaded * (i + 1) / parts;
		}
		if (pool != NULL)
			threads_run(pool, survey_part_add, taking->parts, parts);
		else
			survey_part_add(taking->parts, 0);
		if (runtime_interrupted(&rows->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* Brings the parts together: the first one's columns are the survey's. */
static void
join_parts(Taking *taking)
{
	const Rows *rows = taking->rows;
	ColumnSurvey *columns = taking->parts[0].columns;

	for (size_t i = 1; i < taking->part_count; i++)
		survey_part_merge(&taking->parts[0], &taking->parts[i],
						  &taking->survey->runtime);
	for (uint32_t i = 0; i < taking->store->count; i++)
		if (rows->weights == NULL && columns[i].numbers != NULL)
			exact_sum_add(&columns[i].numbers->weight,
						  (double) columns[i].rows);
	taking->survey->columns = columns;
}

/* ---- Samples of numbers ---- */

/* Says which rows are drawn, and how much room their numbers need. */
static void
plan_samples(Taking *taking)
{
	uint64_t rows = taking->rows->count, wanted = SAMPLE_ROWS, numeric = 0;
	double part;

	for (uint32_t i = 0; i < taking->store->count; i++)
		numeric += survey_is_number(taking->store->kinds[i]);
	if (numeric > 0 && SAMPLE_NUMBERS / numeric < wanted)
		wanted = SAMPLE_NUMBERS / numeric;
	taking->sample_below = UINT64_MAX;
	taking->room = rows;
	if (rows <= wanted)
		return;
	part = (double) wanted / (double) rows;
	taking->sample_below = (uint64_t) (part * 0x1p63) * 2;
	/* Copies of rows are drawn together: there may be more. */
	taking->room = SAMPLE_ROOM * wanted;
}

/* Room for the numbers of all rows. */
static Status
make_samples(Taking *taking, Failure *failure)
{
	SurveyPart *part = &taking->parts[0];
	const Runtime *runtime = &taking->survey->runtime;

	part->room = taking->rows->count;
	for (uint32_t i = 0; i < taking->store->count; i++)
	{
		ColumnSurvey *column = &part->columns[i];

		if (column->numbers == NULL)
			continue;
		runtime_release(runtime, column->sample);
		column->sample_count = 0;
		column->sample =
			runtime_allocate(runtime, (part->room + 1) * sizeof(double));
		if (column->sample == NULL)
			return fail_no_memory(failure);
	}
	return LL_OK;
}

static bool
draw_row(Taking *taking, size_t i)
{
	RowView view = rows_view(taking->rows, i);

	survey_words(taking->store, &view, taking->words);
	survey_part_draw(&taking->parts[0], taking->words);
	return true;
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
		(taking->parts[0].overflow || too_few(taking)))
	{
		status = make_samples(taking, failure);
		if (status == LL_OK)
			status = visit_rows(taking, draw_row, failure);
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

/* Of an even series so many numbers a row may be missing, and one that is there. */
#define MOST_PLACES 2

/* A series: numbers that are some steps above the least. */
typedef struct Series
{
	uint64_t range;
	uint64_t places; /* most steps that may be in the range */
	uint64_t step;	 /* greatest that divides all numbers so far */
	uint8_t *seen;	 /* bits: which steps are there */
} Series;

/* Whether a column's numbers may be such a series, each there once. */
static bool
may_number(const Taking *taking, uint32_t place)
{
	const ColumnSurvey *column = &taking->survey->columns[place];
	double range = column->maximum - column->minimum;

	return taking->survey->given[place].whole &&
		   taking->store->kinds[place] == COLUMN_NUMBER &&
		   column->nulls == 0 && column->rows >= LEAK_LEAST_ROWS &&
		   range >= (double) (column->rows - 1) && range <= 0x1p53;
}

/* Takes a number in; false: there are too many steps in the range. */
static bool
take_step(Series *series, uint64_t number)
{
	while (number != 0)
	{
		uint64_t rest = series->step % number;

		series->step = number;
		number = rest;
	}
	return series->step == 0 || series->range / series->step < series->places;
}

/* Takes a number in; false: it has been there. */
static bool
take_place(Series *series, uint64_t number)
{
	uint64_t place = number / series->step;
	uint8_t bit = (uint8_t) (1u << (place % 8));
	bool new = (series->seen[place / 8] & bit) == 0;

	series->seen[place / 8] |= bit;
	return new;
}

/* Gives each row's number, less the least, to a function that all have to pass. */
static Status
pass_numbers(Taking *taking, uint32_t place, bool (*take)(Series *, uint64_t),
			 Series *series, bool *passed, Failure *failure)
{
	const Rows *rows = taking->rows;
	const ColumnSurvey *column = &taking->survey->columns[place];
	size_t loaded = 0, more;

	*passed = true;
	for (size_t i = 0; i < rows->count && *passed; i++)
	{
		RowView view;
		double number;
		uint64_t word;

		if (i == loaded)
		{
			Status status = rows_load_run(rows, i, &more, failure);

			if (status != LL_OK)
				return status;
			loaded += more;
		}
		if (runtime_stops_wide(&taking->survey->runtime, i,
							   taking->store->count))
			return fail_cancelled(failure);
		view = rows_view(rows, i);
		word = cell_record_word(&view, place);
		memcpy(&number, &word, sizeof(number));
		*passed = take(series, (uint64_t) (number - column->minimum));
	}
	return LL_OK;
}

/* Whether the rows hold most numbers of an even series, each once. */
static Status
look_for_series(Taking *taking, uint32_t place, Failure *failure)
{
	ColumnSurvey *column = &taking->survey->columns[place];
	const Runtime *runtime = &taking->survey->runtime;
	Series series = {.range = (uint64_t) (column->maximum - column->minimum),
					 .places = MOST_PLACES * column->rows};
	bool passed;
	Status status =
		pass_numbers(taking, place, take_step, &series, &passed, failure);

	if (status != LL_OK || !passed || series.step == 0)
		return status;
	series.seen = runtime_allocate_zero(runtime, series.places / 8 + 1, 1);
	if (series.seen == NULL)
		return fail_no_memory(failure);
	status = pass_numbers(taking, place, take_place, &series, &column->serial,
						  failure);
	runtime_release(runtime, series.seen);
	return status;
}

/* What is left to be found when all rows have been added. */
static Status
finish_columns(Taking *taking, Failure *failure)
{
	Survey *survey = taking->survey;
	Status status = LL_OK;

	for (uint32_t i = 0; i < taking->store->count && status == LL_OK; i++)
	{
		ColumnSurvey *column = &survey->columns[i];

		if (column->elements != NULL)
			column->weight =
				exact_sum_value(&column->elements[column->length], NULL);
		column->leaks = leak_found(&taking->leaks, i, survey->rows);
		if (may_number(taking, i))
			status = look_for_series(taking, i, failure);
	}
	return status;
}

Status
survey_take(Survey *survey, CellStore *store, const Column *given,
			const Rows *rows, ThreadPool *pool, const Runtime *runtime,
			Failure *failure)
{
	Taking taking = {.survey = survey, .store = store, .rows = rows};
	size_t parts = pool != NULL && rows->count >= THREADED_ROWS
					   ? (size_t) threads_count(pool)
					   : 1;
	Status status;

	memset(survey, 0, sizeof(*survey));
	survey->runtime = *runtime;
	survey->store = store;
	survey->given = given;
	survey->rows = rows->count;
	taking.words =
		runtime_allocate(runtime, (store->count + 1) * sizeof(uint64_t));
	if (taking.words == NULL)
		return fail_no_memory(failure);
	plan_samples(&taking);
	status = leak_watch_begin(&taking.leaks, store->count, runtime, failure);
	if (status == LL_OK)
		status = visit_rows(&taking, watch_row, failure);
	if (status == LL_OK)
		status = make_parts(&taking, parts, failure);
	if (status == LL_OK)
		status = add_rows(&taking, parts > 1 ? pool : NULL, failure);
	if (status != LL_OK)
		return status;
	join_parts(&taking);
	status = finish_samples(&taking, failure);
	return status == LL_OK ? finish_columns(&taking, failure) : status;
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
