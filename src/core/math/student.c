/*
 * student.c
 *		Tails of Student's t distribution and of the normal distribution.
 *
 * P(|T| >= |t|) = I_x(v / 2, 1 / 2) with x = v / (v + t^2); the incomplete beta
 * function by its continued fraction (DLMF 8.17.22), evaluated as Lentz has it.
 */
#include "core/math/student.h"

#include <float.h>
#include <math.h>

#include "core/base/portable_math.h"

/* Beyond, the beta function's own terms cancel; Hill's series is exact there. */
#define MANY_DEGREES 1e5

#define MOST_TERMS 10000

/* Stirling's correction: log Gamma(a) less (a - 1/2) log a - a + log(2 pi) / 2. */
static double
stirling_rest(double a)
{
	double s = 1.0 / (a * a);

	return (1.0 / 12 -
			s * (1.0 / 360 -
				 s * (1.0 / 1260 -
					  s * (1.0 / 1680 -
						   s * (1.0 / 1188 - s * (691.0 / 360360)))))) /
		   a;
}

/* log Gamma(a) for a from 15 on (Stirling). */
static double
stirling(double a)
{
	return (a - 0.5) * portable_log(a) - a + 0.91893853320467274178 +
		   stirling_rest(a);
}

double
log_gamma(double a)
{
	double product = 1.0;

	for (; a < 15.0; a += 1.0)
		product *= a;
	return stirling(a) - portable_log(product);
}

/* Gamma(a) by that of a number that is large enough. */
static double
gamma_of(double a)
{
	double product = 1.0;

	for (; a < 15.0; a += 1.0)
		product *= a;
	return portable_exp(stirling(a)) / product;
}

/* Gamma(a + b) / (Gamma(a) Gamma(b)). */
static double
inverse_beta(double a, double b)
{
	double large = fmax(a, b), small = fmin(a, b), ratio;

	if (a + b < 30.0)
		return gamma_of(a + b) / gamma_of(a) / gamma_of(b);
	/* log Gamma(large + small) - log Gamma(large), without cancellation */
	ratio = (large - 0.5) * portable_log1p(small / large) +
			small * portable_log(large + small) - small +
			stirling_rest(large + small) - stirling_rest(large);
	return small < 100.0 ? portable_exp(ratio) / gamma_of(small)
						 : portable_exp(ratio - stirling(small));
}

/* The continued fraction; it converges fast for x < (a + 1) / (a + b + 2). */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = DBL_MIN / DBL_EPSILON;
	double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0), f;

	d = 1.0 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m <= MOST_TERMS; m++)
	{
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd =
			-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step = 1.0;

		for (int half = 0; half < 2; half++)
		{
			double term = half == 0 ? even : odd;

			d = 1.0 + term * d;
			d = 1.0 / (fabs(d) < tiny ? tiny : d);
			c = 1.0 + term / c;
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			f *= step;
		}
		if (fabs(step - 1.0) <= DBL_EPSILON)
			break;
	}
	return f;
}

/* I_x(a, b) where x and y = 1 - x are both known to their last digits. */
static double
beta_tail(double a, double b, double x, double y)
{
	double front;

	if (x <= 0.0 || y <= 0.0)
		return x <= 0.0 ? 0.0 : 1.0;
	front = inverse_beta(a, b) *
			portable_exp(a * (x > 0.5 ? portable_log1p(-y) : portable_log(x)) +
						 b * (y > 0.5 ? portable_log1p(-x) : portable_log(y)));
	return x < (a + 1.0) / (a + b + 2.0)
			   ? front * beta_fraction(a, b, x) / a
			   : 1.0 - front * beta_fraction(b, a, y) / b;
}

double
incomplete_beta(double a, double b, double x)
{
	return beta_tail(a, b, x, 1.0 - x);
}

/* The normal deviate of a t with many degrees of freedom (Hill 1970). */
static double
normal_deviate(double t, double degrees)
{
	double a = degrees - 0.5, b = 48.0 * a * a;
	double s = a * portable_log1p(t / degrees * t);
	double w =
		(((-0.4 * s - 3.3) * s - 24.0) * s - 85.5) / (0.8 * s * s + 100.0 + b);

	return sqrt(s) * (1.0 + (w + s + 3.0) / b);
}

double
student_two_sided(double t, double degrees)
{
	double square = t * t;

	/* Of no number the fraction below would run to its last term. */
	if (isnan(square) || isnan(degrees))
		return NAN;
	if (isinf(degrees))
		return portable_erfc(fabs(t) / sqrt(2.0));
	if (isinf(square))
		return 0.0;
	if (degrees > MANY_DEGREES)
		return portable_erfc(normal_deviate(t, degrees) / sqrt(2.0));
	return beta_tail(0.5 * degrees, 0.5, degrees / (degrees + square),
					 square / (degrees + square));
}

double
student_quantile(double level, double degrees)
{
	double low = 0.0, high = 1.0, outside = 1.0 - level;

	while (student_two_sided(high, degrees) > outside && high < DBL_MAX / 2)
		high *= 2.0;
	for (;;)
	{
		double middle = 0.5 * (low + high);

		if (!(middle > low && middle < high))
			return high;
		if (student_two_sided(middle, degrees) > outside)
			low = middle;
		else
			high = middle;
	}
}
