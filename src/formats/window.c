/*
 * window.c
 *		The part of a stream that a reader looks at.
 */
#include "formats/window.h"

#include <string.h>

#define FIRST_CAPACITY ((size_t) 256 << 10)

void
window_init(Window *window, const Runtime *runtime, size_t limit)
{
	memset(window, 0, sizeof(*window));
	window->runtime = *runtime;
	window->limit = limit;
}

void
window_open(Window *window, const ByteStream *stream)
{
	window->stream = stream;
	window->begin = window->end = 0;
	window->ended = false;
}

/* Make room behind what has not been passed. */
static Status
make_room(Window *window, Failure *failure)
{
	size_t size = window_size(window);
	size_t capacity = window->capacity;
	uint8_t *bytes;

	if (capacity - size >= BYTE_STREAM_ROOM)
	{
		memmove(window->bytes, window_at(window), size);
		window->begin = 0;
		window->end = size;
		return LL_OK;
	}
	if (size > window->limit)
		return fail(failure, LL_LIMIT, "a row is larger than %zu bytes",
					window->limit);
	capacity = capacity == 0 ? FIRST_CAPACITY : capacity * 2;
	bytes = runtime_allocate(&window->runtime, capacity);
	if (bytes == NULL)
		return fail_no_memory(failure);
	if (size > 0)
		memcpy(bytes, window_at(window), size);
	runtime_release(&window->runtime, window->bytes);
	window->bytes = bytes;
	window->begin = 0;
	window->end = size;
	window->capacity = capacity;
	return LL_OK;
}

Status
window_fill(Window *window, Failure *failure)
{
	size_t before = window_size(window);

	/* by a half at least, so that to look again costs no more than to read */
	do
	{
		size_t got;
		Status status = LL_OK;

		if (window->capacity - window->end < BYTE_STREAM_ROOM)
			status = make_room(window, failure);
		if (status == LL_OK)
			status = byte_stream_read(
				window->stream, window->bytes + window->end,
				window->capacity - window->end, &got, failure);
		if (status != LL_OK)
			return status;
		window->end += got;
		window->ended = got == 0;
	} while (!window->ended && window_size(window) < before + before / 2);
	return LL_OK;
}
