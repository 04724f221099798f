/*
 * term_names.c
 *		Names of terms for people.
 */
#include "core/columns/term_names.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LEVEL UINT32_MAX
#define FIRST_ROOM 64
#define NUMBER_SIZE 32

/* What a term says of its piece's column. */
typedef enum Outcome
{
	OUTCOME_NUMBER, /* one of the piece's numbers */
	OUTCOME_LEVEL,
	OUTCOME_OTHER,
	OUTCOME_NULL
} Outcome;

/* A term and where it belongs. */
typedef struct Term
{
	const Columns *columns;
	const Piece *piece;
	const Column *column;
	uint32_t place; /* from the piece's first */
	Outcome outcome;
	uint32_t level; /* OUTCOME_LEVEL */
} Term;

Status
term_names_init(TermNames *names, const Columns *columns,
				const Runtime *runtime, Failure *failure)
{
	uint32_t *levels =
		runtime_allocate(runtime, (size_t) columns->width * sizeof(uint32_t));

	if (levels == NULL)
		return fail_no_memory(failure);
	memset(levels, 0xff, (size_t) columns->width * sizeof(uint32_t));
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];

		for (uint32_t i = 0; i < piece->level_count; i++)
		{
			if (runtime_stops(runtime, i))
				return fail_cancelled(failure);
			if (piece->levels[i].term >= 0)
				levels[piece->first + (uint32_t) piece->levels[i].term] = i;
		}
	}
	names->columns = columns;
	names->level_of_term = levels;
	return LL_OK;
}

/* ---- Texts ---- */

void
term_text_init(TermText *text, const Runtime *runtime)
{
	*text = (TermText){.runtime = *runtime};
}

static void
add_bytes(TermText *text, const char *bytes, size_t size)
{
	if (text->no_memory)
		return;
	if (text->room - text->size <= size)
	{
		size_t room = 2 * text->room + size + FIRST_ROOM;
		char *larger = runtime_allocate(&text->runtime, room);

		if (larger == NULL)
		{
			text->no_memory = true;
			return;
		}
		if (text->size > 0)
			memcpy(larger, text->bytes, text->size);
		runtime_release(&text->runtime, text->bytes);
		text->bytes = larger;
		text->room = room;
	}
	if (size > 0)
		memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
	text->bytes[text->size] = '\0';
}

static void
add_text(TermText *text, const char *string)
{
	add_bytes(text, string, strlen(string));
}

static void
add_whole(TermText *text, uint64_t number)
{
	char digits[NUMBER_SIZE];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	add_text(text, digits);
}

/* The fewest digits that mean the same number. */
static void
add_number(TermText *text, double number)
{
	char digits[NUMBER_SIZE];

	for (int precision = 6; precision <= 17; precision++)
	{
		snprintf(digits, sizeof(digits), "%.*g", precision, number);
		if (strtod(digits, NULL) == number)
			break;
	}
	add_text(text, digits);
}

void
term_text_clear(TermText *text)
{
	text->size = 0;
	text->no_memory = false;
	add_text(text, "");
}

/* ---- Levels ---- */

static Term
find_term(const TermNames *names, uint32_t term)
{
	const Columns *columns = names->columns;
	const Piece *piece = columns_piece_of(columns, term);
	Term found = {.columns = columns,
				  .piece = piece,
				  .column = &columns->columns[piece->column],
				  .place = term - piece->first,
				  .level = names->level_of_term[term]};

	if (found.level != NO_LEVEL)
		found.outcome = OUTCOME_LEVEL;
	else if (piece->kind == PIECE_IS_NULL ||
			 piece->null_term == (int32_t) found.place)
		found.outcome = OUTCOME_NULL;
	else if (piece->other_term == (int32_t) found.place)
		found.outcome = OUTCOME_OTHER;
	return found;
}

/* Numbers from one cut to the next. */
static void
add_bucket(TermText *text, const Piece *piece, uint32_t bucket)
{
	add_text(text, bucket == 0 ? "(-inf" : "[");
	if (bucket > 0)
		add_number(text, piece->cuts[bucket - 1]);
	add_text(text, ", ");
	if (bucket < piece->cut_count)
		add_number(text, piece->cuts[bucket]);
	else
		add_text(text, "inf");
	add_text(text, ")");
}

/* A level of a piece that is no cross. */
static void
add_level(TermText *text, const Columns *columns, const Piece *piece,
		  uint32_t place)
{
	const Level *level = &piece->levels[place];

	switch (piece->kind)
	{
		case PIECE_MONTH:
		case PIECE_WEEKDAY:
		case PIECE_HOUR:
			add_whole(text, level_number(level->bytes));
			break;
		case PIECE_BUCKETS:
			add_bucket(text, piece, level_number(level->bytes));
			break;
		default:
			if (columns->columns[piece->column].options.hash > 0)
			{
				add_text(text, "#");
				add_whole(text, level_number(level->bytes));
			}
			else
				add_bytes(text, level->bytes, level->size);
	}
}

/* Levels of the members of a cross. */
static void
add_crossing(TermText *text, const Columns *columns, const Piece *piece,
			 uint32_t place)
{
	for (uint32_t i = 0; i < piece->member_count; i++)
	{
		const Piece *member = &columns->pieces[piece->members[i]];
		uint32_t code =
			level_number(piece->levels[place].bytes + i * sizeof(code));

		if (i > 0)
			add_text(text, "*");
		if (code < member->level_count)
			add_level(text, columns, member, code);
		else
			add_text(text,
					 code == member->level_count ? TERM_OTHER : "(null)");
	}
}

