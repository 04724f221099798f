/*
 * quantiles.c
 *		Several quantiles as one model.
 */
#include "core/train/quantiles.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/problem/units.h"
#include "core/train/model_metrics.h"
#include "core/train/refit.h"

/* One quantile, trained. */
typedef struct QuantileFit
{
	Candidate winner;
	Model model;
	const WarmStart *start;
} QuantileFit;

Status
quantile_view(const Model *model, double quantile, const Runtime *runtime,
			  const Model **view, Failure *failure)
{
	uint32_t nearest = 0;
	Model *own;

	*view = model;
	if (model->quantiles == NULL)
		return LL_OK;
	own = runtime_allocate(runtime, sizeof(Model));
	if (own == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 1; k < model->outputs; k++)
		if (fabs(model->quantiles[k].quantile - quantile) <
			fabs(model->quantiles[nearest].quantile - quantile))
			nearest = k;
	*own = *model;
	own->outputs = 1;
	own->weights += (size_t) nearest * model->dimension;
	own->bias += nearest;
	own->quantiles = NULL;
	*view = own;
	return LL_OK;
}

/* Trains each quantile for its share of the time. */
static Status
train_each(Problem *problem, const Hyperparameters *settings,
		   QuantileTrainer train, void *context, QuantileFit *fits,
		   Failure *failure)
{
	uint32_t count = settings->quantile_count;
	double deadline = problem->deadline;
	Status status = LL_OK;

	for (uint32_t k = 0; k < count && status == LL_OK; k++)
	{
		Hyperparameters own = *settings;
		double now = clock_seconds();

		own.value[HP_QUANTILE] = settings->quantiles[k];
		own.quantiles = NULL;
		own.quantile_count = 0;
		if (deadline > 0)
			problem->deadline = now + (deadline - now) / (count - k);
		problem->warm_start = NULL;
		status = train(problem, &own, context, &fits[k].winner, &fits[k].model,
					   failure);
		fits[k].start = problem->warm_start;
	}
	problem->deadline = deadline;
	return status;
}

/* Refits each that asks for it. */
static Status
refit_each(Problem *problem, QuantileFit *fits, uint32_t count,
		   Failure *failure)
{
	Refit *shared = runtime_allocate_zero(&problem->runtime, 1, sizeof(Refit));
	Status status = LL_OK;

	if (shared == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < count && status == LL_OK; k++)
	{
		problem->warm_start = fits[k].start;
		status = refit_model(problem, shared, &fits[k].winner, &fits[k].model,
							 failure);
	}
	return status;
}

/* Says which quantiles a model has. */
static Status
name_quantiles(Problem *problem, const QuantileFit *fits,
			   const Hyperparameters *settings, Model *model, Failure *failure)
{
	uint32_t count = settings->quantile_count;

	model->outputs = count;
	model->quantiles =
		runtime_allocate_zero(&problem->runtime, count, sizeof(ModelQuantile));
	if (model->quantiles == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < count; k++)
	{
		ModelQuantile *own = &model->quantiles[k];

		*own = (ModelQuantile){.quantile = settings->quantiles[k],
							   .wd = fits[k].model.settings.value[HP_WD],
							   .l1 = fits[k].model.settings.value[HP_L1],
							   .end = fits[k].model.end,
							   .iterations = fits[k].model.iterations,
							   .gap = fits[k].model.gap};
		snprintf(own->text, sizeof(own->text), "%.15g", own->quantile);
	}
	return LL_OK;
}

/* Room for the weights of all. */
static Status
make_room(const Problem *problem, Model *model, Failure *failure)
{
	model->weights =
		runtime_allocate_zero(&problem->runtime, model->outputs,
							  problem->dimension * sizeof(double));
	model->bias = runtime_allocate_zero(&problem->runtime, model->outputs,
										sizeof(double));
	return model->weights == NULL || model->bias == NULL
			   ? fail_no_memory(failure)
			   : LL_OK;
}

