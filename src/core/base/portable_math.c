/*
 * portable_math.c
 *		Exponentials and logarithms that are the same to the bit on every machine.
 *
 * Sums that must not lose digits are kept as two doubles, the second what the
 * first's rounding left out.  The polynomials pass through the function at
 * Chebyshev's nodes, computed with 60 digits and then rounded; their errors are
 * below 2^-53 of the result (2^-60 for exp and log).
 */
#include "core/base/portable_math.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/dispatch.h"

/* Doubles held in wider registers would be rounded twice. */
#if (FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 2) && defined(__GNUC__)
#warning "doubles are computed in wider registers: last digits will differ"
#endif

/* ln(2) in a part of 41 bits, whose products with exponents are exact, and rest. */
#define LN2_HIGH 0x1.62e42fefa4p-1
#define LN2_LOW (-0x1.8432a1b0e2634p-43)

/* 1 / ln(2), and what that rounding left out. */
#define INVERSE_LN2 0x1.71547652b82fep+0
#define INVERSE_LN2_LOW 0x1.777d0ffda0d24p-56

/* Adding it leaves a number, rounded to an integer, in the low bits. */
#define ROUNDER 0x1.8p52

#define SQRT_HALF 0x1.6a09e667f3bcdp-1

/* A number as a sum; |low| is at most a rounding of high. */
typedef struct Sum
{
	double high;
	double low;
} Sum;

KERNEL_INLINE uint64_t
to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

KERNEL_INLINE double
from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* The first half of a number's digits: products of two such are exact. */
KERNEL_INLINE double
first_half(double x)
{
	return from_bits(to_bits(x) & ~UINT64_C(0x7ffffff));
}

/* 2^k, for k from -1022 to 1023. */
static double
power_of_two(int64_t k)
{
	return from_bits((uint64_t) (k + 1023) << 52);
}

/* a + b, for |a| >= |b| or a = 0. */
KERNEL_INLINE Sum
sum_of(double a, double b)
{
	Sum sum = {a + b, 0.0};

	sum.low = (a - sum.high) + b;
	return sum;
}

/* The most coefficients of a polynomial. */
#define MAX_COEFFICIENTS 24

/* By pairs, pairs of pairs and so on, which wait for each other the least. */
KERNEL_INLINE double
polynomial(const double *coefficients, const size_t count, double x)
{
	double part[MAX_COEFFICIENTS];

	memcpy(part, coefficients, count * sizeof(double));
	for (size_t n = count; n > 1; n = (n + 1) / 2)
	{
		for (size_t i = 0; i < n / 2; i++)
			part[i] = part[2 * i] + part[2 * i + 1] * x;
		if (n % 2 == 1)
			part[n / 2] = part[n - 1];
		x *= x;
	}
	return part[0];
}

/* ln(2) / 32 in a part of 37 bits, and the rest. */
#define STEP_HIGH 0x1.62e42fefap-6
#define STEP_LOW 0x1.cf79abc9e3b3ap-45
#define INVERSE_STEP 0x1.71547652b82fep+5

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 64 */
static const double exp_coefficients[] = {
	0x1.0000000000000p-1, 0x1.555555554dccap-3, 0x1.5555555551910p-5,
	0x1.11114faa79fd2p-7, 0x1.6c1700057e56ap-10};

/* That polynomial, as polynomial() finds it. */
KERNEL_INLINE double
exp_polynomial(double x)
{
	const double *c = exp_coefficients;
	double x2 = x * x;

	return ((c[0] + c[1] * x) + (c[2] + c[3] * x) * x2) + c[4] * (x2 * x2);
}

