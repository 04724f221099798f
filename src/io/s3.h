/*
 * s3.h
 *		Puts objects into an S3 store (Amazon S3 and stores like it).
 */
#ifndef LINLEARN_IO_S3_H
#define LINLEARN_IO_S3_H

#include "io/s3_address.h"

/* Uploads above this go in parts of S3_PART_SIZE. */
#define S3_MULTIPART_THRESHOLD ((size_t) 64 << 20)
#define S3_PART_SIZE ((size_t) 16 << 20)

/* Puts an object, in parts when large.  Errors: as s3_call(). */
extern Status s3_put(const Runtime *runtime, S3Object *object,
					 const uint8_t *bytes, size_t length, Failure *failure);

#endif
