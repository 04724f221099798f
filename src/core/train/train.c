/*
 * train.c
 *		From candidates to a model.
 */
#include "core/train/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/loss/loss.h"
#include "core/options/optimizer_table.h"
#include "core/problem/variations.h"
#include "core/problem/warm_candidate.h"
#include "core/problem/warm_start.h"
#include "core/train/model_metrics.h"
#include "core/train/model_weights.h"
#include "core/train/quantiles.h"
#include "core/train/refit.h"
#include "core/train/solve_candidates.h"
#include "core/train/train_calibrate.h"
#include "core/train/trainer.h"

/*
 * A margin as the score that tells of it.  Of a margin that rounds to 1 it is a
 * little less, so that scores of 1 exceed it.
 */
static double
margin_to_score(LossKind loss, double margin)
{
	/* No score is above 1, but one may be 0: only -inf has to stay. */
	if (loss_table[loss].link != LINK_LOGIT || margin == -INFINITY)
		return margin;
	return margin == INFINITY
			   ? 1.0
			   : fmin(portable_sigmoid(margin), THRESHOLD_BELOW_ONE);
}

/*
 * Judges a candidate on the validation rows.  Once time is up the best of many
 * classes alone: the others have their losses, and a pass each takes long.
 */
static Status
judge_candidate(Problem *problem, Candidate *candidate, bool best,
				ModelTrial *trial, Failure *failure)
{
	if (!best && problem->predictor == PREDICTOR_MULTICLASS &&
		problem_late(problem))
		return LL_OK;
	return train_judge(problem, candidate, &trial->metrics,
					   &trial->metric_count, failure);
}

/* Copies trials and epochs. */
static Status
fill_history(Problem *problem, Candidate *candidates, size_t count,
			 size_t best, Model *model, Failure *failure)
{
	size_t epochs = 0;

	for (size_t i = 0; i < count; i++)
		epochs += candidates[i].epochs;
	model->trials =
		runtime_allocate_zero(&problem->runtime, count, sizeof(ModelTrial));
	model->epochs =
		runtime_allocate_zero(&problem->runtime, epochs, sizeof(ModelEpoch));
	if (model->trials == NULL || model->epochs == NULL)
		return fail_no_memory(failure);
	model->trial_count = (uint32_t) count;
	for (size_t i = 0; i < count; i++)
	{
		Candidate *candidate = &candidates[i];
		ModelTrial *trial = &model->trials[i];
		bool binary = problem->predictor == PREDICTOR_BINARY;
		Status status =
			judge_candidate(problem, candidate, i == best, trial, failure);

		if (status != LL_OK)
			return status;
		trial->settings = candidate->settings;
		trial->status = candidate->status;
		trial->epochs = candidate->epochs;
		trial->objective =
			binary ? candidate->threshold.value
				   : loss_reported(candidate_loss(&candidate->settings),
								   !isnan(candidate->validation_loss)
									   ? candidate->validation_loss
									   : candidate->train_loss);
		for (uint32_t e = 0; e < candidate->epochs; e++)
		{
			ModelEpoch *epoch = &model->epochs[model->epoch_count++];

			*epoch = candidate->history[e];
			epoch->trial = (uint32_t) i;
		}
	}
	return LL_OK;
}

/* Joins the metrics of the winner on every channel. */
static Status
fill_metrics(Problem *problem, const Candidate *best, MarginRanking *ranking,
			 Model *model, Failure *failure)
{
	const ModelTrial *trial = &model->trials[model->best_trial];

	model->metrics = runtime_allocate_zero(&problem->runtime,
										   TRAIN_MAX_METRICS * CHANNEL_COUNT,
										   sizeof(ModelMetric));
	if (model->metrics == NULL)
		return fail_no_memory(failure);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		ModelMetric *metrics = trial->metrics;
		uint32_t count = trial->metric_count;
		Status status = LL_OK;

		/* Its calibration is not in the trial's; more classes have none. */
		if (channel != CHANNEL_VALIDATION ||
			problem->predictor != PREDICTOR_MULTICLASS)
			status = train_metrics(problem, best, (Channel) channel,
								   channel == CHANNEL_TRAIN ? ranking : NULL,
								   &metrics, &count, failure);
		if (status != LL_OK)
			return status;
		if (count > 0)
			memcpy(model->metrics + model->metric_count, metrics,
				   count * sizeof(ModelMetric));
		model->metric_count += count;
	}
	return LL_OK;
}

