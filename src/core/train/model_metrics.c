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
#include "core/judge/ranking.h"
#include "core/loss/loss.h"
#include "core/loss/loss_rows.h"
#include "core/math/sort_threads.h"
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

/* Rows that a task works on, and tasks between two looks at interrupts. */
#define LOSS_ROWS 256
#define LOSS_TASKS 64

/* What the rows of a model of one margin add up to. */
typedef struct MarginSums
{
	Problem *problem;
	const Rows *rows;
	LossKind loss_kind;
	LossParameters parameters;
	double loss;
	double weight;
	RegressionSums errors; /* of a regressor */
	DevianceSums deviance; /* of one with a log link */
	ScoredRow *scored;	   /* of a binary model: by margins, best first once
							* they are ranked; room to sort them */
	bool ranked;		   /* they are */
	RankedAreas areas;	   /* by their ranks */
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

/* Losses of a block's rows. */
static void
find_losses(const MarginSums *sums, const double *margins,
			const double *labels, size_t n, double *losses)
{
	double derivatives[LOSS_ROWS], curvatures[LOSS_ROWS];

	if (sums->loss_kind == LOSS_LOGISTIC)
		loss_logistic_rows(margins, labels, n, losses, derivatives,
						   curvatures);
	else
		for (size_t i = 0; i < n; i++)
			losses[i] = loss_value(sums->loss_kind, &sums->parameters,
								   margins[i], labels[i]);
}

/* Rows that tasks work on together; what is summed is so in order afterwards. */
typedef struct RowTasks
{
	const MarginSums *sums;
	const double *margins;
	size_t place; /* of the first */
	size_t count;
	double terms[LOSS_ROWS * LOSS_TASKS];
} RowTasks;

/* Runs a task for each LOSS_ROWS of the rows. */
static void
run_tasks(RowTasks *tasks, void (*task)(void *argument, size_t index))
{
	threads_run(tasks->sums->problem->pool, task, tasks,
				(tasks->count + LOSS_ROWS - 1) / LOSS_ROWS);
}

/* A task's losses, and its rows as a ranking takes them. */
static void
take_rows(void *argument, size_t index)
{
	RowTasks *tasks = argument;
	const MarginSums *sums = tasks->sums;
	size_t first = index * LOSS_ROWS, left = tasks->count - first;
	size_t n = left < LOSS_ROWS ? left : LOSS_ROWS;
	double labels[LOSS_ROWS];

	for (size_t i = 0; i < n; i++)
		labels[i] =
			sums->rows->labels[rows_at(sums->rows, tasks->place + first + i)];
	find_losses(sums, tasks->margins + first, labels, n, tasks->terms + first);
	for (size_t i = 0; i < n && sums->scored != NULL; i++)
		sums->scored[tasks->place + first + i] = scored_row(
			tasks->margins[first + i], labels[i],
			rows_weight(sums->rows,
						rows_at(sums->rows, tasks->place + first + i)));
}

/* Adds a block of rows. */
static void
add_margins(void *context, const double *margins, size_t place, size_t n)
{
	MarginSums *sums = context;
	const Rows *rows = sums->rows;
	RowTasks tasks = {.sums = sums};
	double loss = sums->loss, weight = sums->weight;

	for (size_t from = 0; from < n; from += tasks.count)
	{
		size_t left = n - from, most = LOSS_ROWS * LOSS_TASKS;

		if (runtime_interrupted(&sums->problem->runtime))
			return;
		tasks.margins = margins + from;
		tasks.place = place + from;
		tasks.count = left < most ? left : most;
		run_tasks(&tasks, take_rows);
		for (size_t i = 0; i < tasks.count; i++)
		{
			size_t row = rows_at(rows, tasks.place + i);
			float w = rows_weight(rows, row);

			loss += w * tasks.terms[i];
			weight += w;
			if (sums->scored == NULL)
				add_prediction(sums, rows->labels[row], tasks.margins[i], w);
		}
	}
	sums->loss = loss;
	sums->weight = weight;
}

/* A binary model's figures, as the aggregates have them of its predictions. */
static void
add_binary_metrics(MetricList *list, const MarginSums *sums,
				   const Candidate *candidate, MetricFacts *facts)
{
	facts->beta = candidate->settings.value[HP_F_BETA];
	ranked_figures(sums->problem, candidate, sums->scored, sums->rows->count,
				   sums->weight, sums->ranked ? &sums->areas : NULL, facts);
	metric_list_add(list, facts, PREDICTOR_BINARY,
					candidate->calibration.kind != CALIBRATE_NONE ||
						loss_table[sums->loss_kind].link == LINK_LOGIT,
					true);
}

/* The best threshold of so many rows at most: a sample takes the places of all. */
static Threshold
choose(const MarginSums *sums, const Candidate *candidate, double limit)
{
	const Problem *problem = sums->problem;
	size_t n = threshold_sample(sums->scored, sums->rows->count, limit);

	/* Else it would be sorted on one thread. */
	(void) sort_on_threads(sums->scored, n, problem->pool, &problem->runtime);
	return metric_threshold(problem, &candidate->settings,
							sums->rows == problem->rows[CHANNEL_TRAIN],
							sums->loss / sums->weight, sums->scored, n);
}

/* Fills the sums of a model of one margin: by its rows, or as they were kept. */
static Status
sum_margins(MarginSums *sums, const Candidate *candidate,
			MarginRanking *ranking, Failure *failure)
{
	Problem *problem = sums->problem;
	size_t count = sums->rows->count;

	if (ranking != NULL && ranking->scored != NULL)
	{
		sums->scored = ranking->scored;
		sums->loss = ranking->loss;
		sums->weight = ranking->weight;
		sums->ranked = true;
		sums->areas = ranking->areas;
		*ranking = (MarginRanking){0};
		return LL_OK;
	}
	sums->deviance = deviance_start(
		sums->loss_kind, candidate->settings.value[HP_TWEEDIE_POWER]);
	if (problem->predictor == PREDICTOR_BINARY)
	{
		sums->scored = runtime_allocate(&problem->runtime,
										SORT_ROOM(count) * sizeof(ScoredRow));
		if (sums->scored == NULL)
			return fail_no_memory(failure);
	}
	return margins_by_block(problem, candidate, sums->rows, add_margins, sums,
							failure);
}

/* Adds the figures of a model of one margin to a list. */
static void
list_margins(const MarginSums *sums, const Candidate *candidate,
			 MetricList *list)
{
	MetricFacts facts = metric_facts();

	if (sums->weight > 0)
		facts.loss = loss_reported(sums->loss_kind, sums->loss / sums->weight);
	facts.errors = &sums->errors;
	if (loss_is_log_link(sums->loss_kind))
		facts.deviance = &sums->deviance;
	if (sums->scored != NULL)
		add_binary_metrics(list, sums, candidate, &facts);
	else
		metric_list_add(list, &facts, PREDICTOR_REGRESSOR, false, true);
}

/* The sums to be of a candidate's margins on rows. */
static MarginSums
margin_sums(Problem *problem, const Candidate *candidate, const Rows *rows)
{
	const Hyperparameters *s = &candidate->settings;

	return (MarginSums){.problem = problem,
						.rows = rows,
						.loss_kind = candidate_loss(s),
						.parameters = candidate_loss_parameters(s, 1.0)};
}

/* A model of one margin, by those of its predictions. */
static Status
margin_metrics(Problem *problem, const Candidate *candidate, const Rows *rows,
			   MarginRanking *ranking, MetricList *list, Failure *failure)
{
	MarginSums sums = margin_sums(problem, candidate, rows);
	Status status = sum_margins(&sums, candidate, ranking, failure);

	if (status == LL_OK)
		list_margins(&sums, candidate, list);
	runtime_release(&problem->runtime, sums.scored);
	return status;
}

/*
 * Sets a binary candidate's threshold on rows, at most so many (NaN: all) of
 * them; keeps all as they are ranked then.
 */
static Status
choose_threshold(Problem *problem, Candidate *candidate, const Rows *rows,
				 double limit, MarginRanking *ranking, Failure *failure)
{
	MarginSums sums = margin_sums(problem, candidate, rows);
	Status status = sum_margins(&sums, candidate, NULL, failure);

	if (status != LL_OK)
		return status;
	candidate->threshold = choose(&sums, candidate, limit);
	if (limit < (double) rows->count) /* the others are gone */
		runtime_release(&problem->runtime, sums.scored);
	else
		*ranking = (MarginRanking){
			sums.scored,
			sums.loss,
			sums.weight,
			{candidate->threshold.roc_auc, candidate->threshold.pr_auc}};
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
			  MarginRanking *ranking, ModelMetric **metrics, uint32_t *count,
			  Failure *failure)
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
		status =
			margin_metrics(problem, candidate, rows, ranking, &list, failure);
	*metrics = list.metrics;
	*count = list.count;
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}

