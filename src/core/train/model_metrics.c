/*
 * model_metrics.c
 *		How well a finished candidate does on the rows of a channel.
 *
 * Everything is judged by the margins and scores of predictions, so that what a
 * model says of itself is what the aggregates say of its predictions.
 */
#include "core/train/model_metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/judge/metric_table.h"
#include "core/loss/loss.h"
#include "core/model/predict.h"
#include "core/problem/margins.h"
#include "core/problem/natural_margin.h"
#include "core/problem/units.h"
#include "core/train/metric_list.h"
#include "core/train/shard_metrics.h"
#include "core/train/train_classes.h"

const char *const channel_names[CHANNEL_COUNT] = {"train", "validation",
												  "test"};

/* A multiclass model by its largest margin. */
static Status
multiclass_metrics(Problem *problem, const Candidate *candidate,
				   const Rows *rows, const float *targets, MetricList *list,
				   Failure *failure)
{
	ClassFigures found;
	MetricFacts facts = metric_facts();
	Status status = train_class_figures(problem, candidate, rows, targets,
										&found, failure);

	if (status != LL_OK)
		return status;
	facts.loss = found.loss;
	facts.classes = &found.metrics;
	facts.top_k = found.near;
	facts.dcg = found.gain;
	facts.log_loss = found.log_loss;
	metric_list_add(list, &facts, PREDICTOR_MULTICLASS, !isnan(found.log_loss),
					true);
	return LL_OK;
}

/* A regressor of squared loss on summed rows: their sums say all but one. */
static Status
summed_metrics(Problem *problem, const Candidate *candidate, const Rows *rows,
			   MetricList *list, Failure *failure)
{
	RegressionSums sums;
	MetricFacts facts = metric_facts();
	Status status = units_residuals(problem, candidate, rows, &sums, failure);

	if (status != LL_OK)
		return status;
	facts.loss = loss_reported(candidate_loss(&candidate->settings),
							   0.5 * regression_mse(&sums));
	facts.errors = &sums;
	metric_list_add(list, &facts, PREDICTOR_REGRESSOR, false, false);
	return LL_OK;
}

/* What the rows of a model of one margin add up to. */
typedef struct MarginSums
{
	const Problem *problem;
	const Rows *rows;
	LossKind loss_kind;
	LossParameters parameters;
	double loss;
	double weight;
	RegressionSums errors; /* of a regressor */
	DevianceSums deviance; /* of one with a log link */
	double *margins;	   /* of a binary model, by place */
} MarginSums;

/* Adds a regressor's prediction. */
static void
add_prediction(MarginSums *sums, double label, double margin, double w)
{
	double predicted = loss_mean(sums->loss_kind, margin);

	regression_add(&sums->errors, label, predicted, w);
	if (loss_is_log_link(sums->loss_kind))
		(void) deviance_add(&sums->deviance, label, predicted, w);
}

/* Adds a block of rows. */
static void
add_margins(void *context, const double *margins, size_t place, size_t n)
{
	MarginSums *sums = context;

	for (size_t i = 0; i < n; i++)
	{
		size_t row = rows_at(sums->rows, place + i);
		double label = sums->rows->labels[row];
		double w = rows_weight(sums->rows, row);

		if (runtime_stops(&sums->problem->runtime, i))
			return;
		sums->loss += w * loss_value(sums->loss_kind, &sums->parameters,
									 margins[i], label);
		sums->weight += w;
		if (sums->margins != NULL)
			sums->margins[place + i] = margins[i];
		else
			add_prediction(sums, label, margins[i], w);
	}
}

/* Counts decisions, turns the margins to scores and sums their log loss. */
static double
count_decisions(const MarginSums *sums, const Candidate *candidate,
				BinaryCounts *counts)
{
	Model model = metric_scorer(candidate);
	const Predictor scorer = {.model = &model};
	double log_loss = 0.0;

	*counts = (BinaryCounts){0};
	for (size_t place = 0; place < sums->rows->count &&
						   !runtime_stops(&sums->problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(sums->rows, place);
		bool truth = sums->rows->labels[row] > 0.5;
		bool positive = sums->margins[place] > candidate->threshold.margin;
		double w = rows_weight(sums->rows, row);
		double score;

		predictor_scores(&scorer, &sums->margins[place]);
		score = clip_probability(sums->margins[place]);
		log_loss -= w * portable_log(truth ? score : 1.0 - score);
		*(positive ? truth ? &counts->true_positives : &counts->false_positives
		  : truth  ? &counts->false_negatives
				   : &counts->true_negatives) += w;
	}
	return log_loss / sums->weight;
}

/* Rows by what is in the place of their margins. */
static void
rank_rows(const MarginSums *sums, ScoredRow *scored)
{
	const Rows *rows = sums->rows;

	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&sums->problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);

		scored[place] = scored_row(sums->margins[place], rows->labels[row],
								   rows_weight(rows, row));
	}
}

