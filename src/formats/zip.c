/*
 * zip.c
 *		Reads zip files.
 */
#include "formats/zip.h"

#include "formats/zlib_runtime.h"

/* Sizes of the fixed parts. */
#define END_SIZE 22
#define END64_SIZE 56
#define LOCATOR64_SIZE 20
#define CENTRAL_SIZE 46
#define LOCAL_SIZE 30

/* A comment at the end has at most so many bytes. */
#define MAX_COMMENT 65535

/* Bytes packed or unpacked between two looks at the interrupt flag. */
#define SLICE (4 << 20)

static inline uint32_t
load16(const uint8_t *p)
{
	return p[0] | (uint32_t) p[1] << 8;
}

static inline uint32_t
load32(const uint8_t *p)
{
	return load16(p) | load16(p + 2) << 16;
}

static inline uint64_t
load64(const uint8_t *p)
{
	return load32(p) | (uint64_t) load32(p + 4) << 32;
}

static Status
fail_zip(const char *what, Failure *failure)
{
	return fail(failure, LL_MALFORMED, "zip file %s", what);
}

/* Whether size bytes at an offset lie in the file and begin with a mark. */
static bool
has_part(const ZipReader *reader, uint64_t offset, size_t size, uint8_t mark0,
		 uint8_t mark1)
{
	const uint8_t *p;

	if (offset > reader->length || reader->length - offset < size)
		return false;
	p = reader->bytes + offset;
	return p[0] == 'P' && p[1] == 'K' && p[2] == mark0 && p[3] == mark1;
}

/* Finds the end record, behind which only a comment stands. */
static bool
find_end(const ZipReader *reader, size_t *end)
{
	size_t last;

	if (reader->length < END_SIZE)
		return false;
	last = reader->length - END_SIZE;
	for (size_t back = 0; back <= MAX_COMMENT && back <= last; back++)
	{
		*end = last - back;
		if (has_part(reader, *end, END_SIZE, 5, 6) &&
			load16(reader->bytes + *end + 20) == back)
			return true;
	}
	return false;
}

Status
zip_open(ZipReader *reader, const uint8_t *bytes, size_t length,
		 Failure *failure)
{
	size_t end;
	uint64_t offset;

	*reader = (ZipReader){.bytes = bytes, .length = length};
	if (!find_end(reader, &end))
		return fail_zip("has no directory at its end: it is cut short",
						failure);
	reader->left = load16(bytes + end + 10);
	offset = load32(bytes + end + 16);
	if ((reader->left == UINT16_MAX || offset == UINT32_MAX) &&
		end >= LOCATOR64_SIZE &&
		has_part(reader, end - LOCATOR64_SIZE, LOCATOR64_SIZE, 6, 7))
	{
		uint64_t end64 = load64(bytes + end - LOCATOR64_SIZE + 8);

		if (!has_part(reader, end64, END64_SIZE, 6, 6))
			return fail_zip("has no zip64 directory where it says", failure);
		reader->left = load64(bytes + end64 + 32);
		offset = load64(bytes + end64 + 48);
	}
	if (offset > length)
		return fail_zip("has no directory where it says", failure);
	reader->at = (size_t) offset;
	return LL_OK;
}

/* Takes the sizes that did not fit into 32 bits out of the extra field. */
static bool
read_zip64(ZipEntry *entry, const uint8_t *extra, size_t length)
{
	uint64_t *const wide[] = {&entry->unpacked, &entry->packed,
							  &entry->offset};

	while (length >= 4)
	{
		size_t size = load16(extra + 2);
		const uint8_t *p = extra + 4;

		if (size > length - 4)
			return false;
		for (int i = 0; load16(extra) == 1 && i < 3; i++)
		{
			if (*wide[i] != UINT32_MAX)
				continue;
			if ((size_t) (extra + 4 + size - p) < 8)
				return false;
			*wide[i] = load64(p);
			p += 8;
		}
		extra += 4 + size;
		length -= 4 + size;
	}
	return true;
}

Status
zip_next(ZipReader *reader, ZipEntry *entry, bool *found, Failure *failure)
{
	const uint8_t *p;
	size_t extra;
	size_t size;

	*found = reader->left > 0;
	if (!*found)
		return LL_OK;
	if (!has_part(reader, reader->at, CENTRAL_SIZE, 1, 2))
		return fail_zip("has a broken directory", failure);
	p = reader->bytes + reader->at;
	*entry = (ZipEntry){.name = (const char *) p + CENTRAL_SIZE,
						.name_length = load16(p + 28),
						.flags = load16(p + 8),
						.method = load16(p + 10),
						.crc = load32(p + 16),
						.packed = load32(p + 20),
						.unpacked = load32(p + 24),
						.offset = load32(p + 42)};
	extra = load16(p + 30);
	size = CENTRAL_SIZE + entry->name_length + extra + load16(p + 32);
	if (size > reader->length - reader->at ||
		!read_zip64(entry, p + CENTRAL_SIZE + entry->name_length, extra))
		return fail_zip("has a broken directory", failure);
	reader->at += size;
	reader->left--;
	return LL_OK;
}

