/*
 * transfer.h
 *		Downloads and uploads by URL, whole: http, https and s3.
 */
#ifndef LINLEARN_IO_TRANSFER_H
#define LINLEARN_IO_TRANSFER_H

#include "core/base/runtime.h"

/* What may be reached and how; the strings may be NULL or empty. */
typedef struct TransferSettings
{
	size_t limit;				  /* bytes of a download */
	int timeout;				  /* longest time in ms without a byte */
	const char *allowed_prefixes; /* comma-separated URLs */
	const char *s3_endpoint;	  /* empty: Amazon's; else path-style */
	const char *s3_region;
	const char *s3_access_key; /* empty: requests are not signed */
	const char *s3_secret_key;
	const char *s3_session_token;
} TransferSettings;

/*
 * Downloads a URL into new memory of the runtime.  Redirects are followed,
 * each checked as the first URL was.  Errors: LL_INVALID (not such a URL),
 * LL_DENIED (outside the allowed prefixes, or at an address that is not
 * public), LL_LIMIT, LL_ABSENT (status 404), LL_IO (no connection, another
 * status but 200, an answer that ends early, time-out), LL_NO_MEMORY,
 * LL_CANCELLED.
 */
extern Status transfer_fetch(const Runtime *runtime,
							 const TransferSettings *settings, const char *url,
							 uint8_t **bytes, size_t *length,
							 Failure *failure);

/*
 * Uploads bytes to a URL: PUT for http, PutObject for s3, in parts when large.
 * Errors: as transfer_fetch.
 */
extern Status transfer_upload(const Runtime *runtime,
							  const TransferSettings *settings,
							  const char *url, const uint8_t *bytes,
							  size_t length, Failure *failure);

#endif
