/*
 * s3_address.h
 *		Where an S3 object is: its bucket, key and region, and its URL of http.
 */
#ifndef LINLEARN_IO_S3_ADDRESS_H
#define LINLEARN_IO_S3_ADDRESS_H

#include "io/transfer.h"

#define S3_NAME_SIZE 64

/* An object, or all whose keys begin as its key does. */
typedef struct S3Object
{
	const TransferSettings *settings;
	char *name;		 /* the s3 URL; of the runtime */
	const char *key; /* inside name; of a prefix it may be empty */
	bool is_prefix;
	char bucket[S3_NAME_SIZE];
	char region[S3_NAME_SIZE]; /* that requests go to and are signed for */
	bool private_allowed;
} S3Object;

/*
 * Translates s3://bucket/key, or a prefix of keys, and checks that it, and of
 * a prefix all that it begins, may be reached.  The settings must outlive the
 * object.  Errors: LL_INVALID, LL_DENIED, LL_NO_MEMORY.
 */
extern Status s3_resolve(const Runtime *runtime,
						 const TransferSettings *settings, const char *url,
						 bool is_prefix, S3Object *object, Failure *failure);

extern void s3_release(const Runtime *runtime, S3Object *object);

/*
 * Makes a URL of http or https, in new memory: of the object, or of its bucket,
 * with a query (without its question mark) or none (NULL).  NULL without memory.
 */
extern char *s3_object_url(const Runtime *runtime, const S3Object *object,
						   const char *query);
extern char *s3_bucket_url(const Runtime *runtime, const S3Object *object,
						   const char *query);

/*
 * Changes the region, and checks anew that the object may be reached there.
 * Errors: LL_DENIED, LL_NO_MEMORY.
 */
extern Status s3_move(const Runtime *runtime, S3Object *object,
					  const char *region, size_t length, Failure *failure);

/* True for what may be a region: letters, digits and hyphens. */
extern bool s3_region_is_valid(const char *region, size_t length);

/*
 * Finds the region that the name of one of Amazon's hosts tells, as in
 * bucket.s3.eu-west-3.amazonaws.com or s3-eu-west-1.amazonaws.com; its length
 * is returned, 0 for any other host.
 */
extern size_t s3_region_of_host(const char *host, size_t length,
								const char **region);

#endif
