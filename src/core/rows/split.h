/*
 * split.h
 *		The part that a row belongs to, by a hash of its key.
 *
 * A key's part depends on its bytes, the seed and the shares alone: on no other
 * row, machine, version or order of rows.
 */
#ifndef LINLEARN_CORE_ROWS_SPLIT_H
#define LINLEARN_CORE_ROWS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

typedef enum SplitPart
{
	SPLIT_TRAIN,
	SPLIT_VALIDATION,
	SPLIT_TEST
} SplitPart;

/* Shares of the keys; the rest is for test. */
typedef struct SplitShares
{
	double train;
	double validation;
} SplitShares;

/* NULL for shares of 0 to 1 that are at most 1 together; else what they must be. */
extern const char *split_check(const SplitShares *shares);

/* The part of a key's bytes. */
extern SplitPart split_of_key(const void *key, size_t size, uint64_t seed,
							  const SplitShares *shares);

#endif
