/*
 * columns_check.c
 *		Whether what is said of columns fits together.
 */
#include "core/columns/columns_check.h"

#include <math.h>
#include <string.h>

#include "core/base/utf8.h"

#define KIND(kind) (1u << (kind))
#define ANY_KIND (KIND(COLUMN_KINDS) - 1)
#define NUMBERS (KIND(COLUMN_NUMBER) | KIND(COLUMN_FLAG) | KIND(COLUMN_MOMENT))

/* A cubic spline that is linear at both ends needs so many knots. */
#define LEAST_KNOTS 3

/* How many terms a piece has. */
typedef enum TermCount
{
	TERMS_ONE,
	TERMS_OF_LEVELS, /* and of (other) and NULL */
	TERMS_OF_KNOTS,
	TERMS_OF_LENGTH /* the column's */
} TermCount;

/* What a level's bytes are. */
typedef enum LevelKey
{
	KEY_NONE,	/* there are no levels */
	KEY_TEXT,	/* or, if its column has a hash, a bucket of it */
	KEY_NUMBER, /* in a range */
	KEY_CODES	/* one a member */
} LevelKey;

/* What a piece of a kind must be. */
typedef struct PieceRule
{
	unsigned columns; /* kinds of them, as bits */
	TermCount terms;
	LevelKey key;
	uint32_t least, most; /* KEY_NUMBER; most 0: as many as there are cuts */
} PieceRule;

static const PieceRule piece_rules[PIECE_KINDS] = {
	[PIECE_NUMBER] = {NUMBERS, TERMS_ONE, KEY_NONE, 0, 0},
	[PIECE_IS_NULL] = {ANY_KIND, TERMS_ONE, KEY_NONE, 0, 0},
	[PIECE_LEVELS] = {KIND(COLUMN_CATEGORY), TERMS_OF_LEVELS, KEY_TEXT, 0, 0},
	[PIECE_MONTH] = {KIND(COLUMN_MOMENT), TERMS_OF_LEVELS, KEY_NUMBER, 1, 12},
	[PIECE_WEEKDAY] = {KIND(COLUMN_MOMENT), TERMS_OF_LEVELS, KEY_NUMBER, 1, 7},
	[PIECE_HOUR] = {KIND(COLUMN_MOMENT), TERMS_OF_LEVELS, KEY_NUMBER, 0, 23},
	[PIECE_BUCKETS] = {NUMBERS, TERMS_OF_LEVELS, KEY_NUMBER, 0, 0},
	[PIECE_CROSS] = {ANY_KIND, TERMS_OF_LEVELS, KEY_CODES, 0, 0},
	[PIECE_SPLINE] = {NUMBERS, TERMS_OF_KNOTS, KEY_NONE, 0, 0},
	[PIECE_WORDS] = {KIND(COLUMN_WORDS), TERMS_OF_LEVELS, KEY_TEXT, 0, 0},
	[PIECE_SET] = {KIND(COLUMN_SET), TERMS_OF_LEVELS, KEY_TEXT, 0, 0},
	[PIECE_BLOCK] = {KIND(COLUMN_BLOCK), TERMS_OF_LENGTH, KEY_NONE, 0, 0},
	[PIECE_ENTRIES] = {KIND(COLUMN_ENTRIES), TERMS_OF_LENGTH, KEY_NONE, 0, 0}};

/* Columns under check. */
typedef struct Check
{
	const Columns *columns;
	const Runtime *runtime;
	bool *taken; /* [terms] of the piece at work */
	size_t work; /* since the host was asked whether to stop */
	bool stopped;
} Check;

/* Whether the host wants to stop, asked after so much work. */
static bool
stops(Check *check, size_t work)
{
	check->work += work;
	if (check->work >= RUNTIME_STEPS)
	{
		check->work = 0;
		check->stopped |= runtime_interrupted(check->runtime);
	}
	return check->stopped;
}

/* The order of columns' names, which is that of columns_find(). */
static bool
name_is_after(const char *name, const char *before)
{
	return strcmp(name, before) > 0;
}

/* Whether numbers are finite, and each above the one before. */
static bool
numbers_ascend(Check *check, const double *numbers, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!isfinite(numbers[i]) || (i > 0 && numbers[i] <= numbers[i - 1]) ||
			stops(check, 1))
			return false;
	return true;
}

