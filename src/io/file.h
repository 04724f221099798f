/*
 * file.h
 *		Files in and out, whole, or in byte after byte.
 */
#ifndef LINLEARN_IO_FILE_H
#define LINLEARN_IO_FILE_H

#include "core/base/byte_stream.h"

/* True when there is something of that name, and it is a directory or not. */
extern bool file_is_directory(const char *path);
extern bool file_exists(const char *path);

/*
 * Reads a regular file of at most limit bytes into new memory of the runtime.
 * Errors: LL_ABSENT, LL_IO (unreadable, not a regular file), LL_LIMIT,
 * LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status file_read(const Runtime *runtime, const char *path, size_t limit,
						uint8_t **bytes, size_t *length, Failure *failure);

/* Opens a regular file as a stream.  Errors: as file_read(), but no limit. */
extern Status file_open(const Runtime *runtime, const char *path,
						ByteStream *stream, Failure *failure);

/*
 * Writes a file whole or not at all: into a new file beside it, which then
 * takes its name.  Errors: LL_IO, LL_CANCELLED.
 */
extern Status file_write(const Runtime *runtime, const char *path,
						 const uint8_t *bytes, size_t length,
						 Failure *failure);

#endif