/* 2^(i / 32) */
static const Sum roots[32] = {{0x1.0000000000000p+0, 0x0.0p+0},
							  {0x1.059b0d3158574p+0, 0x1.d73e2a475b465p-55},
							  {0x1.0b5586cf9890fp+0, 0x1.8a62e4adc610bp-54},
							  {0x1.11301d0125b51p+0, -0x1.6c51039449b3ap-54},
							  {0x1.172b83c7d517bp+0, -0x1.19041b9d78a76p-55},
							  {0x1.1d4873168b9aap+0, 0x1.e016e00a2643cp-54},
							  {0x1.2387a6e756238p+0, 0x1.9b07eb6c70573p-54},
							  {0x1.29e9df51fdee1p+0, 0x1.612e8afad1255p-55},
							  {0x1.306fe0a31b715p+0, 0x1.6f46ad23182e4p-55},
							  {0x1.371a7373aa9cbp+0, -0x1.63aeabf42eae2p-54},
							  {0x1.3dea64c123422p+0, 0x1.ada0911f09ebcp-55},
							  {0x1.44e086061892dp+0, 0x1.89b7a04ef80d0p-59},
							  {0x1.4bfdad5362a27p+0, 0x1.d4397afec42e2p-56},
							  {0x1.5342b569d4f82p+0, -0x1.07abe1db13cadp-55},
							  {0x1.5ab07dd485429p+0, 0x1.6324c054647adp-54},
							  {0x1.6247eb03a5585p+0, -0x1.383c17e40b497p-54},
							  {0x1.6a09e667f3bcdp+0, -0x1.bdd3413b26456p-54},
							  {0x1.71f75e8ec5f74p+0, -0x1.16e4786887a99p-55},
							  {0x1.7a11473eb0187p+0, -0x1.41577ee04992fp-55},
							  {0x1.82589994cce13p+0, -0x1.d4c1dd41532d8p-54},
							  {0x1.8ace5422aa0dbp+0, 0x1.6e9f156864b27p-54},
							  {0x1.93737b0cdc5e5p+0, -0x1.75fc781b57ebcp-57},
							  {0x1.9c49182a3f090p+0, 0x1.c7c46b071f2bep-56},
							  {0x1.a5503b23e255dp+0, -0x1.d2f6edb8d41e1p-54},
							  {0x1.ae89f995ad3adp+0, 0x1.7a1cd345dcc81p-54},
							  {0x1.b7f76f2fb5e47p+0, -0x1.5584f7e54ac3bp-56},
							  {0x1.c199bdd85529cp+0, 0x1.11065895048ddp-55},
							  {0x1.cb720dcef9069p+0, 0x1.503cbd1e949dbp-56},
							  {0x1.d5818dcfba487p+0, 0x1.2ed02d75b3707p-55},
							  {0x1.dfc97337b9b5fp+0, -0x1.1a5cd4f184b5cp-54},
							  {0x1.ea4afa2a490dap+0, -0x1.e9c23179c2893p-54},
							  {0x1.f50765b6e4540p+0, 0x1.9d3e12dd8a18bp-54}};

/*
 * exp(x + low) as 2^n 2^(i / 32) exp(r), |r| <= ln(2) / 64.  2^n goes in as two
 * factors: where the result is subnormal only the second rounds.
 */
static double
exp_sum(double x, double low)
{
	double steps, rest, rest_low, r;
	int64_t k, n;
	Sum root;

	if (isnan(x))
		return x;
	if (x > 710.0)
		return INFINITY;
	if (x < -746.0)
		return 0.0;
	steps = (x * INVERSE_STEP + ROUNDER) - ROUNDER;
	rest = x - steps * STEP_HIGH;
	rest_low = low - steps * STEP_LOW;
	r = rest + rest_low;
	r = rest + (rest_low + r * r * exp_polynomial(r));
	k = (int64_t) steps;
	root = roots[k & 31];
	n = (k - (k & 31)) / 32;
	return (root.high + (root.low + root.high * r)) * power_of_two(n / 2) *
		   power_of_two(n - n / 2);
}

/* (2 atanh(s) - 2 s) / s^3 as a polynomial in s^2, for 1 + f from sqrt(1/2) to 2. */
static const double log_coefficients[] = {
	0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476c87p-2,
	0x1.c71c720160b47p-3, 0x1.745cf901605f7p-3, 0x1.3b1c360763b8ap-3,
	0x1.0fbe83c2cbcf3p-3, 0x1.0c04595972ab8p-3};

/* That polynomial, as polynomial() finds it. */
KERNEL_INLINE double
log_polynomial(double x)
{
	const double *c = log_coefficients;
	double x2 = x * x;
	double low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
	double high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;

	return low + high * (x2 * x2);
}

