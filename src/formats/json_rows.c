/*
 * json_rows.c
 *		The rows of a request in JSON, each as the piece of text that it is.
 */
#include "formats/json_rows.h"

#include <string.h>

#include "formats/json_tokens.h"

void
json_rows_init(JsonRows *rows, const Runtime *runtime, const void *bytes,
			   size_t size, bool lines, const JsonRowNames *columns)
{
	memset(rows, 0, sizeof(*rows));
	json_init(&rows->reader, runtime, bytes, size, lines, false);
	rows->columns = *columns;
}

/* Whether the next value begins so. */
static bool
is_next(JsonRows *rows, char c)
{
	TextCursor *cursor = &rows->reader.cursor;

	json_skip_space(&rows->reader);
	return !text_cursor_done(cursor) && *cursor->at == c;
}

/* Takes what lies between a place and the cursor as the row. */
static void
take(JsonRows *rows, const char *begin, bool array)
{
	rows->begin = begin;
	rows->length = (size_t) (rows->reader.cursor.at - begin);
	rows->array = array;
}

/* Passes an array and takes it as the row. */
static Status
take_array(JsonRows *rows, Failure *failure)
{
	const char *begin;
	Status status;

	if (!is_next(rows, '['))
		return json_fail_expected(&rows->reader, "an array of values",
								  failure);
	begin = rows->reader.cursor.at;
	status = json_skip_value(&rows->reader, failure);
	take(rows, begin, true);
	return status;
}

/* Reads the object of a row: the row itself, or what holds its values. */
static Status
read_object(JsonRows *rows, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	char name[JSON_NAME_SIZE];
	const char *begin = reader->cursor.at;
	bool first = true, more, values = false, keys = false;

	for (;;)
	{
		Status status = json_next_member(reader, &first, name, &more, failure);

		if (status != LL_OK || !more)
		{
			if (status == LL_OK && values && keys)
				return fail(failure, LL_UNSUPPORTED,
							"instance %llu has sparse features, but the model "
							"takes rows of a table",
							(unsigned long long) reader->instance);
			if (!values)
				take(rows, begin, false);
			return status;
		}
		keys |= strcmp(name, "keys") == 0;
		if (strcmp(name, "values") == 0 && !rows->columns.values)
		{
			values = true;
			status = take_array(rows, failure);
		}
		else
			status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads the value of "features". */
static Status
read_features(JsonRows *rows, Failure *failure)
{
	if (is_next(rows, '['))
		return take_array(rows, failure);
	if (is_next(rows, '{'))
		return read_object(rows, failure);
	return json_fail_expected(&rows->reader, "an object or array of features",
							  failure);
}

/* Finds the features in an instance, or in its "data". */
static Status
read_members(JsonRows *rows, bool in_data, bool *found, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	char name[JSON_NAME_SIZE];
	bool first = true, more;

	for (;;)
	{
		Status status = json_next_member(reader, &first, name, &more, failure);

		if (status != LL_OK || !more)
			return status;
		if (strcmp(name, "features") == 0 && !rows->columns.features)
		{
			*found = true;
			status = read_features(rows, failure);
		}
		else if (!in_data && strcmp(name, "data") == 0 && !rows->columns.data)
			status = read_members(rows, true, found, failure);
		else
			status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads an instance. */
static Status
read_instance(JsonRows *rows, bool *found, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	const char *begin;
	Status status;

	reader->instance++;
	if (is_next(rows, '['))
	{
		*found = true;
		return take_array(rows, failure);
	}
	begin = reader->cursor.at;
	status = read_members(rows, false, found, failure);
	if (status == LL_OK && !*found)
	{
		*found = true;
		take(rows, begin, false);
	}
	return status;
}

/* Expects the end of the text. */
static Status
expect_end(JsonReader *reader, Failure *failure)
{
	json_skip_space(reader);
	return text_cursor_done(&reader->cursor)
			   ? LL_OK
			   : json_fail_expected(reader, "the end", failure);
}

/* Goes to the instances of a document; it stays at its begin without them. */
static Status
enter_document(JsonRows *rows, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	TextCursor begin = reader->cursor;
	char name[JSON_NAME_SIZE];
	bool first = true, more;

	for (;;)
	{
		Status status = json_next_member(reader, &first, name, &more, failure);

		if (status != LL_OK)
			return status;
		if (!more)
		{
			reader->cursor = begin;
			return LL_OK;
		}
		if (strcmp(name, "instances") == 0 && !rows->columns.instances)
		{
			reader->inside = true;
			return json_expect(reader, '[', "an array of instances", failure);
		}
		status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads what follows the instances. */
static Status
leave_document(JsonRows *rows, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	char name[JSON_NAME_SIZE];
	bool first = false, more = true;

	reader->inside = false;
	reader->instance = 0;
	while (more)
	{
		Status status = json_next_member(reader, &first, name, &more, failure);

		if (status == LL_OK && more && strcmp(name, "instances") == 0)
			return fail(failure, LL_MALFORMED,
						"JSON document has \"instances\" twice");
		if (status == LL_OK && more)
			status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
	return expect_end(reader, failure);
}

/* Finds the next row of a document. */
static Status
next_in_document(JsonRows *rows, bool *found, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	bool first = !reader->started;
	Status status = LL_OK;

	if (first)
	{
		reader->started = true;
		status = enter_document(rows, failure);
		if (status == LL_OK && !reader->inside)
			status = read_instance(rows, found, failure);
		if (status == LL_OK && !reader->inside)
			return expect_end(reader, failure);
	}
	if (status != LL_OK || !reader->inside)
		return status;
	if (json_accept(reader, ']'))
		return leave_document(rows, failure);
	if (!first)
	{
		status = json_expect(reader, ',', "\",\" or \"]\"", failure);
		if (status != LL_OK)
			return status;
	}
	return read_instance(rows, found, failure);
}

Status
json_rows_next(JsonRows *rows, bool *found, Failure *failure)
{
	JsonReader *reader = &rows->reader;
	Status status;

	*found = false;
	if (runtime_interrupted(&reader->sample.runtime))
		return fail_cancelled(failure);
	if (!reader->lines)
		return next_in_document(rows, found, failure);
	text_cursor_skip_empty_lines(&reader->cursor);
	if (text_cursor_done(&reader->cursor))
		return LL_OK;
	status = read_instance(rows, found, failure);
	if (status != LL_OK)
		return status;
	json_skip_space(reader);
	return text_cursor_end_line(&reader->cursor)
			   ? LL_OK
			   : json_fail_expected(reader, "the end of the line", failure);
}
