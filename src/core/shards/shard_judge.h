/*
 * shard_judge.h
 *		How one row is predicted by a finished model.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_JUDGE_H
#define LINLEARN_CORE_SHARDS_SHARD_JUDGE_H

#include "core/shards/shard_answer.h"

/* Fills what an answer to a point that judges has; target: label or class. */
extern void shard_judge_row(ShardEvaluator *evaluator, const ShardRow *row,
							double target, ShardAnswer *answer);

#endif
