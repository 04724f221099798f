/*
 * random.h
 *		Counter-based random numbers: a value depends on its key and counter only,
 *		so that any part of a stream can be drawn anywhere in any order.
 *
 * The mixer is SplitMix64's finaliser (Steele, Lea, Flood 2014).
 */
#ifndef LINLEARN_CORE_BASE_RANDOM_H
#define LINLEARN_CORE_BASE_RANDOM_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Mixes 64 bits into 64 others; a bijection. */
static inline uint64_t
random_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* The counter-th 64-bit value of the stream of a key. */
static inline uint64_t
random_bits(uint64_t key, uint64_t counter)
{
	return random_mix(random_mix(key + UINT64_C(0x9e3779b97f4a7c15)) +
					  counter * UINT64_C(0x9e3779b97f4a7c15));
}

/* The key of a sub-stream, e.g. of one epoch. */
static inline uint64_t
random_key(uint64_t key, uint64_t stream)
{
	return random_mix(key * UINT64_C(0xd1342543de82ef95) +
					  random_mix(stream + UINT64_C(0x632be59bd9b4e019)));
}

/* A uniform number in [0, 1). */
static inline double
random_uniform(uint64_t key, uint64_t counter)
{
	return (double) (random_bits(key, counter) >> 11) * 0x1p-53;
}

/* A standard normal number (Box and Muller 1958). */
static inline double
random_normal(uint64_t key, uint64_t counter)
{
	double radius = 1.0 - random_uniform(key, 2 * counter);
	double angle = random_uniform(key, 2 * counter + 1);

	return sqrt(-2.0 * log(radius)) * cos(6.283185307179586 * angle);
}

/* Shuffles count items by the stream of a key (Fisher and Yates). */
static inline void
random_shuffle(uint32_t *items, size_t count, uint64_t key)
{
	for (size_t i = count; i > 1; i--)
	{
		/* Lemire's multiplication; its bias below 2^-32 does not matter. */
		size_t j =
			(size_t) (((random_bits(key, i) >> 32) * (uint64_t) i) >> 32);
		uint32_t item = items[i - 1];

		items[i - 1] = items[j];
		items[j] = item;
	}
}

#endif
