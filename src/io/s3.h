/*
 * s3.h
 *		s3:// URLs as signed HTTP requests (Amazon S3 and stores like it).
 */
#ifndef LINLEARN_IO_S3_H
#define LINLEARN_IO_S3_H

#include "io/http.h"
#include "io/transfer.h"

/* Uploads above this go in parts of S3_PART_SIZE. */
#define S3_MULTIPART_THRESHOLD ((size_t) 64 << 20)
#define S3_PART_SIZE ((size_t) 16 << 20)

/* An object and how to reach it; all memory is the runtime's. */
typedef struct S3Object
{
	char *url; /* http or https, without a query */
	const TransferSettings *settings;
	bool private_allowed;
} S3Object;

/* Translates s3://bucket/key.  Errors: LL_INVALID, LL_NO_MEMORY. */
extern Status s3_resolve(const Runtime *runtime,
						 const TransferSettings *settings, const char *url,
						 S3Object *object, Failure *failure);

/* Gets an object.  Errors: as http_request, and LL_IO for its status. */
extern Status s3_get(const Runtime *runtime, const S3Object *object,
					 HttpResponse *response, Failure *failure);

/* Puts an object, in parts when large. */
extern Status s3_put(const Runtime *runtime, const S3Object *object,
					 const uint8_t *bytes, size_t length, Failure *failure);

#endif
