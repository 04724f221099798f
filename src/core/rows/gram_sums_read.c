/*
 * gram_sums_read.c
 *		What exact sums of products say: means, spreads, normalised products,
 *		residuals.
 *
 * Sums about the means are differences of far larger ones, so they are taken in
 * pairs of doubles, some 106 bits.
 */
#include "core/rows/gram_sums_store.h"

#include <math.h>

#include "core/math/double2.h"

static inline Double2
double2_from_sum(const Sum128 *sum)
{
	double upper = (double) (sum->low >> 32) * 0x1p32;
	double lower = (double) (sum->low & UINT32_MAX);

	/* high stays far below 2^53: 2^46 a product, and no 2^70 rows */
	return double2_add(two_sum((double) sum->high * 0x1p64, upper),
					   (Double2){lower, 0.0});
}

/*
 * The exponent of the unit that a column is read in: that of its first digit, so
 * that squares stay within a double's range; the column of 1 is read as it is.
 */
static int
unit_of(const GramSums *totals, size_t column)
{
	return column == totals->dimension || totals->place[column] == NO_PLACE
			   ? 0
			   : UNIT_EXPONENT(totals->place[column]);
}

/* The sum of the products of two columns, in their units. */
static Double2
product_sum(const GramSums *totals, size_t i, size_t j)
{
	size_t at = gram_sums_cell(i, j);
	Double2 total = {0.0, 0.0};
	int unit;

	if (totals->place[i] == NO_PLACE || totals->place[j] == NO_PLACE)
		return total;
	unit = (i == totals->dimension ? UNIT_EXPONENT(totals->place[i]) : 0) +
		   (j == totals->dimension ? UNIT_EXPONENT(totals->place[j]) : 0);
	for (int d = GRAM_SUMS_DIGITS - 1; d >= 0; d--)
	{
		const Sum128 *sum = &totals->sums[d][at];
		Double2 part = double2_from_sum(sum);
		int shift = unit - DIGIT_BITS * d;

		if ((sum->high | (int64_t) sum->low) == 0)
			continue; /* most, where values have few digits */
		total = double2_add(
			total, (Double2){ldexp(part.high, shift), ldexp(part.low, shift)});
	}
	return total;
}

/*
 * Part of a mean square that rounding the mean, or the weights, leaves: some
 * (2^-52)^2.
 */
#define ROUNDING_SQUARE 1e-31

/* The column of 1, and those of a feature or, after them, of the label. */
static size_t
column_of(const GramSums *totals, size_t feature)
{
	return feature < totals->dimension ? feature : feature + 1;
}

double
gram_sums_weight(const GramSums *totals)
{
	return product_sum(totals, totals->dimension, totals->dimension).high;
}

bool
gram_sums_weighted(const GramSums *totals)
{
	return totals->image->weighted != 0;
}

uint64_t
gram_sums_zeros(const GramSums *totals)
{
	return totals->image->zeros;
}

/*
 * The sum of (a - center_a)(b - center_b), a and b columns but 1, from exact
 * sums, all in units; the sums of the two columns come from the caller.
 */
static Double2
centered_product(const GramSums *totals, size_t a, size_t b, double center_a,
				 double center_b, Double2 sum_a, Double2 sum_b, Double2 weight)
{
	Double2 total = product_sum(totals, a, b);

	if (center_b != 0.0)
		total = double2_add(total, double2_scale(sum_a, -center_b));
	if (center_a != 0.0)
	{
		Double2 rest = double2_add(sum_b, double2_scale(weight, -center_b));

		total = double2_add(total, double2_scale(rest, -center_a));
	}
	return total;
}

void
gram_sums_spread(const GramSums *totals, uint32_t feature, double *mean,
				 double *deviation)
{
	size_t column = column_of(totals, feature);
	size_t one = totals->dimension;
	Double2 weight = product_sum(totals, one, one);
	Double2 sum = product_sum(totals, column, one);
	int unit = unit_of(totals, column);
	double center, variance;

	*mean = *deviation = 0.0;
	if (!(weight.high > 0.0))
		return;
	center = sum.high / weight.high;
	variance = centered_product(totals, column, column, center, center, sum,
								sum, weight)
				   .high /
			   weight.high;
	*mean = ldexp(center, unit);
	if (variance > ROUNDING_SQUARE * center * center)
		*deviation = ldexp(sqrt(variance), unit);
}

