/*
 * plan.c
 *		Which terms columns give.
 */
#include "core/columns/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/columns/plan_cross.h"
#include "core/columns/plan_levels.h"
#include "core/columns/plan_number.h"
#include "core/columns/refused.h"

/* Pieces that one column may give: of a moment, with NULL. */
#define MOST_PIECES 5

/* Terms up to which rows are dense at any rate, ... */
#define DENSE_TERMS 64
/* ... and numbers up to which they are if they are no wider than this ... */
#define DENSE_NUMBERS (UINT64_C(1) << 22)
#define DENSE_WIDEST 2048
/* ... or if such a part of them is not 0. */
#define DENSE_PART (1.0 / 3)

/* A plan in the making. */
typedef struct Planning
{
	Plan *plan;
	const PlanRequest *request;
	const Survey *survey;
	CellStore *store;
	const Runtime *runtime;
	double entries; /* that encoded rows have, all in all */
} Planning;

/* ---- Pieces ---- */

/* Adds a piece of a column; one without terms goes with the next. */
static Piece *
next_piece(Planning *planning, PieceKind kind, uint32_t column)
{
	Columns *columns = &planning->plan->columns;
	Piece *piece = &columns->pieces[columns->piece_count];

	memset(piece, 0, sizeof(*piece));
	piece->kind = kind;
	piece->column = column;
	piece->other_term = piece->null_term = -1;
	return piece;
}

/* Keeps the piece that was added, if it has terms. */
static void
keep_piece(Planning *planning, double entries)
{
	Columns *columns = &planning->plan->columns;
	Piece *piece = &columns->pieces[columns->piece_count];

	if (piece->terms == 0)
		return;
	piece->first = columns->width;
	columns->width += piece->terms;
	columns->piece_count++;
	planning->entries += entries;
}

/* How a column's levels are chosen. */
static LevelRule
level_rule(const Planning *planning, const Column *column, uint32_t least,
		   uint32_t most)
{
	const ColumnOptions *options = &column->options;

	return (LevelRule){
		.min_rows = options->min_rows > 0 ? options->min_rows : least,
		.max_levels = options->max_levels > 0 ? options->max_levels : most,
		.reference =
			planning->request->reference || options->reference != NULL,
		.name = options->reference,
		.name_size = options->reference_size};
}

/* Levels of a dictionary that training rows have. */
static Status
level_candidates(const Planning *planning, uint32_t source, Level **levels,
				 size_t *count, Failure *failure)
{
	const Dictionary *dictionary = &planning->store->dictionaries[source];
	const ColumnSurvey *survey = &planning->survey->columns[source];
	const uint64_t *rows = survey->level_rows;
	uint64_t most = planning->store->kinds[source] == COLUMN_SET
						? planning->survey->rows
						: UINT64_MAX;

	*count = 0;
	*levels = runtime_allocate(planning->runtime,
							   (dictionary->count + 1) * sizeof(Level));
	if (*levels == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < dictionary->count; i++)
	{
		const DictionaryEntry *entry = &dictionary->entries[i];

		if (runtime_stops(planning->runtime, i))
			return fail_cancelled(failure);
		/* What all rows have tells none apart. */
		if (rows[i] > 0 && rows[i] < most)
			(*levels)[(*count)++] =
				(Level){entry->bytes, entry->size, entry->rank, rows[i], -1};
	}
	return LL_OK;
}

/* The same by buckets of a hash. */
static Status
bucket_candidates(const Planning *planning, const Column *column,
				  Level **levels, size_t *count, Failure *failure)
{
	uint32_t buckets = column->options.hash;
	Level *named = *levels;
	uint64_t *rows =
		runtime_allocate_zero(planning->runtime, buckets, sizeof(uint64_t));
	Status status = LL_OK;

	if (rows == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < *count; i++)
		rows[level_bucket(named[i].bytes, named[i].size, buckets)] +=
			named[i].rows;
	status = plan_numbered_levels(rows, buckets, levels, count,
								  planning->runtime, failure);
	runtime_release(planning->runtime, rows);
	runtime_release(planning->runtime, named);
	return status;
}

