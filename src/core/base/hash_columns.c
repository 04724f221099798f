/*
 * hash_columns.c
 *		Hashes of rows whose words stand in columns: eight rows at a time.
 */
#include "core/base/hash_columns.h"

#include "core/base/dispatch.h"
#include "core/base/hash.h"
#include "core/base/random.h"

#define LANES HASH_COLUMNS_ROWS

typedef uint64_t Words __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint64_t LooseWords __attribute__((
	vector_size(LANES * sizeof(uint64_t)), aligned(8), may_alias));

/* random_mix() of eight. */
KERNEL_INLINE void
mix(Words *x)
{
	*x = (*x ^ (*x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	*x = (*x ^ (*x >> 27)) * UINT64_C(0x94d049bb133111eb);
	*x ^= *x >> 31;
}

KERNEL_CLONES void
hash64_columns(const void *words, size_t count, size_t stride, size_t rows,
			   uint64_t *hashes)
{
	for (size_t row = 0; row < rows; row += LANES)
	{
		LooseWords *out = (LooseWords *) (hashes + row);
		const uint64_t *word = (const uint64_t *) words + row;
		Words seed = *out;
		Words lanes[HASH_LANES] = HASH_LANES_START(seed);
		size_t j = 0;

		for (; j + HASH_LANES <= count; j += HASH_LANES)
			for (int i = 0; i < HASH_LANES; i++, word += stride)
			{
				lanes[i] =
					(lanes[i] ^ *(const LooseWords *) word) * HASH_FACTOR;
				lanes[i] ^= lanes[i] >> 32;
			}
		for (int i = 0; j < count; i++, j++, word += stride)
		{
			lanes[i] = (lanes[i] ^ *(const LooseWords *) word) * HASH_FACTOR;
			lanes[i] ^= lanes[i] >> 32;
		}
		seed = lanes[0] + count * sizeof(uint64_t);
		mix(&seed);
		for (int i = 1; i < HASH_LANES; i++)
		{
			seed ^= lanes[i];
			mix(&seed);
		}
		*out = seed;
	}
}

uint64_t
hash64_sum(const uint64_t *hashes, size_t rows)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rows; i++)
		sum += random_mix(hashes[i]);
	return sum;
}
