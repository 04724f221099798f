/*
 * http.h
 *		HTTP requests by libcurl, interruptible and within limits.
 */
#ifndef LINLEARN_IO_HTTP_H
#define LINLEARN_IO_HTTP_H

#include "core/base/runtime.h"

#define HTTP_MAX_HEADERS 8
#define HTTP_ETAG_SIZE 128
#define HTTP_REGION_SIZE 64
#define HTTP_RANGE_SIZE 80

/* The least room for bytes that are to be read. */
#define HTTP_MIN_ROOM ((size_t) 16 << 10)

typedef struct HttpRequest
{
	const char *method;	 /* GET, PUT, POST or DELETE */
	const char *url;	 /* http or https */
	const uint8_t *body; /* NULL: none; borrowed until the answer begins */
	size_t body_length;
	const char *headers[HTTP_MAX_HEADERS]; /* "Name: value", up to a NULL */
	bool path_as_is;					   /* dot segments stay in the path */
	bool private_allowed; /* may reach addresses that are not public */
	size_t limit;		  /* bytes of the answer, of http_request() */
	int timeout;		  /* longest time in ms without a byte */
	int deadline;		  /* longest time in ms in all; 0: any */
} HttpRequest;

typedef struct HttpResponse
{
	long status;
	uint64_t announced; /* bytes of the body; 0: not told */
	uint8_t *body;		/* of http_request(): the runtime's; NULL if empty */
	size_t length;
	char etag[HTTP_ETAG_SIZE];
	char range[HTTP_RANGE_SIZE];   /* Content-Range, without blanks */
	char region[HTTP_REGION_SIZE]; /* where an S3 store has the bucket */
	char *redirect; /* of the runtime; NULL unless status is 3xx */
} HttpResponse;

/* A request whose answer comes; it holds a connection until it is closed. */
typedef struct HttpTransfer HttpTransfer;

/*
 * Sends a request and waits for the head of its answer, of whatever status;
 * redirects are not followed.  No proxy, no decompression; TLS is verified.  A
 * wish to stop is seen within 50 ms.  Errors: LL_INVALID (a control character
 * in the request), LL_IO (no connection, time-out), LL_DENIED (the resolved
 * address is not public), LL_NO_MEMORY, LL_CANCELLED.  No message shows a
 * secret.
 */
extern Status http_open(const Runtime *runtime, const HttpRequest *request,
						HttpTransfer **transfer, HttpResponse *response,
						Failure *failure);

/*
 * Waits for bytes of the answer; got is 0 at its end.  There is room for
 * HTTP_MIN_ROOM at least.  Errors: as http_open(), and LL_IO for an answer
 * that ends early.
 */
extern Status http_read(HttpTransfer *transfer, uint8_t *bytes, size_t room,
						size_t *got, Failure *failure);

/* Ends a transfer, wherever it is; NULL is allowed. */
extern void http_close(HttpTransfer *transfer);

/* Receives the rest of an answer, whole.  Errors: http_read()'s, LL_LIMIT. */
extern Status http_collect(const Runtime *runtime, const HttpRequest *request,
						   HttpTransfer *transfer, HttpResponse *response,
						   Failure *failure);

/*
 * Sends a request and receives its answer whole.  Errors: as http_open() and
 * http_read(), and LL_LIMIT.
 */
extern Status http_request(const Runtime *runtime, const HttpRequest *request,
						   HttpResponse *response, Failure *failure);

#endif
