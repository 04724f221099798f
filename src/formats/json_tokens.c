/*
 * json_tokens.c
 *		The tokens of JSON: strings, numbers, values that are passed over.
 */
#include "formats/json_tokens.h"

#include <stdio.h>
#include <string.h>

#include "formats/decimal.h"

Status
json_fail_expected(const JsonReader *reader, const char *what,
				   Failure *failure)
{
	const TextCursor *cursor = &reader->cursor;
	const char *end = cursor->at;
	char excerpt[EXCERPT_SIZE];
	char where[48] = "";

	while (end < cursor->end && end - cursor->at < 16 && *end != '\n')
		end++;
	text_excerpt(cursor->at, end, excerpt);
	if (reader->instance > 0)
		snprintf(where, sizeof(where), " in instance %llu",
				 (unsigned long long) reader->instance);
	if (text_cursor_done(cursor))
		fail(failure, LL_MALFORMED, "JSON ends where %s should be%s", what,
			 where);
	else
		fail(failure, LL_MALFORMED, "JSON has \"%s\" where %s should be%s",
			 excerpt, what, where);
	text_cursor_locate(cursor, cursor->at, failure);
	return LL_MALFORMED;
}

void
json_skip_space(JsonReader *reader)
{
	TextCursor *cursor = &reader->cursor;

	for (; cursor->at < cursor->end; cursor->at++)
	{
		char c = *cursor->at;

		if (c == '\n' && !reader->lines)
		{
			cursor->line++;
			cursor->line_begin = cursor->at + 1;
		}
		else if (c != ' ' && c != '\t' && c != '\r')
			return;
	}
}

bool
json_accept(JsonReader *reader, char c)
{
	json_skip_space(reader);
	if (text_cursor_done(&reader->cursor) || *reader->cursor.at != c)
		return false;
	reader->cursor.at++;
	return true;
}

Status
json_expect(JsonReader *reader, char c, const char *what, Failure *failure)
{
	if (json_accept(reader, c))
		return LL_OK;
	return json_fail_expected(reader, what, failure);
}

