/*
 * hash.c
 *		A hash of bytes.
 */
#include "core/base/hash.h"

#include <string.h>

#include "core/base/random.h"

uint64_t
hash64_bytes(const void *bytes, size_t size, uint64_t seed)
{
	const unsigned char *cursor = bytes;
	uint64_t lanes[HASH_LANES] = HASH_LANES_START(seed);
	uint64_t word;
	size_t left = size;

	for (; left >= 32; left -= 32, cursor += 32)
	{
		for (int i = 0; i < HASH_LANES; i++)
		{
			memcpy(&word, cursor + 8 * i, 8);
			lanes[i] = (lanes[i] ^ word) * HASH_FACTOR;
			lanes[i] ^= lanes[i] >> 32;
		}
	}
	for (int i = 0; left > 0; i++)
	{
		size_t part = left < 8 ? left : 8;

		word = 0;
		if (part == 8)
			memcpy(&word, cursor, 8);
		else
			memcpy(&word, cursor, part);
		lanes[i] = (lanes[i] ^ word) * HASH_FACTOR;
		lanes[i] ^= lanes[i] >> 32;
		cursor += part;
		left -= part;
	}
	word = random_mix(lanes[0] + size);
	for (int i = 1; i < HASH_LANES; i++)
		word = random_mix(word ^ lanes[i]);
	return word;
}
