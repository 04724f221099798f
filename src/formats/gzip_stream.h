/*
 * gzip_stream.h
 *		A stream unpacked on its way if it is gzip, or else as it is.
 */
#ifndef LINLEARN_FORMATS_GZIP_STREAM_H
#define LINLEARN_FORMATS_GZIP_STREAM_H

#include "core/base/byte_stream.h"

/*
 * Wraps a stream, which the new one closes.  Errors: LL_NO_MEMORY, and then of
 * reading: LL_MALFORMED for what is damaged, truncated or followed by others.
 */
extern Status gzip_stream_open(const Runtime *runtime, ByteStream *packed,
							   ByteStream *stream, Failure *failure);

#endif