/* Unpacks a deflated member into memory of just its size. */
static Status
inflate_member(const ZipEntry *entry, const Runtime *runtime,
			   const uint8_t *packed, uint8_t *out, Failure *failure)
{
	z_stream stream;
	size_t in_left = (size_t) entry->packed;
	size_t out_left = (size_t) entry->unpacked;
	int code = Z_OK;

	zlib_stream_init(&stream, runtime);
	if (inflateInit2(&stream, -15) != Z_OK)
		return fail_no_memory(failure);
	stream.next_in = (Bytef *) packed;
	stream.next_out = out;
	while (code == Z_OK && !runtime_interrupted(runtime))
	{
		uInt in = (uInt) (in_left < SLICE ? in_left : SLICE);
		uInt room = (uInt) (out_left < SLICE ? out_left : SLICE);

		stream.avail_in = in;
		stream.avail_out = room;
		code = inflate(&stream, Z_NO_FLUSH);
		in_left -= in - stream.avail_in;
		out_left -= room - stream.avail_out;
	}
	inflateEnd(&stream);
	if (code == Z_MEM_ERROR)
		return fail_no_memory(failure);
	if (code == Z_OK)
		return fail_cancelled(failure);
	if (code != Z_STREAM_END || out_left > 0)
		return fail_zip("has a damaged member", failure);
	return LL_OK;
}

/* Checks a member's bytes. */
static Status
check_crc(const ZipEntry *entry, const Runtime *runtime, const uint8_t *bytes,
		  Failure *failure)
{
	uLong crc = crc32(0, NULL, 0);
	size_t left = (size_t) entry->unpacked;

	while (left > 0)
	{
		size_t slice = left < SLICE ? left : SLICE;

		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		crc = crc32(crc, bytes, (uInt) slice);
		bytes += slice;
		left -= slice;
	}
	return crc == entry->crc ? LL_OK
							 : fail_zip("has a damaged member: its checksum "
										"is another",
										failure);
}

/* Finds where a member's packed bytes lie. */
static Status
find_member(const ZipReader *reader, const ZipEntry *entry,
			const uint8_t **packed, Failure *failure)
{
	uint64_t begin;

	if ((entry->flags & 1) != 0 || (entry->method != 0 && entry->method != 8))
		return fail(failure, LL_UNSUPPORTED,
					(entry->flags & 1) != 0
						? "zip file is encrypted (method %u)"
						: "zip file is packed by method %u, read are stored "
						  "and deflated members",
					(unsigned) entry->method);
	if (!has_part(reader, entry->offset, LOCAL_SIZE, 3, 4))
		return fail_zip("has no member where its directory says", failure);
	begin = entry->offset + LOCAL_SIZE +
			load16(reader->bytes + entry->offset + 26) +
			load16(reader->bytes + entry->offset + 28);
	if (begin > reader->length || entry->packed > reader->length - begin ||
		(entry->method == 0 && entry->packed != entry->unpacked) ||
		entry->unpacked / DEFLATE_MAX_RATIO > entry->packed)
		return fail_zip("has a member of an impossible size", failure);
	*packed = reader->bytes + begin;
	return LL_OK;
}

Status
zip_unpack(const ZipReader *reader, const ZipEntry *entry,
		   const Runtime *runtime, size_t limit, const uint8_t **bytes,
		   Failure *failure)
{
	const uint8_t *packed = NULL;
	uint8_t *unpacked;
	Status status = find_member(reader, entry, &packed, failure);

	if (status != LL_OK)
		return status;
	*bytes = packed;
	if (entry->method == 8)
	{
		if (entry->unpacked > limit)
			return fail(failure, LL_LIMIT,
						"zip file unpacks to more than the %zu bytes allowed",
						limit);
		unpacked = runtime_allocate(runtime, (size_t) entry->unpacked + 1);
		if (unpacked == NULL)
			return fail_no_memory(failure);
		status = inflate_member(entry, runtime, packed, unpacked, failure);
		*bytes = unpacked;
	}
	if (status == LL_OK)
		status = check_crc(entry, runtime, *bytes, failure);
	if (status != LL_OK && *bytes != packed)
		runtime_release(runtime, (void *) *bytes);
	return status;
}