/* A binary model's figures, as the aggregates have them of its predictions. */
static void
add_binary_metrics(MetricList *list, const MarginSums *sums,
				   const Candidate *candidate, ScoredRow *scored,
				   MetricFacts *facts)
{
	facts->beta = candidate->settings.value[HP_F_BETA];
	facts->log_loss = count_decisions(sums, candidate, &facts->counts);
	rank_rows(sums, scored);
	threshold_areas(scored, sums->rows->count, &facts->roc_auc, &facts->pr_auc,
					&sums->problem->runtime);
	metric_list_add(list, facts, PREDICTOR_BINARY,
					candidate->calibration.kind != CALIBRATE_NONE ||
						loss_table[sums->loss_kind].link == LINK_LOGIT,
					true);
}

/* The best threshold of so many rows at most. */
static Threshold
choose(const MarginSums *sums, const Candidate *candidate, double limit,
	   ScoredRow *scored)
{
	const Problem *problem = sums->problem;

	rank_rows(sums, scored);
	return metric_threshold(
		problem, &candidate->settings,
		sums->rows == problem->rows[CHANNEL_TRAIN], sums->loss / sums->weight,
		scored, threshold_sample(scored, sums->rows->count, limit));
}

/*
 * A model of one margin, by those of its predictions.  With chosen, a binary
 * candidate's threshold is set first; without a list that is all.
 */
static Status
margin_metrics(Problem *problem, const Candidate *candidate, const Rows *rows,
			   Candidate *chosen, double limit, MetricList *list,
			   Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Runtime *runtime = &problem->runtime;
	bool binary = problem->predictor == PREDICTOR_BINARY;
	MarginSums sums = {.problem = problem,
					   .rows = rows,
					   .loss_kind = candidate_loss(s),
					   .parameters = candidate_loss_parameters(s, 1.0)};
	MetricFacts facts = metric_facts();
	ScoredRow *scored = NULL;
	Status status;

	sums.deviance = deviance_start(sums.loss_kind, s->value[HP_TWEEDIE_POWER]);
	if (binary)
	{
		sums.margins = runtime_allocate(runtime, rows->count * sizeof(double));
		scored =
			runtime_allocate(runtime, 2 * rows->count * sizeof(ScoredRow));
		if (sums.margins == NULL || scored == NULL)
			return fail_no_memory(failure);
	}
	status = margins_by_block(problem, candidate, rows, add_margins, &sums,
							  failure);
	if (status != LL_OK)
		return status;
	if (chosen != NULL)
		chosen->threshold = choose(&sums, candidate, limit, scored);
	if (list != NULL)
	{
		if (sums.weight > 0)
			facts.loss =
				loss_reported(sums.loss_kind, sums.loss / sums.weight);
		facts.errors = &sums.errors;
		if (loss_is_log_link(sums.loss_kind))
			facts.deviance = &sums.deviance;
		if (binary)
			add_binary_metrics(list, &sums, candidate, scored, &facts);
		else
			metric_list_add(list, &facts, PREDICTOR_REGRESSOR, false, true);
	}
	runtime_release(runtime, sums.margins);
	runtime_release(runtime, scored);
	return LL_OK;
}

/* ---- Several quantiles ---- */

/* What predictions of several quantiles add up to. */
typedef struct QuantileSums
{
	const Problem *problem;
	const Rows *rows;
	Predictor predictor;	/* no more than scores take */
	double *scores;			/* [outputs] of a row */
	RegressionSums *errors; /* [outputs] */
	double *covered;		/* [outputs] weight of labels up to a prediction */
	double weight;
} QuantileSums;

static void
add_quantiles(void *context, const double *margins, size_t place, size_t n)
{
	QuantileSums *sums = context;
	size_t outputs = sums->predictor.model->outputs;

	for (size_t i = 0; i < n; i++, margins += outputs)
	{
		size_t row = rows_at(sums->rows, place + i);
		double label = sums->rows->labels[row];
		double w = rows_weight(sums->rows, row);

		if (runtime_stops_wide(&sums->problem->runtime, i, outputs))
			return;
		memcpy(sums->scores, margins, outputs * sizeof(double));
		predictor_scores(&sums->predictor, sums->scores);
		for (size_t k = 0; k < outputs; k++)
		{
			regression_add(&sums->errors[k], label, sums->scores[k], w);
			sums->covered[k] += label <= sums->scores[k] ? w : 0.0;
		}
		sums->weight += w;
	}
}

/* Adds a figure of one quantile. */
static void
add_figure(MetricList *list, const char *name, double quantile, double value)
{
	ModelMetric *metric = &list->metrics[list->count++];

	snprintf(metric->name, sizeof(metric->name), "%s:%s_%.15g", list->channel,
			 name, quantile);
	metric->value = value;
}

/* The figures of the point, the mean loss of all, and each one's own. */
static void
add_quantile_metrics(MetricList *list, const QuantileSums *sums)
{
	const Model *model = sums->predictor.model;
	MetricFacts facts = metric_facts();

	facts.loss = 0.0;
	for (uint32_t k = 0; k < model->outputs; k++)
		facts.loss += regression_pinball(&sums->errors[k],
										 model->quantiles[k].quantile) /
					  model->outputs;
	facts.errors = &sums->errors[model_point(model)];
	metric_list_add(list, &facts, PREDICTOR_REGRESSOR, false, true);
	for (uint32_t k = 0; k < model->outputs; k++)
	{
		double q = model->quantiles[k].quantile;

		add_figure(list, "quantile_loss", q,
				   regression_pinball(&sums->errors[k], q));
		add_figure(list, "coverage", q, sums->covered[k] / sums->weight);
	}
}

