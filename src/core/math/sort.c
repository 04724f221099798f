/*
 * sort.c
 *		Numbers in order: a radix sort of 64-bit keys.
 *
 * Only those bits of the keys take passes that differ at all.  Doubles' keys
 * invert the bits of one sign, so a bit counts as alike where it follows from
 * the top one: what were floats then has 35 bits at most.  Of more bits the top
 * ones are sorted by, least digit first, which leaves short runs that agree in
 * them; each run is sorted by the others.
 */
#include "core/math/sort.h"

#include <stdlib.h>
#include <string.h>

/* Below this many entries, insertion sort is faster than counting digits. */
#define SMALL_SORT 48

/* Bits of a digit: what were floats takes three passes. */
#define DIGIT_BITS 12
#define FEW_DIGIT_BITS 8
#define MOST_DIGITS 3
#define MOST_PLACES (MOST_DIGITS << DIGIT_BITS)
#define FEW 1024 /* entries for which long digits have too many values */
#define TOP_BIT (UINT64_C(1) << 63)

/* Sorts few entries of so many words in place. */
static inline __attribute__((always_inline)) void
insertion_sort(uint64_t *entries, size_t count, const size_t words)
{
	for (size_t i = 1; i < count; i++)
	{
		uint64_t key = entries[i * words];
		uint64_t with = entries[i * words + words - 1];
		size_t j = i;

		for (; j > 0 && entries[(j - 1) * words] > key; j--)
			memcpy(&entries[j * words], &entries[(j - 1) * words],
				   words * sizeof(uint64_t));
		entries[j * words + words - 1] = with;
		entries[j * words] = key;
	}
}

/* The key with its bits inverted if the top one is set. */
static inline uint64_t
upright(uint64_t key)
{
	return key & TOP_BIT ? ~key : key;
}

/* The bits that decide which of two keys is the lower; those of which one may. */
static inline uint64_t
deciding_bits(const uint64_t *entries, size_t count, const size_t words,
			  const Runtime *runtime)
{
	uint64_t first = entries[0];
	uint64_t bits = 0;

	for (size_t i = 0; i < count && !runtime_stops(runtime, i); i++)
	{
		uint64_t key = entries[i * words];

		bits |= (upright(key) ^ upright(first)) | ((key ^ first) & TOP_BIT);
	}
	return bits;
}

/* The digits that keys are sorted by. */
typedef struct Digits
{
	int low; /* the first one's lowest bit */
	int width;
	int count;
	uint64_t mask;
	uint32_t places[MOST_PLACES]; /* of each value of each digit */
} Digits;

/* Parts the deciding bits, the top ones at least, into few digits of one width. */
static void
part_digits(Digits *digits, uint64_t bits, size_t count)
{
	int most = count < FEW ? FEW_DIGIT_BITS : DIGIT_BITS;
	int end = 64 - __builtin_clzll(bits);
	int width = end - __builtin_ctzll(bits);

	width = width < MOST_DIGITS * most ? width : MOST_DIGITS * most;
	digits->low = end - width;
	digits->count = (width + most - 1) / most;
	digits->width = (width + digits->count - 1) / digits->count;
	digits->mask = (UINT64_C(1) << digits->width) - 1;
	memset(digits->places, 0,
		   (digits->count * sizeof(uint32_t)) << digits->width);
}

/* Counts each digit's values; false: interrupted. */
static inline __attribute__((always_inline)) bool
count_digits(Digits *digits, const uint64_t *entries, size_t count,
			 const size_t words, const Runtime *runtime)
{
	const int width = digits->width;
	const int low = digits->low;
	const int digit_count = digits->count;
	const uint64_t mask = digits->mask;

	for (size_t i = 0; i < count; i++)
	{
		uint64_t key = entries[i * words] >> low;

		if (runtime_stops(runtime, i))
			return false;
		for (int digit = 0; digit < digit_count; digit++, key >>= width)
			digits->places[((uint64_t) digit << width) + (key & mask)]++;
	}
	return true;
}

/* Turns a digit's counts into places; NULL if all keys share the digit. */
static uint32_t *
places_of(Digits *digits, int digit, size_t count)
{
	uint32_t *places = digits->places + ((size_t) digit << digits->width);
	uint32_t place = 0;

	for (uint64_t value = 0; value <= digits->mask; value++)
	{
		uint32_t here = places[value];

		if (here == count)
			return NULL;
		places[value] = place;
		place += here;
	}
	return places;
}

/* Sorts by one digit; false: interrupted. */
static inline __attribute__((always_inline)) bool
sort_digit(uint32_t *places, int shift, uint64_t mask, const uint64_t *from,
		   uint64_t *to, size_t count, const size_t words,
		   const Runtime *runtime)
{
	for (size_t i = 0; i < count; i++)
	{
		uint64_t key = from[i * words];
		uint32_t place;

		/* Any of them may be the first to touch a huge page. */
		if (runtime_stops_wide(runtime, i, 256))
			return false;
		place = places[key >> shift & mask]++;
		to[(size_t) place * words] = key;
		if (words > 1)
			to[(size_t) place * words + 1] = from[i * words + 1];
	}
	return true;
}

