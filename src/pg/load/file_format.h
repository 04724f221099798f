/*
 * file_format.h
 *		Names the format of bytes that were given to another format's reader.
 */
#ifndef LINLEARN_PG_LOAD_FILE_FORMAT_H
#define LINLEARN_PG_LOAD_FILE_FORMAT_H

#include "pg/base/version.h"

/*
 * Raises an error that names the format and its reader when bytes begin as a
 * format that none of the readers, up to a NULL, is for.
 */
extern void refuse_format(const uint8_t *bytes, size_t length,
						  const char *const *readers);

#endif
