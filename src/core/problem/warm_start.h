/*
 * warm_start.h
 *		Going on from a model: of what the new rows say nothing, stays as it was.
 *
 * A feature that does not vary in the training rows cannot be told from the
 * bias, and a class that none of them has is only pushed away: both are held,
 * which neither updates nor wd and l1 change.  Nor does the loss know of such a
 * class, above which it would lift the others.  Rows of one class tell nothing of
 * a classifier, all of which is held then.  What is learned is a change of the
 * model's own weights, in its own units: none gives the same model to the bit.
 */
#ifndef LINLEARN_CORE_PROBLEM_WARM_START_H
#define LINLEARN_CORE_PROBLEM_WARM_START_H

#include "core/problem/problem.h"

struct WarmStart
{
	const Model *model;
	/* The model's, for features as the rows hold them: */
	const double *weights;		   /* [outputs][dimension] */
	const double *known_mean;	   /* [dimension] */
	const double *known_deviation; /* [dimension] */
	double *mean;				   /* [dimension] of all training rows */
	double *deviation;			   /* [dimension] likewise */
	bool *held_features;		   /* [dimension] */
	bool *held_outputs;			   /* [outputs]; NULL: none */
	bool held;					   /* all of them: rows of one class */
};

/*
 * Checks that a model fits the prepared problem, finds what is held and makes
 * the problem start from it.  Before any of the problem's normalisers.
 */
extern Status warm_start_begin(Problem *problem, const Model *model,
							   Failure *failure);

/* Whether a classifier's rows, all of one class, leave its model as it was. */
extern bool warm_start_keeps(const Problem *problem);

/*
 * The threshold where rows do not tell which is best: a loss's own, or that of a
 * model that is kept.
 */
extern double warm_start_natural_margin(const Problem *problem, LossKind loss);

/*
 * Widens the scales of a normaliser that new rows alone would make too large, or
 * 0: a held feature does not vary in the training rows, but may in others.  Solvers
 * take no steps that could be too long, and their wd and l1 are in the scales of
 * the rows, so that the optimum is the same wherever they start.
 */
extern void warm_start_widen(const WarmStart *start, Normalizer *normalizer,
							 bool sparse, bool normalize, double unit,
							 bool unbias, bool solves);

#endif
