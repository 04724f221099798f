/*
 * drift.c
 *		How far new rows have moved from those that a model was trained on.
 */
#include "core/columns/drift.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"

/* Rounds in which shares of tenths settle. */
#define LEVELLED 100

/* A standard normal number is above this once in 100 times. */
#define NORMAL_99 2.326347874040841

/* ---- Counting ---- */

size_t
drift_level_count(const DriftColumn *counts)
{
	return counts->piece == NULL ? 0 : (size_t) counts->piece->level_count + 1;
}

/* The pieces whose levels, or elements, are counted. */
static Status
take_pieces(Drift *drift, const TermMoments *moments, const Runtime *runtime,
			Failure *failure)
{
	Status status = LL_OK;

	for (uint32_t p = 0; p < drift->columns->piece_count && status == LL_OK;
		 p++)
	{
		const Piece *piece = &drift->columns->pieces[p];
		DriftColumn *counts = &drift->counts[piece->column];

		if (piece->kind == PIECE_LEVELS || piece->kind == PIECE_WORDS ||
			piece->kind == PIECE_SET)
			counts->piece = piece;
		else if (moments != NULL &&
				 (piece->kind == PIECE_BLOCK || piece->kind == PIECE_ENTRIES))
			status = drift_elements_init(&counts->elements, drift->columns,
										 piece, moments, runtime, failure);
	}
	return status;
}

static bool
is_number(const Column *column)
{
	return column->kind == COLUMN_NUMBER || column->kind == COLUMN_FLAG ||
		   column->kind == COLUMN_MOMENT;
}

/* Takes the memory of a column's counts. */
static bool
take_memory(DriftColumn *counts, const Column *column, const Runtime *runtime)
{
	size_t levels = drift_level_count(counts);

	if (is_number(column))
	{
		counts->sum = runtime_allocate_zero(runtime, 1, sizeof(ExactSum));
		return counts->sum != NULL;
	}
	if (levels == 0)
		return true;
	counts->levels = runtime_allocate_zero(runtime, levels, sizeof(uint64_t));
	counts->seen = runtime_allocate_zero(runtime, levels, sizeof(uint64_t));
	return counts->levels != NULL && counts->seen != NULL;
}

Status
drift_init(Drift *drift, const Columns *columns, const TermMoments *moments,
		   const Runtime *runtime, Failure *failure)
{
	Status status;

	memset(drift, 0, sizeof(*drift));
	drift->columns = columns;
	/* It only finds levels: rows are not encoded. */
	status =
		encoder_init(&drift->encoder, columns, ROWS_SPARSE, runtime, failure);
	if (status != LL_OK)
		return status;
	drift->counts = runtime_allocate_zero(runtime, columns->count + 1,
										  sizeof(DriftColumn));
	if (drift->counts == NULL)
		return fail_no_memory(failure);
	status = take_pieces(drift, moments, runtime, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < columns->count; i++)
		if (runtime_stops(runtime, i))
			return fail_cancelled(failure);
		else if (!take_memory(&drift->counts[i], &columns->columns[i],
							  runtime))
			return fail_no_memory(failure);
	return LL_OK;
}

/* How many deciles lie below a number, or, also, at it. */
static uint32_t
deciles_below(const Column *column, double number, bool at)
{
	uint32_t count = 0;

	while (count < COLUMN_DECILES && (at ? column->deciles[count] <= number
										 : column->deciles[count] < number))
		count++;
	return count;
}

static void
count_number(DriftColumn *counts, const Column *column, double number)
{
	uint32_t below = deciles_below(column, number, false);

	exact_sum_add(counts->sum, number);
	if (below < COLUMN_DECILES && column->deciles[below] == number)
		counts->atoms[below]++;
	else
		counts->bins[below]++;
}

/* The place of a word among a piece's levels. */
static uint32_t
word_level(const Piece *piece, const Column *column, const CellWord *word)
{
	uint32_t bucket;
	int64_t level;

	if (piece->hashed)
	{
		bucket = level_bucket(word->bytes, word->size, column->options.hash);
		level =
			piece_find_level(piece, (const char *) &bucket, sizeof(bucket));
	}
	else
		level = piece_find_level(piece, word->bytes, word->size);
	return level < 0 ? LEVEL_OTHER(piece) : (uint32_t) level;
}

