/*
 * shard_metrics.c
 *		The metrics of a finished candidate on rows that are elsewhere.
 */
#include "core/train/shard_metrics.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/judge/ranking.h"
#include "core/loss/loss.h"
#include "core/model/predict.h"
#include "core/train/shard_figures.h"

/* A multiclass model or a regressor on rows that are elsewhere. */
static void
far_facts(const Problem *problem, const Candidate *candidate,
		  const ShardChannelSums *sums, ClassCounts *counts, MetricList *list)
{
	const Hyperparameters *s = &candidate->settings;
	LossKind loss = candidate_loss(s);
	MetricFacts facts = metric_facts();
	ClassificationMetrics classes;
	RegressionSums errors = shard_errors(sums);
	DevianceSums deviance =
		shard_deviance(sums, loss, s->value[HP_TWEEDIE_POWER]);

	facts.loss = loss_reported(
		loss, shard_mean(sums, SHARD_ROW_LOSS, SHARD_ROW_WEIGHT));
	facts.errors = &errors;
	if (loss_is_log_link(loss))
		facts.deviance = &deviance;
	if (counts == NULL)
	{
		metric_list_add(list, &facts, PREDICTOR_REGRESSOR, false, true);
		return;
	}
	classes =
		classification_metrics(counts, problem->classes, s->value[HP_F_BETA]);
	facts.classes = &classes;
	facts.top_k = shard_mean(sums, SHARD_NEAR, SHARD_ROW_WEIGHT);
	facts.dcg = shard_mean(sums, SHARD_GAIN, SHARD_ROW_WEIGHT);
	facts.log_loss = loss_is_probable(loss)
						 ? shard_mean(sums, SHARD_LOG_LOSS, SHARD_ROW_WEIGHT)
						 : NAN;
	metric_list_add(list, &facts, PREDICTOR_MULTICLASS, !isnan(facts.log_loss),
					true);
}

Status
shard_metrics(Problem *problem, const Candidate *candidate, Channel channel,
			  MetricList *list, Failure *failure)
{
	const ShardChannelSums *sums;
	ClassCounts *counts = NULL;
	Status status = shard_figures(problem, candidate, channel, &sums, failure);

	if (status != LL_OK || sums == NULL)
		return status;
	if (problem->predictor == PREDICTOR_MULTICLASS)
		status = shard_class_counts(problem, sums, &counts, failure);
	if (status == LL_OK)
		far_facts(problem, candidate, sums, counts, list);
	return status;
}

/* Log loss of scores of bins, where a calibration has made them. */
static double
calibrated_log_loss(const Candidate *candidate, const ScoredRow *scored,
					size_t n)
{
	Model model = metric_scorer(candidate);
	const Predictor scorer = {.model = &model};
	double sum = 0.0, weight = 0.0;

	for (size_t i = 0; i < n; i++)
	{
		double w = scored[i].with.number;
		double score = key_to_score(scored[i].key);

		predictor_scores(&scorer, &score);
		score = clip_probability(score);
		sum -= fabs(w) * portable_log(w > 0 ? score : 1.0 - score);
		weight += fabs(w);
	}
	return sum / weight;
}

Status
shard_binary_metrics(Problem *problem, const Candidate *candidate,
					 const Rows *rows, Channel channel, Candidate *chosen,
					 MetricList *list, Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	MetricFacts facts = metric_facts();
	const ShardChannelSums *sums;
	ScoredRow *scored;
	size_t n;
	Status status = shard_figures(problem, candidate, channel, &sums, failure);

	if (status == LL_OK && sums != NULL)
		status = shard_scored(problem, sums, &scored, &n, failure);
	if (status != LL_OK || sums == NULL)
		return status;
	facts.loss = shard_mean(sums, SHARD_ROW_LOSS, SHARD_ROW_WEIGHT);
	if (chosen != NULL)
		chosen->threshold =
			metric_threshold(problem, s, rows == problem->rows[CHANNEL_TRAIN],
							 facts.loss, scored, n);
	if (list != NULL)
	{
		bool calibrated = candidate->calibration.kind != CALIBRATE_NONE;
		LossKind loss = candidate_loss(s);

		facts.beta = s->value[HP_F_BETA];
		facts.counts =
			threshold_hold(s, scored, n, facts.loss,
						   candidate->threshold.margin, &problem->runtime)
				.counts;
		facts.log_loss =
			calibrated ? calibrated_log_loss(candidate, scored, n)
					   : shard_mean(sums, SHARD_LOG_LOSS, SHARD_ROW_WEIGHT);
		threshold_areas(scored, n, &facts.roc_auc, &facts.pr_auc,
						&problem->runtime);
		facts.loss = loss_reported(loss, facts.loss);
		metric_list_add(list, &facts, PREDICTOR_BINARY,
						calibrated || loss_table[loss].link == LINK_LOGIT,
						true);
	}
	runtime_release(&problem->runtime, scored);
	return LL_OK;
}