/* Judges predictions by all quantiles, as they were chosen, on every channel. */
static Status
judge(Problem *problem, const QuantileFit *fits,
	  const Hyperparameters *settings, Model *model, Failure *failure)
{
	uint32_t room = TRAIN_MAX_METRICS + 2 * settings->quantile_count;
	Model chosen = {.predictor = PREDICTOR_REGRESSOR,
					.loss = LOSS_QUANTILE,
					.dimension = problem->dimension,
					.byte_unit = 1.0};
	Status status = name_quantiles(problem, fits, settings, &chosen, failure);

	if (status == LL_OK)
		status = make_room(problem, &chosen, failure);
	for (uint32_t k = 0; k < chosen.outputs && status == LL_OK; k++)
	{
		problem->warm_start = fits[k].start;
		status =
			units_unscale(problem, &fits[k].winner,
						  chosen.weights + (size_t) k * problem->dimension,
						  chosen.bias + k, failure);
	}
	model->metric_count = 0;
	model->metrics = runtime_allocate_zero(
		&problem->runtime, (size_t) room * CHANNEL_COUNT, sizeof(ModelMetric));
	if (status == LL_OK && model->metrics == NULL)
		return fail_no_memory(failure);
	for (int channel = 0; channel < CHANNEL_COUNT && status == LL_OK;
		 channel++)
	{
		uint32_t count;

		status = train_quantile_metrics(problem, &chosen, (Channel) channel,
										model->metrics + model->metric_count,
										&count, failure);
		model->metric_count += count;
	}
	return status;
}

/* Joins trials and epochs; the best is that of the point. */
static Status
join_trials(Problem *problem, const QuantileFit *fits, uint32_t point,
			Model *model, Failure *failure)
{
	uint32_t trials = 0, epochs = 0;

	for (uint32_t k = 0; k < model->outputs; k++)
	{
		trials += fits[k].model.trial_count;
		epochs += fits[k].model.epoch_count;
	}
	model->trials =
		runtime_allocate_zero(&problem->runtime, trials, sizeof(ModelTrial));
	model->epochs =
		runtime_allocate_zero(&problem->runtime, epochs, sizeof(ModelEpoch));
	if (model->trials == NULL || model->epochs == NULL)
		return fail_no_memory(failure);
	model->trial_count = model->epoch_count = 0;
	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const Model *own = &fits[k].model;

		if (k == point)
			model->best_trial = model->trial_count + own->best_trial;
		for (uint32_t e = 0; e < own->epoch_count; e++)
		{
			model->epochs[model->epoch_count] = own->epochs[e];
			model->epochs[model->epoch_count++].trial += model->trial_count;
		}
		for (uint32_t i = 0; i < own->trial_count; i++)
			model->trials[model->trial_count++] = own->trials[i];
	}
	return LL_OK;
}

/* All ended as the worst did. */
static void
join_ends(Model *model)
{
	model->iterations = 0;
	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const ModelQuantile *own = &model->quantiles[k];

		model->iterations += own->iterations;
		if (own->end > model->end)
			model->end = own->end;
		if (own->gap > model->gap)
			model->gap = own->gap;
	}
}

/* Makes one model, which is the point's but for its weights, of all. */
static Status
join(Problem *problem, const QuantileFit *fits,
	 const Hyperparameters *settings, Model *model, Failure *failure)
{
	uint32_t count = settings->quantile_count;
	uint32_t point = quantile_point(settings->quantiles, count);
	ModelMetric *metrics = model->metrics;
	uint32_t metric_count = model->metric_count;
	Status status;

	*model = fits[point].model;
	model->metrics = metrics;
	model->metric_count = metric_count;
	model->settings.quantiles = settings->quantiles;
	model->settings.quantile_count = count;
	status = name_quantiles(problem, fits, settings, model, failure);
	if (status == LL_OK)
		status = make_room(problem, model, failure);
	if (status == LL_OK)
		status = join_trials(problem, fits, point, model, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t k = 0; k < count; k++)
	{
		memcpy(model->weights + (size_t) k * model->dimension,
			   fits[k].model.weights, model->dimension * sizeof(double));
		model->bias[k] = fits[k].model.bias[0];
		if (fits[k].model.settings.value[HP_REFIT] == 0.0)
			model->settings.value[HP_REFIT] = 0.0;
	}
	join_ends(model);
	return LL_OK;
}

Status
quantiles_train(Problem *problem, const Hyperparameters *settings,
				QuantileTrainer train, void *context, Model *model,
				Failure *failure)
{
	uint32_t count = settings->quantile_count;
	QuantileFit *fits =
		runtime_allocate_zero(&problem->runtime, count, sizeof(QuantileFit));
	Status status;

	if (fits == NULL)
		return fail_no_memory(failure);
	status = train_each(problem, settings, train, context, fits, failure);
	if (status == LL_OK)
		status = judge(problem, fits, settings, model, failure);
	if (status == LL_OK)
		status = refit_each(problem, fits, count, failure);
	return status == LL_OK ? join(problem, fits, settings, model, failure)
						   : status;
}
