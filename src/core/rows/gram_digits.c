/*
 * gram_digits.c
 *		Exact sums of products: a block of rows cut into columns of digits.
 */
#include "core/rows/gram_sums_store.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"

/* Adding and taking it off rounds a double below 2^51 to an integer. */
#define ROUNDER 0x1.8p52
/* Digits cut off while a value is in a register. */
#define AT_ONCE 3

/* The place of a value's first digit, so that this is at most 2^23. */
static int32_t
place_of(double value)
{
	int exponent;
	double fraction = frexp(value, &exponent);
	int above;

	if (fraction == 0.5)
		exponent--; /* a power of two is its own bound */
	/* the least place with exponent <= its unit's + 23 */
	above = exponent - (DIGIT_BITS - 1) - UNIT_EXPONENT(LOWEST_PLACE);
	if (above <= 0)
		return LOWEST_PLACE;
	return LOWEST_PLACE + (above + DIGIT_BITS - 1) / DIGIT_BITS;
}

typedef double Lanes __attribute__((vector_size(8 * sizeof(double))));
typedef int64_t Choice __attribute__((vector_size(8 * sizeof(int64_t))));
typedef double LooseLanes
	__attribute__((vector_size(8 * sizeof(double)), aligned(8), may_alias));
#define LANES DIGIT_PRODUCTS_ROWS
#define UNROLL _Pragma("GCC unroll 3")
#define CHOOSE(choice, a, b)                                                  \
	((Lanes) (((Choice) (a) & (choice)) | ((Choice) (b) & ~(choice))))

/* What the values of a column are, beside themselves. */
typedef struct ColumnRange
{
	double minimum;
	double maximum;
	uint64_t zeros;
} ColumnRange;

/* Takes one more value in. */
static inline void
range_add(ColumnRange *range, double value)
{
	range->minimum = value < range->minimum ? value : range->minimum;
	range->maximum = value > range->maximum ? value : range->maximum;
	range->zeros += value == 0.0;
}

/* The range of a column's values. */
KERNEL_CLONES static void
find_range(const double *column, size_t rows, ColumnRange *range)
{
	Lanes least = (Lanes){0} + INFINITY, most = -least;
	Choice zeros = {0};
	size_t i = 0;

	for (; i + LANES <= rows; i += LANES)
	{
		Lanes values = *(const LooseLanes *) (column + i);

		least = CHOOSE(values < least, values, least);
		most = CHOOSE(values > most, values, most);
		zeros -= values == 0.0;
	}
	*range = (ColumnRange){INFINITY, -INFINITY, 0};
	for (int lane = 0; lane < LANES; lane++)
	{
		double low = least[lane], high = most[lane];

		range->minimum = low < range->minimum ? low : range->minimum;
		range->maximum = high > range->maximum ? high : range->maximum;
		range->zeros += (uint64_t) zeros[lane];
	}
	for (; i < rows; i++)
		range_add(range, column[i]);
}

/* Takes the range of a feature's column in. */
static void
widen_range(GramSums *totals, size_t j, const ColumnRange *range)
{
	double *minimum = &totals->minimum[j], *maximum = &totals->maximum[j];

	/* -0 is 0, whichever comes first. */
	*minimum = (range->minimum < *minimum ? range->minimum : *minimum) + 0.0;
	*maximum = (range->maximum > *maximum ? range->maximum : *maximum) + 0.0;
	totals->image->zeros += range->zeros;
}

/*
 * A column of the block in one piece, to be changed, filled up with zeros to whole
 * vectors.
 */
static double *
column_of(GramSums *totals, size_t j)
{
	size_t rows = totals->waiting;
	double *column = totals->rest;

	if (totals->narrow)
		column = totals->block + j * totals->stride;
	else
		for (size_t i = 0; i < rows; i++)
			column[i] = totals->block[i * totals->columns + j];
	for (size_t i = rows; i < gram_sums_whole_vectors(rows); i++)
		column[i] = 0.0;
	return column;
}