/* Counts each level of a row's words once, and each word without one. */
static void
count_words(Drift *drift, DriftColumn *counts, const Column *column,
			const Cell *cell)
{
	for (uint32_t i = 0; i < cell->count; i++)
	{
		uint32_t level = word_level(counts->piece, column, &cell->words[i]);

		if (level < counts->piece->level_count &&
			counts->seen[level] == drift->rows)
			continue;
		counts->seen[level] = drift->rows;
		counts->levels[level]++;
	}
}

void
drift_add(Drift *drift, const Cell *cells)
{
	drift->rows++;
	for (uint32_t i = 0; i < drift->columns->count; i++)
	{
		const Column *column = &drift->columns->columns[i];
		DriftColumn *counts = &drift->counts[i];

		if (cells[i].null)
		{
			counts->nulls++;
			continue;
		}
		counts->rows++;
		if (counts->sum != NULL)
			count_number(counts, column, cells[i].number);
		else if (counts->elements != NULL)
			drift_elements_add(counts->elements, &cells[i],
							   column->kind == COLUMN_ENTRIES);
		else if (counts->piece == NULL)
			continue;
		else if (counts->piece->kind == PIECE_LEVELS)
			counts->levels[encoder_level(&drift->encoder, counts->piece,
										 cells)]++;
		else
			count_words(drift, counts, column, &cells[i]);
	}
}

void
drift_merge(Drift *into, const Drift *from)
{
	into->rows += from->rows;
	for (uint32_t i = 0; i < into->columns->count; i++)
	{
		DriftColumn *counts = &into->counts[i];
		const DriftColumn *more = &from->counts[i];
		size_t levels = drift_level_count(counts);

		counts->rows += more->rows;
		counts->nulls += more->nulls;
		for (int k = 0; k <= COLUMN_DECILES; k++)
			counts->bins[k] += more->bins[k];
		for (int k = 0; k < COLUMN_DECILES; k++)
			counts->atoms[k] += more->atoms[k];
		if (counts->sum != NULL)
			exact_sum_merge(counts->sum, more->sum);
		for (size_t k = 0; counts->levels != NULL && k < levels; k++)
			counts->levels[k] += more->levels[k];
		if (counts->elements != NULL)
			drift_elements_merge(counts->elements, more->elements);
	}
}

/* ---- The index ---- */

/* An index in the making: outcomes come one by one. */
typedef struct Index
{
	double now; /* rows, and the half ones added to each outcome */
	double then;
	double sum;
	uint32_t outcomes;
} Index;

static void
index_put(Index *index, double now, double then)
{
	double p = (now + 0.5) / index->now, q = (then + 0.5) / index->then;

	index->sum += (p - q) * portable_log(p / q);
	index->outcomes++;
}

/* Adds so many to the lowest of some tenths, so that those are level. */
static void
spread_evenly(double *tenths, int first, int last, double added)
{
	double sum = added, level;
	int low = last - first + 1;

	for (int i = first; i <= last; i++)
		sum += tenths[i];
	level = sum / low;
	/* Tenths above the level keep what they have; each try drops one at least. */
	for (bool again = true; again;)
	{
		int count = 0;
		double kept = added;

		for (int i = first; i <= last; i++)
			if (tenths[i] < level)
			{
				kept += tenths[i];
				count++;
			}
		again = count > 0 && count < low;
		if (again)
			level = kept / count;
		low = count;
	}
	for (int i = first; i <= last; i++)
		tenths[i] = fmax(tenths[i], level);
}

/*
 * The numbers in each tenth.  One that is a decile, or several, may have had any
 * share of the tenths beside and between them in training: it counts where tenths
 * then are as level as may be, so that the same rows have not moved.
 */
