/*
 * model_metrics.h
 *		How well a finished candidate does on the rows of a channel.
 */
#ifndef LINLEARN_CORE_TRAIN_MODEL_METRICS_H
#define LINLEARN_CORE_TRAIN_MODEL_METRICS_H

#include "core/train/ranked_figures.h"

/* Most metrics of one channel. */
#define TRAIN_MAX_METRICS 14

/*
 * The rows that a binary candidate's threshold was set on, by their margins, best
 * first: who asks for their metrics next needs no margins.  NULL: none are known.
 */
typedef struct MarginRanking
{
	ScoredRow *scored; /* and room for as many */
	double loss;	   /* sums over the rows */
	double weight;
	RankedAreas areas;
} MarginRanking;

/*
 * The metrics of a candidate on one channel, named "train:...", etc.; none when
 * the channel is empty.  A ranking of its rows, or NULL, is used up.
 */
extern Status train_metrics(Problem *problem, const Candidate *candidate,
							Channel channel, MarginRanking *ranking,
							ModelMetric **metrics, uint32_t *count,
							Failure *failure);

/*
 * The same on the validation channel, where a binary candidate's threshold is
 * set before.
 */
extern Status train_judge(Problem *problem, Candidate *candidate,
						  ModelMetric **metrics, uint32_t *count,
						  Failure *failure);

/*
 * Sets a binary candidate's threshold on the validation rows, or without any on
 * the training rows, whose ranking is handed out if it is not NULL.
 */
extern Status train_threshold(Problem *problem, Candidate *candidate,
							  MarginRanking *ranking, Failure *failure);

/*
 * The metrics of a model of several quantiles on one channel, for the problem's
 * features as the rows hold them: those of its point, as its objective_loss the
 * mean of the quantiles' losses, and each one's loss and coverage, the share of
 * labels up to its prediction.  metrics has room for TRAIN_MAX_METRICS and two
 * an output.
 */
extern Status train_quantile_metrics(Problem *problem, const Model *model,
									 Channel channel, ModelMetric *metrics,
									 uint32_t *count, Failure *failure);

/* The channels' names, by Channel. */
extern const char *const channel_names[CHANNEL_COUNT];

#endif