/* Whether entries are in order, as those that were sorted before. */
static inline bool
in_order(const uint64_t *entries, size_t count, const size_t words,
		 const Runtime *runtime)
{
	for (size_t i = 1; i < count; i++)
		if (entries[i * words] < entries[(i - 1) * words] ||
			runtime_stops(runtime, i))
			return false;
	return true;
}

/* Sorts by the digits; false: interrupted.  words is a constant where inlined. */
static inline __attribute__((always_inline)) bool
sort_digits(Digits *digits, uint64_t *entries, uint64_t *scratch, size_t count,
			const size_t words, const Runtime *runtime)
{
	uint64_t *from = entries;
	uint64_t *to = scratch;

	if (!count_digits(digits, entries, count, words, runtime))
		return false;
	for (int digit = 0; digit < digits->count; digit++)
	{
		uint32_t *places = places_of(digits, digit, count);
		uint64_t *swap = from;

		if (places == NULL)
			continue;
		if (!sort_digit(places, digits->low + digit * digits->width,
						digits->mask, from, to, count, words, runtime))
			return false;
		from = to;
		to = swap;
	}
	if (from != entries)
		memcpy(entries, from, count * words * sizeof(uint64_t));
	return true;
}

static bool radix_sort(Digits *digits, uint64_t *entries, uint64_t *scratch,
					   size_t count, size_t words, const Runtime *runtime);

/* Sorts what agrees in the bits from `low` on; false: interrupted. */
static bool
sort_runs(Digits *digits, int low, uint64_t *entries, uint64_t *scratch,
		  size_t count, size_t words, const Runtime *runtime)
{
	size_t start = 0;

	for (size_t end = 1; end <= count; end++)
	{
		if (runtime_stops(runtime, end))
			return false;
		if (end < count &&
			(entries[end * words] ^ entries[start * words]) >> low == 0)
			continue;
		if (end - start > 1 &&
			!radix_sort(digits, entries + start * words, scratch, end - start,
						words, runtime))
			return false;
		start = end;
	}
	return true;
}

/* Sorts entries of 1 or 2 words; digits is scratch, too. */
static bool
radix_sort(Digits *digits, uint64_t *entries, uint64_t *scratch, size_t count,
		   size_t words, const Runtime *runtime)
{
	uint64_t bits;
	int low;

	if (count < SMALL_SORT)
	{
		if (words == 1)
			insertion_sort(entries, count, 1);
		else
			insertion_sort(entries, count, 2);
		return true;
	}
	if (in_order(entries, count, words, runtime))
		return true;
	bits = deciding_bits(entries, count, words, runtime);
	if (bits == 0)
		return !runtime_stops(runtime, 0);
	part_digits(digits, bits, count);
	low = digits->low;
	if (words == 1 ? !sort_digits(digits, entries, scratch, count, 1, runtime)
				   : !sort_digits(digits, entries, scratch, count, 2, runtime))
		return false;
	return low <= __builtin_ctzll(bits) ||
		   sort_runs(digits, low, entries, scratch, count, words, runtime);
}

bool
sort_keys(uint64_t *keys, uint64_t *scratch, size_t count,
		  const Runtime *runtime)
{
	Digits digits;

	return radix_sort(&digits, keys, scratch, count, 1, runtime);
}

bool
sort_pairs(SortPair *pairs, SortPair *scratch, size_t count,
		   const Runtime *runtime)
{
	Digits digits;

	return radix_sort(&digits, (uint64_t *) pairs, (uint64_t *) scratch, count,
					  2, runtime);
}

int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Items that qsort takes at once: between two looks at the interrupt flag. */
#define SORT_CHUNK 4096

/* Merges two runs of items that lie one after the other. */
static bool
merge_items(const char *from, char *to, size_t middle, size_t end, size_t size,
			int (*compare)(const void *a, const void *b),
			const Runtime *runtime)
{
	size_t left = 0, right = middle;

	for (size_t at = 0; at < end; at++)
	{
		bool first = right == end ||
					 (left < middle &&
					  compare(from + left * size, from + right * size) <= 0);
		size_t taken = first ? left++ : right++;

		if (runtime_stops(runtime, at))
			return false;
		memcpy(to + at * size, from + taken * size, size);
	}
	return true;
}

bool
sort_array(void *items, void *scratch, size_t count, size_t size,
		   int (*compare)(const void *a, const void *b),
		   const Runtime *runtime)
{
	char *from = items, *to = scratch;

	for (size_t i = 0; i < count; i += SORT_CHUNK)
	{
		if (runtime != NULL && runtime_interrupted(runtime))
			return false;
		qsort(from + i * size, count - i < SORT_CHUNK ? count - i : SORT_CHUNK,
			  size, compare);
	}
	for (size_t run = SORT_CHUNK; run < count; run *= 2)
	{
		char *next = from;

		for (size_t i = 0; i < count; i += 2 * run)
		{
			size_t end = count - i < 2 * run ? count - i : 2 * run;

			if (!merge_items(from + i * size, to + i * size,
							 end < run ? end : run, end, size, compare,
							 runtime))
				return false;
		}
		from = to;
		to = next;
	}
	if (from != items && count > 0)
		memcpy(items, from, count * size);
	return true;
}