/* The level of a term, or (other). */
static void
add_outcome(TermText *text, const Term *term)
{
	if (term->outcome == OUTCOME_OTHER)
		add_text(text, TERM_OTHER);
	else if (term->piece->kind == PIECE_CROSS)
		add_crossing(text, term->columns, term->piece, term->level);
	else
		add_level(text, term->columns, term->piece, term->level);
}

/* The part of a moment that a piece takes; NULL: it is of none. */
static const char *
part_of(const Term *term)
{
	switch (term->piece->kind)
	{
		case PIECE_MONTH:
			return "month";
		case PIECE_WEEKDAY:
			return "weekday";
		case PIECE_HOUR:
			return "hour";
		case PIECE_NUMBER:
			return term->column->kind == COLUMN_MOMENT ? "days" : NULL;
		default:
			return NULL;
	}
}

/* ---- Names ---- */

static void
add_columns(TermText *text, const Term *term)
{
	const Piece *piece = term->piece;

	if (piece->kind != PIECE_CROSS)
		add_text(text, term->column->name);
	for (uint32_t i = 0; i < piece->member_count; i++)
	{
		const Piece *member = &term->columns->pieces[piece->members[i]];

		if (i > 0)
			add_text(text, "*");
		add_text(text, term->columns->columns[member->column].name);
	}
}

/* The name of a term that is a number. */
static void
add_number_name(TermText *text, const Term *term)
{
	const Column *column = term->column;
	bool log = column->options.log && (term->piece->kind == PIECE_NUMBER ||
									   term->piece->kind == PIECE_SPLINE);

	if (log)
		add_text(text, "log"
					   "(");
	add_text(text, column->name);
	if (part_of(term) != NULL)
	{
		add_text(text, ".");
		add_text(text, part_of(term));
	}
	if (log)
		add_text(text, ")");
	if (term->piece->kind == PIECE_SPLINE)
	{
		add_text(text, " spline ");
		add_whole(text, term->place + 1);
	}
	if (term->piece->kind == PIECE_BLOCK || term->piece->kind == PIECE_ENTRIES)
	{
		add_text(text, "[");
		add_whole(text, term->place + 1);
		add_text(text, "]");
	}
}

bool
term_name(const TermNames *names, uint32_t number, TermText *text)
{
	Term term = find_term(names, number);
	PieceKind kind = term.piece->kind;

	term_text_clear(text);
	if (term.outcome == OUTCOME_NUMBER)
	{
		add_number_name(text, &term);
		return !text->no_memory;
	}
	add_columns(text, &term);
	if (part_of(&term) != NULL)
	{
		add_text(text, ".");
		add_text(text, part_of(&term));
	}
	if (term.outcome == OUTCOME_NULL)
	{
		add_text(text, " is null");
		return !text->no_memory;
	}
	add_text(text, kind == PIECE_WORDS || kind == PIECE_SET ? ":" : "=");
	add_outcome(text, &term);
	return !text->no_memory;
}

bool
term_column(const TermNames *names, uint32_t number, TermText *text)
{
	Term term = find_term(names, number);

	term_text_clear(text);
	add_columns(text, &term);
	return !text->no_memory;
}

/* What tells an outcome of a piece from its others. */
static void
add_level_name(TermText *text, const Term *term, bool *none)
{
	PieceKind kind = term->piece->kind;

	*none = term->outcome == OUTCOME_NULL || kind == PIECE_NUMBER;
	if (*none)
		return;
	if (kind == PIECE_SPLINE)
		add_text(text, "spline ");
	if (term->outcome == OUTCOME_NUMBER)
	{
		add_whole(text, term->place + 1);
		return;
	}
	if (part_of(term) != NULL)
	{
		add_text(text, part_of(term));
		add_text(text, "=");
	}
	add_outcome(text, term);
}

bool
term_level(const TermNames *names, uint32_t number, TermText *text, bool *none)
{
	Term term = find_term(names, number);

	term_text_clear(text);
	add_level_name(text, &term, none);
	return !text->no_memory;
}

bool
term_add_place(const TermNames *names, const Piece *piece, uint32_t place,
			   TermText *text, bool *none)
{
	Term term = {.columns = names->columns,
				 .piece = piece,
				 .column = &names->columns->columns[piece->column],
				 .level = place,
				 .outcome = place < piece->level_count	  ? OUTCOME_LEVEL
							: place == piece->level_count ? OUTCOME_OTHER
														  : OUTCOME_NULL};

	if (term.outcome != OUTCOME_NULL && text->size > 0)
		add_text(text, ", ");
	add_level_name(text, &term, none);
	return !text->no_memory;
}

uint64_t
term_rows(const TermNames *names, uint32_t number)
{
	Term term = find_term(names, number);

	switch (term.outcome)
	{
		case OUTCOME_LEVEL:
			return term.piece->levels[term.level].rows;
		case OUTCOME_OTHER:
			return term.piece->other_rows;
		case OUTCOME_NULL:
			return term.piece->kind == PIECE_IS_NULL ? term.column->nulls
													 : term.piece->null_rows;
		case OUTCOME_NUMBER:
			return term.column->rows;
	}
	return 0;
}
