/*
 * stream.h
 *		Copies bytes past the caches, to where nobody reads them soon.
 *
 * A plain copy first fetches each cache line that it is to write, and drives
 * out of the caches what is of use there.
 */
#ifndef LINLEARN_CORE_MATH_STREAM_H
#define LINLEARN_CORE_MATH_STREAM_H

#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <emmintrin.h>

/* Copies 8 bytes, or fewer and zeros. */
static inline void
stream_word(void *to, const void *from, size_t size)
{
	long long word = 0;

	memcpy(&word, from, size);
	_mm_stream_si64(to, word);
}

/*
 * Copies size bytes to a multiple of 8, and zeros up to the next multiple.
 * This thread may read them at once, others after stream_fence().
 */
static inline void
stream_copy(void *to, const void *from, size_t size)
{
	char *out = to;
	const char *in = from;

	if ((uintptr_t) out % 16 != 0 && size >= 8)
	{
		stream_word(out, in, 8);
		out += 8, in += 8, size -= 8;
	}
	for (; size >= 16; out += 16, in += 16, size -= 16)
		_mm_stream_si128((__m128i *) out,
						 _mm_loadu_si128((const __m128i *) in));
	if (size >= 8)
	{
		stream_word(out, in, 8);
		out += 8, in += 8, size -= 8;
	}
	if (size > 0)
		stream_word(out, in, size);
}

/* Streamed bytes are not ordered with what is written later, as others are. */
static inline void
stream_fence(void)
{
	_mm_sfence();
}
#else
static inline void
stream_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	memset((char *) to + size, 0, -size % 8);
}

static inline void
stream_fence(void)
{
}
#endif

#endif