Status
train_quantile_metrics(Problem *problem, const Model *model, Channel channel,
					   ModelMetric *metrics, uint32_t *count, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	const Rows *rows = problem->rows[channel];
	MetricList list = {metrics, 0, channel_names[channel]};
	QuantileSums sums = {
		.problem = problem, .rows = rows, .predictor = {.model = model}};
	Status status;

	*count = 0;
	if (rows == NULL || rows->count == 0)
		return LL_OK;
	sums.scores = runtime_allocate(runtime, model->outputs * sizeof(double));
	sums.errors =
		runtime_allocate_zero(runtime, model->outputs, sizeof(RegressionSums));
	sums.covered =
		runtime_allocate_zero(runtime, model->outputs, sizeof(double));
	if (sums.scores == NULL || sums.errors == NULL || sums.covered == NULL)
		return fail_no_memory(failure);
	status =
		margins_of_model(problem, model, rows, add_quantiles, &sums, failure);
	if (status == LL_OK)
		add_quantile_metrics(&list, &sums);
	*count = list.count;
	runtime_release(runtime, sums.scores);
	runtime_release(runtime, sums.errors);
	runtime_release(runtime, sums.covered);
	if (status == LL_OK && runtime_interrupted(runtime))
		return fail_cancelled(failure);
	return status;
}

/* Makes room for the metrics of a channel. */
static Status
start_list(const Problem *problem, Channel channel, MetricList *list,
		   Failure *failure)
{
	*list = (MetricList){NULL, 0, channel_names[channel]};
	list->metrics = runtime_allocate_zero(&problem->runtime, TRAIN_MAX_METRICS,
										  sizeof(ModelMetric));
	return list->metrics == NULL ? fail_no_memory(failure) : LL_OK;
}

Status
train_metrics(Problem *problem, const Candidate *candidate, Channel channel,
			  ModelMetric **metrics, uint32_t *count, Failure *failure)
{
	const Rows *rows = problem->rows[channel];
	const float *targets = problem->targets[channel];
	MetricList list;
	Status status;

	*metrics = NULL;
	*count = 0;
	if (rows == NULL || rows->count == 0 || candidate->best_epoch == 0)
		return LL_OK;
	status = start_list(problem, channel, &list, failure);
	if (status != LL_OK)
		return status;
	if (rows->shards != NULL && problem->predictor == PREDICTOR_BINARY)
		status = shard_binary_metrics(problem, candidate, rows, channel, NULL,
									  &list, failure);
	else if (rows->shards != NULL)
		status = shard_metrics(problem, candidate, channel, &list, failure);
	else if (rows->sums != NULL)
		status = summed_metrics(problem, candidate, rows, &list, failure);
	else if (problem->predictor == PREDICTOR_MULTICLASS)
		status = multiclass_metrics(problem, candidate, rows, targets, &list,
									failure);
	else
		status = margin_metrics(problem, candidate, rows, NULL, NAN, &list,
								failure);
	*metrics = list.metrics;
	*count = list.count;
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}

Status
train_judge(Problem *problem, Candidate *candidate, ModelMetric **metrics,
			uint32_t *count, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_VALIDATION];
	double limit = candidate->settings.value[HP_NUM_CALIBRATION_SAMPLES];
	MetricList list;
	Status status;

	if (problem->predictor != PREDICTOR_BINARY || rows == NULL ||
		rows->count == 0 || candidate->best_epoch == 0)
		return train_metrics(problem, candidate, CHANNEL_VALIDATION, metrics,
							 count, failure);
	status = start_list(problem, CHANNEL_VALIDATION, &list, failure);
	if (status == LL_OK && rows->shards != NULL)
		status =
			shard_binary_metrics(problem, candidate, rows, CHANNEL_VALIDATION,
								 candidate, &list, failure);
	else if (status == LL_OK)
		status = margin_metrics(problem, candidate, rows, candidate, limit,
								&list, failure);
	*metrics = list.metrics;
	*count = list.count;
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}

Status
train_threshold(Problem *problem, Candidate *candidate, Failure *failure)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	bool validated = validation != NULL && validation->count > 0;
	Status status;

	if (problem->rows[CHANNEL_TRAIN]->shards != NULL)
		return shard_binary_metrics(
			problem, candidate,
			problem->rows[validated ? CHANNEL_VALIDATION : CHANNEL_TRAIN],
			validated ? CHANNEL_VALIDATION : CHANNEL_TRAIN, candidate, NULL,
			failure);
	status = margin_metrics(
		problem, candidate,
		validated ? validation : problem->rows[CHANNEL_TRAIN], candidate,
		validated ? candidate->settings.value[HP_NUM_CALIBRATION_SAMPLES]
				  : NAN,
		NULL, failure);

	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}