void
gram_sums_range(const GramSums *totals, uint32_t feature, double *minimum,
				double *maximum)
{
	*minimum = totals->minimum[feature];
	*maximum = totals->maximum[feature];
}

/* What makes a column's sums normalised: its center and factor, in its unit. */
typedef struct Normalised
{
	double center;
	double factor;
} Normalised;

static Normalised
normalised_column(const GramSums *totals, size_t column, const double *center,
				  const double *scale, double label_mean,
				  double label_deviation)
{
	size_t one = totals->dimension;
	int unit = unit_of(totals, column);

	if (column == one)
		return (Normalised){0.0, 1.0};
	if (column > one)
		return (Normalised){ldexp(label_mean, -unit),
							1.0 / ldexp(label_deviation, -unit)};
	return (Normalised){center != NULL ? ldexp(center[column], -unit) : 0.0,
						ldexp(scale != NULL ? scale[column] : 1.0, unit)};
}

Status
gram_sums_normalised(const GramSums *totals, const double *center,
					 const double *scale, double label_mean,
					 double label_deviation, size_t size, double *gram,
					 Double2 *pairs, Failure *failure)
{
	size_t one = totals->dimension;
	Double2 weight = product_sum(totals, one, one);
	Double2 *sums =
		runtime_allocate(&totals->runtime, totals->columns * sizeof(Double2));

	if (sums == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < totals->columns; i++)
		sums[i] = product_sum(totals, i, one);
	for (size_t j = 0; j < size; j++)
	{
		Normalised b = normalised_column(totals, j, center, scale, label_mean,
										 label_deviation);

		if (runtime_interrupted(&totals->runtime))
			return fail_cancelled(failure);
		for (size_t i = j; i < size; i++)
		{
			Normalised a = normalised_column(totals, i, center, scale,
											 label_mean, label_deviation);
			Double2 total = centered_product(totals, i, j, a.center, b.center,
											 sums[i], sums[j], weight);

			if (pairs == NULL)
				gram[j * size + i] =
					a.factor * b.factor * (total.high / weight.high);
			else
				/* One factor after the other: as exact as the rest. */
				pairs[j * size + i] = double2_scale(
					double2_scale(double2_divide(total, weight), a.factor),
					b.factor);
		}
	}
	runtime_release(&totals->runtime, sums);
	return LL_OK;
}

/* What a column is multiplied by in a residual, both in units. */
static double
residual_factor(const GramSums *totals, const double *weights, double bias,
				size_t column)
{
	size_t one = totals->dimension;
	int shift = unit_of(totals, column) - unit_of(totals, one + 1);

	return column > one
			   ? 1.0
			   : ldexp(column == one ? -bias : -weights[column], shift);
}

void
gram_sums_residual(const GramSums *totals, const double *weights, double bias,
				   double *square, double *mean)
{
	size_t one = totals->dimension, label = one + 1;
	double weight = gram_sums_weight(totals);
	Double2 total = {0.0, 0.0}, sum = {0.0, 0.0};
	int unit = unit_of(totals, label);

	for (size_t i = 0; i <= label; i++)
	{
		double factor = residual_factor(totals, weights, bias, i);
		Double2 inner = {0.0, 0.0};

		if (factor == 0.0)
			continue;
		for (size_t j = 0; j <= i; j++)
		{
			double other = residual_factor(totals, weights, bias, j);

			if (other != 0.0)
				inner = double2_add(
					inner, double2_scale(product_sum(totals, i, j),
										 j < i ? 2.0 * other : other));
		}
		total = double2_add(total, double2_scale(inner, factor));
		sum = double2_add(sum,
						  double2_scale(product_sum(totals, i, one), factor));
	}
	*square = weight > 0.0 ? total.high / weight : NAN;
	if (*square <=
		ROUNDING_SQUARE * product_sum(totals, label, label).high / weight)
		*square = 0.0;
	*square = ldexp(*square, 2 * unit);
	*mean = weight > 0.0 ? ldexp(sum.high / weight, unit) : NAN;
}
