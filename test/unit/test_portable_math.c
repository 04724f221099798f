/*
 * test_portable_math.c
 *		Errors over the whole range against long double, the edges, and golden
 *		bits that every machine must give.
 */
#include "core/base/portable_math.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "unit.h"

#define POINTS 1000000

/* The distance from a right result, in units of its last place as a double. */
static double
error_in_ulps(double got, long double right)
{
	long double magnitude = fabsl(right);
	int exponent;

	if (isnan(right) || isinf((double) right) || isinf(got))
		return memcmp(&got, &(double){(double) right}, sizeof(got)) == 0 ||
					   (isnan(got) && isnan(right))
				   ? 0.0
				   : INFINITY;
	frexpl(magnitude, &exponent);
	if (exponent < DBL_MIN_EXP)
		exponent = DBL_MIN_EXP;
	return (double) (fabsl(got - right) /
					 ldexpl(1.0L, exponent - DBL_MANT_DIG));
}

typedef struct Function
{
	const char *name;
	double (*portable)(double);
	long double (*exact)(long double);
	double low; /* points run from low to high, evenly */
	double high;
	bool powers;  /* or rather are +-2^x for these x */
	double bound; /* ulps */
} Function;

static long double
sigmoid(long double x)
{
	return 1.0L / (1.0L + expl(-x));
}

static long double
softplus(long double x)
{
	return fmaxl(x, 0.0L) + log1pl(expl(-fabsl(x)));
}

static const Function functions[] = {
	{"exp", portable_exp, expl, -708.39, 710, false, 0.53},
	{"exp with subnormal results", portable_exp, expl, -746, -708.39, false,
	 0.76},
	{"exp near 0", portable_exp, expl, -1, 1, false, 0.53},
	{"exp of what is tiny", portable_exp, expl, -1074, 0, true, 0.53},
	{"log", portable_log, logl, 0.25, 4, false, 0.65},
	{"log of all magnitudes", portable_log, logl, -1074, 1023.99, true, 0.55},
	{"log2", portable_log2, log2l, 0.25, 4, false, 0.7},
	{"log2 of all magnitudes", portable_log2, log2l, -1074, 1023.99, true,
	 0.7},
	{"log1p", portable_log1p, log1pl, -1, 4, false, 0.67},
	{"log1p of all magnitudes", portable_log1p, log1pl, -1074, 1023.99, true,
	 0.67},
	{"erfc", portable_erfc, erfcl, -6, 27.3, false, 5.2},
	{"erfc near 0", portable_erfc, erfcl, -1, 1, false, 5.2},
	{"sigmoid", portable_sigmoid, sigmoid, -745, 40, false, 2.5},
	{"softplus", portable_softplus, softplus, -745, 745, false, 1.4},
};

/*
 * Long double has 11 more bits on x86; where it is the double itself its own
 * functions err as well, so that a unit is allowed on top.
 */
static void
test_errors(void **state)
{
	double allowed = LDBL_MANT_DIG > DBL_MANT_DIG ? 0.0 : 1.0;

	(void) state;
	for (size_t f = 0; f < sizeof(functions) / sizeof(functions[0]); f++)
	{
		const Function *function = &functions[f];
		double worst = 0.0, at = 0.0;

		for (uint64_t i = 0; i < POINTS; i++)
		{
			double x = function->low +
					   (function->high - function->low) * random_uniform(f, i);
			double error;

			if (function->powers)
				x = exp2(x) * (i % 2 == 0 || function->exact == logl ||
									   function->exact == log2l
								   ? 1.0
								   : -1.0);
			error = error_in_ulps(function->portable(x), function->exact(x));
			if (!(error <= worst))
			{
				worst = error;
				at = x;
			}
		}
		print_message("# %s: %.3f ulp at %.17g\n", function->name, worst, at);
		if (!(worst <= function->bound + allowed))
			fail_msg("%s is wrong by %g ulp at %.17g", function->name, worst,
					 at);
	}
}

static void
test_edges(void **state)
{
	(void) state;
	assert_true(portable_exp(0.0) == 1.0 && portable_exp(-0.0) == 1.0);
	assert_true(portable_exp(INFINITY) == INFINITY);
	assert_true(portable_exp(-INFINITY) == 0.0);
	assert_true(portable_exp(709.79) == INFINITY);
	assert_true(portable_exp(-745.13) == DBL_TRUE_MIN);
	assert_true(portable_exp(-745.14) == 0.0);
	assert_true(isnan(portable_exp(NAN)) && isnan(portable_log(NAN)));
	assert_true(isnan(portable_log(-1.0)) && isnan(portable_log2(-1.0)));
	assert_true(portable_log(0.0) == -INFINITY);
	assert_true(portable_log2(0.0) == -INFINITY);
	assert_true(portable_log(1.0) == 0.0 && portable_log2(1.0) == 0.0);
	assert_true(portable_log(INFINITY) == INFINITY);
	assert_true(portable_log2(INFINITY) == INFINITY);
	for (int k = -1074; k < 1024; k++)
		assert_true(portable_log2(ldexp(1.0, k)) == k);
	assert_true(portable_log1p(0.0) == 0.0 && signbit(portable_log1p(-0.0)));
	assert_true(portable_log1p(-1.0) == -INFINITY);
	assert_true(isnan(portable_log1p(-1.5)) && isnan(portable_log1p(NAN)));
	assert_true(isnan(portable_log1p(-INFINITY)));
	assert_true(portable_log1p(INFINITY) == INFINITY);
	assert_true(portable_erfc(INFINITY) == 0.0);
	assert_true(portable_erfc(-INFINITY) == 2.0);
	assert_true(portable_erfc(0.0) == 1.0 && isnan(portable_erfc(NAN)));
	assert_true(portable_sigmoid(INFINITY) == 1.0);
	assert_true(portable_sigmoid(-INFINITY) == 0.0);
	assert_true(portable_sigmoid(0.0) == 0.5 && isnan(portable_sigmoid(NAN)));
	assert_true(portable_softplus(INFINITY) == INFINITY);
	assert_true(portable_softplus(-INFINITY) == 0.0);
	assert_true(isnan(portable_softplus(NAN)));
}

