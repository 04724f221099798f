/*
 * loss_table.c
 *		The one table of losses.
 */
#include "core/loss/loss_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NEWTON USED_BY(OPTIMIZER_NEWTON)
#define LBFGS USED_BY(OPTIMIZER_LBFGS)
#define EXACT USED_BY(OPTIMIZER_EXACT)
#define NEWTON_CG USED_BY(OPTIMIZER_NEWTON_CG)
#define NUMBERS (APPLIES_BINARY | APPLIES_REGRESSOR)
/* Its power is 2 - tweedie_power. */
#define OF_PARAMETER ((double) NAN)

const LossDescriptor loss_table[LOSS_COUNT] = {
	[LOSS_LOGISTIC] = {.predictors = APPLIES_BINARY,
					   .solvers = NEWTON_CG | NEWTON | LBFGS,
					   .link = LINK_LOGIT,
					   .natural_margin = 0.0,
					   .label_power = 1,
					   .curvature = 0.25,
					   .separates = true,
					   .likelihood = LIKELIHOOD_PLAIN,
					   .offset = true},
	[LOSS_HINGE] = {.predictors = APPLIES_BINARY,
					.solvers = NEWTON | LBFGS,
					.kinked = true,
					.natural_margin = 0.0,
					.label_power = 1},
	[LOSS_SOFTMAX] = {.predictors = APPLIES_MULTICLASS,
					  .solvers = NEWTON_CG | LBFGS,
					  .link = LINK_SOFTMAX,
					  .natural_margin = 0.5,
					  .label_power = 1,
					  .separates = true},
	[LOSS_MULTICLASS_HINGE] = {.predictors = APPLIES_MULTICLASS,
							   .solvers = LBFGS,
							   .kinked = true,
							   .natural_margin = 0.5,
							   .label_power = 1},
	/* Binary models of these see the numbers 0 and 1. */
	[LOSS_SQUARED] = {.predictors = NUMBERS,
					  .solvers = NEWTON_CG | NEWTON | LBFGS | EXACT,
					  .natural_margin = 0.5,
					  .label_power = 2,
					  .curvature = 1.0,
					  .halved = true,
					  .likelihood = LIKELIHOOD_DISPERSED,
					  .offset = true},
	[LOSS_ABSOLUTE] = {.predictors = NUMBERS,
					   .solvers = NEWTON | LBFGS,
					   .kinked = true,
					   .natural_margin = 0.5,
					   .label_power = 1},
	[LOSS_EPS_SQUARED] = {.predictors = NUMBERS,
						  .solvers = NEWTON | LBFGS,
						  .kinked = true,
						  .natural_margin = 0.5,
						  .label_power = 2},
	[LOSS_EPS_ABSOLUTE] = {.predictors = NUMBERS,
						   .solvers = NEWTON | LBFGS,
						   .kinked = true,
						   .natural_margin = 0.5,
						   .label_power = 1},
	[LOSS_QUANTILE] = {.predictors = NUMBERS,
					   .solvers = NEWTON | LBFGS,
					   .kinked = true,
					   .natural_margin = 0.5,
					   .label_power = 1,
					   .start = START_QUANTILE},
	[LOSS_HUBER] = {.predictors = NUMBERS,
					.solvers = NEWTON_CG | NEWTON | LBFGS,
					.natural_margin = 0.5,
					.label_power = 2,
					.curvature = 1.0,
					.goes_flat = true,
					.offset = true},
	/* Labels are divided by their mean, so that curvatures are about 1. */
	[LOSS_POISSON] = {.predictors = APPLIES_REGRESSOR,
					  .solvers = NEWTON_CG | NEWTON | LBFGS,
					  .link = LINK_LOG,
					  .label_power = 1,
					  .curvature = 1.0,
					  .vanishes = true,
					  .halved = true,
					  .likelihood = LIKELIHOOD_PLAIN,
					  .labels = LABELS_NOT_NEGATIVE,
					  .offset = true},
	[LOSS_GAMMA] = {.predictors = APPLIES_REGRESSOR,
					.solvers = NEWTON_CG | NEWTON | LBFGS,
					.link = LINK_LOG,
					.label_power = 0,
					.curvature = 1.0,
					.halved = true,
					.likelihood = LIKELIHOOD_DISPERSED,
					.labels = LABELS_POSITIVE,
					.offset = true},
	[LOSS_TWEEDIE] = {.predictors = APPLIES_REGRESSOR,
					  .solvers = NEWTON_CG | NEWTON | LBFGS,
					  .link = LINK_LOG,
					  .label_power = OF_PARAMETER,
					  .curvature = 1.0,
					  .vanishes = true,
					  .halved = true,
					  .likelihood = LIKELIHOOD_DISPERSED,
					  .labels = LABELS_NOT_NEGATIVE,
					  .offset = true},
};

