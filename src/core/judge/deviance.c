/*
 * deviance.c
 *		Deviances of predicted means: of counts, amounts and rates.
 */
#include "core/judge/deviance.h"

#include <math.h>

#include "core/base/portable_math.h"

/* Of sums that cancel. */
#define ROUNDING 1e-13

DevianceSums
deviance_start(LossKind loss, double tweedie_power)
{
	LossParameters parameters = {.tweedie_power = tweedie_power};

	return (DevianceSums){.loss = loss,
						  .power = loss_variance_power(loss, &parameters)};
}

/* What an actual adds to the deviance from its own mean, halved. */
static double
own_part(double power, double actual)
{
	double logarithm = actual > 0.0 ? portable_log(actual) : 0.0;

	if (power == 1.0)
		return actual * logarithm;
	if (power == 2.0)
		return -logarithm;
	return actual > 0.0 ? -portable_exp((2.0 - power) * logarithm) /
							  ((2.0 - power) * (power - 1.0))
						: 0.0;
}

bool
deviance_add(DevianceSums *sums, double actual, double predicted,
			 double weight)
{
	LossParameters parameters = {.tweedie_power = sums->power};

	if (weight == 0)
		return true;
	if (!(sums->power == 2.0 ? actual > 0.0 : actual >= 0.0) ||
		!isfinite(actual) || !(predicted > 0.0) || !isfinite(predicted))
	{
		sums->outside++;
		return false;
	}
	sums->rows++;
	sums->weight += weight;
	sums->labels += weight * actual;
	sums->own += weight * own_part(sums->power, actual);
	sums->deviance +=
		weight * 2.0 *
		loss_value(sums->loss, &parameters, portable_log(predicted), actual);
	return true;
}

void
deviance_merge(DevianceSums *into, const DevianceSums *from)
{
	into->weight += from->weight;
	into->labels += from->labels;
	into->own += from->own;
	into->deviance += from->deviance;
	into->rows += from->rows;
	into->outside += from->outside;
}

double
deviance_mean(const DevianceSums *sums)
{
	return sums->outside > 0 ? NAN : sums->deviance / sums->weight;
}

/* The deviance from the mean of the actuals. */
static double
null_deviance(const DevianceSums *sums)
{
	double p = sums->power, mean = sums->labels / sums->weight, known;

	if (mean == 0.0)
		return 0.0;
	if (p == 1.0)
		known = -sums->labels * portable_log(mean);
	else if (p == 2.0)
		known = sums->weight * portable_log(mean);
	else
		known = sums->weight * portable_exp((2.0 - p) * portable_log(mean)) /
				((2.0 - p) * (p - 1.0));
	/* Of constant actuals rounding is all that is left. */
	return sums->own + known > ROUNDING * (fabs(sums->own) + fabs(known))
			   ? 2.0 * (sums->own + known)
			   : 0.0;
}

double
deviance_d2(const DevianceSums *sums)
{
	double whole;

	if (sums->outside > 0 || sums->rows < 2)
		return NAN;
	whole = null_deviance(sums);
	if (!(whole > 0.0))
		return sums->deviance > 0.0 ? 0.0 : 1.0;
	return 1.0 - sums->deviance / whole;
}