/* A category, words or a set. */
static Status
plan_dictionary(Planning *planning, uint32_t place, uint32_t source,
				PieceKind kind, Failure *failure)
{
	const Column *column = &planning->plan->columns.columns[place];
	const ColumnSurvey *survey = &planning->survey->columns[source];
	Piece *piece = next_piece(planning, kind, place);
	bool words = kind != PIECE_LEVELS;
	LevelRule rule =
		level_rule(planning, column,
				   kind == PIECE_WORDS ? WORD_LEAST_ROWS : LEVEL_LEAST_ROWS,
				   kind == PIECE_WORDS ? MOST_WORDS : MOST_LEVELS);
	Level *levels;
	size_t count;
	Status status =
		level_candidates(planning, source, &levels, &count, failure);

	piece->hashed = column->options.hash > 0;
	if (status == LL_OK && piece->hashed)
		status = bucket_candidates(planning, column, &levels, &count, failure);
	if (status != LL_OK)
		return status;
	piece->null_rows = words ? 0 : survey->nulls;
	status = (words ? plan_words : plan_levels)(piece, levels, count, &rule,
												planning->runtime, failure);
	runtime_release(planning->runtime, levels);
	if (status == LL_OK)
		keep_piece(planning, words ? (double) survey->entries
								   : (double) (survey->rows + survey->nulls));
	if (status == LL_INVALID)
		fail_detail(failure, "This is column \"%s\".", column->name);
	return status;
}

/* A term that says that a column is NULL. */
static void
plan_is_null(Planning *planning, uint32_t place)
{
	const Column *column = &planning->plan->columns.columns[place];

	if (column->nulls == 0 || column->rows == 0)
		return;
	next_piece(planning, PIECE_IS_NULL, place)->terms = 1;
	keep_piece(planning, (double) column->nulls);
}

/* Parts of a moment, one piece each. */
static Status
plan_parts(Planning *planning, uint32_t place, const ColumnSurvey *survey,
		   unsigned parts, Failure *failure)
{
	static const struct
	{
		MomentPart part;
		PieceKind kind;
	} known[SURVEY_PARTS] = {{MOMENT_MONTH, PIECE_MONTH},
							 {MOMENT_WEEKDAY, PIECE_WEEKDAY},
							 {MOMENT_HOUR, PIECE_HOUR}};
	const Column *column = &planning->plan->columns.columns[place];
	LevelRule rule =
		level_rule(planning, column, LEVEL_LEAST_ROWS, MOST_LEVELS);

	for (int i = 0; i < SURVEY_PARTS; i++)
	{
		Piece *piece;
		Level *levels;
		size_t count;
		Status status;

		if ((parts & known[i].part) == 0)
			continue;
		status = plan_numbered_levels(survey->parts[i], PART_PLACES, &levels,
									  &count, planning->runtime, failure);
		if (status != LL_OK)
			return status;
		piece = next_piece(planning, known[i].kind, place);
		status = plan_levels(piece, levels, count, &rule, planning->runtime,
							 failure);
		if (status != LL_OK)
			return status;
		keep_piece(planning, (double) survey->rows);
	}
	return LL_OK;
}

/* The terms of a column of numbers. */
static Status
plan_numbers(Planning *planning, uint32_t place, const ColumnSurvey *survey,
			 Failure *failure)
{
	const Column *column = &planning->plan->columns.columns[place];
	unsigned parts = column->options.parts;
	Status status = LL_OK;

	if (column->kind == COLUMN_MOMENT && parts == 0)
		parts = MOMENT_DAYS | MOMENT_MONTH | MOMENT_WEEKDAY |
				(column->hours ? MOMENT_HOUR : 0);
	if (column->kind != COLUMN_MOMENT || (parts & MOMENT_DAYS) != 0)
	{
		Piece *piece = next_piece(planning, PIECE_NUMBER, place);
		LevelRule rule =
			level_rule(planning, column, LEVEL_LEAST_ROWS, MOST_LEVELS);

		status = plan_number(piece, column, survey, &rule, planning->runtime,
							 failure);
		keep_piece(planning, (double) survey->rows * piece->terms);
		if (piece->kind == PIECE_BUCKETS && piece->terms > 0)
			return status; /* NULL is one of its outcomes */
	}
	plan_is_null(planning, place);
	return status == LL_OK && column->kind == COLUMN_MOMENT
			   ? plan_parts(planning, place, survey, parts, failure)
			   : status;
}

/* A block or a sparse row: a term an element. */
static void
plan_elements(Planning *planning, uint32_t place, const ColumnSurvey *survey)
{
	const Column *column = &planning->plan->columns.columns[place];
	bool block = column->kind == COLUMN_BLOCK;

	next_piece(planning, block ? PIECE_BLOCK : PIECE_ENTRIES, place)->terms =
		survey->rows > 0 ? column->length : 0;
	keep_piece(planning, (double) survey->entries);
	plan_is_null(planning, place);
}

