/*
 * selection.h
 *		Which model, epoch and threshold: the selection criteria of a binary
 *		classifier on scored rows.
 */
#ifndef LINLEARN_CORE_SELECTION_H
#define LINLEARN_CORE_SELECTION_H

#include "core/hyperparameters.h"

/* What a criterion found. */
typedef struct Selection
{
	double margin;			/* predict positive above it; may be infinite */
	double value;			/* the criterion there: more is better but for loss */
	double accuracy;		/* at that margin */
	double precision;
	double recall;
	double f_beta;
	double roc_auc;			/* NaN when only one class is there */
	double pr_auc;			/* average precision; NaN without positives */
} Selection;

/* One scored row: a sort key of the margin and what the row adds. */
typedef struct ScoredRow
{
	uint32_t key;			/* ascending as the margin */
	float weight;			/* negative rows: minus the weight */
} ScoredRow;

/*
 * Keeps at most limit of n rows, evenly spaced, in the arrays' first places;
 * returns how many.
 */
extern size_t selection_sample(float *margins, float *classes, float *weights,
							   size_t n, double limit);

/*
 * Finds the best threshold of n rows with margins and classes (0 or 1) for the
 * criterion in settings; mean_loss is what the loss criterion answers (its
 * threshold is natural_margin: 0 for logistic and hinge).  Thresholds lie half
 * way between neighbouring margins; ties go to the one nearest natural_margin.
 * weights may be NULL.  scratch holds 2 * n rows.  Means nothing when
 * runtime (NULL: never) is interrupted.
 */
extern Selection selection_choose(const Hyperparameters *settings,
								  const float *margins, const float *classes,
								  const float *weights, size_t n,
								  double mean_loss, double natural_margin,
								  ScoredRow *scratch, const Runtime *runtime);

/* The figures at a given margin; value is left as the criterion's there. */
extern Selection selection_at(const Hyperparameters *settings,
							  const float *margins, const float *classes,
							  const float *weights, size_t n,
							  double mean_loss, double margin,
							  ScoredRow *scratch, const Runtime *runtime);

/*
 * A criterion as something to make small: the loss itself, or one minus the
 * value, so that relative improvements mean the same for all of them.
 */
extern double selection_badness(SelectionCriterion criterion, double value);

#endif
