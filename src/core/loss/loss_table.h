/*
 * loss_table.h
 *		The one table of losses: what is true of each, beside its formulas, which
 *		are in loss.c and, for batches, in loss_batch.c.
 */
#ifndef LINLEARN_CORE_LOSS_LOSS_TABLE_H
#define LINLEARN_CORE_LOSS_LOSS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/kinds.h"

/* What makes probabilities, or means, of margins. */
typedef enum LossLink
{
	LINK_NONE,
	LINK_LOGIT,
	LINK_SOFTMAX,
	LINK_LOG
} LossLink;

/* What standard errors of a loss rest on. */
typedef enum LossLikelihood
{
	LIKELIHOOD_NONE,	 /* nothing: it gives none */
	LIKELIHOOD_PLAIN,	 /* the Fisher information alone */
	LIKELIHOOD_DISPERSED /* that and a dispersion, by Pearson's statistic */
} LossLikelihood;

/* Where training starts when no init_bias is given. */
typedef enum LossStart
{
	START_PLAIN,   /* at the bias's default */
	START_QUANTILE /* at the labels' quantile */
} LossStart;

/* Labels that a loss has a meaning for. */
typedef enum LossLabels
{
	LABELS_ANY,
	LABELS_NOT_NEGATIVE,
	LABELS_POSITIVE
} LossLabels;

typedef struct LossDescriptor
{
	unsigned predictors; /* APPLIES_..., for which it is */
	unsigned solvers;	 /* that reach its optimum, USED_BY(...) */
	/* It has kinks, which solvers round, less and less. */
	bool kinked;
	LossLink link;
	/* The margin at which a binary model of it is undecided. */
	double natural_margin;
	/* Labels of another unit multiply the loss by the unit's power; NaN: 2 - p. */
	double label_power;
	/* Typical second derivative by a margin where it bends; 0: 1 / outputs. */
	double curvature;
	/* Beyond its parameter it is straight: newton's matrix says nothing there. */
	bool goes_flat;
	/* Rows told apart perfectly drive the weights to infinity, the loss to 0. */
	bool separates;
	/* So do rows whose labels are all 0, but that their weights alone. */
	bool vanishes;
	bool halved; /* it is half of the mean that metrics report */
	LossLikelihood likelihood;
	LossStart start;
	LossLabels labels;
	bool offset; /* margins may have an offset that is known */
} LossDescriptor;

extern const LossDescriptor loss_table[LOSS_COUNT];

/* Their names, as a NULL-terminated list of choices. */
extern const char *const loss_names[LOSS_COUNT + 1];

/* The predictor of a loss that only one has; false: several have it. */
extern bool loss_tells_predictor(LossKind kind, PredictorType *predictor);

/* Losses for a predictor type, that a solver solves, with standard errors. */
extern unsigned losses_of_predictor(PredictorType predictor);
extern unsigned losses_solved_by(OptimizerKind optimizer);
extern unsigned losses_of_likelihood(void);

/* Those that take an offset: a set. */
extern unsigned losses_with_offset(void);

/*
 * Writes the names of a set of losses, each between quotes, and before the last
 * its word: "a, b or c".
 */
extern void losses_list(unsigned losses, const char *quote, const char *last,
						char *list, size_t size);

/* The loss of a predictor type when none is given. */
extern LossKind loss_automatic(PredictorType predictor);

/* Whether the loss has one margin a class rather than one. */
static inline bool
loss_is_multiclass(LossKind kind)
{
	return loss_table[kind].predictors == APPLIES_MULTICLASS;
}

/* Whether its scores are probabilities. */
static inline bool
loss_is_probable(LossKind kind)
{
	return loss_table[kind].link == LINK_LOGIT ||
		   loss_table[kind].link == LINK_SOFTMAX;
}

/* Whether predictions are the exponential of the margin. */
static inline bool
loss_is_log_link(LossKind kind)
{
	return loss_table[kind].link == LINK_LOG;
}

/* Those of a link: a set. */
extern unsigned losses_of_link(LossLink link);

#endif
