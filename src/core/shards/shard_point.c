/*
 * shard_point.c
 *		Classes and bins of a point.
 */
#include "core/shards/shard_point.h"

#include <math.h>
#include <string.h>

uint32_t
shard_bin(double margin)
{
	double bin = ceil(margin * SHARD_BINS_A_UNIT) + SHARD_BINS / 2 - 1;

	return bin >= SHARD_BINS - 1 ? SHARD_BINS - 1
		   : bin > 0			 ? (uint32_t) bin
								 : 0;
}

double
shard_bin_margin(uint32_t bin)
{
	return ((double) bin - SHARD_BINS / 2 + 0.5) / SHARD_BINS_A_UNIT;
}

/* The order of a text with no end and one with. */
static int
compare_text(const char *text, uint32_t size, const char *known)
{
	int order = strncmp(text, known, size);

	return order != 0 ? order : known[size] == '\0' ? 0 : -1;
}

bool
shard_class(const ShardPoint *point, double value, const char *text,
			uint32_t size, double *class)
{
	uint32_t low = 0, high = point->classes;

	if ((point->texts != NULL) != (text != NULL))
		return false;
	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int order =
			text != NULL ? compare_text(text, size, point->texts[middle])
			: value < point->values[middle] ? -1
											: value > point->values[middle];

		if (order == 0)
		{
			*class = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
