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
	uint64_t lanes[4] = {seed, seed ^ UINT64_C(0x9e3779b97f4a7c15), ~seed,
						 seed + UINT64_C(0xd1342543de82ef95)};
	uint64_t word;
	size_t left = size;

	/* Four independent multiply-rotate lanes keep the multiplier busy. */
	for (; left >= 32; left -= 32, cursor += 32)
	{
		for (int i = 0; i < 4; i++)
		{
			memcpy(&word, cursor + 8 * i, 8);
			lanes[i] = (lanes[i] ^ word) * UINT64_C(0x9fb21c651e98df25);
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
		lanes[i] = (lanes[i] ^ word) * UINT64_C(0x9fb21c651e98df25);
		lanes[i] ^= lanes[i] >> 32;
		cursor += part;
		left -= part;
	}
	word = random_mix(lanes[0] + size);
	for (int i = 1; i < 4; i++)
		word = random_mix(word ^ lanes[i]);
	return word;
}
