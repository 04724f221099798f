/*
 * sample.h
 *		One row of numbers as a reader of some format hands it out.
 *
 * A reader fills the same Sample again and again.  A dense sample has count
 * values and no keys; a sparse one has count values, each with its column
 * number (from 0), in ascending order.
 */
#ifndef LINLEARN_FORMATS_SAMPLE_H
#define LINLEARN_FORMATS_SAMPLE_H

#include "core/base/runtime.h"

/* Widest row: columns are numbered by SQL's integer. */
#define SAMPLE_MAX_DIMENSION 2147483647

/* A width that nobody has told. */
#define SAMPLE_ANY_DIMENSION UINT64_MAX

typedef struct Sample
{
	Runtime runtime;
	double *values;
	size_t count;
	size_t value_limit; /* sample_add_value need not look further below */
	size_t value_capacity;
	uint32_t *keys;
	size_t key_count;
	size_t key_limit;
	size_t key_capacity;
	bool sparse;
	bool whole;			/* the format says that values are integers */
	uint32_t dimension; /* dense: count; sparse: width, 0 if not told */
} Sample;

/* Makes an empty sample; memory comes from runtime. */
extern void sample_init(Sample *sample, const Runtime *runtime);

/* Empties a sample and keeps its memory. */
extern void sample_clear(Sample *sample);

/* Makes room for more values or keys: LL_NO_MEMORY, LL_CANCELLED. */
extern Status sample_reserve_values(Sample *sample, size_t more,
									Failure *failure);
extern Status sample_reserve_keys(Sample *sample, size_t more,
								  Failure *failure);

/*
 * Declares a sample sparse, with dimension columns (0: not told): puts its
 * keys into ascending order, where names it in errors.  LL_MALFORMED unless
 * there are as many keys as values, no key twice and each below the dimension.
 */
extern Status sample_set_sparse(Sample *sample, uint64_t dimension,
								const char *where, Failure *failure);

/* Declares a sample dense: LL_LIMIT above SAMPLE_MAX_DIMENSION. */
extern Status sample_set_dense(Sample *sample, Failure *failure);

/* Appends a value. */
static inline Status
sample_add_value(Sample *sample, double value, Failure *failure)
{
	if (sample->count >= sample->value_limit)
	{
		Status status = sample_reserve_values(sample, 1, failure);

		if (status != LL_OK)
			return status;
	}
	sample->values[sample->count++] = value;
	return LL_OK;
}

/* Appends a key. */
static inline Status
sample_add_key(Sample *sample, uint32_t key, Failure *failure)
{
	if (sample->key_count >= sample->key_limit)
	{
		Status status = sample_reserve_keys(sample, 1, failure);

		if (status != LL_OK)
			return status;
	}
	sample->keys[sample->key_count++] = key;
	return LL_OK;
}

#endif
