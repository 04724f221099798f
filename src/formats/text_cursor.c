/*
 * text_cursor.c
 *		A place in text that somebody sent, and how errors name it.
 */
#include "formats/text_cursor.h"

#include <string.h>

void
text_cursor_init(TextCursor *cursor, const void *bytes, size_t size)
{
	cursor->at = bytes;
	cursor->end = cursor->at + size;
	cursor->line = 1;
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		cursor->at += 3;
	cursor->line_begin = cursor->at;
}

bool
text_cursor_end_line(TextCursor *cursor)
{
	const char *p = cursor->at;

	if (p == cursor->end)
		return true;
	if (*p == '\r')
		p++;
	/* a lone \r ends the text, not a line in it */
	if (p == cursor->end)
	{
		cursor->at = p;
		return true;
	}
	if (*p != '\n')
		return false;
	cursor->at = p + 1;
	cursor->line++;
	cursor->line_begin = cursor->at;
	return true;
}

void
text_cursor_skip_empty_lines(TextCursor *cursor)
{
	while (!text_cursor_done(cursor))
	{
		const char *start = cursor->at;

		text_cursor_skip_blanks(cursor);
		if (!text_cursor_end_line(cursor))
		{
			cursor->at = start;
			return;
		}
	}
}

void
text_excerpt(const char *begin, const char *end, char excerpt[EXCERPT_SIZE])
{
	size_t length = (size_t) (end - begin);
	bool whole = length < EXCERPT_SIZE;

	if (!whole)
		length = EXCERPT_SIZE - 4;
	for (size_t i = 0; i < length; i++)
		excerpt[i] = begin[i] >= ' ' && begin[i] <= '~' ? begin[i] : '?';
	strcpy(excerpt + length, whole ? "" : "...");
}

void
text_cursor_locate(const TextCursor *cursor, const char *place,
				   Failure *failure)
{
	fail_detail(failure, "Line %llu, column %zu.",
				(unsigned long long) cursor->line,
				text_cursor_column(cursor, place));
}
