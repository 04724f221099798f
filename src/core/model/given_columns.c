/*
 * given_columns.c
 *		Columns of a table that somebody describes, rather than a training.
 */
#include "core/model/given_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/columns/columns_check.h"

const char *const given_kinds[GIVEN_KINDS + 1] = {
	"number", "flag", "category", "offset", "exposure", NULL};

/* A described column, and where its weights begin. */
typedef struct PlacedColumn
{
	const GivenColumn *given;
	uint32_t first;
} PlacedColumn;

/* What a column's kind is in a model. */
static const struct
{
	ColumnKind kind;
	PieceKind piece;
	const char *type;
} forms[GIVEN_KINDS] = {
	[GIVEN_NUMBER] = {COLUMN_NUMBER, PIECE_NUMBER, "double precision"},
	[GIVEN_FLAG] = {COLUMN_FLAG, PIECE_NUMBER, "boolean"},
	[GIVEN_CATEGORY] = {COLUMN_CATEGORY, PIECE_LEVELS, "text"}};

static bool
has_role(const GivenColumn *column)
{
	return column->kind == GIVEN_OFFSET || column->kind == GIVEN_EXPOSURE;
}

static bool
is_reference(const GivenColumn *column, const char *level)
{
	return column->reference != NULL && level != NULL &&
		   strcmp(level, column->reference) == 0;
}

static uint32_t
terms_of(const GivenColumn *column)
{
	uint32_t terms = 0;

	if (has_role(column))
		return 0;
	if (column->kind != GIVEN_CATEGORY)
		return 1;
	for (uint32_t i = 0; i < column->level_count; i++)
		terms += !is_reference(column, column->levels[i]);
	return terms;
}

static Status
check_column(const GivenColumn *column, Failure *failure)
{
	size_t size = strlen(column->name);

	if (size == 0 || size >= COLUMN_NAME_SIZE)
		return fail(failure, LL_INVALID,
					"a column's name has %zu bytes, not 1 to %d", size,
					COLUMN_NAME_SIZE - 1);
	if (isinf(column->mean) || isinf(column->deviation) ||
		column->deviation < 0.0)
		return fail(failure, LL_INVALID,
					"column \"%s\" has a mean or deviation that is none",
					column->name);
	if (column->kind != GIVEN_CATEGORY &&
		(column->level_count > 0 || column->reference != NULL))
		return fail(failure, LL_INVALID,
					"column \"%s\" is of kind %s, which has no levels",
					column->name, given_kinds[column->kind]);
	if (column->kind != GIVEN_NUMBER && column->log)
		return fail(failure, LL_INVALID,
					"column \"%s\" is of kind %s, which has no log",
					column->name, given_kinds[column->kind]);
	if (column->kind == GIVEN_CATEGORY && column->level_count == 0)
		return fail(failure, LL_INVALID, "column \"%s\" has no levels",
					column->name);
	return LL_OK;
}

static int
compare_placed(const void *a, const void *b)
{
	return strcmp(((const PlacedColumn *) a)->given->name,
				  ((const PlacedColumn *) b)->given->name);
}

/* Puts the described columns in the order of their names. */
static Status
place_columns(const Coefficients *given, PlacedColumn *placed,
			  Failure *failure)
{
	uint64_t terms = 0;

	for (uint32_t i = 0; i < given->column_count; i++)
	{
		Status status = check_column(&given->columns[i], failure);

		if (status != LL_OK)
			return status;
		placed[i] = (PlacedColumn){&given->columns[i], (uint32_t) terms};
		terms += terms_of(&given->columns[i]);
	}
	if (terms != given->dimension)
	{
		fail(failure, LL_INVALID, "columns make %llu terms, not %u",
			 (unsigned long long) terms, given->dimension);
		fail_detail(failure,
					"There are weights for %u. A number or flag has "
					"one, a category one for each level but its "
					"reference.",
					given->dimension);
		return LL_INVALID;
	}
	qsort(placed, given->column_count, sizeof(PlacedColumn), compare_placed);
	for (uint32_t i = 1; i < given->column_count; i++)
		if (compare_placed(&placed[i - 1], &placed[i]) == 0)
			return fail(failure, LL_INVALID, "column \"%s\" is there twice",
						placed[i].given->name);
	return LL_OK;
}

static int
compare_levels(const void *a, const void *b)
{
	return level_compare(a, b);
}

