/*
 * fold_lane.c
 *		Products of packed sparse rows with one vector.
 *
 * What is fetched from anywhere takes the time.  A vector is no faster there, and
 * compilers who think so make it slower: the Makefile forbids it them.
 */
#include "core/solve/fold_lane.h"

#include "core/base/dispatch.h"

/* sum of value in[index], by four sums that do not wait for each other. */
KERNEL_INLINE float
gather(const uint32_t *restrict index, const float *restrict value,
	   size_t count, const float *restrict in)
{
	float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
	size_t e = 0;

	for (; e + 4 <= count; e += 4)
	{
		a += value[e] * in[index[e]];
		b += value[e + 1] * in[index[e + 1]];
		c += value[e + 2] * in[index[e + 2]];
		d += value[e + 3] * in[index[e + 3]];
	}
	for (; e < count; e++)
		a += value[e] * in[index[e]];
	return (a + b) + (c + d);
}

KERNEL_INLINE float
gather_squares(const uint32_t *restrict index, const float *restrict value,
			   size_t count, const float *restrict in)
{
	float a = 0.0f, b = 0.0f;
	size_t e = 0;

	for (; e + 2 <= count; e += 2)
	{
		a += value[e] * value[e] * in[index[e]];
		b += value[e + 1] * value[e + 1] * in[index[e + 1]];
	}
	for (; e < count; e++)
		a += value[e] * value[e] * in[index[e]];
	return a + b;
}

void
fold_lane_multiply(const FoldEntries *entries, size_t block, const float *in,
				   bool squares, float *out)
{
	for (size_t i = entries->block[block]; i < entries->block[block + 1]; i++)
	{
		size_t from = entries->start[i];
		size_t count = entries->start[i + 1] - from;
		const uint32_t *index = entries->index + from;
		const float *value = entries->value + from;

		out[i] = squares ? gather_squares(index, value, count, in)
						 : gather(index, value, count, in);
	}
}
