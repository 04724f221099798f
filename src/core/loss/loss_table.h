/*
 * loss_table.h
 *		The one table of losses: what is true of each, beside its formulas, which
 *		are in loss.c and, for batches, in loss_batch.c.
 */
#ifndef LINLEARN_CORE_LOSS_LOSS_TABLE_H
#define LINLEARN_CORE_LOSS_LOSS_TABLE_H

#include <stdbool.h>

#include "core/base/kinds.h"

/* What makes probabilities of margins. */
typedef enum LossLink
{
	LINK_NONE,
	LINK_LOGIT,
	LINK_SOFTMAX
} LossLink;

typedef struct LossDescriptor
{
	unsigned predictors; /* APPLIES_..., for which it is */
	/* Solvers that reach its optimum, USED_BY(...); of a smooth loss only. */
	unsigned solvers;
	LossLink link;
	/* The margin at which a binary model of it is undecided. */
	double natural_margin;
	/* Labels of another unit multiply the loss by the unit's power. */
	int label_power;
	/* Typical second derivative by a margin where it bends; 0: 1 / outputs. */
	double curvature;
	bool likelihood; /* it gives standard errors */
} LossDescriptor;

extern const LossDescriptor loss_table[LOSS_COUNT];

/* Their names, as a NULL-terminated list of choices. */
extern const char *const loss_names[LOSS_COUNT + 1];

/* The loss of a predictor type when none is given. */
extern LossKind loss_automatic(PredictorType predictor);

/* Whether the loss has one margin a class rather than one. */
static inline bool
loss_is_multiclass(LossKind kind)
{
	return loss_table[kind].predictors == APPLIES_MULTICLASS;
}

/* What turns a loss of labels divided by a deviation into one of the labels. */
extern double loss_scale(LossKind kind, double deviation);

#endif
