/*
 * byte_stream.h
 *		Bytes that come one after the other: of a file, an answer, a packed one.
 */
#ifndef LINLEARN_CORE_BASE_BYTE_STREAM_H
#define LINLEARN_CORE_BASE_BYTE_STREAM_H

#include "core/base/runtime.h"

/* The least room that a stream is read into. */
#define BYTE_STREAM_ROOM ((size_t) 16 << 10)

typedef struct ByteStream
{
	void *context;
	/* waits for bytes; got is 0 at the end */
	Status (*read)(void *context, uint8_t *bytes, size_t room, size_t *got,
				   Failure *failure);
	void (*close)(void *context); /* NULL: nothing to give back */
} ByteStream;

extern Status byte_stream_read(const ByteStream *stream, uint8_t *bytes,
							   size_t room, size_t *got, Failure *failure);

/* Closes a stream once; one that is all zero is none. */
extern void byte_stream_close(ByteStream *stream);

/*
 * Reads all that comes into new memory of the runtime, NULL if nothing does;
 * expected is how much that may be, or 0, and is not relied upon.  shown names
 * the stream.  Errors: the stream's, LL_LIMIT above limit bytes, LL_NO_MEMORY.
 */
extern Status byte_stream_collect(const Runtime *runtime,
								  const ByteStream *stream, uint64_t expected,
								  size_t limit, const char *shown,
								  uint8_t **bytes, size_t *length,
								  Failure *failure);

#endif
