/*
 * train.h
 *		From candidates to a model: metrics, and weights in the user's units.
 */
#ifndef LINLEARN_CORE_TRAIN_TRAIN_H
#define LINLEARN_CORE_TRAIN_TRAIN_H

#include "core/problem/candidate.h"

/* Most metrics of one channel. */
#define TRAIN_MAX_METRICS 12

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

/*
 * The metrics of a candidate on one channel, named "train:...", etc.; none when
 * the channel is empty.
 */
extern Status train_metrics(Problem *problem, const Candidate *candidate,
							Channel channel, ModelMetric **metrics,
							uint32_t *count, Failure *failure);

/*
 * The same on the validation channel, where a binary candidate's threshold is
 * set before.
 */
extern Status train_judge(Problem *problem, Candidate *candidate,
						  ModelMetric **metrics, uint32_t *count,
						  Failure *failure);

/*
 * Sets a binary candidate's threshold on the validation rows, or without any on
 * the training rows.
 */
extern Status train_threshold(Problem *problem, Candidate *candidate,
							  Failure *failure);

/* The channels' names, by Channel. */
extern const char *const channel_names[CHANNEL_COUNT];

#endif