/* What helps against a divergence: solvers have no learning rate. */
static const char *
diverged_hint(const Problem *problem, const Hyperparameters *settings)
{
	unsigned users = hyperparameter_table[HP_LEARNING_RATE].optimizers;

	if (problem->warm_start != NULL)
		return "See that features and labels have the units that init_model "
			   "was trained in, or train without it.";
	if (users & USED_BY(hp_integer(settings, HP_OPTIMIZER)))
		return "Lower learning_rate, or leave normalize_data on.";
	return "Features or labels are too large to compute with: scale them.";
}

/* A mean loss that no model has that learnt, as a multiple of zero weights'. */
#define DIVERGED_LOSS 1e4

/* Loss of zero margins, one a class, which is that of every row. */
static Status
zero_loss_multi(const Problem *problem, LossKind loss,
				const LossParameters *parameters, double *found,
				Failure *failure)
{
	double *margins = runtime_allocate_zero(&problem->runtime,
											problem->outputs, sizeof(double));

	if (margins == NULL)
		return fail_no_memory(failure);
	*found = loss_value_multi(loss, parameters, margins, problem->outputs, 0);
	runtime_release(&problem->runtime, margins);
	return LL_OK;
}

/* Mean loss of zero weights on the training rows, in the label's units. */
static Status
zero_loss(const Problem *problem, const Candidate *candidate, double *found,
		  Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	LossParameters parameters = candidate_loss_parameters(s, 1.0);
	LossKind loss = candidate_loss(s);
	double mean, deviation, sum = 0.0, weight = 0.0;

	if (loss_is_multiclass(loss))
		return zero_loss_multi(problem, loss, &parameters, found, failure);
	problem_label_scale(problem, s, &mean, &deviation);
	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);
		double w = rows_weight(rows, row);

		sum += w * loss_value(loss, &parameters, mean + rows_offset(rows, row),
							  rows->labels[row]);
		weight += w;
	}
	*found = weight > 0 ? sum / weight : 0.0;
	return LL_OK;
}

/*
 * Reports a training that led nowhere: to no finite loss, or to an absurd one.  Solvers
 * that start at zero stay below its loss; so do others, if they have a bias for
 * what is held, unless they start too far off.
 */
static Status
check_diverged(const Problem *problem, const Candidate *candidate,
			   Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	bool diverged = candidate->best_epoch == 0;
	double zero = 0.0;
	Status status;

	/* that of zero weights is not asked for where it does not matter */
	if (!diverged && candidate->train_loss > DIVERGED_LOSS &&
		!(hp_solves(s) &&
		  (candidate->initial == NULL || s->value[HP_USE_BIAS] == 0)))
	{
		status = zero_loss(problem, candidate, &zero, failure);
		if (status != LL_OK)
			return status;
		diverged = candidate->train_loss > DIVERGED_LOSS * (1.0 + zero);
	}
	if (!diverged)
		return LL_OK;
	fail(failure, LL_INVALID, "training diverged");
	fail_hint(failure, "%s", diverged_hint(problem, s));
	return LL_INVALID;
}

