/*
 * model_writer.c
 *		Puts numbers and texts into a model's bytes.
 */
#include "core/model/model_writer.h"

#include <math.h>
#include <string.h>

#include "core/model/checksum.h"

void
writer_put(Writer *writer, const void *data, size_t size)
{
	if (writer->failed)
		return;
	if (writer->capacity - writer->size < size)
	{
		size_t capacity = writer->capacity * 2 + size + 1024;
		uint8_t *bytes = runtime_allocate(writer->runtime, capacity);

		if (bytes == NULL)
		{
			writer->failed = true;
			return;
		}
		if (writer->size > 0)
			memcpy(bytes, writer->bytes, writer->size);
		runtime_release(writer->runtime, writer->bytes);
		writer->bytes = bytes;
		writer->capacity = capacity;
	}
	if (size > 0)
		memcpy(writer->bytes + writer->size, data, size);
	writer->size += size;
}

void
writer_put_u32(Writer *writer, uint32_t value)
{
	writer_put(writer, &value, sizeof(value));
}

void
writer_put_u64(Writer *writer, uint64_t value)
{
	writer_put(writer, &value, sizeof(value));
}

void
writer_put_f64(Writer *writer, double value)
{
	if (isnan(value))
		writer_put_u64(writer, UINT64_C(0x7ff8000000000000));
	else
		writer_put(writer, &value, sizeof(value));
}

void
writer_put_f64s(Writer *writer, const double *values, size_t count)
{
	for (size_t i = 0; i < count && !runtime_stops(writer->runtime, i); i++)
		writer_put_f64(writer, values[i]);
}

void
writer_put_text(Writer *writer, const char *text)
{
	size_t length = strlen(text);

	writer_put_u32(writer, (uint32_t) length);
	writer_put(writer, text, length);
}

void
writer_begin_section(Writer *writer, SectionTag tag)
{
	writer->section = writer->size;
	writer_put_u32(writer, tag);
	writer_put_u32(writer, 0);
	writer_put_u64(writer, 0);
}

void
writer_end_section(Writer *writer)
{
	static const uint8_t zeros[8];
	uint64_t length;

	if (writer->failed)
		return;
	length = writer->size - writer->section - SECTION_HEADER_SIZE;
	memcpy(writer->bytes + writer->section + 8, &length, sizeof(length));
	writer_put(writer, zeros, (8 - writer->size % 8) % 8);
}

void
writer_put_varint(Writer *writer, uint64_t value)
{
	uint8_t bytes[10];
	size_t size = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[size++] = (uint8_t) (value | 0x80);
	bytes[size++] = (uint8_t) value;
	writer_put(writer, bytes, size);
}

void
writer_begin_model(Writer *writer)
{
	writer_put(writer, MODEL_MAGIC, 4);
	writer_put_u32(writer, MODEL_FORMAT);
	writer_put_u64(writer, 0);
}

Status
writer_seal_model(Writer *writer, Failure *failure)
{
	uint32_t crc;

	if (writer->failed)
		return fail_no_memory(failure);
	crc = model_crc32c(writer->bytes + HEADER_SIZE, writer->size - HEADER_SIZE,
					   writer->runtime);
	if (runtime_interrupted(writer->runtime))
		return fail_cancelled(failure);
	memcpy(writer->bytes + 8, &crc, sizeof(crc));
	return LL_OK;
}
