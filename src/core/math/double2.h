/*
 * double2.h
 *		Unevaluated sums of two doubles: some 106 bits (Dekker 1971).
 */
#ifndef LINLEARN_CORE_MATH_DOUBLE2_H
#define LINLEARN_CORE_MATH_DOUBLE2_H

#include <math.h>

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
double2_of(double a)
{
	return (Double2){a, 0.0};
}

static inline Double2
double2_multiply(Double2 a, Double2 b)
{
	double high = a.high * b.high;
	double low =
		fma(a.high, b.high, -high) + (a.high * b.low + a.low * b.high);

	return two_sum(high, low);
}

/* a - b c */
static inline Double2
double2_less(Double2 a, Double2 b, Double2 c)
{
	Double2 product = double2_multiply(b, c);

	return double2_add(a, (Double2){-product.high, -product.low});
}

/* b is not 0. */
static inline Double2
double2_divide(Double2 a, Double2 b)
{
	double first = a.high / b.high;
	Double2 rest = double2_less(a, double2_of(first), b);
	double second = rest.high / b.high;

	rest = double2_less(rest, double2_of(second), b);
	return double2_add(two_sum(first, second), double2_of(rest.high / b.high));
}

/* a is above 0. */
static inline Double2
double2_root(Double2 a)
{
	double first = sqrt(a.high);
	Double2 rest = double2_less(a, double2_of(first), double2_of(first));

	return two_sum(first, rest.high / (2.0 * first));
}

#endif
