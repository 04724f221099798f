/*
 * shard_problem.c
 *		What a problem knows of rows that are elsewhere.
 */
#include "core/problem/shard_problem.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/shards/shards.h"

static const ShardSurvey *
survey_of(const Problem *problem)
{
	return problem->rows[CHANNEL_TRAIN]->shards->survey;
}

void
shard_problem_labels(Problem *problem)
{
	const ShardChannel *train = &survey_of(problem)->channels[CHANNEL_TRAIN];

	problem->label_mean = 0.0;
	problem->label_deviation = 1.0;
	if (problem->predictor == PREDICTOR_REGRESSOR)
		shard_spread(&train->weight, &train->label, &train->label_square,
					 &problem->label_mean, &problem->label_deviation);
}

/* The share of zeros above which rows count as sparse. */
#define ZERO_SHARE 0.5

bool
shard_problem_zeros(const Problem *problem)
{
	const ShardSurvey *survey = survey_of(problem);

	return survey->format == ROWS_SPARSE ||
		   (double) survey->zeros >
			   ZERO_SHARE * (double) survey->channels[CHANNEL_TRAIN].rows *
				   survey->dimension;
}

double
shard_problem_log_mean(const Problem *problem)
{
	const ShardChannel *train = &survey_of(problem)->channels[CHANNEL_TRAIN];
	double mean, deviation;

	shard_spread(&train->weight, &train->label, &train->label_square, &mean,
				 &deviation);
	return mean > 0.0 && isfinite(mean) ? portable_log(mean) : 0.0;
}

Status
shard_problem_classes(Problem *problem, Failure *failure)
{
	const ShardLabels *labels = &survey_of(problem)->labels;

	problem->class_weight_sum = runtime_allocate_zero(
		&problem->runtime, problem->classes, sizeof(double));
	if (problem->class_weight_sum == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < problem->classes; k++)
		problem->class_weight_sum[k] =
			exact_sum_value(&labels->labels[k].weight, NULL);
	return LL_OK;
}
