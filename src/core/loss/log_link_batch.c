/*
 * log_link_batch.c
 *		Losses and derivatives of whole batches, of losses with a log link.
 *
 * In double, for exponentials amplify rounding.  One rounding an operation, as in
 * loss_batch.c.
 */
#include "core/loss/log_link_batch.h"

#include <stdint.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/loss/loss.h"

/*
 * exp(x) for |x| <= 700 with a relative error of some 1e-10, NaN for NaN; as
 * exp_negative is made.
 */
KERNEL_INLINE double
exp_wide(double x)
{
	const double rounder = 6755399441055744.0;
	const double ln2_high = 0x1.62e42fefa3800p-1;
	const double ln2_low = 0x1.ef35793c76730p-45;
	double shifted = x * 1.4426950408889634 + rounder;
	double n = shifted - rounder;
	double r = (x - n * ln2_high) - n * ln2_low;
	double p = 1.0 / 40320.0;
	uint64_t bits;
	uint64_t exponent;

	p = p * r + 1.0 / 5040.0;
	p = p * r + 1.0 / 720.0;
	p = p * r + 1.0 / 120.0;
	p = p * r + 1.0 / 24.0;
	p = p * r + 1.0 / 6.0;
	p = p * r + 0.5;
	p = (p * r) * r + r;
	p = p + 1.0;
	memcpy(&bits, &p, sizeof(bits));
	memcpy(&exponent, &shifted, sizeof(exponent));
	bits += exponent << 52;
	memcpy(&p, &bits, sizeof(p));
	return x != x ? x : p;
}

/* log(x) for x > 0 that is a float, with a relative error of some 1e-10. */
KERNEL_INLINE double
log_wide(double x)
{
	const uint64_t half = UINT64_C(0x3FE6A09E667F3BCD); /* sqrt(1/2) */
	uint64_t bits;
	int64_t exponent;
	double s, s2, p, m;

	memcpy(&bits, &x, sizeof(bits));
	exponent = (int64_t) (bits - half) >> 52;
	bits -= (uint64_t) exponent << 52;
	memcpy(&m, &bits, sizeof(m));
	s = (m - 1.0) / (m + 1.0);
	s2 = s * s;
	p = 1.0 / 11.0;
	p = p * s2 + 1.0 / 9.0;
	p = p * s2 + 1.0 / 7.0;
	p = p * s2 + 1.0 / 5.0;
	p = p * s2 + 1.0 / 3.0;
	return (double) exponent * 0.69314718055994531 + 2.0 * (s + s * (s2 * p));
}

/* A margin of a log link where exponentials are doubles; from lowest on. */
KERNEL_INLINE double
log_margin(double margin, double lowest)
{
	double below = margin < lowest ? lowest : margin;

	return below > LOG_LINK_MOST ? LOG_LINK_MOST : below;
}

/* Exponents below are as good as it. */
#define EXPONENT_LOWEST (-700.0)

UNFUSED_CLONES void
poisson_kernel(const LogLinkBlock *block, int count)
{
	for (int i = 0; i < count; i++)
	{
		double y = block->target[i];
		double m = log_margin(block->margin[i], -1e300);
		double mean = exp_wide(m < EXPONENT_LOWEST ? EXPONENT_LOWEST : m);
		double slope = mean - y;
		double logarithm = log_wide(y > 0.0 ? y : 1.0);

		block->derivative[i] = (float) slope;
		block->loss[i] = (slope - y * (m - logarithm)) +
						 slope * ((double) block->margin[i] - m);
	}
}

UNFUSED_CLONES void
gamma_kernel(const LogLinkBlock *block, int count)
{
	for (int i = 0; i < count; i++)
	{
		double y = block->target[i];
		double m = log_margin(block->margin[i], -LOG_LINK_MOST);
		double ratio = y * exp_wide(-m);
		double slope = 1.0 - ratio;
		double logarithm = log_wide(y > 0.0 ? y : 1.0);

		block->derivative[i] = (float) slope;
		block->loss[i] = ((m - logarithm) - slope) +
						 slope * ((double) block->margin[i] - m);
	}
}

UNFUSED_CLONES void
tweedie_kernel(const LogLinkBlock *block, int count)
{
	for (int i = 0; i < count; i++)
	{
		double y = block->target[i];
		double a = 2.0 - (double) block->parameter[i];
		double b = 1.0 - a;
		double m =
			log_margin(block->margin[i],
					   y > LOG_LINK_LEAST ? -LOG_LINK_MOST : EXPONENT_LOWEST);
		double mean = exp_wide(a * m);
		double ratio = y * exp_wide(-b * m);
		double slope = mean - ratio;
		double known = exp_wide(a * log_wide(y > 0.0 ? y : 1.0));

		known = y > 0.0 ? known : 0.0;
		block->derivative[i] = (float) slope;
		/* The last is what makes it 0 at mu = y. */
		block->loss[i] = ((mean / a + ratio / b) - known / (a * b)) +
						 slope * ((double) block->margin[i] - m);
	}
}
