/*
 * channel.h
 *		What a URL stands for: an object, all that begins alike, a manifest's
 *		objects, or files of the server; one stream after the other.
 */
#ifndef LINLEARN_PG_LOAD_CHANNEL_H
#define LINLEARN_PG_LOAD_CHANNEL_H

#include "core/base/byte_stream.h"
#include "pg/base/runtime.h"

typedef struct Channel Channel;

/*
 * Opens a channel in the current memory context, which gives back the
 * connections and files when it goes.  A URL that ends in a slash stands for
 * all that is below, one that ends in .manifest or .json for what the manifest
 * lists.  Raises an error unless the user may read from URLs, or files; schema
 * is the extension's.
 */
extern Channel *channel_open(const char *url, Oid schema);

/*
 * Opens the next stream, unpacked if it is gzip, and closes the one before;
 * NULL after the last.
 */
extern const ByteStream *channel_next(Channel *channel);

/*
 * The URL or path of the only object below a prefix or folder; NULL if there is
 * none or more than one.  Errors as channel_open().
 */
extern char *channel_only_name(const char *url, Oid schema);

/* Says in an error which stream it is about; for ErrorContextCallback. */
extern void channel_tell_name(void *channel);

#endif
