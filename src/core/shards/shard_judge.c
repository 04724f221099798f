/*
 * shard_judge.c
 *		How one row is predicted by a finished model: by the margins that
 *		predictions have, to the bit.
 */
#include "core/shards/shard_judge.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/judge/deviance.h"
#include "core/judge/metrics.h"
#include "core/math/double2.h"

/* -log of what clip_probability makes of 1 and of 0. */
#define LEAST_LOG_LOSS 0x1p-52
#define MOST_LOG_LOSS (52 * 0.693147180559945309417)

/* A binary model, whose margin is all that is kept. */
static void
judge_binary(const ShardPoint *point, double margin, double w,
			 ShardAnswer *answer)
{
	double score;

	answer->best = shard_bin(margin);
	if (loss_table[point->loss].link != LINK_LOGIT)
		return;
	score = clip_probability(portable_sigmoid(margin));
	answer->figures[SHARD_LOG_LOSS] =
		-w * portable_log(answer->truth == 1 ? score : 1.0 - score);
}

/* One of many classes. */
static void
judge_classes(const ShardPoint *point, const double *margins, double loss,
			  double w, ShardAnswer *answer)
{
	size_t rank = class_rank_double(margins, point->outputs, answer->truth);

	for (uint32_t k = 1; k < point->outputs; k++)
		if (margins[k] > margins[answer->best])
			answer->best = k;
	answer->figures[SHARD_NEAR] = (double) rank <= point->top_k ? w : 0.0;
	answer->figures[SHARD_GAIN] = w * discounted_gain(rank);
	answer->figures[SHARD_LOG_LOSS] =
		w * fmin(fmax(loss, LEAST_LOG_LOSS), MOST_LOG_LOSS);
}

/* A number. */
static void
judge_number(const ShardPoint *point, double margin, double label, double w,
			 ShardAnswer *answer)
{
	RegressionSums sums = {0};
	double predicted = loss_mean(point->loss, margin);

	regression_add(&sums, label, predicted, w);
	answer->figures[SHARD_ERROR] = sums.error;
	answer->figures[SHARD_SQUARED_ERROR] = sums.squared_error;
	answer->figures[SHARD_UNDER] = sums.under;
	answer->figures[SHARD_OVER] = sums.over;
	answer->figures[SHARD_LABEL] = label;
	answer->largest_error = sums.max_error;
	if (loss_is_log_link(point->loss))
	{
		DevianceSums deviance =
			deviance_start(point->loss, point->parameters.tweedie_power);

		answer->outside = !deviance_add(&deviance, label, predicted, w);
		answer->figures[SHARD_OWN_DEVIANCE] = deviance.own;
		answer->figures[SHARD_DEVIANCE] = deviance.deviance;
	}
}

void
shard_judge_row(ShardEvaluator *evaluator, const ShardRow *row, double target,
				ShardAnswer *answer)
{
	const ShardPoint *point = evaluator->point;
	double *margins = evaluator->margins;
	double w = row->weight, loss;

	predictor_margins(&evaluator->predictor, row->format, &row->view, margins);
	loss =
		loss_is_multiclass(point->loss)
			? loss_value_multi(point->loss, &point->parameters, margins,
							   point->outputs, (size_t) target)
			: loss_value(point->loss, &point->parameters, margins[0], target);
	answer->figures[SHARD_ROW_WEIGHT] = w;
	answer->figures[SHARD_ROW_LOSS] = w * loss;
	answer->loss = answer->weight * loss;
	if (w / point->weight_unit <= (double) SHARD_MAX_TABLE_WEIGHT)
		answer->table_weight = (int64_t) rint(w / point->weight_unit);
	else
		answer->broken = true;
	if (point->predictor == PREDICTOR_BINARY)
		judge_binary(point, margins[0], w, answer);
	else if (point->predictor == PREDICTOR_MULTICLASS)
		judge_classes(point, margins, loss, w, answer);
	else
		judge_number(point, margins[0], target, w, answer);
	for (int i = 0; i < SHARD_FIGURES; i++)
		if (!isfinite(answer->figures[i]))
			answer->broken = true;
	if (!isfinite(answer->loss) || !isfinite(answer->largest_error))
		answer->broken = true;
	for (int i = 0; i < SHARD_FIGURES && answer->broken; i++)
		answer->figures[i] = 0.0;
	if (answer->broken)
		answer->loss = answer->largest_error = 0.0;
}