static const char *
check_column(Check *check, const Column *column)
{
	size_t size = strlen(column->name);

	if (size == 0 || size >= COLUMN_NAME_SIZE)
		return "A column has a name of no length that names have.";
	if (!utf8_is_valid(column->name, size) ||
		!utf8_is_valid(column->type, strlen(column->type)))
		return "A column's name or type is not UTF-8.";
	if (column->kind >= COLUMN_KINDS)
		return "A column is of no known kind.";
	if (column->options.parts >= 2 * MOMENT_HOUR)
		return "A column has unknown parts of a moment.";
	if (isinf(column->mean) || column->deviation < 0.0 ||
		column->maximum < column->minimum)
		return "A column's mean, deviation or range is none.";
	for (int i = 1; i < COLUMN_DECILES; i++)
		if (column->deciles[i] < column->deciles[i - 1])
			return "A column's deciles are not in their order.";
	for (uint32_t i = 0; column->means != NULL && i < column->length; i++)
		if (!isfinite(column->means[i]) || stops(check, 1))
			return "A mean of a column's elements is not finite.";
	return NULL;
}

/* Whether a number of 4 bytes is in a range. */
static bool
key_is_in_range(const Level *level, uint32_t least, uint32_t most)
{
	return level->size == sizeof(uint32_t) &&
		   level_number(level->bytes) >= least &&
		   level_number(level->bytes) <= most;
}

/* Whether each code of a cross is one of its member's. */
static bool
codes_are_in_range(Check *check, const Piece *piece, const Level *level)
{
	if (level->size != piece->member_count * sizeof(uint32_t))
		return false;
	for (uint32_t i = 0; i < piece->member_count; i++)
	{
		const Piece *member = &check->columns->pieces[piece->members[i]];
		uint32_t code = level_number(level->bytes + i * sizeof(code));

		if (code > member->level_count + 1)
			return false;
	}
	return true;
}

static bool
key_fits(Check *check, const Piece *piece, const Level *level)
{
	const PieceRule *rule = &piece_rules[piece->kind];
	uint32_t hash = check->columns->columns[piece->column].options.hash;

	switch (rule->key)
	{
		case KEY_NONE:
			return false;
		case KEY_TEXT:
			return hash > 0 ? key_is_in_range(level, 0, hash - 1)
							: utf8_is_valid(level->bytes, level->size);
		case KEY_NUMBER:
			return key_is_in_range(level, rule->least,
								   rule->most > 0 ? rule->most
												  : piece->cut_count);
		case KEY_CODES:
			return codes_are_in_range(check, piece, level);
	}
	return false;
}

static const char *
check_levels(Check *check, const Piece *piece)
{
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (level->size > LEVEL_MOST_BYTES || !isfinite(level->rank))
			return "A level is too long, or of no rank.";
		if (i > 0 && level_compare(level - 1, level) >= 0)
			return "Levels are not in their order.";
		if (!key_fits(check, piece, level))
			return "A level is none of its kind.";
		if (stops(check, level->size + 1))
			break;
	}
	return NULL;
}

/* Takes a term of a piece; false if it has no such term or it is taken. */
static bool
take_term(Check *check, const Piece *piece, int32_t term, uint32_t *taken)
{
	if (term == -1)
		return true;
	if (term < 0 || (uint32_t) term >= piece->terms || check->taken[term])
		return false;
	check->taken[term] = true;
	(*taken)++;
	return true;
}

/* Whether each term belongs to one level, to (other) or to NULL. */
static bool
terms_fit_levels(Check *check, const Piece *piece)
{
	uint32_t taken = 0;

	memset(check->taken, 0, piece->terms * sizeof(bool));
	for (uint32_t i = 0; i < piece->level_count; i++)
		if (!take_term(check, piece, piece->levels[i].term, &taken) ||
			stops(check, 1))
			return false;
	return take_term(check, piece, piece->other_term, &taken) &&
		   take_term(check, piece, piece->null_term, &taken) &&
		   taken == piece->terms;
}

