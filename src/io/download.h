/*
 * download.h
 *		What a URL of http, https or s3 names, byte after byte.
 */
#ifndef LINLEARN_IO_DOWNLOAD_H
#define LINLEARN_IO_DOWNLOAD_H

#include "core/base/byte_stream.h"
#include "io/transfer.h"

/*
 * Opens a URL.  Redirects are followed, each checked as the first URL was.  The
 * stream holds a connection until it is closed; one that breaks is taken up
 * where it broke, if the server can.  The settings must outlive it.  announced
 * (which may be NULL) is how many bytes the server tells of, or 0.  Errors: as
 * transfer_fetch(), but no limit.
 */
extern Status download_open(const Runtime *runtime,
							const TransferSettings *settings, const char *url,
							ByteStream *stream, uint64_t *announced,
							Failure *failure);

#endif