/* Sets a threshold on rows here, and adds the figures at it to a list. */
static Status
judge_rows(Problem *problem, Candidate *candidate, const Rows *rows,
		   double limit, MetricList *list, Failure *failure)
{
	MarginRanking ranking = {0};
	Status status =
		choose_threshold(problem, candidate, rows, limit, &ranking, failure);

	if (status == LL_OK)
		status =
			margin_metrics(problem, candidate, rows, &ranking, list, failure);
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
		return train_metrics(problem, candidate, CHANNEL_VALIDATION, NULL,
							 metrics, count, failure);
	status = start_list(problem, CHANNEL_VALIDATION, &list, failure);
	if (status == LL_OK && rows->shards != NULL)
		status =
			shard_binary_metrics(problem, candidate, rows, CHANNEL_VALIDATION,
								 candidate, &list, failure);
	else if (status == LL_OK)
		status = judge_rows(problem, candidate, rows, limit, &list, failure);
	*metrics = list.metrics;
	*count = list.count;
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}

Status
train_threshold(Problem *problem, Candidate *candidate, MarginRanking *ranking,
				Failure *failure)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	bool validated = validation != NULL && validation->count > 0;
	Channel channel = validated ? CHANNEL_VALIDATION : CHANNEL_TRAIN;
	MarginRanking own = {0};
	Status status;

	if (problem->rows[CHANNEL_TRAIN]->shards != NULL)
		return shard_binary_metrics(problem, candidate, problem->rows[channel],
									channel, candidate, NULL, failure);
	status = choose_threshold(
		problem, candidate, problem->rows[channel],
		validated ? candidate->settings.value[HP_NUM_CALIBRATION_SAMPLES]
				  : NAN,
		ranking != NULL ? ranking : &own, failure);
	runtime_release(&problem->runtime, own.scored);
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}
