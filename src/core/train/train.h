/*
 * train.h
 *		From candidates to a model: metrics, and weights in the user's units.
 */
#ifndef LINLEARN_CORE_TRAIN_TRAIN_H
#define LINLEARN_CORE_TRAIN_TRAIN_H

#include "core/problem/candidate.h"

/* Trains the candidates of settings and makes a model of the best. */
extern Status train_model(Problem *problem, const Hyperparameters *settings,
						  const Model *warm_start, Model *model,
						  Failure *failure);

/*
 * Fills a model from trained candidates: weights, metrics of the best on every
 * channel, trials, epochs.  The label dictionary is the caller's to fill.
 */
extern Status train_build(Problem *problem, Candidate *candidates,
						  size_t count, size_t best, Model *model,
						  Failure *failure);

/* The same without a refit, which is then the caller's. */
extern Status train_build_chosen(Problem *problem, Candidate *candidates,
								 size_t count, size_t best, Model *model,
								 Failure *failure);

#endif
