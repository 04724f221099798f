/*
 * gzip_stream.c
 *		A stream unpacked on its way if it is gzip, or else as it is.
 */
#include "formats/gzip_stream.h"

#include <limits.h>

#include "formats/gzip.h"
#include "formats/zlib_runtime.h"

/* 15 bits of window, plus 16 for a gzip header and trailer. */
#define GZIP_WINDOW_BITS (15 + 16)

#define INPUT_SIZE ((size_t) 64 << 10)

typedef struct GzipStream
{
	Runtime runtime;
	ByteStream packed;
	bool begun;
	bool is_gzip;
	bool ended;	   /* the packed stream has no more */
	bool between;  /* a member has ended */
	z_stream zlib; /* its input is in input */
	uint8_t input[INPUT_SIZE];
} GzipStream;

/* Add packed bytes behind those that are left. */
static Status
fill_input(GzipStream *gzip, Failure *failure)
{
	z_stream *zlib = &gzip->zlib;
	size_t got;
	Status status;

	if (zlib->avail_in > 0)
		memmove(gzip->input, zlib->next_in, zlib->avail_in);
	zlib->next_in = gzip->input;
	status = byte_stream_read(&gzip->packed, gzip->input + zlib->avail_in,
							  INPUT_SIZE - zlib->avail_in, &got, failure);
	if (status == LL_OK)
	{
		zlib->avail_in += (uInt) got;
		gzip->ended = got == 0;
	}
	return status;
}

/* Find out from the first bytes what the stream is. */
static Status
begin(GzipStream *gzip, Failure *failure)
{
	z_stream *zlib = &gzip->zlib;

	gzip->begun = true;
	while (zlib->avail_in < 3 && !gzip->ended)
	{
		Status status = fill_input(gzip, failure);

		if (status != LL_OK)
			return status;
	}
	if (!gzip_detect(zlib->next_in, zlib->avail_in))
		return LL_OK;
	if (inflateInit2(zlib, GZIP_WINDOW_BITS) != Z_OK)
		return fail_no_memory(failure);
	gzip->is_gzip = true;
	return LL_OK;
}

/* Hand on a stream that is not packed: first what begin() has read of it. */
static Status
read_plain(GzipStream *gzip, uint8_t *bytes, size_t room, size_t *got,
		   Failure *failure)
{
	z_stream *zlib = &gzip->zlib;

	if (zlib->avail_in == 0)
	{
		*got = 0;
		return gzip->ended ? LL_OK
						   : byte_stream_read(&gzip->packed, bytes, room, got,
											  failure);
	}
	*got = zlib->avail_in < room ? zlib->avail_in : room;
	memcpy(bytes, zlib->next_in, *got);
	zlib->next_in += *got;
	zlib->avail_in -= (uInt) *got;
	return LL_OK;
}

/* Unpack some of what is there. */
static Status
inflate_some(GzipStream *gzip, Failure *failure)
{
	z_stream *zlib = &gzip->zlib;
	int code;

	if (gzip->between)
		inflateReset(zlib);
	gzip->between = false;
	code = inflate(zlib, Z_NO_FLUSH);
	gzip->between = code == Z_STREAM_END;
	if (code == Z_MEM_ERROR)
		return fail_no_memory(failure);
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
	{
		fail(failure, LL_MALFORMED, "gzip file is damaged");
		if (zlib->msg != NULL)
			fail_detail(failure, "zlib says: %s.", zlib->msg);
		return LL_MALFORMED;
	}
	return LL_OK;
}

static Status
read_gzip(void *context, uint8_t *bytes, size_t room, size_t *got,
		  Failure *failure)
{
	GzipStream *gzip = context;
	z_stream *zlib = &gzip->zlib;
	Status status = gzip->begun ? LL_OK : begin(gzip, failure);

	*got = 0;
	if (status == LL_OK && !gzip->is_gzip)
		return read_plain(gzip, bytes, room, got, failure);
	while (status == LL_OK && *got == 0)
	{
		if (runtime_interrupted(&gzip->runtime))
			return fail_cancelled(failure);
		if (zlib->avail_in == 0 && !gzip->ended)
			status = fill_input(gzip, failure);
		if (status != LL_OK)
			return status;
		if (zlib->avail_in == 0 && gzip->ended && gzip->between)
			return LL_OK;
		/* also without input: some of the output may still be inside */
		zlib->next_out = bytes;
		zlib->avail_out = room < UINT_MAX ? (uInt) room : UINT_MAX;
		status = inflate_some(gzip, failure);
		*got = (size_t) (zlib->next_out - bytes);
		if (status == LL_OK && *got == 0 && zlib->avail_in == 0 &&
			gzip->ended && !gzip->between)
			return fail(failure, LL_MALFORMED, "gzip file is truncated");
	}
	return status;
}

static void
close_gzip(void *context)
{
	GzipStream *gzip = context;
	Runtime runtime = gzip->runtime;

	byte_stream_close(&gzip->packed);
	if (gzip->is_gzip)
		inflateEnd(&gzip->zlib);
	runtime_release(&runtime, gzip);
}

Status
gzip_stream_open(const Runtime *runtime, ByteStream *packed,
				 ByteStream *stream, Failure *failure)
{
	GzipStream *gzip = runtime_allocate_zero(runtime, 1, sizeof(*gzip));

	if (gzip == NULL)
		return fail_no_memory(failure);
	gzip->runtime = *runtime;
	zlib_stream_init(&gzip->zlib, &gzip->runtime);
	gzip->zlib.next_in = gzip->input;
	gzip->packed = *packed;
	packed->close = NULL;
	*stream = (ByteStream){gzip, read_gzip, close_gzip};
	return LL_OK;
}
