/*
 * ranked_figures.h
 *		What the scores of a binary model's rows say of it.
 */
#ifndef LINLEARN_CORE_TRAIN_RANKED_FIGURES_H
#define LINLEARN_CORE_TRAIN_RANKED_FIGURES_H

#include "core/problem/candidate.h"

/* The areas under the curves, by the ranks of rows. */
typedef struct RankedAreas
{
	double roc_auc;
	double pr_auc;
} RankedAreas;

/*
 * Turns the margins of rows that weigh so much to the scores of predictions, in
 * their places, counts decisions, and finds the log loss and the areas under the
 * curves.  ranked, of rows in the order of their margins, are the areas by these:
 * they are those of the scores, unless scores fall where margins rise, or are equal
 * where margins differ.  NULL: not known.  scored has SORT_ROOM(n).
 */
extern void ranked_figures(Problem *problem, const Candidate *candidate,
						   ScoredRow *scored, size_t n, double weight,
						   const RankedAreas *ranked, MetricFacts *facts);

#endif
