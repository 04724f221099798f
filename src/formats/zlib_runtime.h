/*
 * zlib_runtime.h
 *		zlib with the runtime's memory.
 */
#ifndef LINLEARN_FORMATS_ZLIB_RUNTIME_H
#define LINLEARN_FORMATS_ZLIB_RUNTIME_H

#include <string.h>
#include <zlib.h>

#include "core/base/runtime.h"

/* Deflate never expands a byte beyond this (RFC 1951: 258 bytes in 2 bits). */
#define DEFLATE_MAX_RATIO 1032

static inline void *
zlib_allocate(void *runtime, unsigned int count, unsigned int size)
{
	return runtime_allocate_zero(runtime, count, size);
}

static inline void
zlib_release(void *runtime, void *pointer)
{
	runtime_release(runtime, pointer);
}

/* Empties a stream whose memory will come from the runtime. */
static inline void
zlib_stream_init(z_stream *stream, const Runtime *runtime)
{
	memset(stream, 0, sizeof(*stream));
	stream->zalloc = zlib_allocate;
	stream->zfree = zlib_release;
	stream->opaque = (void *) runtime;
}

#endif