static Status
plan_column(Planning *planning, uint32_t place, Failure *failure)
{
	uint32_t source = planning->plan->source[place];
	const ColumnSurvey *survey = &planning->survey->columns[source];
	const Column *column = &planning->plan->columns.columns[place];
	Status status;

	switch (column->kind)
	{
		case COLUMN_NUMBER:
		case COLUMN_FLAG:
		case COLUMN_MOMENT:
			return plan_numbers(planning, place, survey, failure);
		case COLUMN_CATEGORY:
			return plan_dictionary(planning, place, source, PIECE_LEVELS,
								   failure);
		case COLUMN_WORDS:
		case COLUMN_SET:
			status = plan_dictionary(planning, place, source,
									 column->kind == COLUMN_WORDS ? PIECE_WORDS
																  : PIECE_SET,
									 failure);
			if (status == LL_OK)
				plan_is_null(planning, place);
			return status;
		default:
			plan_elements(planning, place, survey);
			return LL_OK;
	}
}

/* ---- Columns ---- */

/* Places of columns and their names, to sort by. */
typedef struct NamedPlace
{
	const char *name;
	uint32_t place;
} NamedPlace;

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const NamedPlace *) a)->name,
				  ((const NamedPlace *) b)->name);
}

/* What a column's numbers were in the training rows. */
static Status
describe_column(Column *column, const ColumnSurvey *survey,
				const Runtime *runtime, Failure *failure)
{
	column->rows = survey->rows;
	column->nulls = survey->nulls;
	for (int i = 0; i < 9; i++)
		column->deciles[i] = NAN;
	if (column->kind == COLUMN_ENTRIES && survey->length > column->length)
		column->length = survey->length;
	if (column->kind == COLUMN_BLOCK)
	{
		column->length = survey->length;
		column->means =
			runtime_allocate_zero(runtime, column->length + 1, sizeof(double));
		if (column->means == NULL)
			return fail_no_memory(failure);
		for (uint32_t i = 0; i < column->length; i++)
			column->means[i] =
				plan_element_mean(&survey->elements[i], survey->weight);
	}
	if (survey->numbers == NULL || survey->rows == 0)
		return LL_OK;
	survey_spread(survey, &column->mean, &column->deviation);
	column->minimum = survey->minimum;
	column->maximum = survey->maximum;
	for (int i = 0; i < 9 && survey->sample_count > 0; i++)
		column->deciles[i] = sample_quantile(
			survey->sample, survey->sample_count, (i + 1) / 10.0);
	return LL_OK;
}

/* Whether a column is crossed. */
static bool
is_crossed(const PlanRequest *request, uint32_t place)
{
	for (uint32_t i = 0; i < request->cross_count; i++)
		for (uint32_t k = 0; k < request->crosses[i].count; k++)
			if (request->crosses[i].columns[k] == place)
				return true;
	return false;
}

/*
 * Whether a column is a key of an object that no training row has: rows that were
 * left out had it, which are to leave no trace.
 */
static bool
is_absent(const Planning *planning, uint32_t place)
{
	return planning->survey->columns[place].rows == 0 &&
		   strcmp(planning->survey->given[place].type, COLUMN_KEY_TYPE) == 0 &&
		   !is_crossed(planning->request, place);
}

/* Puts the columns in the order of their names. */
static Status
sort_columns(Planning *planning, Failure *failure)
{
	Plan *plan = planning->plan;
	uint32_t count = 0;
	const Runtime *runtime = planning->runtime;
	uint32_t room = planning->store->count + 1;
	NamedPlace *names = runtime_allocate(runtime, room * sizeof(NamedPlace));

	plan->source = runtime_allocate(runtime, room * sizeof(uint32_t));
	plan->columns.columns = runtime_allocate(runtime, room * sizeof(Column));
	if (names == NULL || plan->source == NULL || plan->columns.columns == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < planning->store->count; i++)
		if (!is_absent(planning, i))
			names[count++] = (NamedPlace){planning->survey->given[i].name, i};
	qsort(names, count, sizeof(NamedPlace), compare_names);
	plan->columns.count = count;
	for (uint32_t i = 0; i < count; i++)
	{
		Status status;

		plan->source[i] = names[i].place;
		plan->columns.columns[i] = planning->survey->given[names[i].place];
		status = describe_column(&plan->columns.columns[i],
								 &planning->survey->columns[names[i].place],
								 runtime, failure);
		if (status != LL_OK)
			return status;
	}
	runtime_release(runtime, names);
	return LL_OK;
}

