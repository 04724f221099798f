/*
 * json_lines.c
 *		Requests in JSON, as SageMaker's endpoints take them.
 */
#include "formats/json_lines.h"

#include <stdio.h>
#include <string.h>

#include "formats/json_tokens.h"

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

/* Reads an array of numbers as the values. */
static Status
read_values(JsonReader *reader, Failure *failure)
{
	Sample *sample = &reader->sample;
	Status status = json_expect(reader, '[', "an array of numbers", failure);
	double value;

	sample->count = 0;
	sample->value_limit = 0;
	if (status != LL_OK || json_accept(reader, ']'))
		return status;
	do
	{
		status = json_read_number(reader, reader->single, &value, failure);
		if (status == LL_OK)
			status = sample_add_value(sample, value, failure);
		if (status != LL_OK)
			return status;
	} while (json_accept(reader, ','));
	return json_expect(reader, ']', "\",\" or \"]\"", failure);
}

/* Reads an array of column numbers as the keys. */
static Status
read_keys(JsonReader *reader, Failure *failure)
{
	Sample *sample = &reader->sample;
	Status status =
		json_expect(reader, '[', "an array of column numbers", failure);
	double value;

	sample->key_count = 0;
	sample->key_limit = 0;
	if (status != LL_OK || json_accept(reader, ']'))
		return status;
	do
	{
		status = json_read_integer(reader, SAMPLE_MAX_DIMENSION - 1, &value,
								   failure);
		if (status == LL_OK)
			status = sample_add_key(sample, (uint32_t) value, failure);
		if (status != LL_OK)
			return status;
	} while (json_accept(reader, ','));
	return json_expect(reader, ']', "\",\" or \"]\"", failure);
}

/* Reads a shape, [n] or [rows, columns], as the number of its columns. */
static Status
read_shape(JsonReader *reader, uint64_t *dimension, Failure *failure)
{
	Status status =
		json_expect(reader, '[', "an array of one number", failure);
	double total = 1;
	double value;

	while (status == LL_OK)
	{
		status =
			json_read_integer(reader, SAMPLE_MAX_DIMENSION, &value, failure);
		total *= value;
		if (status == LL_OK && total > SAMPLE_MAX_DIMENSION)
			return fail(failure, LL_LIMIT,
						"the shape of instance %llu has more than %d columns",
						(unsigned long long) reader->instance,
						SAMPLE_MAX_DIMENSION);
		if (status != LL_OK || !json_accept(reader, ','))
			break;
	}
	if (status != LL_OK)
		return status;
	*dimension = (uint64_t) total;
	return json_expect(reader, ']', "\",\" or \"]\"", failure);
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
	char name[JSON_NAME_SIZE];
	bool first = true;
	bool more = true;
	Status status;

	json_skip_space(reader);
	if (!text_cursor_done(&reader->cursor) && *reader->cursor.at == '[')
	{
		members.values = true;
		status = read_values(reader, failure);
		return status != LL_OK ? status
							   : finish_row(reader, &members, failure);
	}
	for (;;)
	{
		status = json_next_member(reader, &first, name, &more, failure);
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
			status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/*
 * Reads {"features": row} and, where it may be, {"data": {"features": row}}.
 */
static Status
read_instance(JsonReader *reader, bool in_data, bool *found, Failure *failure)
{
	char name[JSON_NAME_SIZE];
	bool first = true;
	bool more;
	Status status;

	for (;;)
	{
		status = json_next_member(reader, &first, name, &more, failure);
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
			status = json_skip_value(reader, failure);
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
	char name[JSON_NAME_SIZE];
	bool first = true;
	bool more;
	Status status;

	for (;;)
	{
		status = json_next_member(reader, &first, name, &more, failure);
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
			return json_expect(reader, '[', "an array of instances", failure);
		}
		status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
}

/* Reads what follows the instances, up to the end of the text. */
static Status
leave_document(JsonReader *reader, Failure *failure)
{
	char name[JSON_NAME_SIZE];
	bool first = false;
	bool more;
	Status status;

	reader->inside = false;
	reader->instance = 0;
	for (;;)
	{
		status = json_next_member(reader, &first, name, &more, failure);
		if (status != LL_OK)
			return status;
		if (!more)
			break;
		if (strcmp(name, "instances") == 0)
			return fail(failure, LL_MALFORMED,
						"JSON document has \"instances\" twice");
		status = json_skip_value(reader, failure);
		if (status != LL_OK)
			return status;
	}
	json_skip_space(reader);
	return text_cursor_done(&reader->cursor)
			   ? LL_OK
			   : json_fail_expected(reader, "the end", failure);
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
	if (json_accept(reader, ']'))
		return leave_document(reader, failure);
	if (!first)
	{
		status = json_expect(reader, ',', "\",\" or \"]\"", failure);
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
	json_skip_space(reader);
	return text_cursor_end_line(&reader->cursor)
			   ? LL_OK
			   : json_fail_expected(reader, "the end of the line", failure);
}
