/*
 * file_format.h
 *		Names the format of bytes that were given to another format's reader.
 */
#ifndef LINLEARN_PG_LOAD_FILE_FORMAT_H
#define LINLEARN_PG_LOAD_FILE_FORMAT_H

#include "pg/base/version.h"

#include "formats/format_table.h"

/*
 * Raises an error that names the format and its reader when bytes begin as a
 * format that is none of those of a set of bits 1 << FORMAT_...
 */
extern void refuse_format(const uint8_t *bytes, size_t length,
						  unsigned formats);

#endif
