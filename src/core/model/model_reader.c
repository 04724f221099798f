/*
 * model_reader.c
 *		Takes numbers and texts from bytes that nobody vouches for.
 */
#include "core/model/model_reader.h"

#include <string.h>

#include "core/model/model.h"

void
reader_take(Reader *reader, void *data, size_t size)
{
	if (reader->left < size)
	{
		reader->damaged = true;
		reader->left = 0;
		memset(data, 0, size);
		return;
	}
	memcpy(data, reader->cursor, size);
	reader->cursor += size;
	reader->left -= size;
}

uint32_t
reader_take_u32(Reader *reader)
{
	uint32_t value;

	reader_take(reader, &value, sizeof(value));
	return value;
}

uint64_t
reader_take_u64(Reader *reader)
{
	uint64_t value;

	reader_take(reader, &value, sizeof(value));
	return value;
}

double
reader_take_f64(Reader *reader)
{
	double value;

	reader_take(reader, &value, sizeof(value));
	return value;
}

void *
reader_take_array(Reader *reader, size_t count, size_t item_size,
				  size_t bytes_each)
{
	void *array;

	if (reader->damaged || count > reader->left / bytes_each)
	{
		reader->damaged = true;
		return NULL;
	}
	array = runtime_allocate_zero(reader->runtime, count, item_size);
	if (array == NULL)
	{
		reader->no_memory = true;
		reader->damaged = true;
	}
	return array;
}

double *
reader_take_f64s(Reader *reader, size_t count)
{
	double *values =
		reader_take_array(reader, count, sizeof(double), sizeof(double));

	if (values != NULL)
		reader_take(reader, values, count * sizeof(double));
	return values;
}

char *
reader_take_text(Reader *reader)
{
	uint32_t length = reader_take_u32(reader);
	char *text;

	if (reader->damaged || length > reader->left || length > MODEL_MAX_TEXT)
	{
		reader->damaged = true;
		return NULL;
	}
	text = runtime_allocate_zero(reader->runtime, (size_t) length + 1, 1);
	if (text == NULL)
	{
		reader->no_memory = true;
		reader->damaged = true;
		return NULL;
	}
	reader_take(reader, text, length);
	return text;
}

void
reader_take_name(Reader *reader, char *buffer, size_t size)
{
	uint32_t length = reader_take_u32(reader);

	buffer[0] = '\0';
	if (reader->damaged || length >= size || length > reader->left)
	{
		reader->damaged = true;
		return;
	}
	reader_take(reader, buffer, length);
	buffer[length] = '\0';
}

uint32_t
reader_take_enum(Reader *reader, uint32_t count)
{
	uint32_t value = reader_take_u32(reader);

	if (value >= count)
	{
		reader->damaged = true;
		return 0;
	}
	return value;
}

uint64_t
reader_take_varint(Reader *reader)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8_t byte;

		reader_take(reader, &byte, 1);
		value |= (uint64_t) (byte & 0x7f) << shift;
		if (!(byte & 0x80))
		{
			/* The last has one bit left, and none is there for nothing. */
			if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
				reader->damaged = true;
			return value;
		}
	}
	reader->damaged = true;
	return 0;
}

void
reader_refuse(Reader *reader, const char *why)
{
	if (!reader->damaged)
		reader->why = why;
	reader->damaged = true;
}
