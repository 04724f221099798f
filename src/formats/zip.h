/*
 * zip.h
 *		Reader of zip files, also zip64: stored and deflated members.
 *
 * Source: PKWARE's APPNOTE 6.3.
 */
#ifndef LINLEARN_FORMATS_ZIP_H
#define LINLEARN_FORMATS_ZIP_H

#include "core/base/runtime.h"

typedef struct ZipReader
{
	const uint8_t *bytes;
	size_t length;
	size_t at;	   /* in the central directory */
	uint64_t left; /* entries to come */
} ZipReader;

/* A member as the central directory tells of it; it borrows the file. */
typedef struct ZipEntry
{
	const char *name; /* not terminated */
	size_t name_length;
	uint32_t flags;
	uint32_t method;
	uint32_t crc;
	uint64_t packed;
	uint64_t unpacked;
	uint64_t offset; /* of its local header */
} ZipEntry;

/* Finds the central directory: LL_MALFORMED without one. */
extern Status zip_open(ZipReader *reader, const uint8_t *bytes, size_t length,
					   Failure *failure);

/* Gives the next member; false in *found after the last. */
extern Status zip_next(ZipReader *reader, ZipEntry *entry, bool *found,
					   Failure *failure);

/*
 * Gives a member's bytes, checked by their CRC: a stored one's where they lie,
 * a deflated one's in memory of the runtime.  LL_MALFORMED, LL_UNSUPPORTED
 * (encrypted, other methods), LL_LIMIT above limit bytes, LL_NO_MEMORY.
 */
extern Status zip_unpack(const ZipReader *reader, const ZipEntry *entry,
						 const Runtime *runtime, size_t limit,
						 const uint8_t **bytes, Failure *failure);

#endif
