/*
 * http.h
 *		One HTTP request by libcurl, interruptible and within limits.
 */
#ifndef LINLEARN_IO_HTTP_H
#define LINLEARN_IO_HTTP_H

#include "core/runtime.h"

#define HTTP_MAX_HEADERS 8
#define HTTP_ETAG_SIZE 128

typedef struct HttpRequest
{
	const char *method;	 /* GET, PUT, POST or DELETE */
	const char *url;	 /* http or https */
	const uint8_t *body; /* NULL: none; borrowed */
	size_t body_length;
	const char *headers[HTTP_MAX_HEADERS]; /* "Name: value", up to a NULL */
	bool path_as_is;	  /* dot segments stay in the path */
	bool private_allowed; /* may reach addresses that are not public */
	size_t limit;		  /* bytes of the answer */
	int timeout;		  /* longest time in ms without a byte */
	int deadline;		  /* longest time in ms in all; 0: any */
} HttpRequest;

typedef struct HttpResponse
{
	long status;
	uint8_t *body; /* of the runtime; NULL if empty */
	size_t length;
	char etag[HTTP_ETAG_SIZE];
	char *redirect; /* of the runtime; NULL unless status is 3xx */
} HttpResponse;

/*
 * Sends a request and receives its answer, of whatever status; redirects are
 * not followed.  No proxy, no decompression; TLS is verified.  A wish to stop
 * is seen within 50 ms.  Errors: LL_INVALID (a control character in the
 * request), LL_IO (no connection, time-out, an answer that ends early),
 * LL_DENIED (the resolved address is not public), LL_LIMIT, LL_NO_MEMORY,
 * LL_CANCELLED.  No message shows a secret.
 */
extern Status http_request(const Runtime *runtime, const HttpRequest *request,
						   HttpResponse *response, Failure *failure);

#endif
