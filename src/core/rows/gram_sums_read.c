/*
 * gram_sums_read.c
 *		What exact sums of products say: means, spreads, normalised moments,
 *		residuals.
 *
 * Sums about the means are differences of far larger ones, so they are taken in
 * pairs of doubles, some 106 bits.
 */
#include "core/rows/gram_sums_store.h"

#include <math.h>

/* An unevaluated sum of two doubles: some 106 bits (Dekker 1971). */
typedef struct Double2
{
	double high;
	double low;
} Double2;

static inline Double2
two_sum(double a, double b)
{
	double sum = a + b;
	double part = sum - a;

	return (Double2){sum, (a - (sum - part)) + (b - part)};
}

static inline Double2
double2_add(Double2 a, Double2 b)
{
	Double2 sum = two_sum(a.high, b.high);

	return two_sum(sum.high, sum.low + (a.low + b.low));
}

static inline Double2
double2_scale(Double2 a, double factor)
{
	double high = a.high * factor;
	double low = fma(a.high, factor, -high) + a.low * factor;

	return two_sum(high, low);
}

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
unit_of(const Moments *moments, size_t column)
{
	return column == moments->dimension || moments->place[column] == NO_PLACE ?
		0 : DIGIT_BITS * moments->place[column];
}

/* The sum of the products of two columns, in their units. */
static Double2
product_sum(const Moments *moments, size_t i, size_t j)
{
	size_t at = moments_cell(i, j);
	Double2 total = {0.0, 0.0};
	int place;

	if (moments->place[i] == NO_PLACE || moments->place[j] == NO_PLACE)
		return total;
	place = (i == moments->dimension ? moments->place[i] : 0) +
		(j == moments->dimension ? moments->place[j] : 0);
	for (int d = MOMENTS_DIGITS - 1; d >= 0; d--)
	{
		const Sum128 *sum = &moments->sums[d][at];
		Double2 part = double2_from_sum(sum);
		int shift = DIGIT_BITS * (place - d);

		if ((sum->high | (int64_t) sum->low) == 0)
			continue;			/* most, where values have few digits */
		total = double2_add(total, (Double2){ldexp(part.high, shift),
											 ldexp(part.low, shift)});
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
column_of(const Moments *moments, size_t feature)
{
	return feature < moments->dimension ? feature : feature + 1;
}

double
moments_weight(const Moments *moments)
{
	return product_sum(moments, moments->dimension, moments->dimension).high;
}

bool
moments_weighted(const Moments *moments)
{
	return moments->image->weighted != 0;
}

uint64_t
moments_zeros(const Moments *moments)
{
	return moments->image->zeros;
}

/*
 * The mean of (a - center_a)(b - center_b), a and b columns but 1, from exact
 * sums, all in units; the sums of the two columns come from the caller.
 */
static double
mean_product(const Moments *moments, size_t a, size_t b, double center_a,
			 double center_b, Double2 sum_a, Double2 sum_b, Double2 weight)
{
	Double2 total = product_sum(moments, a, b);

	if (center_b != 0.0)
		total = double2_add(total, double2_scale(sum_a, -center_b));
	if (center_a != 0.0)
	{
		Double2 rest =
			double2_add(sum_b, double2_scale(weight, -center_b));

		total = double2_add(total, double2_scale(rest, -center_a));
	}
	return total.high / weight.high;
}

void
moments_spread(const Moments *moments, uint32_t feature, double *mean,
			   double *deviation)
{
	size_t column = column_of(moments, feature);
	size_t one = moments->dimension;
	Double2 weight = product_sum(moments, one, one);
	Double2 sum = product_sum(moments, column, one);
	int unit = unit_of(moments, column);
	double center, variance;

	*mean = *deviation = 0.0;
	if (!(weight.high > 0.0))
		return;
	center = sum.high / weight.high;
	variance = mean_product(moments, column, column, center, center, sum, sum,
							weight);
	*mean = ldexp(center, unit);
	if (variance > ROUNDING_SQUARE * center * center)
		*deviation = ldexp(sqrt(variance), unit);
}

void
moments_range(const Moments *moments, uint32_t feature, double *minimum,
			  double *maximum)
{
	*minimum = moments->minimum[feature];
	*maximum = moments->maximum[feature];
}

Status
moments_normalised(const Moments *moments, const double *center,
				   const double *scale, double label_mean,
				   double label_deviation, size_t size, double *gram,
				   Failure *failure)
{
	size_t one = moments->dimension;
	Double2 weight = product_sum(moments, one, one);
	Double2 *sums = runtime_allocate(&moments->runtime,
									 moments->columns * sizeof(Double2));

	if (sums == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < moments->columns; i++)
		sums[i] = product_sum(moments, i, one);
	for (size_t j = 0; j < size; j++)
	{
		if (runtime_interrupted(&moments->runtime))
			return fail_cancelled(failure);
		for (size_t i = j; i < size; i++)
		{
			double centers[2] = {0.0, 0.0};
			double factor = 1.0;
			size_t at[2] = {i, j};

			for (int k = 0; k < 2; k++)
			{
				int unit = unit_of(moments, at[k]);

				if (at[k] < one)
				{
					centers[k] = center != NULL ? ldexp(center[at[k]], -unit) :
						0.0;
					factor *= ldexp(scale != NULL ? scale[at[k]] : 1.0, unit);
				}
				else if (at[k] > one)
				{
					centers[k] = ldexp(label_mean, -unit);
					factor /= ldexp(label_deviation, -unit);
				}
			}
			gram[j * size + i] = factor *
				mean_product(moments, i, j, centers[0], centers[1], sums[i],
							 sums[j], weight);
		}
	}
	runtime_release(&moments->runtime, sums);
	return LL_OK;
}

/* What a column is multiplied by in a residual, both in units. */
static double
residual_factor(const Moments *moments, const double *weights, double bias,
				size_t column)
{
	size_t one = moments->dimension;
	int shift = unit_of(moments, column) - unit_of(moments, one + 1);

	return column > one ? 1.0 :
		ldexp(column == one ? -bias : -weights[column], shift);
}

void
moments_residual(const Moments *moments, const double *weights, double bias,
				 double *square, double *mean)
{
	size_t one = moments->dimension, label = one + 1;
	double weight = moments_weight(moments);
	Double2 total = {0.0, 0.0}, sum = {0.0, 0.0};
	int unit = unit_of(moments, label);

	for (size_t i = 0; i <= label; i++)
	{
		double factor = residual_factor(moments, weights, bias, i);
		Double2 inner = {0.0, 0.0};

		if (factor == 0.0)
			continue;
		for (size_t j = 0; j <= i; j++)
		{
			double other = residual_factor(moments, weights, bias, j);

			if (other != 0.0)
				inner = double2_add(inner,
									double2_scale(product_sum(moments, i, j),
												  j < i ? 2.0 * other : other));
		}
		total = double2_add(total, double2_scale(inner, factor));
		sum = double2_add(sum, double2_scale(product_sum(moments, i, one),
											 factor));
	}
	*square = weight > 0.0 ? total.high / weight : NAN;
	if (*square <= ROUNDING_SQUARE *
			product_sum(moments, label, label).high / weight)
		*square = 0.0;
	*square = ldexp(*square, 2 * unit);
	*mean = weight > 0.0 ? ldexp(sum.high / weight, unit) : NAN;
}
