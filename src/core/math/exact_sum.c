/*
 * exact_sum.c
 *		The exact sum of doubles, the same in any order.
 */
#include "core/math/exact_sum.h"

#include <math.h>
#include <stddef.h>

void
exact_sum_carry(ExactSum *sum)
{
	for (int i = 0; i + 1 < EXACT_SUM_LIMBS; i++)
	{
		/* rounds down, so that what stays is not negative */
		int64_t carry = sum->limbs[i] >> 32;

		sum->limbs[i] -= carry * (INT64_C(1) << 32);
		sum->limbs[i + 1] += carry;
	}
	sum->added = 0;
}

void
exact_sum_merge(ExactSum *into, const ExactSum *from)
{
	ExactSum other = *from;

	exact_sum_carry(&other);
	exact_sum_carry(into);
	for (int i = 0; i < EXACT_SUM_LIMBS; i++)
		into->limbs[i] += other.limbs[i];
	into->added = 1;
}

/* The value of carried limbs of one sign, and what rounding leaves of it. */
static double
limbs_value(const int64_t *limbs, double *rest)
{
	double high = 0.0, low = 0.0;

	for (int i = EXACT_SUM_LIMBS - 1; i >= 0; i--)
	{
		double part = ldexp((double) limbs[i], 32 * i - 1074);
		double sum = high + part;
		/* exact, as no part is larger than those before (Dekker 1971) */
		double error = high == 0.0 ? 0.0 : part - (sum - high);

		high = sum;
		low += error;
	}
	*rest = low;
	return high;
}

double
exact_sum_value(const ExactSum *sum, double *rest)
{
	ExactSum carried = *sum;
	double value, left;
	int top = EXACT_SUM_LIMBS - 1;

	exact_sum_carry(&carried);
	/* Below a negative top limb all are positive: make them of one sign. */
	if (carried.limbs[top] < 0)
	{
		for (int i = 0; i < EXACT_SUM_LIMBS; i++)
			carried.limbs[i] = -carried.limbs[i];
		exact_sum_carry(&carried);
		value = -limbs_value(carried.limbs, &left);
		left = -left;
	}
	else
		value = limbs_value(carried.limbs, &left);
	if (rest != NULL)
		*rest = isfinite(value + left) ? left - ((value + left) - value) : 0.0;
	return isfinite(value + left) ? value + left : value;
}