static void
fill_tenths(const DriftColumn *counts, const Column *column, double *tenths)
{
	double given[COLUMN_DECILES][COLUMN_DECILES + 1] = {{0.0}};

	for (int i = 0; i <= COLUMN_DECILES; i++)
		tenths[i] = (double) counts->bins[i];
	for (int round = 0; round < LEVELLED; round++)
		for (uint32_t first = 0; first < COLUMN_DECILES; first++)
		{
			int last =
				(int) deciles_below(column, column->deciles[first], true);
			double *own = given[first];

			if (counts->atoms[first] == 0)
				continue;
			for (int i = (int) first; i <= last; i++)
				own[i] = tenths[i] -= own[i];
			spread_evenly(tenths, (int) first, last,
						  (double) counts->atoms[first]);
			for (int i = (int) first; i <= last; i++)
				own[i] = tenths[i] - own[i];
		}
}

/* Flags, and whole numbers of which there are two: their mean is a share. */
static bool
is_two_valued(const Column *column)
{
	return column->kind == COLUMN_FLAG ||
		   (column->whole && column->maximum - column->minimum == 1.0);
}

/* The two outcomes of such a column. */
static void
put_two_values(Index *index, const DriftColumn *counts, const Column *column)
{
	double low = column->kind == COLUMN_FLAG ? 0.0 : column->minimum;
	double rows = (double) column->rows, share = column->mean - low;
	uint64_t high = counts->bins[COLUMN_DECILES];

	for (uint32_t i = 0; i < COLUMN_DECILES; i++)
		if (column->deciles[i] > low)
			high += counts->atoms[i];
	index_put(index, (double) high, share * rows);
	index_put(index, (double) (counts->rows - high), (1.0 - share) * rows);
}

/* The outcomes of a number that are no NULL. */
static void
put_numbers(Index *index, const DriftColumn *counts, const Column *column)
{
	double tenths[COLUMN_DECILES + 1];

	if (is_two_valued(column))
	{
		put_two_values(index, counts, column);
		return;
	}
	fill_tenths(counts, column, tenths);
	for (int i = 0; i <= COLUMN_DECILES; i++)
		index_put(index, tenths[i],
				  (double) column->rows / (COLUMN_DECILES + 1));
}

/* Rows now and in training that have a level, word or element, or (other). */
static void
count_entries(const DriftColumn *counts, double *now, double *then)
{
	const Piece *piece = counts->piece;

	*now = (double) counts->levels[piece->level_count];
	*then = (double) piece->other_rows;
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		*now += (double) counts->levels[i];
		*then += (double) piece->levels[i].rows;
	}
}

static void
put_levels(Index *index, const DriftColumn *counts)
{
	const Piece *piece = counts->piece;
	uint64_t other = counts->levels[piece->level_count];

	for (uint32_t i = 0; i < piece->level_count; i++)
		index_put(index, (double) counts->levels[i],
				  (double) piece->levels[i].rows);
	if (other > 0 || piece->other_rows > 0)
		index_put(index, (double) other, (double) piece->other_rows);
}

/* Whether there are outcomes to compare. */
static bool
is_comparable(const DriftColumn *counts, const Column *column)
{
	if (counts->sum != NULL)
		return column->rows > 0 && !isnan(column->deciles[0]);
	return counts->piece != NULL;
}

/* How many outcomes a column has, NULL aside. */
static uint32_t
count_outcomes(const DriftColumn *counts, const Column *column)
{
	const Piece *piece = counts->piece;

	if (counts->sum != NULL)
		return is_two_valued(column) ? 2 : COLUMN_DECILES + 1;
	return piece->level_count +
		   (counts->levels[piece->level_count] > 0 || piece->other_rows > 0);
}

/*
 * The index of a block or sparse row: that of the element that has moved furthest,
 * and of NULL and no NULL as two outcomes.
 */
