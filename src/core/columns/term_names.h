/*
 * term_names.h
 *		Names of terms for people.
 *
 * They are UTF-8 and hold whatever columns and levels are called: who shows them
 * brings them into an encoding and escapes them.
 */
#ifndef LINLEARN_CORE_COLUMNS_TERM_NAMES_H
#define LINLEARN_CORE_COLUMNS_TERM_NAMES_H

#include "core/columns/columns.h"

/* Levels that are not kept, where they are named. */
#define TERM_OTHER "(other)"

/* A text that grows; it ends in a zero that size does not count. */
typedef struct TermText
{
	Runtime runtime;
	char *bytes;
	size_t size;
	size_t room;
	bool no_memory;
} TermText;

typedef struct TermNames
{
	const Columns *columns;
	uint32_t *level_of_term; /* [width] place in its piece; UINT32_MAX: none */
} TermNames;

/* LL_NO_MEMORY, LL_CANCELLED. */
extern Status term_names_init(TermNames *names, const Columns *columns,
							  const Runtime *runtime, Failure *failure);

/* Makes an empty text whose memory is runtime's. */
extern void term_text_init(TermText *text, const Runtime *runtime);

/* Makes a text the empty one. */
extern void term_text_clear(TermText *text);

/*
 * What a term is called in a model: "tenure", "log(tenure)", "contract=Two year",
 * "contract=(other)", "contract is null", "signup.days", "signup.month=1",
 * "age=[20, 30)", "age spline 2", "notes:word", "tags:x", "pixels[12]",
 * "state*plan=CA*Basic"; "zip=#17" of levels by their hash.  It takes the place of
 * what was in text; false without memory, as of the others.
 */
extern bool term_name(const TermNames *names, uint32_t term, TermText *text);

/* The column of a term, or "state*plan" of a cross. */
extern bool term_column(const TermNames *names, uint32_t term, TermText *text);

/*
 * What tells a term from others of its column: "Two year", "(other)", "month=1",
 * "[20, 30)", "spline 2", "word", "12", "CA*Basic".  *none: nothing does, as of a
 * number, or it is that of NULL.
 */
extern bool term_level(const TermNames *names, uint32_t term, TermText *text,
					   bool *none);

/*
 * Adds, behind ", " where there is text, the level at a place of a piece as
 * encoder_level() gives it, which may have no term.  *none: it is NULL's, which
 * adds nothing.
 */
extern bool term_add_place(const TermNames *names, const Piece *piece,
						   uint32_t place, TermText *text, bool *none);

/* Training rows that have a term: its level, or any number. */
extern uint64_t term_rows(const TermNames *names, uint32_t term);

#endif
