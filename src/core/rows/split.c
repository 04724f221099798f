/*
 * split.c
 *		The part that a row belongs to, by a hash of its key.
 */
#include "core/rows/split.h"

#include "core/base/hash.h"
#include "core/base/random.h"

/* Shares that fall short of 1 by no more than rounding leave nothing over. */
#define ROUNDING 1e-9

const char *
split_check(const SplitShares *shares)
{
	if (!(shares->train >= 0.0 && shares->train <= 1.0))
		return "train must be 0 to 1";
	if (!(shares->validation >= 0.0 && shares->validation <= 1.0))
		return "validation must be 0 to 1";
	if (shares->train + shares->validation > 1.0 + ROUNDING)
		return "train and validation must be at most 1 together";
	return NULL;
}

SplitPart
split_of_key(const void *key, size_t size, uint64_t seed,
			 const SplitShares *shares)
{
	/* Neighbouring seeds are as far from each other as any. */
	uint64_t hash = hash64_bytes(key, size, random_key(seed, 0));
	double place = (double) (hash >> 11) * 0x1p-53;

	if (place < shares->train)
		return SPLIT_TRAIN;
	if (place < shares->train + shares->validation ||
		shares->train + shares->validation > 1.0 - ROUNDING)
		return SPLIT_VALIDATION;
	return SPLIT_TEST;
}
