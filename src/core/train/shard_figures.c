/*
 * shard_figures.c
 *		How well a finished candidate does on rows that are elsewhere.
 */
#include "core/train/shard_figures.h"

#include <math.h>
#include <string.h>

#include "core/math/double2.h"
#include "core/problem/units.h"

/* Bits that whole weights have below the largest one. */
#define WEIGHT_BITS 31

/* The unit of whole weights: whole numbers are themselves up to 2^31. */
static double
weight_unit(const Shards *shards)
{
	return ldexp(1.0,
				 (int) logb(fmax(shards->survey->largest_weight, 0x1p-100)) -
					 WEIGHT_BITS);
}

/* The candidate's weights for features as they are, [outputs][dimension + 1]. */
static Status
own_weights(Problem *problem, const Candidate *candidate, double **weights,
			Failure *failure)
{
	size_t cells = (size_t) problem->dimension * problem->outputs;

	*weights = runtime_allocate(&problem->runtime,
								(cells + problem->outputs) * sizeof(double));
	if (*weights == NULL)
		return fail_no_memory(failure);
	return units_unscale(problem, candidate, *weights, *weights + cells,
						 failure);
}

/* Asks for the judgement of weights. */
static Status
judge(Problem *problem, const Candidate *candidate, double *weights,
	  Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	Shards *shards = rows->shards;
	float *class_weight;
	ShardPoint point = {.judges = true,
						.format = rows->format,
						.dimension = problem->dimension,
						.outputs = problem->outputs,
						.predictor = problem->predictor,
						.loss = candidate_loss(s),
						.parameters = candidate_loss_parameters(s, 1.0),
						.label_unit = 1.0,
						.weights = weights,
						.bias = weights +
								(size_t) problem->dimension * problem->outputs,
						.sample = UINT64_MAX,
						.byte_unit = 1.0,
						.top_k = s->value[HP_ACCURACY_TOP_K],
						.weight_unit = weight_unit(shards)};
	Status status = problem_class_weights(problem, s, &class_weight, failure);

	point.class_weight = class_weight;
	if (status == LL_OK)
		status = shards_name_classes(shards, &problem->runtime,
									 problem->classes, &point, failure);
	if (status != LL_OK)
		return status;
	shards->judged =
		runtime_allocate_zero(&problem->runtime, 1, sizeof(ShardSums));
	shards->judged_weights = weights;
	return shards->judged == NULL
			   ? fail_no_memory(failure)
			   : shards_ask(shards, &point, shards->judged, failure);
}

Status
shard_figures(Problem *problem, const Candidate *candidate, Channel channel,
			  const ShardChannelSums **sums, Failure *failure)
{
	Shards *shards = problem->rows[CHANNEL_TRAIN]->shards;
	size_t size =
		((size_t) problem->dimension + 1) * problem->outputs * sizeof(double);
	double *weights;
	Status status = own_weights(problem, candidate, &weights, failure);

	*sums = NULL;
	if (status != LL_OK)
		return status;
	if (shards->judged == NULL ||
		memcmp(weights, shards->judged_weights, size) != 0)
		status = judge(problem, candidate, weights, failure);
	else
		runtime_release(&problem->runtime, weights);
	if (status == LL_OK && shards->judged->channels[channel].rows > 0)
		*sums = &shards->judged->channels[channel];
	return status;
}

double
shard_figure(const ShardChannelSums *sums, ShardFigure figure)
{
	return exact_sum_value(&sums->figures[figure], NULL);
}

double
shard_mean(const ShardChannelSums *sums, ShardFigure figure,
		   ShardFigure weight)
{
	double w = shard_figure(sums, weight);

	return w > 0.0 ? shard_figure(sums, figure) / w : NAN;
}

Status
shard_scored(const Problem *problem, const ShardChannelSums *sums,
			 ScoredRow **scored, size_t *count, Failure *failure)
{
	double unit = weight_unit(problem->rows[CHANNEL_TRAIN]->shards);
	size_t n = 0;

	for (size_t i = 0; i < 2 * SHARD_BINS && sums->table != NULL; i++)
		n += sums->table[i] != 0;
	*count = n;
	*scored =
		runtime_allocate(&problem->runtime, (2 * n + 1) * sizeof(ScoredRow));
	if (*scored == NULL)
		return fail_no_memory(failure);
	n = 0;
	for (uint32_t i = 0; i < 2 * SHARD_BINS && sums->table != NULL; i++)
		if (sums->table[i] != 0)
		{
			double class = i / SHARD_BINS;
			ScoredRow row =
				scored_row(shard_bin_margin(i % SHARD_BINS), class, 1.0f);

			row.with.number *= (double) sums->table[i] * unit;
			(*scored)[n++] = row;
		}
	return LL_OK;
}

Status
shard_class_counts(const Problem *problem, const ShardChannelSums *sums,
				   ClassCounts **counts, Failure *failure)
{
	double unit = weight_unit(problem->rows[CHANNEL_TRAIN]->shards);
	size_t classes = problem->classes;

	*counts =
		runtime_allocate_zero(&problem->runtime, classes, sizeof(ClassCounts));
	if (*counts == NULL)
		return fail_no_memory(failure);
	for (size_t k = 0; k < classes && sums->table != NULL; k++)
		(*counts)[k] = (ClassCounts){
			(double) sums->table[SHARD_ACTUAL * classes + k] * unit,
			(double) sums->table[SHARD_PREDICTED * classes + k] * unit,
			(double) sums->table[SHARD_CORRECT * classes + k] * unit};
	return LL_OK;
}

RegressionSums
shard_errors(const ShardChannelSums *sums)
{
	double mean, deviation;
	double weight = shard_figure(sums, SHARD_ROW_WEIGHT);

	shard_spread(&sums->figures[SHARD_ROW_WEIGHT], &sums->figures[SHARD_LABEL],
				 &sums->figures[SHARD_LABEL_SQUARE], &mean, &deviation);
	return (RegressionSums){.weight = weight,
							.mean = mean,
							.squares = deviation * deviation * weight,
							.error = shard_figure(sums, SHARD_ERROR),
							.squared_error =
								shard_figure(sums, SHARD_SQUARED_ERROR),
							.under = shard_figure(sums, SHARD_UNDER),
							.over = shard_figure(sums, SHARD_OVER),
							.max_error = sums->largest_error,
							.rows = sums->rows};
}

DevianceSums
shard_deviance(const ShardChannelSums *sums, LossKind loss,
			   double tweedie_power)
{
	DevianceSums deviance = deviance_start(loss, tweedie_power);

	deviance.weight = shard_figure(sums, SHARD_ROW_WEIGHT);
	deviance.labels = shard_figure(sums, SHARD_LABEL);
	deviance.own = shard_figure(sums, SHARD_OWN_DEVIANCE);
	deviance.deviance = shard_figure(sums, SHARD_DEVIANCE);
	deviance.rows = sums->rows;
	deviance.outside = sums->outside;
	return deviance;
}
