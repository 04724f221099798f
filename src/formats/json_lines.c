/*
 * json_lines.c
 *		Requests in JSON, as SageMaker's endpoints take them.
 */
#include "formats/json_lines.h"

#include <stdio.h>
#include <string.h>

#include "formats/decimal.h"

/* Longest member name that means anything here, and one more. */
#define NAME_SIZE 16

/* What one row's object has told so far. */
typedef struct RowMembers
{
	bool values;
	bool keys;
	bool shape;
	uint64_t dimension;
} RowMembers;

void
json_init(JsonReader *reader, const Runtime *runtime, const void *bytes,
		  size_t size, bool lines, bool single)
{
	memset(reader, 0, sizeof(*reader));
	text_cursor_init(&reader->cursor, bytes, size);
	reader->lines = lines;
	reader->single = single;
	sample_init(&reader->sample, runtime);
}

/* Reports what stands at a place instead of what should. */
static Status
fail_expected(const JsonReader *reader, const char *what, Failure *failure)
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

/* Passes white space; in JSON Lines a line end is none. */
static void
skip_space(JsonReader *reader)
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

/* Passes one character if it is next. */
static bool
accept(JsonReader *reader, char c)
{
	skip_space(reader);
	if (text_cursor_done(&reader->cursor) || *reader->cursor.at != c)
		return false;
	reader->cursor.at++;
	return true;
}

/* Passes one character that must be next; what names it. */
static Status
expect(JsonReader *reader, char c, const char *what, Failure *failure)
{
	if (accept(reader, c))
		return LL_OK;
	return fail_expected(reader, what, failure);
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
		return fail_expected(reader, "an escape", failure);
	if (*cursor->at == 'u')
	{
		cursor->at++;
		code = read_hex(cursor);
		if (code < 0)
			return fail_expected(reader, "four hexadecimal digits", failure);
		cursor->at += 4;
		*c = code > 0 && code < 128 ? (char) code : 1;
		return LL_OK;
	}
	found = *cursor->at != '\0' ? strchr(names, *cursor->at) : NULL;
	if (found == NULL)
		return fail_expected(reader, "an escape", failure);
	*c = meanings[found - names];
	cursor->at++;
	return LL_OK;
}

