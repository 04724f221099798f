/*
 * manifest.h
 *		SageMaker's manifests: lists of the objects that a channel reads.
 */
#ifndef LINLEARN_PG_LOAD_MANIFEST_H
#define LINLEARN_PG_LOAD_MANIFEST_H

#include "pg/base/version.h"

typedef struct Manifest
{
	char **urls; /* in UTF-8, as stores have their keys */
	size_t count;
} Manifest;

/* Whether a URL's name is that of a manifest: it ends in .manifest or .json. */
extern bool manifest_name(const char *url);

/*
 * Reads [{"prefix": "s3://bucket/..."}, "key", ...]: each key after the prefix.
 * Raises an error for anything else; of augmented manifests it says so.
 */
extern Manifest manifest_read(const char *bytes, size_t size);

#endif