/* Makes the levels of a category: terms in the order of the weights. */
static Status
make_levels(Piece *piece, const GivenColumn *given, const Runtime *runtime,
			Failure *failure)
{
	bool found = given->reference == NULL;
	int32_t term = 0;

	piece->levels =
		runtime_allocate_zero(runtime, given->level_count + 1, sizeof(Level));
	if (piece->levels == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < given->level_count; i++)
	{
		const char *text = given->levels[i];
		Level *level = &piece->levels[piece->level_count];

		if (text == NULL && piece->null_term >= 0)
			return fail(failure, LL_INVALID,
						"column \"%s\" has the level null twice", given->name);
		if (text == NULL)
		{
			piece->null_term = term++;
			continue;
		}
		if (strlen(text) > LEVEL_MOST_BYTES)
			return fail(failure, LL_INVALID,
						"column \"%s\" has a level of more than %d bytes",
						given->name, LEVEL_MOST_BYTES);
		found |= is_reference(given, text);
		*level = (Level){.bytes = text,
						 .size = (uint32_t) strlen(text),
						 .term = is_reference(given, text) ? -1 : term++};
		piece->level_count++;
	}
	qsort(piece->levels, piece->level_count, sizeof(Level), compare_levels);
	for (uint32_t i = 1; i < piece->level_count; i++)
		if (compare_levels(&piece->levels[i - 1], &piece->levels[i]) == 0)
			return fail(failure, LL_INVALID,
						"column \"%s\" has the level \"%s\" twice",
						given->name, piece->levels[i].bytes);
	if (!found)
		return fail(failure, LL_INVALID,
					"column \"%s\" has no level \"%s\", its reference",
					given->name, given->reference);
	return LL_OK;
}

/* Makes a column that has terms, its piece, and the places of its weights. */
static Status
make_column(Columns *columns, const PlacedColumn *placed, uint32_t *places,
			const Runtime *runtime, Failure *failure)
{
	const GivenColumn *given = placed->given;
	Column *column = &columns->columns[columns->count];
	Piece *piece = &columns->pieces[columns->piece_count];
	double mean = isnan(given->mean) ? 0.0 : given->mean;

	*column = (Column){.name = given->name,
					   .type = forms[given->kind].type,
					   .kind = forms[given->kind].kind,
					   .options = {.log = given->log},
					   .mean = given->kind == GIVEN_CATEGORY ? NAN : mean,
					   .deviation = given->deviation,
					   .minimum = NAN,
					   .maximum = NAN};
	for (int i = 0; i < COLUMN_DECILES; i++)
		column->deciles[i] = NAN;
	*piece = (Piece){.kind = forms[given->kind].piece,
					 .column = columns->count,
					 .first = columns->width,
					 .terms = terms_of(given),
					 .other_term = -1,
					 .null_term = -1};
	for (uint32_t i = 0; i < piece->terms; i++)
		places[placed->first + i] = piece->first + i;
	/* What is subtracted is what NULL counts as. */
	if (given->kind == GIVEN_NUMBER)
		columns->center[piece->first] = mean;
	columns->count++;
	columns->piece_count++;
	columns->width += piece->terms;
	return given->kind == GIVEN_CATEGORY
			   ? make_levels(piece, given, runtime, failure)
			   : LL_OK;
}

/* Takes the column of a role, of which there is one at most. */
static Status
take_role(Columns *columns, const GivenColumn *given, Failure *failure)
{
	const char **role =
		given->kind == GIVEN_OFFSET ? &columns->offset : &columns->exposure;

	if (*role != NULL)
		return fail(failure, LL_INVALID,
					"columns \"%s\" and \"%s\" are both of kind %s", *role,
					given->name, given_kinds[given->kind]);
	*role = given->name;
	return LL_OK;
}

/* Has what was made checked as a model's bytes are. */
static Status
finish(Columns *columns, const Runtime *runtime, Failure *failure)
{
	const char *why;
	Status status = columns_check(columns, runtime, &why);

	if (status == LL_CANCELLED)
		return fail_cancelled(failure);
	if (status == LL_NO_MEMORY)
		return fail_no_memory(failure);
	if (status != LL_OK)
	{
		fail(failure, LL_INVALID, "columns do not fit together");
		fail_detail(failure, "%s", why);
		return LL_INVALID;
	}
	return columns_index(columns, runtime, failure);
}

Status
given_columns_make(const Coefficients *given, const Runtime *runtime,
				   Columns **made, uint32_t **places, Failure *failure)
{
	size_t count = given->column_count;
	Columns *columns = runtime_allocate_zero(runtime, 1, sizeof(Columns));
	PlacedColumn *placed =
		runtime_allocate_zero(runtime, count, sizeof(PlacedColumn));
	Status status;

	*places =
		runtime_allocate_zero(runtime, given->dimension, sizeof(uint32_t));
	if (columns == NULL || placed == NULL || *places == NULL)
		return fail_no_memory(failure);
	columns->columns = runtime_allocate_zero(runtime, count, sizeof(Column));
	columns->pieces = runtime_allocate_zero(runtime, count, sizeof(Piece));
	columns->center =
		runtime_allocate_zero(runtime, given->dimension, sizeof(double));
	if (columns->columns == NULL || columns->pieces == NULL ||
		columns->center == NULL)
		return fail_no_memory(failure);
	status = place_columns(given, placed, failure);
	for (size_t i = 0; i < count && status == LL_OK; i++)
		status =
			has_role(placed[i].given)
				? take_role(columns, placed[i].given, failure)
				: make_column(columns, &placed[i], *places, runtime, failure);
	*made = columns;
	return status == LL_OK ? finish(columns, runtime, failure) : status;
}
