/*
 * loss_table.c
 *		The one table of losses.
 */
#include "core/loss/loss_table.h"

#include <stddef.h>

#define NEWTON USED_BY(OPTIMIZER_NEWTON)
#define LBFGS USED_BY(OPTIMIZER_LBFGS)
#define EXACT USED_BY(OPTIMIZER_EXACT)
#define NUMBERS (APPLIES_BINARY | APPLIES_REGRESSOR)

const LossDescriptor loss_table[LOSS_COUNT] = {
	[LOSS_LOGISTIC] = {APPLIES_BINARY, NEWTON | LBFGS, LINK_LOGIT, 0.0, 1,
					   0.25, true},
	[LOSS_HINGE] = {APPLIES_BINARY, 0, LINK_NONE, 0.0, 1, 0, false},
	[LOSS_SOFTMAX] = {APPLIES_MULTICLASS, LBFGS, LINK_SOFTMAX, 0.5, 1, 0,
					  false},
	[LOSS_MULTICLASS_HINGE] = {APPLIES_MULTICLASS, 0, LINK_NONE, 0.5, 1, 0,
							   false},
	/* Binary models of these see the numbers 0 and 1. */
	[LOSS_SQUARED] = {NUMBERS, NEWTON | LBFGS | EXACT, LINK_NONE, 0.5, 2, 1.0,
					  true},
	[LOSS_ABSOLUTE] = {NUMBERS, 0, LINK_NONE, 0.5, 1, 0, false},
	[LOSS_EPS_SQUARED] = {NUMBERS, 0, LINK_NONE, 0.5, 2, 0, false},
	[LOSS_EPS_ABSOLUTE] = {NUMBERS, 0, LINK_NONE, 0.5, 1, 0, false},
	[LOSS_QUANTILE] = {NUMBERS, 0, LINK_NONE, 0.5, 1, 0, false},
	[LOSS_HUBER] = {NUMBERS, NEWTON | LBFGS, LINK_NONE, 0.5, 2, 1.0, false},
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
};

LossKind
loss_automatic(PredictorType predictor)
{
	return predictor == PREDICTOR_BINARY	   ? LOSS_LOGISTIC
		   : predictor == PREDICTOR_MULTICLASS ? LOSS_SOFTMAX
											   : LOSS_SQUARED;
}

double
loss_scale(LossKind kind, double deviation)
{
	return loss_table[kind].label_power == 2 ? deviation * deviation
											 : deviation;
}
