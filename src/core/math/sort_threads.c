/*
 * sort_threads.c
 *		Pairs in order, in their place and on threads.
 *
 * Their top bits part the pairs into buckets, in place; threads sort the buckets,
 * and part those again that are longer than their scratch.  Which pair of one key
 * comes first depends on the pairs alone.
 */
#include "core/math/sort_threads.h"

/* Bits that part all pairs, and those of a bucket. */
#define PART_BITS 12
#define MORE_BITS 8
/* Buckets are sorted by so many tasks at most, each with scratch of its own. */
#define LANES 4

/* A bucket while pairs are moved to it: places [next, end) have others yet. */
typedef struct Bucket
{
	uint32_t next;
	uint32_t end;
} Bucket;

/* Pairs parted by some bits of their keys. */
typedef struct Parts
{
	int shift; /* of the lowest of the bits */
	size_t count;
	Bucket *buckets;
} Parts;

/* The bits that keys differ in; 0: in none, or interrupted. */
static uint64_t
differing_bits(const SortPair *pairs, size_t count, const Runtime *runtime)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
	{
		if (runtime_stops(runtime, i))
			return 0;
		bits |= pairs[i].key ^ pairs[0].key;
	}
	return bits;
}

/* The bucket of a key. */
static inline size_t
bucket_of(const Parts *parts, uint64_t key)
{
	return key >> parts->shift & (parts->count - 1);
}

/* Moves the pairs to their buckets; false: interrupted. */
static bool
move_pairs(const Parts *parts, SortPair *pairs, const Runtime *runtime)
{
	size_t moved = 0;

	for (size_t b = 0; b < parts->count; b++)
	{
		Bucket *own = &parts->buckets[b];

		while (own->next < own->end)
		{
			SortPair pair = pairs[own->next];
			size_t to = bucket_of(parts, pair.key);

			for (; to != b; to = bucket_of(parts, pair.key))
			{
				SortPair *place = &pairs[parts->buckets[to].next++];
				SortPair there = *place;

				*place = pair;
				pair = there;
				if (runtime_stops(runtime, ++moved))
					return false;
			}
			pairs[own->next++] = pair;
		}
	}
	return true;
}

/* Parts pairs by so many of the top bits that differ; false: interrupted. */
static bool
part_pairs(Parts *parts, SortPair *pairs, size_t count, uint64_t bits,
		   int most, const Runtime *runtime)
{
	int end = 64 - __builtin_clzll(bits);
	uint32_t place = 0;

	parts->shift = end > most ? end - most : 0;
	parts->count = (size_t) 1 << most;
	memset(parts->buckets, 0, parts->count * sizeof(Bucket));
	for (size_t i = 0; i < count; i++)
	{
		if (runtime_stops(runtime, i))
			return false;
		parts->buckets[bucket_of(parts, pairs[i].key)].end++;
	}
	for (size_t b = 0; b < parts->count; b++)
	{
		parts->buckets[b].next = place;
		parts->buckets[b].end = place += parts->buckets[b].end;
	}
	return move_pairs(parts, pairs, runtime);
}

/* The pairs that a bucket holds, and how many. */
static size_t
pairs_of(const Parts *parts, size_t bucket, size_t *first)
{
	*first = bucket == 0 ? 0 : parts->buckets[bucket - 1].end;
	return parts->buckets[bucket].end - *first;
}

/* Sorts a bucket with scratch for `slice` pairs; false: interrupted. */
static bool
sort_bucket(SortPair *pairs, size_t count, SortPair *scratch, size_t slice,
			const Runtime *runtime)
{
	Bucket buckets[1 << MORE_BITS];
	Parts parts = {.buckets = buckets};
	uint64_t bits;

	if (count <= slice)
		return sort_pairs(pairs, scratch, count, runtime);
	bits = differing_bits(pairs, count, runtime);
	if (bits == 0)
		return !runtime_stops(runtime, 0);
	if (!part_pairs(&parts, pairs, count, bits, MORE_BITS, runtime))
		return false;
	for (size_t b = 0; b < parts.count; b++)
	{
		size_t first, n = pairs_of(&parts, b, &first);

		if (n > 1 && !sort_bucket(pairs + first, n, scratch, slice, runtime))
			return false;
	}
	return true;
}

/* What the tasks share. */
typedef struct SortJob
{
	SortPair *pairs;
	SortPair *scratch; /* [LANES][slice] */
	size_t slice;
	const Parts *parts;
	const Runtime *runtime;
	size_t next; /* bucket that nobody has taken; atomic */
} SortJob;

/* Sorts buckets as long as there are any. */
static void
run_lane(void *argument, size_t lane)
{
	SortJob *job = argument;
	size_t bucket, first;

	while ((bucket = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED)) <
		   job->parts->count)
	{
		size_t n = pairs_of(job->parts, bucket, &first);

		if (n > 1 && !sort_bucket(job->pairs + first, n,
								  job->scratch + lane * job->slice, job->slice,
								  job->runtime))
			return;
	}
}

/* Whether pairs are in order, as those that were sorted before. */
static bool
in_order(const SortPair *pairs, size_t count, const Runtime *runtime)
{
	for (size_t i = 1; i < count; i++)
		if (pairs[i].key < pairs[i - 1].key || runtime_stops(runtime, i))
			return false;
	return true;
}

bool
sort_on_threads(SortPair *pairs, size_t count, ThreadPool *pool,
				const Runtime *runtime)
{
	Bucket buckets[1 << PART_BITS];
	Parts parts = {.buckets = buckets};
	SortJob job = {.pairs = pairs,
				   .scratch = pairs + count,
				   .slice = (SORT_ROOM(count) - count) / LANES,
				   .parts = &parts,
				   .runtime = runtime};
	uint64_t bits;

	if (count < SORT_FEW)
		return sort_pairs(pairs, job.scratch, count, runtime);
	if (in_order(pairs, count, runtime))
		return true;
	bits = differing_bits(pairs, count, runtime);
	if (bits == 0 ||
		!part_pairs(&parts, pairs, count, bits, PART_BITS, runtime))
		return !runtime_stops(runtime, 0);
	if (pool != NULL)
		threads_run(pool, run_lane, &job, LANES);
	else
		run_lane(&job, 0);
	return !runtime_stops(runtime, 0);
}
