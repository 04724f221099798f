/*
 * hash.h
 *		A hash of bytes.
 */
#ifndef LINLEARN_CORE_BASE_HASH_H
#define LINLEARN_CORE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/random.h"

/* A 64-bit hash of bytes, the same on every machine. */
extern uint64_t hash64_bytes(const void *bytes, size_t size, uint64_t seed);

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
	return random_mix(first ^ random_mix(last + size));
}

#endif
