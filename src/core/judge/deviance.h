/*
 * deviance.h
 *		Deviances of predicted means: of counts, amounts and rates.
 *
 * The unit deviance of a distribution of variance mu^p, 1 <= p <= 2, is twice the
 * loss of that distribution (loss.h).  Formulas: McCullagh and Nelder 1989;
 * scikit-learn's user guide, "Mean Poisson, Gamma, and Tweedie deviances" and "D2
 * score".
 */
#ifndef LINLEARN_CORE_JUDGE_DEVIANCE_H
#define LINLEARN_CORE_JUDGE_DEVIANCE_H

#include "core/loss/loss.h"

/* Running sums of deviances; those of deviance_start() are the empty state. */
typedef struct DevianceSums
{
	LossKind loss; /* one with a log link */
	double power;  /* of the variance */
	double weight;
	double labels;	 /* sum of the actuals */
	double own;		 /* sum of what only the actuals say of the deviance */
	double deviance; /* sum */
	uint64_t rows;
	uint64_t outside; /* rows without a deviance; any bytes are a number */
} DevianceSums;

/* tweedie_power is of tweedie alone. */
extern DevianceSums deviance_start(LossKind loss, double tweedie_power);

/*
 * Adds a row; false if it has no deviance: its actual is negative (of gamma not
 * above 0), its predicted not above 0, or one of them not finite.
 */
extern bool deviance_add(DevianceSums *sums, double actual, double predicted,
						 double weight);
extern void deviance_merge(DevianceSums *into, const DevianceSums *from);

/* The mean unit deviance; NaN of no rows, or when some have none. */
extern double deviance_mean(const DevianceSums *sums);

/*
 * The part of the deviance that is explained: 1 less its ratio to that of the mean
 * of the actuals.  Of constant actuals 1 if fitted exactly, else 0; NaN below two
 * rows.
 */
extern double deviance_d2(const DevianceSums *sums);

#endif
