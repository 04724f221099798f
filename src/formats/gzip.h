/*
 * gzip.h
 *		Unpacks gzip files (RFC 1952), also of several members.
 */
#ifndef LINLEARN_FORMATS_GZIP_H
#define LINLEARN_FORMATS_GZIP_H

#include "core/base/runtime.h"

/* True when the bytes begin as a gzip file does. */
extern bool gzip_detect(const uint8_t *bytes, size_t length);

/*
 * Unpacks all members of a gzip file into new memory of the runtime.  Errors:
 * LL_MALFORMED (truncated, damaged, bytes after the end), LL_LIMIT (more than
 * limit bytes come out), LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status gzip_unpack(const Runtime *runtime, const uint8_t *bytes,
						  size_t length, size_t limit, uint8_t **unpacked,
						  size_t *unpacked_length, Failure *failure);

#endif
