/*
 * s3_request.h
 *		Signed requests to an S3 store, sent on to the region that it names.
 */
#ifndef LINLEARN_IO_S3_REQUEST_H
#define LINLEARN_IO_S3_REQUEST_H

#include "io/http.h"
#include "io/s3_address.h"

/* Answers of the store that are not objects are short. */
#define S3_ANSWER_LIMIT ((size_t) 1 << 20)

#define S3_REQUEST_HEADERS 2

typedef struct S3Request
{
	const char *method;
	bool of_bucket;		 /* else of the object */
	const char *query;	 /* in canonical form; NULL: none */
	const uint8_t *body; /* NULL: none */
	size_t body_length;
	const char *headers[S3_REQUEST_HEADERS + 1]; /* up to a NULL */
	size_t limit; /* of the answer; 0: it is short */
	int deadline; /* ms; 0: any */
} S3Request;

/*
 * Sends a request and waits for the head of an answer that is a success.  A
 * store that has the bucket in another region says so: the object is moved
 * there and the request signed anew, a few times at most.  Errors: as
 * http_open(), LL_IO for the answer's status, LL_ABSENT for status 404.
 */
extern Status s3_open(const Runtime *runtime, S3Object *object,
					  const S3Request *request, HttpTransfer **transfer,
					  HttpResponse *response, Failure *failure);

/*
 * The same with the whole answer, which must not be an error in disguise: the
 * end of an upload may answer 200 and yet one.
 */
extern Status s3_call(const Runtime *runtime, S3Object *object,
					  const S3Request *request, HttpResponse *response,
					  Failure *failure);

/* Finds the text of the first such element ("<Code>") and returns its length. */
extern size_t s3_find_element(const HttpResponse *response, const char *start,
							  const char **text);

#endif