/* What is subtracted from each term. */
static Status
take_centers(Planning *planning, Failure *failure)
{
	Columns *columns = &planning->plan->columns;

	columns->center = runtime_allocate_zero(
		planning->runtime, columns->width + 1, sizeof(double));
	if (columns->center == NULL)
		return fail_no_memory(failure);
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		const Column *column = &columns->columns[piece->column];
		const ColumnSurvey *survey =
			&planning->survey->columns[planning->plan->source[piece->column]];

		if (piece->kind == PIECE_BLOCK)
			memcpy(columns->center + piece->first, column->means,
				   piece->terms * sizeof(double));
		else
			plan_number_centers(piece, column, survey,
								columns->center + piece->first);
	}
	return LL_OK;
}

/*
 * Words are scaled by their rows, each of which has length 1: features of dense rows
 * are scaled one by one.
 */
static bool
has_words(const Columns *columns)
{
	for (uint32_t p = 0; p < columns->piece_count; p++)
		if (columns->pieces[p].kind == PIECE_WORDS)
			return true;
	return false;
}

/* How encoded rows are kept. */
static RowFormat
choose_format(const Planning *planning)
{
	double rows = (double) planning->survey->rows;
	double width = planning->plan->columns.width;

	if (has_words(&planning->plan->columns))
		return ROWS_SPARSE;
	if (width <= DENSE_TERMS ||
		(width <= DENSE_WIDEST && rows * width <= (double) DENSE_NUMBERS) ||
		planning->entries >= DENSE_PART * rows * width)
		return ROWS_F64;
	return ROWS_SPARSE;
}

/* All pieces, in the order of their columns, then those of crosses. */
static Status
make_pieces(Planning *planning, const Rows *rows, Failure *failure)
{
	Plan *plan = planning->plan;
	const PlanRequest *request = planning->request;
	size_t room =
		(size_t) plan->columns.count * MOST_PIECES + request->cross_count + 1;
	Status status =
		refuse_columns(plan, planning->survey, planning->store, failure);

	if (status != LL_OK)
		return status;
	plan->columns.pieces =
		runtime_allocate_zero(planning->runtime, room, sizeof(Piece));
	if (plan->columns.pieces == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < plan->columns.count && status == LL_OK; i++)
		status = plan_column(planning, i, failure);
	if (status == LL_OK)
		status = take_centers(planning, failure);
	if (status == LL_OK)
		status = columns_index(&plan->columns, planning->runtime, failure);
	if (status != LL_OK || request->cross_count == 0)
		return status;
	for (uint32_t i = 0; i < request->cross_count && status == LL_OK; i++)
	{
		LevelRule rule = {.min_rows = LEVEL_LEAST_ROWS,
						  .max_levels = MOST_LEVELS};
		Piece *piece = next_piece(planning, PIECE_CROSS, 0);

		status = plan_cross(piece, plan, &request->crosses[i], &rule,
							planning->store, rows, planning->runtime, failure);
		if (status == LL_OK)
			keep_piece(planning, (double) planning->survey->rows);
	}
	/* once more, with the terms and levels of the crosses */
	if (status == LL_OK)
		status = take_centers(planning, failure);
	return status == LL_OK
			   ? columns_index(&plan->columns, planning->runtime, failure)
			   : status;
}

/* Says how the terms of sparse rows are scaled. */
static Status
find_scaling(Plan *plan, const Runtime *runtime, Failure *failure)
{
	const Columns *columns = &plan->columns;

	plan->scaling = runtime_allocate_zero(runtime, columns->width, 1);
	if (plan->scaling == NULL)
		return fail_no_memory(failure);
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		bool number = piece->kind == PIECE_NUMBER &&
					  columns->columns[piece->column].kind != COLUMN_FLAG;

		if (number || piece->kind == PIECE_SPLINE ||
			piece->kind == PIECE_BLOCK)
			memset(plan->scaling + piece->first, SCALE_BY_DEVIATION,
				   piece->terms);
		if (piece->kind == PIECE_WORDS)
			memset(plan->scaling + piece->first, SCALE_PLAIN, piece->terms);
	}
	return LL_OK;
}

Status
plan_columns(Plan *plan, const PlanRequest *request, const Survey *survey,
			 CellStore *store, const Rows *rows, Failure *failure)
{
	Planning planning = {plan, request, survey, store, &survey->runtime, 0.0};
	Status status;

	memset(plan, 0, sizeof(*plan));
	status = request->known != NULL
				 ? plan_known(plan, request->known, survey, store, failure)
				 : sort_columns(&planning, failure);
	if (status == LL_OK && request->known == NULL)
		status = make_pieces(&planning, rows, failure);
	if (status != LL_OK)
		return status;
	if (plan->columns.width == 0)
		return fail_no_term(plan, survey, store, failure);
	if (request->known == NULL)
		plan->format = choose_format(&planning);
	return find_scaling(plan, &survey->runtime, failure);
}
