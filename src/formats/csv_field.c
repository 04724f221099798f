/*
 * csv_field.c
 *		Where a field of CSV ends.
 */
#include "formats/csv_field.h"

bool
csv_at_field_end(const TextCursor *cursor)
{
	return text_cursor_done(cursor) || *cursor->at == ',' ||
		   *cursor->at == '\n' ||
		   (*cursor->at == '\r' &&
			(cursor->end - cursor->at == 1 || cursor->at[1] == '\n'));
}

Status
csv_scan_quoted(TextCursor *cursor, const char **begin, const char **end,
				bool *doubled, const Runtime *runtime, Failure *failure)
{
	const char *open = cursor->at;
	TextCursor start = *cursor;

	*doubled = false;
	*begin = open + 1;
	for (cursor->at++; cursor->at < cursor->end; cursor->at++)
	{
		if (runtime_stops(runtime, (size_t) (cursor->at - open)))
			return fail_cancelled(failure);
		if (*cursor->at == '\n')
		{
			cursor->line++;
			cursor->line_begin = cursor->at + 1;
		}
		if (*cursor->at != '"')
			continue;
		if (cursor->end - cursor->at < 2 || cursor->at[1] != '"')
		{
			*end = cursor->at++;
			return LL_OK;
		}
		*doubled = true;
		cursor->at++;
	}
	fail(failure, LL_MALFORMED, "unclosed quote in CSV line %llu",
		 (unsigned long long) start.line);
	text_cursor_locate(&start, open, failure);
	return LL_MALFORMED;
}

Status
csv_pass_quoted(TextCursor *cursor, size_t field, const char **begin,
				const char **end, bool *doubled, const Runtime *runtime,
				Failure *failure)
{
	Status status =
		csv_scan_quoted(cursor, begin, end, doubled, runtime, failure);

	if (status != LL_OK || csv_at_field_end(cursor))
		return status;
	fail(failure, LL_MALFORMED,
		 "text after a closing quote in CSV line %llu, field %zu",
		 (unsigned long long) cursor->line, field);
	text_cursor_locate(cursor, cursor->at, failure);
	return LL_MALFORMED;
}

size_t
csv_unquote(const char *begin, const char *end, char *copy)
{
	size_t length = 0;

	for (const char *p = begin; p < end; p++)
	{
		if (*p == '"')
			p++;
		copy[length++] = *p;
	}
	return length;
}
