/*
 * loaders.h
 *		What the functions that read files and bytes share.
 */
#ifndef LINLEARN_PG_LOAD_LOADERS_H
#define LINLEARN_PG_LOAD_LOADERS_H

#include "pg/base/runtime.h"

/*
 * Unpacks bytes if they are gzip, and releases the packed ones if they came
 * from the runtime and release is true.
 */
extern void unpack_bytes(const Runtime *runtime, bool release,
						 const uint8_t **bytes, size_t *length);

#endif