/*
 * log(1 + f + low) for 1 + f from sqrt(1/2) to sqrt(2).  With s = f / (2 + f) it
 * is 2 atanh(s) = 2 s + s^3 P(s^2), and 2 s = f - f^2/2 + s f^2/2: so f, which is
 * exact, and f^2/2 in two parts carry the digits.  `more` is low / (1 + f).
 */
KERNEL_INLINE Sum
log_near_one(double f, double more)
{
	double s = f / (2.0 + f);
	double s2 = s * s;
	double start = first_half(f);
	double square = 0.5 * start * start;
	double square_low = 0.5 * (f - start) * (f + start);
	Sum sum = sum_of(f, -square);

	sum.low += s * (square + square_low + s2 * log_polynomial(s2)) -
			   square_low + more;
	return sum;
}

/* x = 2^k m, m from sqrt(1/2) to sqrt(2), for a finite x > 0. */
static double
split(double x, int *k)
{
	uint64_t half = to_bits(SQRT_HALF), bits;

	*k = 0;
	if (x < DBL_MIN)
	{
		x *= 0x1p54;
		*k = -54;
	}
	bits = to_bits(x) - half + (UINT64_C(1024) << 52);
	*k += (int) (bits >> 52) - 1024;
	return from_bits((bits & ((UINT64_C(1) << 52) - 1)) + half);
}

static double
log_sum(double x, double low)
{
	int k;
	Sum m, sum;

	if (isnan(x) || x == INFINITY)
		return x;
	if (x <= 0.0)
		return x == 0.0 ? -INFINITY : NAN;
	m.high = split(x, &k) - 1.0;
	/* 2^-64 of x and less is nothing: log(x) is then above 44 */
	low *= power_of_two(k < 64 ? -k : -64);
	m = log_near_one(m.high, low / (1.0 + m.high));
	sum = sum_of(k * LN2_HIGH, m.high);
	return sum.high + (sum.low + (m.low + k * LN2_LOW));
}

double
portable_exp(double x)
{
	return exp_sum(x, 0.0);
}

double
portable_log(double x)
{
	return log_sum(x, 0.0);
}

UNFUSED_CLONES void
portable_logs(double *numbers, size_t count)
{
	const uint64_t half = to_bits(SQRT_HALF);

	/* As log_sum does of a normal number, without a branch. */
	for (size_t i = 0; i < count; i++)
	{
		double x = numbers[i];
		uint64_t bits = to_bits(x) - half + (UINT64_C(1024) << 52);
		double k = from_bits(bits >> 52 | to_bits(0x1p52)) - (0x1p52 + 1024.0);
		double m = from_bits((bits & ((UINT64_C(1) << 52) - 1)) + half);
		Sum part = log_near_one(m - 1.0, 0.0);
		Sum sum = sum_of(k * LN2_HIGH, part.high);

		sum.high += sum.low + (part.low + k * LN2_LOW);
		numbers[i] = x != x ? x : sum.high;
	}
}

double
portable_log1p(double x)
{
	double sum = 1.0 + x;
	double part = sum - 1.0;

	if (x == 0.0 || isinf(x))
		return x < 0.0 ? NAN : x;
	return log_sum(sum, (1.0 - (sum - part)) + (x - part));
}

double
portable_log2(double x)
{
	double start, product, product_low;
	int k;
	Sum m, sum;

	if (isnan(x) || x == INFINITY)
		return x;
	if (x <= 0.0)
		return x == 0.0 ? -INFINITY : NAN;
	m = log_near_one(split(x, &k) - 1.0, 0.0);
	m = sum_of(m.high, m.low);
	start = first_half(m.high);
	product = start * first_half(INVERSE_LN2);
	product_low = (m.high - start) * INVERSE_LN2 +
				  start * (INVERSE_LN2 - first_half(INVERSE_LN2)) +
				  m.high * INVERSE_LN2_LOW + m.low * INVERSE_LN2;
	sum = sum_of(k, product);
	return sum.high + (sum.low + product_low);
}