static void
find_elements_index(const Drift *drift, uint32_t place, DriftFigures *figures)
{
	const Column *column = &drift->columns->columns[place];
	const DriftColumn *counts = &drift->counts[place];
	double rows = (double) counts->rows, then = (double) column->rows;
	Index index = {0};

	if (drift->rows == 0)
		return;
	figures->psi = figures->chance = 0.0;
	if (counts->rows > 0)
	{
		figures->psi = drift_elements_index(counts->elements, counts->rows);
		figures->chance = (1.0 / rows + 1.0 / then) *
						  drift_elements_chance(counts->elements->count);
	}
	if (counts->nulls == 0 && column->nulls == 0)
		return;
	index.now = (double) drift->rows + 1.0;
	index.then = then + (double) column->nulls + 1.0;
	index_put(&index, (double) counts->nulls, (double) column->nulls);
	index_put(&index, rows, then);
	figures->psi += index.sum;
	figures->chance +=
		(1.0 / (double) drift->rows + 1.0 / (then + (double) column->nulls)) *
		(1.0 + NORMAL_99 * sqrt(2.0));
}

/* The index of a column, what chance makes of it, and what it says. */
static void
find_index(const Drift *drift, uint32_t place, DriftFigures *figures)
{
	const Column *column = &drift->columns->columns[place];
	const DriftColumn *counts = &drift->counts[place];
	/* NULL is none of the outcomes of words: a row has several of them. */
	bool words = counts->piece != NULL && counts->piece->kind != PIECE_LEVELS;
	bool nulls = !words && (counts->nulls > 0 || column->nulls > 0);
	uint32_t outcomes;
	Index index = {0};
	double now = (double) drift->rows;
	double then = (double) (column->rows + column->nulls);

	if (drift->rows == 0 || !is_comparable(counts, column))
		return;
	if (words)
		count_entries(counts, &now, &then);
	outcomes = count_outcomes(counts, column) + nulls;
	if (now == 0.0 || then == 0.0 || outcomes < 2)
		return;
	index.now = now + 0.5 * outcomes;
	index.then = then + 0.5 * outcomes;
	if (counts->sum != NULL)
		put_numbers(&index, counts, column);
	else
		put_levels(&index, counts);
	if (nulls)
		index_put(&index, (double) counts->nulls, (double) column->nulls);
	figures->psi = index.sum;
	/* Chi-squared of many degrees is nearly normal. */
	figures->chance = (1.0 / now + 1.0 / then) *
					  (outcomes - 1 + NORMAL_99 * sqrt(2.0 * (outcomes - 1)));
}

static DriftVerdict
verdict_of(const DriftFigures *figures)
{
	if (isnan(figures->psi))
		return DRIFT_NONE;
	if (figures->psi < DRIFT_MODERATE)
		return DRIFT_IS_STABLE;
	if (figures->psi <= figures->chance)
		return DRIFT_FEW_ROWS;
	return figures->psi > DRIFT_LARGE ? DRIFT_IS_LARGE : DRIFT_IS_MODERATE;
}

/* A share; NaN of nothing. */
static double
share(double part, double all)
{
	return all > 0.0 ? part / all : NAN;
}

void
drift_figures(const Drift *drift, uint32_t place, DriftFigures *figures)
{
	const Column *column = &drift->columns->columns[place];
	const DriftColumn *counts = &drift->counts[place];

	*figures =
		(DriftFigures){NAN, NAN, DRIFT_NONE, NAN, NAN, NAN, NAN, NAN, NAN};
	if (counts->elements != NULL)
		find_elements_index(drift, place, figures);
	else
		find_index(drift, place, figures);
	figures->verdict = verdict_of(figures);
	figures->nulls_then =
		share((double) column->nulls,
			  (double) column->nulls + (double) column->rows);
	figures->nulls_now = share((double) counts->nulls, (double) drift->rows);
	if (counts->piece != NULL)
	{
		double now, then;

		count_entries(counts, &now, &then);
		figures->other_then = share((double) counts->piece->other_rows, then);
		figures->other_now =
			share((double) counts->levels[counts->piece->level_count], now);
	}
	if (counts->sum == NULL)
		return;
	if (column->rows > 0)
		figures->mean_then = column->mean;
	if (counts->rows > 0)
		figures->mean_now =
			exact_sum_value(counts->sum, NULL) / (double) counts->rows;
}
