/*
 * shard_answer.h
 *		What one row answers to a point.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_ANSWER_H
#define LINLEARN_CORE_SHARDS_SHARD_ANSWER_H

#include "core/model/predict.h"
#include "core/shards/shard_point.h"
#include "core/shards/shard_survey.h"

typedef struct ShardAnswer
{
	uint64_t digest; /* the point's */
	bool judges;
	RowFormat format;
	uint32_t dimension;
	uint32_t outputs;
	uint32_t classes;
	Channel channel;
	uint64_t hash;
	uint32_t grams; /* matrices that the point wants */
	bool broken;	/* what would follow is no number */
	double weight;	/* times the class's; 0: the row is not in the sample */
	double loss;	/* times that */

	/* Of a gradient; features NULL: it is not learned from. */
	const void *features;  /* [dimension] uint8_t or int32_t, or sparse, ... */
	const uint32_t *index; /* ... [count] int32_t and the places of each */
	uint32_t count;
	const int64_t *residuals; /* [outputs], in units */
	bool over;				  /* they are out of range, and 0 */
	double most_residual;	  /* the largest, in no unit */
	const double
		*roots; /* [grams] of its curvatures, in units; 0: it is not in the
							 * matrix */
	double own_root; /* the largest, in no unit */

	/* Of one that judges. */
	double figures[SHARD_FIGURES]; /* those that rows sum to */
	double largest_error;
	bool outside;	/* it has no deviance */
	uint32_t truth; /* class */
	uint32_t best;	/* predicted class; of a binary model its margin's bin */
	int64_t table_weight; /* in units */
} ShardAnswer;

/* A point ready to be asked about rows. */
typedef struct ShardEvaluator
{
	const ShardPoint *point;
	double *numbers; /* [dimension] */
	int32_t *whole;
	double *margins; /* [outputs] */
	double *derivatives;
	int64_t *residuals;
	double *roots;
	Model model; /* what judges */
	Predictor predictor;
} ShardEvaluator;

extern Status shard_evaluator_init(ShardEvaluator *evaluator,
								   const ShardPoint *point,
								   const Runtime *runtime, Failure *failure);

/*
 * What a row answers; it points into the evaluator, or to the row's bytes.
 * LL_INVALID for a label that is no class, or another format or width.
 */
extern Status shard_evaluate(ShardEvaluator *evaluator, const ShardRow *row,
							 ShardAnswer *answer, Failure *failure);

#endif