/* (1 + 2 x) exp(x^2) erfc(x) by (x - 4) / (x + 4), for x from 0 to 28 */
static const double erfc_coefficients[] = {
	0x1.3ba5916e9fd7fp+0,	-0x1.1df1ad154a28fp-3,	0x1.f7f5df66fd6a7p-7,
	0x1.16ecefcfa540ep-4,	-0x1.9ddb23c3e8874p-4,	0x1.7fee004e112c3p-4,
	-0x1.0fb06dfe56142p-4,	0x1.3079edf6aa5a8p-5,	-0x1.096238828c1cbp-6,
	0x1.49c6727af5d87p-8,	-0x1.8d4a9c3d62797p-11, -0x1.a1df1e2a70512p-13,
	0x1.3be068698b9ccp-13,	-0x1.9959f4cc5a01cp-16, -0x1.788ca4d342b82p-17,
	0x1.7f2d5af276b00p-18,	0x1.3b713b970cad2p-22,	-0x1.bb2bbabb02ec5p-21,
	0x1.40eafd5947706p-24,	0x1.d8b4353ca5555p-24,	-0x1.353a87be1712dp-26,
	-0x1.e432644b5660ap-27, 0x1.00cd8e2f991c3p-29,	0x1.5b62d008c2d94p-30};

/* erf(x) / x by x^2, for |x| <= 1/2 */
static const double erf_coefficients[] = {
	0x1.20dd750429b6dp+0,  -0x1.812746b0379b5p-2,  0x1.ce2f21a03d814p-4,
	-0x1.b82ce30f2b28fp-6, 0x1.565bcbf8e0365p-8,   -0x1.c02d4f6e4921ap-11,
	0x1.f98db34e8872ep-14, -0x1.f224dfc5409afp-17, 0x1.8b4b60851826bp-20};

double
portable_erfc(double x)
{
	double a = fabs(x), start = first_half(a), tail;

	if (isnan(x))
		return x;
	if (a <= 0.5)
		return 1.0 - x * polynomial(erf_coefficients, 9, x * x);
	if (a > 27.5)
		return x > 0.0 ? 0.0 : 2.0;
	tail = exp_sum(-start * start, -(a - start) * (a + start)) *
		   (polynomial(erfc_coefficients, 24, (a - 4.0) / (a + 4.0)) /
			(1.0 + 2.0 * a));
	return x < 0.0 ? 2.0 - tail : tail;
}

/* Where exp(-x) is all of 1 + exp(-x), exp(x) does not overflow. */
double
portable_sigmoid(double x)
{
	return x < -700.0 ? portable_exp(x) : 1.0 / (1.0 + portable_exp(-x));
}

/* Where exp(x) and exp(-x) are normal numbers. */
#define MOST_EXPONENT 700.0

/* As portable_sigmoid does of numbers up to MOST_EXPONENT, without a branch. */
KERNEL_CLONES static void
sigmoids(double *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		double x = -numbers[i];
		double shifted = x * INVERSE_STEP + ROUNDER;
		double steps = shifted - ROUNDER;
		double rest = x - steps * STEP_HIGH;
		double rest_low = 0.0 - steps * STEP_LOW;
		double r = rest + rest_low;
		uint64_t place = to_bits(shifted) & 31;
		double n = (steps - (double) (int32_t) place) * 0x1p-5;
		/* 2^n: its exponent from the low bits of an integer */
		double power = from_bits((to_bits(n + ROUNDER) << 52) + to_bits(1.0));
		Sum root = roots[place];
		double e;

		r = rest + (rest_low + r * r * exp_polynomial(r));
		e = (root.high + (root.low + root.high * r)) * power;
		numbers[i] = 1.0 / (1.0 + e);
	}
}

void
portable_sigmoids(double *numbers, size_t count)
{
	bool large = false;

	for (size_t i = 0; i < count; i++)
		large |= !(fabs(numbers[i]) <= MOST_EXPONENT);
	if (!large)
		sigmoids(numbers, count);
	for (size_t i = 0; i < count && large; i++)
		numbers[i] = portable_sigmoid(numbers[i]);
}

double
portable_softplus(double x)
{
	return fmax(x, 0.0) + portable_log1p(portable_exp(-fabs(x)));
}
