/*
 * window.h
 *		The part of a stream that a reader looks at.
 */
#ifndef LINLEARN_FORMATS_WINDOW_H
#define LINLEARN_FORMATS_WINDOW_H

#include "core/base/byte_stream.h"

typedef struct Window
{
	Runtime runtime;
	const ByteStream *stream;
	uint8_t *bytes;
	size_t begin; /* of what has not been passed yet */
	size_t end;
	size_t capacity;
	size_t limit; /* of what may be looked at at once */
	bool ended;	  /* the stream has no more */
} Window;

extern void window_init(Window *window, const Runtime *runtime, size_t limit);

/* Looks at a stream from its begin, in the memory that there is. */
extern void window_open(Window *window, const ByteStream *stream);

/*
 * Adds bytes of the stream to those that have not been passed; ended tells
 * that there were none.  Errors: the stream's, LL_LIMIT, LL_NO_MEMORY.
 */
extern Status window_fill(Window *window, Failure *failure);

static inline const uint8_t *
window_at(const Window *window)
{
	return window->bytes + window->begin;
}

static inline size_t
window_size(const Window *window)
{
	return window->end - window->begin;
}

static inline void
window_pass(Window *window, size_t count)
{
	window->begin += count;
}

#endif