/* Many logarithms are those of one each. */
static void
test_many_logarithms(void **state)
{
	double numbers[67], least = 0x1p-1022;

	(void) state;
	for (uint64_t i = 0; i < POINTS / 100; i++)
	{
		for (uint64_t j = 0; j < 67; j++)
			numbers[j] =
				ldexp(1.0 + random_uniform(78, 67 * i + j),
					  j % 2 ? (int) (i % 2045) - 1022 : -(int) (j % 3));
		numbers[i % 67] = i % 3 == 0 ? NAN : i % 3 == 1 ? 1.0 : least;
		for (uint64_t n = 0; n < 67; n += 66)
		{
			double many[67];

			memcpy(many, numbers, sizeof(many));
			portable_logs(many, n + 1);
			for (uint64_t j = 0; j <= n; j++)
			{
				double one = portable_log(numbers[j]);

				assert_true(isnan(one) ? isnan(many[j])
									   : memcmp(&one, &many[j], 8) == 0);
			}
		}
	}
}

/* Sigmoids of many are those of each, to the bit, also where one is far out. */
static void
test_many_sigmoids(void **state)
{
	static const double scales[] = {1e-300, 1e-3, 1.0, 40.0, 700.0, 760.0};
	static const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 700.0};

	(void) state;
	for (uint64_t i = 0; i < POINTS / 100; i++)
	{
		double many[37], one;

		for (uint64_t j = 0; j < 37; j++)
			many[j] =
				(2.0 * random_uniform(79, 37 * i + j) - 1.0) * scales[i % 6];
		if (i % 4 == 0)
			many[i % 37] = odd[i / 4 % 6];
		for (uint64_t n = 0; n <= 37; n += 37)
		{
			double out[37];

			memcpy(out, many, sizeof(out));
			portable_sigmoids(out, n);
			for (uint64_t j = 0; j < 37; j++)
			{
				one = j < n ? portable_sigmoid(many[j]) : many[j];
				assert_true(isnan(one) ? isnan(out[j])
									   : memcmp(&one, &out[j], 8) == 0);
			}
		}
	}
}

/* More means no less, also where the pieces meet. */
static void
test_monotony(void **state)
{
	(void) state;
	for (uint64_t i = 0; i < POINTS; i++)
	{
		double x = 80.0 * random_uniform(77, i) - 40.0;
		double y = nextafter(x, INFINITY);

		assert_true(portable_exp(x) <= portable_exp(y));
		assert_true(portable_log(fabs(y)) >= portable_log(fabs(x)) || x < 0);
		assert_true(portable_sigmoid(x) <= portable_sigmoid(y));
		x = -700.0 + x * 1e-13;
		y = nextafter(x, INFINITY);
		assert_true(portable_sigmoid(x) <= portable_sigmoid(y));
	}
}

/* The bits of many results, summed. */
static uint64_t
fold(double (*function)(double), double low, double high)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (uint64_t i = 0; i < 100000; i++)
	{
		double value = function(low + (high - low) * random_uniform(99, i));
		uint64_t bits;

		memcpy(&bits, &value, sizeof(bits));
		hash = (hash ^ bits) * UINT64_C(1099511628211);
	}
	return hash;
}

/* A compiler, flag or machine that computes otherwise shows here. */
static void
test_golden_bits(void **state)
{
	(void) state;
	assert_int_equal(fold(portable_exp, -746, 710),
					 UINT64_C(0x4d261f989fa627dc));
	assert_int_equal(fold(portable_log, 0, 1000),
					 UINT64_C(0x3e8448e195596347));
	assert_int_equal(fold(portable_log2, 0, 1000),
					 UINT64_C(0x751b557c98546412));
	assert_int_equal(fold(portable_log1p, -1, 1000),
					 UINT64_C(0x0f03bf5e2a4f74f5));
	assert_int_equal(fold(portable_erfc, -6, 27.5),
					 UINT64_C(0x3ede4d174dcda645));
	assert_int_equal(fold(portable_sigmoid, -40, 40),
					 UINT64_C(0x47ca571979230af0));
	assert_int_equal(fold(portable_softplus, -40, 40),
					 UINT64_C(0xfd555d537601c890));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_many_logarithms),
		cmocka_unit_test(test_many_sigmoids),
		cmocka_unit_test(test_monotony),
		cmocka_unit_test(test_golden_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
