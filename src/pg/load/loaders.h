/*
 * loaders.h
 *		What the functions that read files and bytes share.
 */
#ifndef LINLEARN_PG_LOAD_LOADERS_H
#define LINLEARN_PG_LOAD_LOADERS_H

#include "pg/base/runtime.h"

/* linlearn.max_download_size in bytes. */
extern size_t download_limit(void);

/* Raises an error unless the user may read files of the server. */
extern void check_file_role(Oid role, const char *role_name, const char *verb);

/* The path of a file: URL or of an absolute path; NULL for anything else. */
extern const char *file_path(const char *source);

/*
 * Unpacks bytes if they are gzip, and releases the packed ones if they came
 * from the runtime and release is true.
 */
extern void unpack_bytes(const Runtime *runtime, bool release,
						 const uint8_t **bytes, size_t *length);

#endif
