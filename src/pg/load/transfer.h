/*
 * transfer.h
 *		Transfers with the settings of the session.
 */
#ifndef LINLEARN_PG_LOAD_TRANSFER_H
#define LINLEARN_PG_LOAD_TRANSFER_H

#include "io/transfer.h"
#include "pg/base/runtime.h"

/*
 * The session's settings of transfers, for a download of at most limit bytes;
 * what they point to lives as long as the current memory context.  Sets libcurl
 * up as well.
 */
extern TransferSettings transfer_settings(size_t limit);

/*
 * Downloads a URL into memory of the runtime, of at most limit bytes; false if
 * the server says that there is nothing.
 */
extern bool fetch_url(const Runtime *runtime, const char *url, size_t limit,
					  uint8_t **bytes, size_t *length, Failure *absent);

#endif
