/*
 * sample.c
 *		One row of numbers as a reader of some format hands it out.
 */
#include "formats/sample.h"

#include <string.h>

#include "core/math/sort.h"

/* Numbers appended between two looks for a wish to stop. */
#define VALUES_BETWEEN_CHECKS 65536

void
sample_init(Sample *sample, const Runtime *runtime)
{
	memset(sample, 0, sizeof(*sample));
	sample->runtime = *runtime;
}

void
sample_clear(Sample *sample)
{
	sample->count = 0;
	sample->key_count = 0;
	sample->sparse = false;
	sample->whole = false;
	sample->dimension = 0;
}

/* Moves an array into one of at least count + more items. */
static Status
grow(const Runtime *runtime, void **items, size_t item_size, size_t count,
	 size_t more, size_t *capacity, Failure *failure)
{
	size_t wanted = *capacity < 64 ? 64 : *capacity;
	size_t bytes;
	void *larger;

	while (wanted - count < more)
	{
		if (__builtin_mul_overflow(wanted, (size_t) 2, &wanted))
			return fail_no_memory(failure);
	}
	if (__builtin_mul_overflow(wanted, item_size, &bytes))
		return fail_no_memory(failure);
	larger = runtime_allocate(runtime, bytes);
	if (larger == NULL)
		return fail_no_memory(failure);
	if (count > 0)
		memcpy(larger, *items, count * item_size);
	runtime_release(runtime, *items);
	*items = larger;
	*capacity = wanted;
	return LL_OK;
}

/* The count up to which appending needs no further look. */
static size_t
next_limit(size_t count, size_t capacity)
{
	return capacity - count < VALUES_BETWEEN_CHECKS
			   ? capacity
			   : count + VALUES_BETWEEN_CHECKS;
}

Status
sample_reserve_values(Sample *sample, size_t more, Failure *failure)
{
	void *items = sample->values;
	Status status;

	if (runtime_interrupted(&sample->runtime))
		return fail_cancelled(failure);
	if (sample->value_capacity - sample->count < more)
	{
		status = grow(&sample->runtime, &items, sizeof(double), sample->count,
					  more, &sample->value_capacity, failure);
		if (status != LL_OK)
			return status;
		sample->values = items;
	}
	sample->value_limit = next_limit(sample->count, sample->value_capacity);
	return LL_OK;
}

Status
sample_reserve_keys(Sample *sample, size_t more, Failure *failure)
{
	void *items = sample->keys;
	Status status;

	if (runtime_interrupted(&sample->runtime))
		return fail_cancelled(failure);
	if (sample->key_capacity - sample->key_count < more)
	{
		status = grow(&sample->runtime, &items, sizeof(uint32_t),
					  sample->key_count, more, &sample->key_capacity, failure);
		if (status != LL_OK)
			return status;
		sample->keys = items;
	}
	sample->key_limit = next_limit(sample->key_count, sample->key_capacity);
	return LL_OK;
}

/* Sorts the entries by key. */
static Status
sort_entries(Sample *sample, Failure *failure)
{
	size_t count = sample->count;
	SortPair *pairs =
		runtime_allocate(&sample->runtime, 2 * count * sizeof(SortPair));

	if (pairs == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		pairs[i] = (SortPair){sample->keys[i], {.number = sample->values[i]}};
	if (!sort_pairs(pairs, pairs + count, count, &sample->runtime))
		return fail_cancelled(failure);
	for (size_t i = 0; i < count; i++)
	{
		sample->keys[i] = (uint32_t) pairs[i].key;
		sample->values[i] = pairs[i].with.number;
	}
	runtime_release(&sample->runtime, pairs);
	return LL_OK;
}

/* Puts the keys into ascending order, if they are not. */
static Status
order_entries(Sample *sample, Failure *failure)
{
	bool ascending = true;

	for (size_t i = 1; i < sample->count; i++)
		ascending &= sample->keys[i - 1] < sample->keys[i];
	return ascending ? LL_OK : sort_entries(sample, failure);
}

Status
sample_set_sparse(Sample *sample, uint64_t dimension, const char *where,
				  Failure *failure)
{
	bool told = dimension != SAMPLE_ANY_DIMENSION;
	uint64_t columns = told ? dimension : SAMPLE_MAX_DIMENSION;
	Status status;

	if (columns > SAMPLE_MAX_DIMENSION)
		return fail(failure, LL_LIMIT,
					"%s has %llu columns, more than the %d allowed", where,
					(unsigned long long) columns, SAMPLE_MAX_DIMENSION);
	if (sample->key_count != sample->count)
		return fail(failure, LL_MALFORMED, "%s has %zu keys for %zu values",
					where, sample->key_count, sample->count);
	status = order_entries(sample, failure);
	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < sample->count; i++)
	{
		if (i > 0 && sample->keys[i - 1] == sample->keys[i])
			return fail(failure, LL_MALFORMED, "%s has key %u twice", where,
						(unsigned) sample->keys[i]);
		if (sample->keys[i] >= columns)
			return fail(failure, LL_MALFORMED,
						"%s has key %u, outside its %llu columns", where,
						(unsigned) sample->keys[i],
						(unsigned long long) columns);
	}
	sample->sparse = true;
	sample->dimension = told ? (uint32_t) dimension : 0;
	return LL_OK;
}

Status
sample_set_dense(Sample *sample, Failure *failure)
{
	if (sample->count > SAMPLE_MAX_DIMENSION)
		return fail(failure, LL_LIMIT,
					"a row of %zu values is wider than the %d allowed",
					sample->count, SAMPLE_MAX_DIMENSION);
	sample->sparse = false;
	sample->dimension = (uint32_t) sample->count;
	return LL_OK;
}