/* Reads a string; of a long one only the start goes into name. */
static Status
read_string(JsonReader *reader, char name[NAME_SIZE], Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	size_t length = 0;
	Status status = expect(reader, '"', "a string", failure);

	while (status == LL_OK)
	{
		char c;

		if (text_cursor_done(cursor) || (unsigned char) *cursor->at < ' ')
			return fail_expected(reader, "a closing quote", failure);
		c = *cursor->at++;
		if (c == '"')
			break;
		if (c == '\\')
			status = read_escape(reader, &c, failure);
		if (length < NAME_SIZE - 1)
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

/* Reads a number. */
static Status
read_number(JsonReader *reader, bool single, double *value, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	const char *rest;
	DecimalStatus status;

	skip_space(reader);
	status = decimal_read(cursor->at, cursor->end, single, value, &rest);
	if (status == DECIMAL_NONE || status == DECIMAL_TOO_LONG ||
		!is_json_number(cursor->at, rest))
		return fail_expected(reader, "a number", failure);
	if (status == DECIMAL_RANGE)
		return fail_expected(reader,
							 single ? "a number within the range of real"
									: "a number within the range of double "
									  "precision",
							 failure);
	cursor->at = rest;
	return LL_OK;
}

/* Reads a number that must be an integer of 0 to maximum. */
static Status
read_integer(JsonReader *reader, double maximum, double *value,
			 Failure *failure)
{
	Status status;

	skip_space(reader);
	const char *place = reader->cursor.at;

	status = read_number(reader, false, value, failure);
	if (status != LL_OK)
		return status;
	if (*value >= 0 && *value <= maximum &&
		*value == (double) (uint64_t) *value)
		return LL_OK;
	reader->cursor.at = place;
	return fail_expected(reader, "a column number", failure);
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
	return read_number(reader, false, &value, failure);
}

/* Passes `"name":` where the innermost open thing is an object. */
static Status
skip_member_name(JsonReader *reader, bool in_object, Failure *failure)
{
	char name[NAME_SIZE];
	Status status;

	if (!in_object)
		return LL_OK;
	status = read_string(reader, name, failure);
	return status != LL_OK ? status : expect(reader, ':', "\":\"", failure);
}

/*
 * Passes any value.  Bit d - 1 of objects tells whether the thing at depth d
 * is an object.
 */
static Status
skip_value(JsonReader *reader, Failure *failure)
{
	char text[NAME_SIZE];
	uint64_t objects = 0;
	int depth = 0;
	Status status;

	for (;;)
	{
		bool object;

		skip_space(reader);
		if ((object = accept(reader, '{')) || accept(reader, '['))
		{
			if (accept(reader, object ? '}' : ']'))
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
			status = read_string(reader, text, failure);
		else
			status = skip_scalar(reader, failure);
		if (status != LL_OK)
			return status;
		/* close what ends here, up to a comma */
		while (depth > 0 && !accept(reader, ','))
		{
			status = expect(reader, objects & 1 ? '}' : ']',
							objects & 1 ? "\",\" or \"}\"" : "\",\" or \"]\"",
							failure);
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

/* Reads an array of numbers as the values. */
static Status
read_values(JsonReader *reader, Failure *failure)
{
	Sample *sample = &reader->sample;
	Status status = expect(reader, '[', "an array of numbers", failure);
	double value;

	sample->count = 0;
	sample->value_limit = 0;
	if (status != LL_OK || accept(reader, ']'))
		return status;
	do
	{
		status = read_number(reader, reader->single, &value, failure);
		if (status == LL_OK)
			status = sample_add_value(sample, value, failure);
		if (status != LL_OK)
			return status;
	} while (accept(reader, ','));
	return expect(reader, ']', "\",\" or \"]\"", failure);
}

/* Reads an array of column numbers as the keys. */
static Status
read_keys(JsonReader *reader, Failure *failure)
{
	Sample *sample = &reader->sample;
	Status status = expect(reader, '[', "an array of column numbers", failure);
	double value;

	sample->key_count = 0;
	sample->key_limit = 0;
	if (status != LL_OK || accept(reader, ']'))
		return status;
	do
	{
		status =
			read_integer(reader, SAMPLE_MAX_DIMENSION - 1, &value, failure);
		if (status == LL_OK)
			status = sample_add_key(sample, (uint32_t) value, failure);
		if (status != LL_OK)
			return status;
	} while (accept(reader, ','));
	return expect(reader, ']', "\",\" or \"]\"", failure);
}

/* Reads a shape, [n] or [rows, columns], as the number of its columns. */
static Status
read_shape(JsonReader *reader, uint64_t *dimension, Failure *failure)
{
	Status status = expect(reader, '[', "an array of one number", failure);
	double total = 1;
	double value;

	while (status == LL_OK)
	{
		status = read_integer(reader, SAMPLE_MAX_DIMENSION, &value, failure);
		total *= value;
		if (status == LL_OK && total > SAMPLE_MAX_DIMENSION)
			return fail(failure, LL_LIMIT,
						"the shape of instance %llu has more than %d columns",
						(unsigned long long) reader->instance,
						SAMPLE_MAX_DIMENSION);
		if (status != LL_OK || !accept(reader, ','))
			break;
	}
	if (status != LL_OK)
		return status;
	*dimension = (uint64_t) total;
	return expect(reader, ']', "\",\" or \"]\"", failure);
}

/* Starts an object or goes on to its next member; false in *more at its end.
 */
static Status
next_member(JsonReader *reader, bool *first, char name[NAME_SIZE], bool *more,
			Failure *failure)
{
	Status status;

	*more = false;
	if (*first)
	{
		status = expect(reader, '{', "an object", failure);
		if (status != LL_OK || accept(reader, '}'))
			return status;
	}
	else if (!accept(reader, ','))
		return expect(reader, '}', "\",\" or \"}\"", failure);
	*first = false;
	*more = true;
	status = read_string(reader, name, failure);
	return status != LL_OK ? status : expect(reader, ':', "\":\"", failure);
}

/* Checks what a row's object told and closes the sample. */
static Status
finish_row(JsonReader *reader, const RowMembers *members, Failure *failure)
{
	Sample *sample = &reader->sample;
	char where[48];

	snprintf(where, sizeof(where), "instance %llu",
			 (unsigned long long) reader->instance);
	if (!members->values)
		return fail(failure, LL_MALFORMED,
					"%s has no \"values\" in its features", where);
	if (members->keys && !members->shape)
		return fail(failure, LL_MALFORMED, "%s has \"keys\" but no \"shape\"",
					where);
	if (members->keys)
		return sample_set_sparse(sample, members->dimension, where, failure);
	if (members->shape && members->dimension != sample->count)
		return fail(failure, LL_MALFORMED,
					"%s has %zu values for a shape of %llu", where,
					sample->count, (unsigned long long) members->dimension);
	return sample_set_dense(sample, failure);
}

/* Reads a row: an array, or an object of values, keys and shape. */
static Status
read_row(JsonReader *reader, Failure *failure)
{
	RowMembers members = {0};
	char name[NAME_SIZE];
	bool first = true;
	bool more = true;
	Status status;

	skip_space(reader);
	if (!text_cursor_done(&reader->cursor) && *reader->cursor.at == '[')
	{
		members.values = true;
		status = read_values(reader, failure);
		return status != LL_OK ? status
							   : finish_row(reader, &members, failure);
	}
	for (;;)
	{
		status = next_member(reader, &first, name, &more, failure);
		if (status != LL_OK)
			return status;
		if (!more)
			return finish_row(reader, &members, failure);
		if (strcmp(name, "values") == 0)
		{
			members.values = true;
			status = read_values(reader, failure);
		}
		else if (strcmp(name, "keys") == 0)
		{
			members.keys = true;
			status = read_keys(reader, failure);
		}
		else if (strcmp(name, "shape") == 0)
		{
			members.shape = true;
			status = read_shape(reader, &members.dimension, failure);
		}
		else
			status = skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads {"features": row} and, where it may be, {"data": {"features": row}}.
 */
static Status
read_instance(JsonReader *reader, bool in_data, bool *found, Failure *failure)
{
	char name[NAME_SIZE];
	bool first = true;
	bool more;
	Status status;

	for (;;)
	{
		status = next_member(reader, &first, name, &more, failure);
		if (status != LL_OK || !more)
			return status;
		if (strcmp(name, "features") == 0)
		{
			*found = true;
			sample_clear(&reader->sample);
			status = read_row(reader, failure);
		}
		else if (!in_data && strcmp(name, "data") == 0)
			status = read_instance(reader, true, found, failure);
		else
			status = skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads an instance that must have features. */
static Status
read_whole_instance(JsonReader *reader, bool *found, Failure *failure)
{
	Status status;

	reader->instance++;
	*found = false;
	status = read_instance(reader, false, found, failure);
	if (status == LL_OK && !*found)
	{
		fail(failure, LL_MALFORMED, "instance %llu has no \"features\"",
			 (unsigned long long) reader->instance);
		text_cursor_locate(&reader->cursor, reader->cursor.at, failure);
		return LL_MALFORMED;
	}
	return status;
}

/* Reads members of the document up to its instances. */
static Status
enter_document(JsonReader *reader, Failure *failure)
{
	char name[NAME_SIZE];
	bool first = true;
	bool more;
	Status status;

	for (;;)
	{
		status = next_member(reader, &first, name, &more, failure);
		if (status != LL_OK)
			return status;
		if (!more)
		{
			fail(failure, LL_MALFORMED,
				 "JSON document has no member \"instances\"");
			fail_hint(
				failure,
				"A request is {\"instances\": [{\"features\": [...]}]}.");
			return LL_MALFORMED;
		}
		if (strcmp(name, "instances") == 0)
		{
			reader->inside = true;
			return expect(reader, '[', "an array of instances", failure);
		}
		status = skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads what follows the instances, up to the end of the text. */
static Status
leave_document(JsonReader *reader, Failure *failure)
{
	char name[NAME_SIZE];
	bool first = false;
	bool more;
	Status status;

	reader->inside = false;
	reader->instance = 0;
	for (;;)
	{
		status = next_member(reader, &first, name, &more, failure);
		if (status != LL_OK)
			return status;
		if (!more)
			break;
		if (strcmp(name, "instances") == 0)
			return fail(failure, LL_MALFORMED,
						"JSON document has \"instances\" twice");
		status = skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
	skip_space(reader);
	return text_cursor_done(&reader->cursor)
			   ? LL_OK
			   : fail_expected(reader, "the end", failure);
}

/* Reads the next instance of a document. */
static Status
next_in_document(JsonReader *reader, bool *found, Failure *failure)
{
	Status status = LL_OK;
	bool first = !reader->started;

	if (first)
	{
		reader->started = true;
		status = enter_document(reader, failure);
	}
	if (status != LL_OK || !reader->inside)
		return status;
	if (accept(reader, ']'))
		return leave_document(reader, failure);
	if (!first)
	{
		status = expect(reader, ',', "\",\" or \"]\"", failure);
		if (status != LL_OK)
			return status;
	}
	return read_whole_instance(reader, found, failure);
}

Status
json_next(JsonReader *reader, bool *found, Failure *failure)
{
	Status status;

	*found = false;
	sample_clear(&reader->sample);
	if (runtime_interrupted(&reader->sample.runtime))
		return fail_cancelled(failure);
	if (!reader->lines)
		return next_in_document(reader, found, failure);
	text_cursor_skip_empty_lines(&reader->cursor);
	if (text_cursor_done(&reader->cursor))
		return LL_OK;
	status = read_whole_instance(reader, found, failure);
	if (status != LL_OK)
		return status;
	skip_space(reader);
	return text_cursor_end_line(&reader->cursor)
			   ? LL_OK
			   : fail_expected(reader, "the end of the line", failure);
}
