/*
 * exact_sum.h
 *		The exact sum of doubles, the same in any order.
 *
 * A long fixed-point number that covers all of a double's range, in limbs of 32
 * bits with room for carries (Kulisch's accumulator).
 */
#ifndef LINLEARN_CORE_MATH_EXACT_SUM_H
#define LINLEARN_CORE_MATH_EXACT_SUM_H

#include <stdint.h>
#include <string.h>

#define EXACT_SUM_LIMBS 68
/* Numbers between two carries: a limb then holds them all. */
#define EXACT_SUM_CARRY (UINT32_C(1) << 30)

/* Begin with all zero. */
typedef struct ExactSum
{
	int64_t limbs[EXACT_SUM_LIMBS]; /* of weight 2^(32 i - 1074) */
	uint32_t added;					/* since the last carry */
} ExactSum;

/* Carries, so that as many may be added again. */
extern void exact_sum_carry(ExactSum *sum);

/* Adds a finite number. */
static inline void
exact_sum_add(ExactSum *sum, double number)
{
	uint64_t bits, mantissa;
	uint32_t exponent, limb;
	unsigned __int128 shifted;
	int64_t sign;

	memcpy(&bits, &number, sizeof(bits));
	exponent = (uint32_t) (bits >> 52) & 0x7ff;
	mantissa = bits & ((UINT64_C(1) << 52) - 1);
	if (exponent > 0)
	{
		mantissa |= UINT64_C(1) << 52;
		exponent--;
	}
	limb = exponent / 32;
	shifted = (unsigned __int128) mantissa << (exponent % 32);
	sign = bits >> 63 != 0 ? -1 : 1;
	sum->limbs[limb] += sign * (int64_t) (uint32_t) shifted;
	sum->limbs[limb + 1] += sign * (int64_t) (uint32_t) (shifted >> 32);
	sum->limbs[limb + 2] += sign * (int64_t) (uint32_t) (shifted >> 64);
	if (++sum->added == EXACT_SUM_CARRY)
		exact_sum_carry(sum);
}

/* Adds another sum. */
extern void exact_sum_merge(ExactSum *into, const ExactSum *from);

/*
 * The sum, nearly rounded to nearest: it depends on the sum alone.  *rest (may be
 * NULL) is what is left, as exactly.
 */
extern double exact_sum_value(const ExactSum *sum, double *rest);

#endif
