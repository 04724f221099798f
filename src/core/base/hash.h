/*
 * hash.h
 *		A hash of bytes.
 */
#ifndef LINLEARN_CORE_BASE_HASH_H
#define LINLEARN_CORE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/random.h"

/* Four independent multiply-rotate lanes keep the multiplier busy. */
#define HASH_LANES 4
#define HASH_LANES_START(seed)                                                \
	{                                                                         \
		seed, seed ^ UINT64_C(0x9e3779b97f4a7c15), ~seed,                     \
			seed + UINT64_C(0xd1342543de82ef95)                               \
	}
#define HASH_FACTOR UINT64_C(0x9fb21c651e98df25)

/* A 64-bit hash of bytes, the same on every machine. */
extern uint64_t hash64_bytes(const void *bytes, size_t size, uint64_t seed);

/* The same of eight bytes, in fewer steps. */
static inline uint64_t
hash64_word(uint64_t word, uint64_t seed)
{
	const uint64_t lanes[HASH_LANES] = HASH_LANES_START(seed);
	uint64_t first = (lanes[0] ^ word) * HASH_FACTOR;

	word = random_mix((first ^ first >> 32) + sizeof(word));
	for (int i = 1; i < HASH_LANES; i++)
		word = random_mix(word ^ lanes[i]);
	return word;
}

/* The hash of a label that is a number. */
#define HASH_NUMBER_SEED UINT64_C(0x6e756d626572)
static inline uint64_t
hash64_number(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return hash64_word(bits, HASH_NUMBER_SEED);
}

/*
 * A hash of bytes for tables in memory, quick for the few bytes that most levels
 * have; another one than hash64_bytes.
 */
static inline uint64_t
hash64_short(const char *bytes, uint32_t size)
{
	uint64_t first = 0, last = 0;

	if (size > 2 * sizeof(uint64_t))
		return hash64_bytes(bytes, size, 0);
	if (size >= sizeof(uint64_t))
	{
		memcpy(&first, bytes, sizeof(first));
		memcpy(&last, bytes + size - sizeof(last), sizeof(last));
	}
	else if (size >= sizeof(uint32_t))
	{
		memcpy(&first, bytes, sizeof(uint32_t));
		memcpy(&last, bytes + size - sizeof(uint32_t), sizeof(uint32_t));
	}
	else
		for (uint32_t i = 0; i < size; i++)
			first = first << 8 | (uint8_t) bytes[i];
	first *= UINT64_C(0x9e3779b97f4a7c15);
	last = (last + size) * UINT64_C(0xd1342543de82ef95);
	return random_mix(first ^ (last << 32 | last >> 32));
}

/* Whether bytes are the same, as quick. */
static inline bool
same_short(const char *a, const char *b, uint32_t size)
{
	uint64_t first[2], last[2];
	uint32_t begin[2], end[2];

	if (size > 2 * sizeof(uint64_t))
		return memcmp(a, b, size) == 0;
	if (size >= sizeof(uint64_t))
	{
		memcpy(&first[0], a, sizeof(uint64_t));
		memcpy(&first[1], b, sizeof(uint64_t));
		memcpy(&last[0], a + size - sizeof(uint64_t), sizeof(uint64_t));
		memcpy(&last[1], b + size - sizeof(uint64_t), sizeof(uint64_t));
		return first[0] == first[1] && last[0] == last[1];
	}
	if (size >= sizeof(uint32_t))
	{
		memcpy(&begin[0], a, sizeof(uint32_t));
		memcpy(&begin[1], b, sizeof(uint32_t));
		memcpy(&end[0], a + size - sizeof(uint32_t), sizeof(uint32_t));
		memcpy(&end[1], b + size - sizeof(uint32_t), sizeof(uint32_t));
		return begin[0] == begin[1] && end[0] == end[1];
	}
	for (uint32_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

#endif
