/*
 * shard_figures.h
 *		How well a finished candidate does on rows that are elsewhere: one pass
 *		tells it of all channels.
 */
#ifndef LINLEARN_CORE_TRAIN_SHARD_FIGURES_H
#define LINLEARN_CORE_TRAIN_SHARD_FIGURES_H

#include "core/problem/candidate.h"
#include "core/shards/shards.h"

/*
 * What a candidate's rows of a channel sum to; asked for once and kept.  NULL: the
 * channel has no rows.
 */
extern Status shard_figures(Problem *problem, const Candidate *candidate,
							Channel channel, const ShardChannelSums **sums,
							Failure *failure);

/* A figure, and the mean of one over weights that are another. */
extern double shard_figure(const ShardChannelSums *sums, ShardFigure figure);
extern double shard_mean(const ShardChannelSums *sums, ShardFigure figure,
						 ShardFigure weight);

/*
 * The bins of a binary model's margins as scored rows, a row a class of a bin;
 * scored has room for twice as many more, as threshold_choose needs.
 */
extern Status shard_scored(const Problem *problem,
						   const ShardChannelSums *sums, ScoredRow **scored,
						   size_t *count, Failure *failure);

/* The counts of each class of a model of many, [classes]. */
extern Status shard_class_counts(const Problem *problem,
								 const ShardChannelSums *sums,
								 ClassCounts **counts, Failure *failure);

/* A regressor's errors, and, of a log link, deviances. */
extern RegressionSums shard_errors(const ShardChannelSums *sums);
extern DevianceSums shard_deviance(const ShardChannelSums *sums, LossKind loss,
								   double tweedie_power);

#endif
