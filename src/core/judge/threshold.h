/*
 * threshold.h
 *		Which model, epoch and threshold: the selection criteria of a binary
 *		classifier on scored rows.
 */
#ifndef LINLEARN_CORE_JUDGE_THRESHOLD_H
#define LINLEARN_CORE_JUDGE_THRESHOLD_H

#include <float.h>

#include "core/judge/metric_table.h"
#include "core/judge/ranking.h"
#include "core/math/sort.h"
#include "core/options/hyperparameters.h"

/* Of a threshold as a score, so that scores of 1 exceed it. */
#define THRESHOLD_BELOW_ONE (1.0 - DBL_EPSILON / 2)

/* What a criterion found. */
typedef struct Threshold
{
	double margin;		 /* predict positive above it; may be infinite */
	double value;		 /* the criterion there: more is better but for loss */
	BinaryCounts counts; /* at that margin */
	double beta;		 /* of F */
	double roc_auc;		 /* NaN when only one class is there */
	double pr_auc;		 /* average precision; NaN without positives */
} Threshold;

/* One scored row: its key in a ranking, and its weight: negative rows' minus. */
typedef SortPair ScoredRow;

/* A row of a class (0 or 1) by its margin, or by whatever else ranks it. */
static inline ScoredRow
scored_row(double margin, double class, float weight)
{
	return (ScoredRow){score_to_key(margin),
					   {.number = class > 0.5 ? weight : -weight}};
}

/*
 * Keeps at most limit (NaN: all) of n rows, evenly spaced, in the first places;
 * returns how many.
 */
extern size_t threshold_sample(ScoredRow *rows, size_t n, double limit);

/*
 * Finds the best threshold of n rows for the criterion in settings; mean_loss is
 * what the loss criterion answers (its threshold is natural_margin: 0 for
 * logistic and hinge).  Of the thresholds between two neighbouring margins that
 * is the natural one where it lies there, else the one half way; of equally good
 * ones the nearest to natural_margin wins.  A criterion that was not given judges
 * by the loss and moves the threshold from there only where more rows are right
 * than chance explains; with costs of wrong decisions it does so whatever the
 * criterion, rows counted by their costs.  rows has SORT_ROOM(n) and is left
 * sorted.  Means nothing when runtime (NULL: never) is interrupted.
 */
extern Threshold threshold_choose(const Hyperparameters *settings,
								  ScoredRow *rows, size_t n, double mean_loss,
								  double natural_margin,
								  const Runtime *runtime);

/* What the same rows say of a threshold that they do not choose. */
extern Threshold threshold_hold(const Hyperparameters *settings,
								ScoredRow *rows, size_t n, double mean_loss,
								double margin, const Runtime *runtime);

/* What a threshold tells metrics. */
extern MetricFacts threshold_facts(const Threshold *threshold);

/* The areas under the curves of n rows by rank; as in threshold_choose. */
extern void threshold_areas(ScoredRow *rows, size_t n, double *roc_auc,
							double *pr_auc, const Runtime *runtime);

/*
 * A criterion as something to make small: the loss itself, or one minus the
 * value, so that relative improvements mean the same for all of them.
 */
extern double criterion_cost(SelectionCriterion criterion, double value);

#endif
