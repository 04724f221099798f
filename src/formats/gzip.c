/*
 * gzip.c
 *		Unpacks gzip files, with a limit on what comes out.
 */
#include "formats/gzip.h"

#include <limits.h>

#include "formats/zlib_runtime.h"

/* Bytes unpacked between two looks at the interrupt flag. */
#define GZIP_SLICE (4 << 20)

/* 15 bits of window, plus 16 for a gzip header and trailer. */
#define GZIP_WINDOW_BITS (15 + 16)

/* A gzip header and trailer with nothing between. */
#define GZIP_MIN_LENGTH 18

/* What comes out, in memory that grows up to a limit. */
typedef struct Output
{
	const Runtime *runtime;
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	size_t limit;
} Output;

bool
gzip_detect(const uint8_t *bytes, size_t length)
{
	return length >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b &&
		   bytes[2] == 8;
}

/*
 * Guess the unpacked size from the trailer, which holds it modulo 2^32 for the
 * last member, but believe no more than the packed bytes and the limit allow.
 */
static size_t
guess_capacity(const uint8_t *bytes, size_t length, size_t limit)
{
	const uint8_t *trailer;
	size_t guess;
	size_t possible;

	if (length < GZIP_MIN_LENGTH)
		return 1;
	trailer = bytes + length - 4;
	guess = (size_t) trailer[3] << 24 | (size_t) trailer[2] << 16 |
			(size_t) trailer[1] << 8 | trailer[0];
	if (__builtin_mul_overflow(length, DEFLATE_MAX_RATIO, &possible))
		possible = SIZE_MAX;
	if (guess > possible)
		guess = possible;
	if (guess > limit)
		guess = limit;
	return guess > 0 ? guess : 1;
}

/* Make room for more output, at most up to the limit. */
static Status
grow(Output *output, Failure *failure)
{
	size_t capacity = output->capacity;
	uint8_t *bytes;

	capacity = capacity > output->limit / 2 ? output->limit : capacity * 2;
	bytes = runtime_allocate(output->runtime, capacity);
	if (bytes == NULL)
		return fail_no_memory(failure);
	memcpy(bytes, output->bytes, output->length);
	runtime_release(output->runtime, output->bytes);
	output->bytes = bytes;
	output->capacity = capacity;
	return LL_OK;
}

/*
 * Call inflate once for a slice of input and output.  With the output full at
 * the limit, one byte of scratch tells the end of the file from more of it.
 */
static Status
inflate_slice(z_stream *stream, Output *output, const uint8_t *end, int *code,
			  Failure *failure)
{
	size_t room = output->capacity - output->length;
	size_t rest = end - stream->next_in;
	uint8_t scratch;
	uint8_t *start = output->bytes + output->length;

	if (room == 0 && output->capacity < output->limit)
	{
		Status status = grow(output, failure);

		if (status != LL_OK)
			return status;
		room = output->capacity - output->length;
		start = output->bytes + output->length;
	}
	if (room == 0)
		start = &scratch;
	if (room > GZIP_SLICE)
		room = GZIP_SLICE;
	stream->next_out = start;
	stream->avail_out = room > 0 ? (uInt) room : 1;
	stream->avail_in = rest < UINT_MAX ? (uInt) rest : UINT_MAX;
	*code = inflate(stream, Z_NO_FLUSH);
	if (room > 0)
		output->length += stream->next_out - start;
	else if (stream->next_out != start)
	{
		fail(failure, LL_LIMIT, "gzip file unpacks to more than %zu bytes",
			 output->limit);
		fail_remedy(failure, REMEDY_READ_SIZE);
		return LL_LIMIT;
	}
	return LL_OK;
}

/* Turn what inflate returned into a failure, unless all is well. */
static Status
check_code(const z_stream *stream, int code, const uint8_t *bytes,
		   const uint8_t *end, Failure *failure)
{
	size_t offset = stream->next_in - bytes;

	if (code == Z_MEM_ERROR)
		return fail_no_memory(failure);
	if (code == Z_DATA_ERROR || code == Z_NEED_DICT)
	{
		fail(failure, LL_MALFORMED, "gzip file is damaged at byte %zu",
			 offset);
		if (stream->msg != NULL)
			fail_detail(failure, "zlib says: %s.", stream->msg);
		return LL_MALFORMED;
	}
	if (code != Z_STREAM_END && stream->next_in == end &&
		stream->avail_out > 0)
		return fail(failure, LL_MALFORMED,
					"gzip file is truncated after %zu bytes", offset);
	return LL_OK;
}

/* Unpack member after member until the input's end. */
static Status
inflate_members(z_stream *stream, Output *output, const uint8_t *bytes,
				size_t length, Failure *failure)
{
	const uint8_t *end = bytes + length;

	for (;;)
	{
		int code;
		Status status = inflate_slice(stream, output, end, &code, failure);

		if (status == LL_OK)
			status = check_code(stream, code, bytes, end, failure);
		if (status != LL_OK)
			return status;
		if (runtime_interrupted(output->runtime))
			return fail_cancelled(failure);
		if (code != Z_STREAM_END)
			continue;
		if (stream->next_in == end)
			return LL_OK;
		if (!gzip_detect(stream->next_in, end - stream->next_in))
			return fail(failure, LL_MALFORMED,
						"gzip file is followed by %zu other bytes",
						(size_t) (end - stream->next_in));
		inflateReset(stream);
	}
}

Status
gzip_unpack(const Runtime *runtime, const uint8_t *bytes, size_t length,
			size_t limit, uint8_t **unpacked, size_t *unpacked_length,
			Failure *failure)
{
	Output output = {runtime, NULL, 0, 0, limit};
	z_stream stream;
	Status status;

	if (!gzip_detect(bytes, length))
		return fail(failure, LL_MALFORMED, "not a gzip file");
	zlib_stream_init(&stream, runtime);
	stream.next_in = (Bytef *) bytes;
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return fail_no_memory(failure);
	output.capacity = guess_capacity(bytes, length, limit);
	output.bytes = runtime_allocate(runtime, output.capacity);
	if (output.bytes == NULL)
		status = fail_no_memory(failure);
	else
		status = inflate_members(&stream, &output, bytes, length, failure);
	inflateEnd(&stream);
	if (status != LL_OK)
	{
		runtime_release(runtime, output.bytes);
		return status;
	}
	*unpacked = output.bytes;
	*unpacked_length = output.length;
	return LL_OK;
}
