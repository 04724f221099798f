/*
 * recordio_frame.c
 *		The frames of recordIO: one a record, or several that are joined.
 */
#include "formats/recordio_frame.h"

#include <string.h>

#define FRAME_MAGIC UINT32_C(0xced7230a)

/* The upper three bits of a length tell which part of a record follows. */
#define FRAME_LENGTH_BITS 29

enum
{
	PART_WHOLE = 0,
	PART_FIRST = 1,
	PART_MIDDLE = 2,
	PART_LAST = 3
};

Status
recordio_fail(const RecordReader *reader, const char *what, Failure *failure)
{
	return fail(failure, LL_MALFORMED, "recordIO record %llu %s",
				(unsigned long long) reader->record, what);
}

/* Finds the payload of the next frame and passes it; *part is its mark. */
static Status
read_frame(RecordReader *reader, Span *payload, uint32_t *part,
		   Failure *failure)
{
	size_t left = (size_t) (reader->end - reader->at);
	uint32_t length;
	size_t padded;

	if (left < 8)
		return recordio_fail(reader, "is cut short in its header", failure);
	if (load32(reader->at) != FRAME_MAGIC)
		return fail(failure, LL_MALFORMED,
					"recordIO record %llu starts with %08x instead of %08x",
					(unsigned long long) reader->record,
					(unsigned) load32(reader->at), (unsigned) FRAME_MAGIC);
	length = load32(reader->at + 4);
	*part = length >> FRAME_LENGTH_BITS;
	length &= (UINT32_C(1) << FRAME_LENGTH_BITS) - 1;
	padded = ((size_t) length + 3) / 4 * 4;
	if (left - 8 < padded)
		return fail(
			failure, LL_MALFORMED,
			"recordIO record %llu claims %u bytes, but only %zu follow",
			(unsigned long long) reader->record, (unsigned) length, left - 8);
	payload->at = reader->at + 8;
	payload->end = payload->at + length;
	reader->at += 8 + padded;
	return LL_OK;
}

bool
recordio_is_whole(const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	for (;;)
	{
		uint32_t length;
		uint32_t part;
		size_t padded;

		if (size - at < 8)
			return false;
		length = load32(bytes + at + 4);
		part = length >> FRAME_LENGTH_BITS;
		padded =
			((size_t) (length & ((UINT32_C(1) << FRAME_LENGTH_BITS) - 1)) +
			 3) /
			4 * 4;
		/* what goes on must have begun, or the reader will say so */
		if (load32(bytes + at) != FRAME_MAGIC ||
			(at == 0 && part != PART_WHOLE && part != PART_FIRST))
			return true;
		if (size - at - 8 < padded)
			return false;
		at += 8 + padded;
		if (part != PART_FIRST && part != PART_MIDDLE)
			return true;
	}
}

/* Appends bytes to the record that is being joined. */
static Status
join_bytes(RecordReader *reader, const uint8_t *bytes, size_t size,
		   Failure *failure)
{
	const Runtime *runtime = &reader->features.runtime;

	if (size == 0) /* there may be no room yet to point into */
		return LL_OK;
	if (reader->joined_capacity - reader->joined_size < size)
	{
		size_t capacity = (reader->joined_size + size) * 2;
		uint8_t *larger = runtime_allocate(runtime, capacity);

		if (larger == NULL)
			return fail_no_memory(failure);
		if (reader->joined_size > 0)
			memcpy(larger, reader->joined, reader->joined_size);
		runtime_release(runtime, reader->joined);
		reader->joined = larger;
		reader->joined_capacity = capacity;
	}
	memcpy(reader->joined + reader->joined_size, bytes, size);
	reader->joined_size += size;
	return LL_OK;
}

/* Reads the further parts of a record, with the magic number between them. */
static Status
join_parts(RecordReader *reader, Span *payload, Failure *failure)
{
	static const uint8_t magic[4] = {0x0a, 0x23, 0xd7, 0xce};
	uint32_t part = PART_FIRST;
	Status status;

	reader->joined_size = 0;
	status = join_bytes(reader, payload->at,
						(size_t) (payload->end - payload->at), failure);
	while (status == LL_OK && part != PART_LAST)
	{
		if (runtime_interrupted(&reader->features.runtime))
			return fail_cancelled(failure);
		if (reader->at == reader->end)
			return recordio_fail(reader, "has no last part", failure);
		status = read_frame(reader, payload, &part, failure);
		if (status == LL_OK && part != PART_MIDDLE && part != PART_LAST)
			return recordio_fail(reader, "has no last part", failure);
		if (status == LL_OK)
			status = join_bytes(reader, magic, sizeof(magic), failure);
		if (status == LL_OK)
			status =
				join_bytes(reader, payload->at,
						   (size_t) (payload->end - payload->at), failure);
	}
	if (status != LL_OK)
		return status;
	payload->at = reader->joined;
	payload->end = reader->joined + reader->joined_size;
	return LL_OK;
}

Status
recordio_next_payload(RecordReader *reader, Span *payload, Failure *failure)
{
	uint32_t part = PART_WHOLE;
	Status status = read_frame(reader, payload, &part, failure);

	if (status != LL_OK || part == PART_WHOLE)
		return status;
	if (part == PART_FIRST)
		return join_parts(reader, payload, failure);
	if (part == PART_MIDDLE || part == PART_LAST)
		return recordio_fail(reader, "is a later part without a first",
							 failure);
	return fail(failure, LL_MALFORMED,
				"recordIO record %llu has the unknown mark %u in the upper "
				"bits of its length",
				(unsigned long long) reader->record, (unsigned) part);
}