const char *const loss_names[LOSS_COUNT + 1] = {
	[LOSS_LOGISTIC] = "logistic",
	[LOSS_HINGE] = "hinge_loss",
	[LOSS_SOFTMAX] = "softmax_loss",
	[LOSS_MULTICLASS_HINGE] = "multiclass_hinge_loss",
	[LOSS_SQUARED] = "squared_loss",
	[LOSS_ABSOLUTE] = "absolute_loss",
	[LOSS_EPS_SQUARED] = "eps_insensitive_squared_loss",
	[LOSS_EPS_ABSOLUTE] = "eps_insensitive_absolute_loss",
	[LOSS_QUANTILE] = "quantile_loss",
	[LOSS_HUBER] = "huber_loss",
	[LOSS_POISSON] = "poisson",
	[LOSS_GAMMA] = "gamma",
	[LOSS_TWEEDIE] = "tweedie",
};

LossKind
loss_automatic(PredictorType predictor)
{
	return predictor == PREDICTOR_BINARY	   ? LOSS_LOGISTIC
		   : predictor == PREDICTOR_MULTICLASS ? LOSS_SOFTMAX
											   : LOSS_SQUARED;
}

bool
loss_tells_predictor(LossKind kind, PredictorType *predictor)
{
	for (int p = 0; p <= PREDICTOR_REGRESSOR; p++)
		if (loss_table[kind].predictors == 1u << p)
		{
			*predictor = (PredictorType) p;
			return true;
		}
	return false;
}

unsigned
losses_of_predictor(PredictorType predictor)
{
	unsigned set = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_table[kind].predictors & (1u << predictor))
			set |= OF_LOSS(kind);
	return set;
}

unsigned
losses_solved_by(OptimizerKind optimizer)
{
	unsigned set = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_table[kind].solvers & USED_BY(optimizer))
			set |= OF_LOSS(kind);
	return set;
}

unsigned
losses_of_link(LossLink link)
{
	unsigned set = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_table[kind].link == link)
			set |= OF_LOSS(kind);
	return set;
}

unsigned
losses_with_offset(void)
{
	unsigned set = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_table[kind].offset)
			set |= OF_LOSS(kind);
	return set;
}

unsigned
losses_of_likelihood(void)
{
	unsigned set = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_table[kind].likelihood != LIKELIHOOD_NONE)
			set |= OF_LOSS(kind);
	return set;
}

void
losses_list(unsigned losses, const char *quote, const char *last, char *list,
			size_t size)
{
	list[0] = '\0';
	for (int kind = 0; kind < LOSS_COUNT; kind++)
	{
		unsigned left = losses >> kind >> 1;
		const char *between = left == 0					 ? ""
							  : (left & (left - 1)) == 0 ? last
														 : ", ";

		if (losses >> kind & 1)
			snprintf(list + strlen(list), size - strlen(list), "%s%s%s%s",
					 quote, loss_names[kind], quote, between);
	}
}