static bool
terms_fit(Check *check, const Piece *piece)
{
	TermCount terms = piece_rules[piece->kind].terms;

	if (terms == TERMS_OF_LEVELS)
		return terms_fit_levels(check, piece);
	if (piece->other_term != -1 || piece->null_term != -1)
		return false;
	if (terms == TERMS_ONE)
		return piece->terms == 1;
	if (terms == TERMS_OF_KNOTS)
		return piece->cut_count >= LEAST_KNOTS &&
			   piece->terms == piece->cut_count - 1;
	return piece->terms == check->columns->columns[piece->column].length;
}

/* Whether a cross is of earlier pieces of which a row has one level each. */
static bool
members_fit(Check *check, const Piece *piece, uint32_t place)
{
	bool cross = piece->kind == PIECE_CROSS;

	if (cross ? piece->member_count < 2 || piece->member_count > CROSS_MOST
			  : piece->member_count > 0)
		return false;
	for (uint32_t i = 0; i < piece->member_count; i++)
	{
		PieceKind kind;

		if (piece->members[i] >= place || stops(check, 1))
			return false;
		kind = check->columns->pieces[piece->members[i]].kind;
		if (piece_rules[kind].terms != TERMS_OF_LEVELS ||
			kind == PIECE_CROSS || kind == PIECE_WORDS || kind == PIECE_SET)
			return false;
	}
	return true;
}

static const char *
check_piece(Check *check, const Piece *piece, uint32_t place)
{
	const Columns *columns = check->columns;
	const Column *column;
	bool cuts = piece->kind == PIECE_BUCKETS || piece->kind == PIECE_SPLINE;
	const char *why;

	if (piece->kind >= PIECE_KINDS || piece->column >= columns->count)
		return "A piece is of no known kind or column.";
	column = &columns->columns[piece->column];
	if (!(piece_rules[piece->kind].columns & KIND(column->kind)))
		return "A piece is of a column of another kind.";
	if ((KIND(column->kind) & NUMBERS) && piece->kind != PIECE_IS_NULL &&
		!isfinite(column->mean))
		return "A column of numbers has no mean.";
	if (piece->kind == PIECE_BLOCK && column->means == NULL)
		return "A column of arrays has no means.";
	if ((!cuts && piece->cut_count > 0) ||
		!numbers_ascend(check, piece->cuts, piece->cut_count))
		return "Cuts are not in their order.";
	if (!members_fit(check, piece, place))
		return "A cross has members that cannot be crossed.";
	why = check_levels(check, piece);
	if (why != NULL)
		return why;
	return terms_fit(check, piece) ? NULL : "A piece has terms of nothing.";
}

/* Whether pieces stand in the order of their terms, without gaps. */
static bool
pieces_are_in_order(Check *check)
{
	const Columns *columns = check->columns;
	uint64_t terms = 0;

	for (uint32_t i = 0; i < columns->piece_count; i++)
	{
		if (columns->pieces[i].first != terms || stops(check, 1))
			return false;
		terms += columns->pieces[i].terms;
	}
	return terms == columns->width;
}

static const char *
check_all(Check *check)
{
	const Columns *columns = check->columns;

	if (columns->count > COLUMNS_MOST)
		return "There are too many columns.";
	for (uint32_t i = 0; i < columns->count; i++)
	{
		const Column *column = &columns->columns[i];
		const char *why = check_column(check, column);

		if (why != NULL)
			return why;
		if (i > 0 && !name_is_after(column->name, column[-1].name))
			return "Columns are not in the order of their names.";
	}
	if (!pieces_are_in_order(check))
		return "Pieces are not in the order of their terms.";
	for (uint32_t i = 0; i < columns->piece_count; i++)
	{
		const char *why = check_piece(check, &columns->pieces[i], i);

		if (why != NULL)
			return why;
	}
	for (uint32_t i = 0; i < columns->width && !stops(check, 1); i++)
		if (!isfinite(columns->center[i]))
			return "A center is not finite.";
	return NULL;
}

Status
columns_check(const Columns *columns, const Runtime *runtime, const char **why)
{
	Check check = {.columns = columns, .runtime = runtime};

	check.taken = runtime_allocate_zero(runtime, columns->width, sizeof(bool));
	if (check.taken == NULL)
		return runtime_interrupted(runtime) ? LL_CANCELLED : LL_NO_MEMORY;
	*why = check_all(&check);
	runtime_release(runtime, check.taken);
	if (check.stopped)
		return LL_CANCELLED;
	return *why == NULL ? LL_OK : LL_MALFORMED;
}
