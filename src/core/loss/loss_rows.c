/*
 * loss_rows.c
 *		The logistic loss of many rows at once, in double.
 *
 * One exponential e = exp(-|m|) serves all three: with it the loss is a
 * logarithm of 1 + e, and both derivatives are e over powers of 1 + e.
 * Polynomials are cut in halves by even and odd powers, which do not wait for
 * each other.
 */
#include "core/loss/loss_rows.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/dispatch.h"

/* ln(2) in a part of 41 bits, whose products with exponents are exact, and rest. */
#define LN2_HIGH 0x1.62e42fefa4p-1
#define LN2_LOW (-0x1.8432a1b0e2634p-43)
#define INVERSE_LN2 0x1.71547652b82fep+0
/* Adding it leaves a number, rounded to an integer, in the low bits. */
#define ROUNDER 0x1.8p52
/* Below, exp(x) is not far from the least normal number: taken as 0. */
#define LEAST_EXPONENT (-708.0)

/*
 * exp(x) for x <= 0: the power of two is split off, what remains, |r| <= ln(2) / 2,
 * takes the Taylor series up to r^13.
 */
KERNEL_INLINE double
exp_negative(double x)
{
	double clamped = x < LEAST_EXPONENT ? LEAST_EXPONENT : x;
	double shifted = clamped * INVERSE_LN2 + ROUNDER;
	double n = shifted - ROUNDER;
	double r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
	double r2 = r * r;
	double even = 1.0 / 479001600.0;
	double odd = 1.0 / 6227020800.0;
	double p;
	uint64_t bits, exponent;

	even = even * r2 + 1.0 / 3628800.0;
	odd = odd * r2 + 1.0 / 39916800.0;
	even = even * r2 + 1.0 / 40320.0;
	odd = odd * r2 + 1.0 / 362880.0;
	even = even * r2 + 1.0 / 720.0;
	odd = odd * r2 + 1.0 / 5040.0;
	even = even * r2 + 1.0 / 24.0;
	odd = odd * r2 + 1.0 / 120.0;
	even = even * r2 + 0.5;
	odd = odd * r2 + 1.0 / 6.0;
	p = (even + odd * r) * r2 + r;
	p = p + 1.0;
	memcpy(&bits, &p, sizeof(bits));
	memcpy(&exponent, &shifted, sizeof(exponent));
	bits += exponent << 52;
	memcpy(&p, &bits, sizeof(p));
	p = x < LEAST_EXPONENT ? 0.0 : p;
	return x != x ? x : p;
}

/* log(1 + e) for e from 0 to 1 as 2 atanh(s), s = e / (2 + e), up to s^35. */
KERNEL_INLINE double
log1p_unit(double e)
{
	double s = e / (2.0 + e);
	double s2 = s * s;
	double s4 = s2 * s2;
	double even = 1.0 / 35.0;
	double odd = 1.0 / 33.0;

	even = even * s4 + 1.0 / 31.0;
	odd = odd * s4 + 1.0 / 29.0;
	even = even * s4 + 1.0 / 27.0;
	odd = odd * s4 + 1.0 / 25.0;
	even = even * s4 + 1.0 / 23.0;
	odd = odd * s4 + 1.0 / 21.0;
	even = even * s4 + 1.0 / 19.0;
	odd = odd * s4 + 1.0 / 17.0;
	even = even * s4 + 1.0 / 15.0;
	odd = odd * s4 + 1.0 / 13.0;
	even = even * s4 + 1.0 / 11.0;
	odd = odd * s4 + 1.0 / 9.0;
	even = even * s4 + 1.0 / 7.0;
	odd = odd * s4 + 1.0 / 5.0;
	even = even * s4 + 1.0 / 3.0;
	return 2.0 * (s + s * (s2 * (even + odd * s2)));
}

KERNEL_CLONES void
loss_logistic_rows(const double *restrict margin,
				   const double *restrict target, size_t count,
				   double *restrict loss, double *restrict derivative,
				   double *restrict curvature)
{
	for (size_t i = 0; i < count; i++)
	{
		double y = target[i] > 0.5 ? 1.0 : -1.0;
		double t = y * margin[i];
		double e = exp_negative(-fabs(t));
		double inverse = 1.0 / (1.0 + e);
		double numerator = t >= 0.0 ? e : 1.0;
		double linear = t >= 0.0 ? 0.0 : -t;

		loss[i] = linear + log1p_unit(e);
		derivative[i] = -y * (numerator * inverse);
		curvature[i] = e * inverse * inverse;
	}
}
