/*
 * text_cursor.h
 *		A place in text that somebody sent, and how errors name it.
 */
#ifndef LINLEARN_FORMATS_TEXT_CURSOR_H
#define LINLEARN_FORMATS_TEXT_CURSOR_H

#include "core/base/runtime.h"

typedef struct TextCursor
{
	const char *at;
	const char *end;
	uint64_t line;			/* from 1 */
	const char *line_begin; /* of the physical line */
} TextCursor;

#define EXCERPT_SIZE 44

/* Starts at the first byte, after a UTF-8 byte order mark if there is one. */
extern void text_cursor_init(TextCursor *cursor, const void *bytes,
							 size_t size);

/* Whether all is read. */
static inline bool
text_cursor_done(const TextCursor *cursor)
{
	return cursor->at == cursor->end;
}

/* Passes blanks and tabs. */
static inline void
text_cursor_skip_blanks(TextCursor *cursor)
{
	while (cursor->at < cursor->end &&
		   (*cursor->at == ' ' || *cursor->at == '\t'))
		cursor->at++;
}

/*
 * Passes a line end (\n or \r\n) if the cursor is at one; true if it was, or
 * at the end of the text.
 */
extern bool text_cursor_end_line(TextCursor *cursor);

/* Passes empty lines. */
extern void text_cursor_skip_empty_lines(TextCursor *cursor);

/* The byte of its line at which a place lies, from 1. */
static inline size_t
text_cursor_column(const TextCursor *cursor, const char *place)
{
	return (size_t) (place - cursor->line_begin) + 1;
}

/*
 * Copies the start of a piece of text for a message: whatever is not printable
 * ASCII becomes '?', and what is too long ends in "...".
 */
extern void text_excerpt(const char *begin, const char *end,
						 char excerpt[EXCERPT_SIZE]);

/* Adds "Line L, column C of the line." to a failure. */
extern void text_cursor_locate(const TextCursor *cursor, const char *place,
							   Failure *failure);

#endif