/* Weighs a column; its largest size. */
static double
weigh_column(const GramSums *totals, double *column, ColumnRange range)
{
	if (totals->weighted)
	{
		for (size_t i = 0; i < totals->waiting; i++)
			column[i] *= totals->roots[i];
		find_range(column, totals->waiting, &range);
	}
	return range.maximum > -range.minimum ? range.maximum : -range.minimum;
}

/* Whether any lane is chosen. */
static inline bool
any_of(const Choice *choice)
{
	int64_t any = 0;

	for (int lane = 0; lane < LANES; lane++)
		any |= (*choice)[lane];
	return any != 0;
}

/* Where digits go, and which of them are not all 0. */
typedef struct Cut
{
	double *digit[AT_ONCE];
	bool any[AT_ONCE];
	bool left; /* whether there is more of any value */
} Cut;

/*
 * Cuts digits off a column's values, of whole vectors: these times the two scales,
 * in units of the first digit.  What is left replaces them, in units of the next.
 */
KERNEL_CLONES static void
cut_digits(double *restrict column, size_t rows, double scale, double more,
		   Cut *cut)
{
	double *const digits[AT_ONCE] = {cut->digit[0], cut->digit[1],
									 cut->digit[2]};
	Choice any[AT_ONCE] = {{0}}, left = {0};

	for (size_t i = 0; i < rows; i += LANES)
	{
		Lanes value = *(const LooseLanes *) (column + i) * scale * more;

		UNROLL
		for (int d = 0; d < AT_ONCE; d++)
		{
			Lanes digit = (value + ROUNDER) - ROUNDER;

			*(LooseLanes *) (digits[d] + i) = digit;
			any[d] |= digit != 0.0;
			value = (value - digit) * (1 << DIGIT_BITS);
		}
		*(LooseLanes *) (column + i) = value;
		left |= value != 0.0;
	}
	for (int d = 0; d < AT_ONCE; d++)
		cut->any[d] = any_of(&any[d]);
	cut->left = any_of(&left);
}

/*
 * Where a column's digits of a level go: in the order of the columns, or after
 * those that there are.
 */
static double *
digit_of(const GramSums *totals, int level, uint32_t j)
{
	size_t at = totals->narrow ? j : totals->count[level];

	return totals->digits +
		   ((size_t) level * totals->columns + at) * totals->stride;
}

/* Cuts the digits of a column, whose largest value has a place. */
static void
cut_column(GramSums *totals, uint32_t j, double *column)
{
	int up = -UNIT_EXPONENT(totals->place[j]);
	/* A power of two that may be no double itself. */
	double scale = ldexp(1.0, up / 2), more = ldexp(1.0, up - up / 2);
	Cut cut = {.left = true};

	for (int d = 0; d < GRAM_SUMS_DIGITS && cut.left; d += AT_ONCE)
	{
		for (int k = 0; k < AT_ONCE; k++)
			cut.digit[k] = digit_of(totals, d + k, j);
		cut_digits(column, gram_sums_whole_vectors(totals->waiting), scale,
				   more, &cut);
		for (int k = 0; k < AT_ONCE; k++)
		{
			uint32_t *count = &totals->count[d + k];

			totals->column[(d + k) * totals->columns + *count] = j;
			*count += cut.any[k];
		}
		scale = more = 1.0;
	}
}

/* The roots of the rows' weights. */
static void
find_roots(GramSums *totals)
{
	for (size_t i = 0; i < totals->waiting && totals->weighted; i++)
		totals->roots[i] = sqrt((double) totals->weights[i]);
}

void
gram_sums_cut(GramSums *totals)
{
	memset(totals->count, 0, sizeof(totals->count));
	find_roots(totals);
	for (uint32_t j = 0; j < totals->columns; j++)
	{
		double *column = column_of(totals, j);
		ColumnRange range;
		double largest;

		find_range(column, totals->waiting, &range);
		largest = weigh_column(totals, column, range);
		if (j < totals->dimension)
			widen_range(totals, j, &range);
		if (!(largest > 0.0))
			continue;
		if (totals->place[j] == NO_PLACE ||
			place_of(largest) > totals->place[j])
			gram_sums_raise(totals, j, place_of(largest));
		cut_column(totals, j, column);
	}
	totals->image->weighted |= totals->weighted;
	totals->weighted = false;
}
