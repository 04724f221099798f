/*
 * shard_metrics.h
 *		The metrics of a finished candidate on rows that are elsewhere.
 */
#ifndef LINLEARN_CORE_TRAIN_SHARD_METRICS_H
#define LINLEARN_CORE_TRAIN_SHARD_METRICS_H

#include "core/train/metric_list.h"

/* Of many classes, or of a regressor. */
extern Status shard_metrics(Problem *problem, const Candidate *candidate,
							Channel channel, MetricList *list,
							Failure *failure);

/*
 * Of a binary model, by the bins of its margins.  With chosen its threshold is set
 * first; without a list that is all.
 */
extern Status shard_binary_metrics(Problem *problem,
								   const Candidate *candidate,
								   const Rows *rows, Channel channel,
								   Candidate *chosen, MetricList *list,
								   Failure *failure);

#endif
