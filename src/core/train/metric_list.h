/*
 * metric_list.h
 *		What the metrics of rows that are here and of those elsewhere share.
 */
#ifndef LINLEARN_CORE_TRAIN_METRIC_LIST_H
#define LINLEARN_CORE_TRAIN_METRIC_LIST_H

#include "core/judge/metric_table.h"
#include "core/problem/candidate.h"

typedef struct MetricList
{
	ModelMetric *metrics;
	uint32_t count;
	const char *channel;
} MetricList;

/* Adds what facts of a kind of model tell. */
extern void metric_list_add(MetricList *list, const MetricFacts *facts,
							PredictorType predictor, bool probabilities,
							bool sizes);

/* A binary candidate, as far as its scores come of it. */
extern Model metric_scorer(const Candidate *candidate);

/*
 * The best threshold among margins of a mean loss.  Costs of wrong decisions are
 * told by rows that were not learnt from: without such rows they set the threshold
 * of probabilities, and else none.
 */
extern Threshold metric_threshold(const Problem *problem,
								  const Hyperparameters *given, bool learnt,
								  double loss, ScoredRow *scored, size_t n);

#endif