/* Reads the four digits of \uXXXX; -1 if they are not there. */
static int
read_hex(const TextCursor *cursor)
{
	int value = 0;

	if (cursor->end - cursor->at < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char c = cursor->at[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/*
 * Reads what follows a backslash.  All that matters of a code beyond ASCII is
 * that it is in no name known here, so 1 stands for it.
 */
static Status
read_escape(JsonReader *reader, char *c, Failure *failure)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	TextCursor *cursor = &reader->cursor;
	const char *found;
	int code;

	if (text_cursor_done(cursor))
		return json_fail_expected(reader, "an escape", failure);
	if (*cursor->at == 'u')
	{
		cursor->at++;
		code = read_hex(cursor);
		if (code < 0)
			return json_fail_expected(reader, "four hexadecimal digits",
									  failure);
		cursor->at += 4;
		*c = code > 0 && code < 128 ? (char) code : 1;
		return LL_OK;
	}
	found = *cursor->at != '\0' ? strchr(names, *cursor->at) : NULL;
	if (found == NULL)
		return json_fail_expected(reader, "an escape", failure);
	*c = meanings[found - names];
	cursor->at++;
	return LL_OK;
}

Status
json_read_string(JsonReader *reader, char name[JSON_NAME_SIZE],
				 Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	size_t length = 0;
	Status status = json_expect(reader, '"', "a string", failure);

	while (status == LL_OK)
	{
		char c;

		if (text_cursor_done(cursor) || (unsigned char) *cursor->at < ' ')
			return json_fail_expected(reader, "a closing quote", failure);
		c = *cursor->at++;
		if (c == '"')
			break;
		if (c == '\\')
			status = read_escape(reader, &c, failure);
		if (length < JSON_NAME_SIZE - 1)
			name[length++] = c;
	}
	name[length] = '\0';
	return status;
}

/* Whether decimal text is a number by JSON's narrower rules. */
static bool
is_json_number(const char *p, const char *end)
{
	const char *point;

	if (*p == '-')
		p++;
	if (p == end || *p < '0' || *p > '9')
		return false;
	if (*p == '0' && end - p > 1 && p[1] >= '0' && p[1] <= '9')
		return false;
	point = memchr(p, '.', (size_t) (end - p));
	return point == NULL ||
		   (end - point > 1 && point[1] >= '0' && point[1] <= '9');
}

Status
json_read_number(JsonReader *reader, bool single, double *value,
				 Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	const char *rest;
	DecimalStatus status;

	json_skip_space(reader);
	status = decimal_read(cursor->at, cursor->end, single, value, &rest);
	if (status == DECIMAL_NONE || status == DECIMAL_TOO_LONG ||
		!is_json_number(cursor->at, rest))
		return json_fail_expected(reader, "a number", failure);
	if (status == DECIMAL_RANGE)
		return json_fail_expected(reader,
								  single
									  ? "a number within the range of real"
									  : "a number within the range of double "
										"precision",
								  failure);
	cursor->at = rest;
	return LL_OK;
}

Status
json_read_integer(JsonReader *reader, double maximum, double *value,
				  Failure *failure)
{
	Status status;

	json_skip_space(reader);
	const char *place = reader->cursor.at;

	status = json_read_number(reader, false, value, failure);
	if (status != LL_OK)
		return status;
	if (*value >= 0 && *value <= maximum &&
		*value == (double) (uint64_t) *value)
		return LL_OK;
	reader->cursor.at = place;
	return json_fail_expected(reader, "a column number", failure);
}

/* Passes true, false or null, or a number. */
static Status
skip_scalar(JsonReader *reader, Failure *failure)
{
	static const char *const words[] = {"true", "false", "null"};
	TextCursor *cursor = &reader->cursor;
	double value;

	for (int i = 0; i < 3; i++)
	{
		size_t length = strlen(words[i]);

		if ((size_t) (cursor->end - cursor->at) >= length &&
			memcmp(cursor->at, words[i], length) == 0)
		{
			cursor->at += length;
			return LL_OK;
		}
	}
	return json_read_number(reader, false, &value, failure);
}

/* Passes `"name":` where the innermost open thing is an object. */
static Status
skip_member_name(JsonReader *reader, bool in_object, Failure *failure)
{
	char name[JSON_NAME_SIZE];
	Status status;

	if (!in_object)
		return LL_OK;
	status = json_read_string(reader, name, failure);
	return status != LL_OK ? status
						   : json_expect(reader, ':', "\":\"", failure);
}

/*
 * Passes any value.  Bit d - 1 of objects tells whether the thing at depth d
 * is an object.
 */
Status
json_skip_value(JsonReader *reader, Failure *failure)
{
	char text[JSON_NAME_SIZE];
	uint64_t objects = 0;
	int depth = 0;
	Status status;

	for (;;)
	{
		bool object;

		json_skip_space(reader);
		if ((object = json_accept(reader, '{')) || json_accept(reader, '['))
		{
			if (json_accept(reader, object ? '}' : ']'))
				status = LL_OK;
			else if (depth == JSON_MAX_DEPTH)
				return fail(failure, LL_LIMIT,
							"JSON is nested deeper than %d levels",
							JSON_MAX_DEPTH);
			else
			{
				objects = objects << 1 | (object ? 1 : 0);
				depth++;
				status = skip_member_name(reader, object, failure);
				if (status != LL_OK)
					return status;
				continue;
			}
		}
		else if (!text_cursor_done(&reader->cursor) &&
				 *reader->cursor.at == '"')
			status = json_read_string(reader, text, failure);
		else
			status = skip_scalar(reader, failure);
		if (status != LL_OK)
			return status;
		/* close what ends here, up to a comma */
		while (depth > 0 && !json_accept(reader, ','))
		{
			status = json_expect(
				reader, objects & 1 ? '}' : ']',
				objects & 1 ? "\",\" or \"}\"" : "\",\" or \"]\"", failure);
			if (status != LL_OK)
				return status;
			objects >>= 1;
			depth--;
		}
		if (depth == 0)
			return LL_OK;
		status = skip_member_name(reader, objects & 1, failure);
		if (status != LL_OK)
			return status;
	}
}

Status
json_next_member(JsonReader *reader, bool *first, char name[JSON_NAME_SIZE],
				 bool *more, Failure *failure)
{
	Status status;

	*more = false;
	if (*first)
	{
		status = json_expect(reader, '{', "an object", failure);
		if (status != LL_OK || json_accept(reader, '}'))
			return status;
	}
	else if (!json_accept(reader, ','))
		return json_expect(reader, '}', "\",\" or \"}\"", failure);
	*first = false;
	*more = true;
	status = json_read_string(reader, name, failure);
	return status != LL_OK ? status
						   : json_expect(reader, ':', "\":\"", failure);
}
