/*
 * byte_stream.c
 *		Bytes that come one after the other.
 */
#include "core/base/byte_stream.h"

#include <string.h>

/* What an announced length may reserve before a byte has come. */
#define MAX_FIRST_CAPACITY ((size_t) 16 << 20)

/* Bytes gathered so far. */
typedef struct Gathered
{
	const Runtime *runtime;
	uint8_t *bytes;
	size_t length;
	size_t capacity;
} Gathered;

Status
byte_stream_read(const ByteStream *stream, uint8_t *bytes, size_t room,
				 size_t *got, Failure *failure)
{
	return stream->read(stream->context, bytes, room, got, failure);
}

void
byte_stream_close(ByteStream *stream)
{
	void (*close)(void *context) = stream->close;

	stream->close = NULL;
	if (close != NULL)
		close(stream->context);
}

/* Make room for more; false without memory. */
static bool
grow(Gathered *gathered, uint64_t expected)
{
	size_t capacity = gathered->capacity * 2;
	uint8_t *bytes;

	if (gathered->capacity == 0)
		capacity = (expected < MAX_FIRST_CAPACITY ? (size_t) expected
												  : MAX_FIRST_CAPACITY) +
				   BYTE_STREAM_ROOM;
	bytes = runtime_allocate(gathered->runtime, capacity);
	if (bytes == NULL)
		return false;
	if (gathered->length > 0)
		memcpy(bytes, gathered->bytes, gathered->length);
	runtime_release(gathered->runtime, gathered->bytes);
	gathered->bytes = bytes;
	gathered->capacity = capacity;
	return true;
}

/* Gather until the end, or more than the limit. */
static Status
gather(Gathered *gathered, const ByteStream *stream, uint64_t expected,
	   size_t limit, Failure *failure)
{
	size_t got = 1;

	while (got > 0 && gathered->length <= limit)
	{
		Status status;

		if (gathered->capacity - gathered->length < BYTE_STREAM_ROOM &&
			!grow(gathered, expected))
			return fail_no_memory(failure);
		status = byte_stream_read(stream, gathered->bytes + gathered->length,
								  gathered->capacity - gathered->length, &got,
								  failure);
		if (status != LL_OK)
			return status;
		gathered->length += got;
	}
	return LL_OK;
}

Status
byte_stream_collect(const Runtime *runtime, const ByteStream *stream,
					uint64_t expected, size_t limit, const char *shown,
					uint8_t **bytes, size_t *length, Failure *failure)
{
	Gathered gathered = {runtime};
	Status status = gather(&gathered, stream, expected, limit, failure);

	if (status == LL_OK && gathered.length > limit)
		status = fail(failure, LL_LIMIT, "\"%s\" is larger than %zu bytes",
					  shown, limit);
	if (status != LL_OK || gathered.length == 0)
	{
		runtime_release(runtime, gathered.bytes);
		gathered.bytes = NULL;
	}
	*bytes = gathered.bytes;
	*length = status == LL_OK ? gathered.length : 0;
	return status;
}