Status
train_build_chosen(Problem *problem, Candidate *candidates, size_t count,
				   size_t best, Model *model, Failure *failure)
{
	Candidate *winner = &candidates[best];
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	bool validated = validation != NULL && validation->count > 0;
	MarginRanking ranking = {0};
	const Blas *blas;
	Status status = check_diverged(problem, winner, failure);

	if (status != LL_OK)
		return status;
	memset(model, 0, sizeof(*model));
	status = blas_open(&blas, failure);
	if (status != LL_OK)
		return status;
	blas_describe(blas, model->kernels);
	model->predictor = problem->predictor;
	model->loss = candidate_loss(&winner->settings);
	model->format = problem->rows[CHANNEL_TRAIN]->format;
	model->byte_unit = problem->warm_start != NULL
						   ? problem->warm_start->model->byte_unit
						   : BYTE_UNIT;
	model->dimension = problem->dimension;
	model->outputs = problem->outputs;
	model->settings = winner->settings;
	if (hp_solves(&winner->settings))
		model->settings.value[HP_EPOCHS] = solve_iterations(&winner->settings);
	model->wd_path = winner->path;
	model->l1_path = winner->l1_path;
	model->best_trial = (uint32_t) best;
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
		if (problem->rows[channel] != NULL)
		{
			model->channels[channel].rows = problem->rows[channel]->count;
			model->channels[channel].fingerprint =
				problem->rows[channel]->fingerprint;
		}
	if (problem->predictor == PREDICTOR_BINARY && !validated)
		status = train_threshold(problem, winner, &ranking, failure);
	/* Candidates are compared as they were trained. */
	if (status == LL_OK)
		status =
			fill_history(problem, candidates, count, best, model, failure);
	if (status == LL_OK)
		status = model_weights_fill(problem, winner, model, failure);
	if (problem->predictor == PREDICTOR_BINARY)
	{
		model->threshold_margin = winner->threshold.margin;
		model->threshold =
			margin_to_score(model->loss, model->threshold_margin);
	}
	if (status == LL_OK)
		status = train_calibrate(problem, winner, model, failure);
	if (status != LL_OK)
		return status;
	status = trainer_tell(problem, PHASE_EVALUATING, winner, failure);
	return status == LL_OK
			   ? fill_metrics(problem, winner, &ranking, model, failure)
			   : status;
}

Status
train_build(Problem *problem, Candidate *candidates, size_t count, size_t best,
			Model *model, Failure *failure)
{
	Status status =
		train_build_chosen(problem, candidates, count, best, model, failure);
	Refit refit = {0};

	/* Last: what tells of the model is what it was before. */
	return status == LL_OK ? refit_model(problem, &refit, &candidates[best],
										 model, failure)
						   : status;
}

/* Trains candidates and makes a model of the best, without a refit. */
static Status
train_chosen(Problem *problem, const Hyperparameters *settings,
			 const Model *warm_start, Candidate *winner, Model *model,
			 Failure *failure)
{
	Candidate *candidates;
	size_t count, best;
	Status status =
		variations_make(problem, settings, &candidates, &count, failure);

	if (status == LL_OK && warm_start != NULL)
		status = warm_start_begin(problem, warm_start, failure);
	for (size_t i = 0; i < count && status == LL_OK && warm_start != NULL; i++)
		status = warm_start_candidate(problem, &candidates[i], failure);
	if (status == LL_OK)
		status = trainer_run(problem, candidates, count, failure);
	if (status != LL_OK)
		return status;
	best = candidate_best(candidates, count);
	status =
		train_build_chosen(problem, candidates, count, best, model, failure);
	*winner = candidates[best];
	return status;
}

/* The model that quantiles go on from; NULL: none. */
typedef struct QuantileStart
{
	const Model *model;
} QuantileStart;

/* Trains one of several quantiles, or whatever else is one model. */
static Status
train_quantile(Problem *problem, const Hyperparameters *settings,
			   void *context, Candidate *winner, Model *model,
			   Failure *failure)
{
	const Model *start = ((const QuantileStart *) context)->model;
	const Model *own = NULL;
	Status status = start == NULL
						? LL_OK
						: quantile_view(start, settings->value[HP_QUANTILE],
										&problem->runtime, &own, failure);

	return status == LL_OK
			   ? train_chosen(problem, settings, own, winner, model, failure)
			   : status;
}

Status
train_model(Problem *problem, const Hyperparameters *settings,
			const Model *warm_start, Model *model, Failure *failure)
{
	QuantileStart start = {warm_start};
	Refit refit = {0};
	Candidate winner;
	Status status;

	if (hp_quantiles(settings) > 1)
		return quantiles_train(problem, settings, train_quantile, &start,
							   model, failure);
	status =
		train_quantile(problem, settings, &start, &winner, model, failure);
	return status == LL_OK
			   ? refit_model(problem, &refit, &winner, model, failure)
			   : status;
}
