/*
 * ranking.c
 *		Scores in order: exact ROC AUC and average precision.
 */
#include "core/judge/ranking.h"

#include <math.h>

/* Below this many entries, insertion sort is faster than counting bytes. */
#define SMALL_SORT 48

/* Sort few entries of so many words in place. */
static inline void
insertion_sort(uint64_t *entries, size_t count, const size_t words)
{
	for (size_t i = 1; i < count; i++)
	{
		uint64_t key = entries[i * words];
		uint64_t weight = entries[i * words + words - 1];
		size_t j = i;

		for (; j > 0 && entries[(j - 1) * words] > key; j--)
			memcpy(&entries[j * words], &entries[(j - 1) * words],
				   words * sizeof(uint64_t));
		entries[j * words + words - 1] = weight;
		entries[j * words] = key;
	}
}

/* Turn a byte's histogram into offsets; false if all keys share the byte. */
static bool
histogram_offsets(size_t histogram[256], size_t count)
{
	size_t offset = 0;

	for (int value = 0; value < 256; value++)
	{
		size_t here = histogram[value];

		if (here == count)
			return false;
		histogram[value] = offset;
		offset += here;
	}
	return true;
}

/* Least significant byte first; words is a constant where this is inlined. */
static inline __attribute__((always_inline)) void
radix_sort(uint64_t *entries, uint64_t *scratch, size_t count,
		   const size_t words)
{
	size_t histograms[8][256];
	uint64_t *from = entries;
	uint64_t *to = scratch;

	if (count < SMALL_SORT)
	{
		insertion_sort(entries, count, words);
		return;
	}
	memset(histograms, 0, sizeof(histograms));
	for (size_t i = 0; i < count; i++)
	{
		uint64_t key = entries[i * words];

		for (int byte = 0; byte < 8; byte++)
			histograms[byte][key >> (8 * byte) & 255]++;
	}
	for (int byte = 0; byte < 8; byte++)
	{
		size_t *offsets = histograms[byte];
		uint64_t *swap = from;

		if (!histogram_offsets(offsets, count))
			continue;
		for (size_t i = 0; i < count; i++)
		{
			uint64_t key = from[i * words];
			size_t place = offsets[key >> (8 * byte) & 255]++;

			to[place * words] = key;
			if (words > 1)
				to[place * words + 1] = from[i * words + 1];
		}
		from = to;
		to = swap;
	}
	if (from != entries)
		memcpy(entries, from, count * words * sizeof(uint64_t));
}

void
sort_keys(uint64_t *keys, uint64_t *scratch, size_t count)
{
	radix_sort(keys, scratch, count, 1);
}

void
sort_weighted_keys(uint64_t *entries, uint64_t *scratch, size_t count)
{
	radix_sort(entries, scratch, count, 2);
}

double
ranking_roc_auc(const RankingSums *sums)
{
	if (!(sums->positives > 0 && sums->negatives > 0))
		return NAN;
	return sums->area / sums->positives / sums->negatives;
}

double
ranking_average_precision(const RankingSums *sums)
{
	return sums->positives > 0 ? sums->precision / sums->positives : NAN;
}

/*
 * Write the entries: key and, in the second word, the weight, signed by the
 * class (negative rows get the sign bit, also of a weight of 0).
 */
static Status
fill_entries(const float *scores, const uint8_t *positive,
			 const float *weights, size_t count, uint64_t *entries,
			 Failure *failure)
{
	for (size_t i = 0; i < count; i++)
	{
		double weight = weights != NULL ? weights[i] : 1;

		if (isnan(scores[i]))
			return fail(failure, LL_INVALID, "score %zu is not a number", i);
		weight = positive[i] ? weight : -weight;
		entries[2 * i] = score_to_key(scores[i]);
		memcpy(&entries[2 * i + 1], &weight, sizeof(weight));
	}
	return LL_OK;
}

Status
rank_scores(const float *scores, const uint8_t *positive, const float *weights,
			size_t count, const Runtime *runtime, RankingSums *sums,
			Failure *failure)
{
	uint64_t *entries = runtime_allocate_zero(runtime, count, 32);
	Status status;

	memset(sums, 0, sizeof(*sums));
	if (entries == NULL)
		return fail_no_memory(failure);
	status = fill_entries(scores, positive, weights, count, entries, failure);
	if (status == LL_OK)
		sort_weighted_keys(entries, entries + 2 * count, count);
	for (size_t i = 0; status == LL_OK && i < count;)
	{
		uint64_t key = entries[2 * i];
		double group[2] = {0, 0};

		for (; i < count && entries[2 * i] == key; i++)
		{
			double weight;

			memcpy(&weight, &entries[2 * i + 1], sizeof(weight));
			group[!signbit(weight)] += fabs(weight);
		}
		ranking_add(sums, group[1], group[0]);
	}
	runtime_release(runtime, entries);
	return status;
}
