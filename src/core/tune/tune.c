/*
 * tune.c
 *		A tuning job over a prepared problem.
 */
#include "core/tune/tune_run.h"

#include <string.h>

#include "core/problem/defaults.h"
#include "core/train/quantiles.h"
#include "core/train/refit.h"
#include "core/train/trainer.h"

/* Whether one prior is better than another. */
static bool
prior_is_better(const TuneRun *run, const PriorTrial *a, const PriorTrial *b)
{
	return tuner_cost(&run->tuner, a->objective) <
		   tuner_cost(&run->tuner, b->objective);
}

/* Gives the tuner what an earlier tuning found. */
static Status
start_warm(TuneRun *run, Failure *failure)
{
	const TuneRequest *request = run->request;
	double values[HP_COUNT];
	bool used;

	for (uint32_t i = 0; i < request->prior_count; i++)
	{
		const PriorTrial *prior = &request->priors[i];
		uint32_t ahead = 0;
		Status status;

		space_values(&run->tuner.space, &prior->settings, values);
		for (uint32_t j = 0; j < request->prior_count; j++)
			ahead +=
				request->priors[j].type == WARM_START_TRANSFER &&
				(prior_is_better(run, &request->priors[j], prior) ||
				 (j < i && !prior_is_better(run, prior, &request->priors[j])));
		if (prior->type == WARM_START_IDENTICAL)
			status = tuner_know(&run->tuner, values, prior->objective, &used,
								failure);
		else if (ahead < TUNE_TRANSFERRED)
			status = tuner_start_with(&run->tuner, values, failure);
		else
			continue;
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* What the untuned call does comes first, unless an earlier tuning tells more. */
static Status
start_tuner(TuneRun *run, Failure *failure)
{
	TuneRequest *request = run->request;
	Hyperparameters untuned = request->untuned;
	double values[HP_COUNT];
	Status status = tuner_init(&run->tuner, &request->space, &request->options,
							   &run->runtime, failure);

	if (status != LL_OK)
		return status;
	if (request->options.strategy == STRATEGY_PATH)
		run->tuner.options.max_parallel_jobs = tune_path_batch(run);
	if (request->prior_count > 0)
		return start_warm(run, failure);
	if (!tune_starts_untuned(request))
		return LL_OK;
	run->untuned_first = request->folds == 0;
	defaults_resolve(run->problem, &untuned);
	space_values(&run->tuner.space, &untuned, values);
	return tuner_start_with(&run->tuner, values, failure);
}

static Status
start_run(TuneRun *run, Failure *failure)
{
	Status status = start_tuner(run, failure);
	size_t jobs = run->tuner.options.max_jobs;

	if (status == LL_OK && run->request->folds > 0)
		status = tune_make_folds(run, failure);
	if (status != LL_OK)
		return status;
	run->trials =
		runtime_allocate_zero(&run->runtime, jobs, sizeof(ModelTrial));
	run->histories =
		runtime_allocate_zero(&run->runtime, jobs, sizeof(ModelEpoch *));
	run->seconds = runtime_allocate_zero(&run->runtime, jobs, sizeof(double));
	run->spans = runtime_allocate_zero(&run->runtime, jobs, sizeof(Span));
	if (run->spans == NULL || run->trials == NULL || run->histories == NULL ||
		run->seconds == NULL)
		return fail_no_memory(failure);
	return LL_OK;
}

/* After a cross-validation: the best settings on all training rows. */
static Status
train_best(TuneRun *run, uint32_t best, Failure *failure)
{
	Candidate *winner = &run->kept;
	Hyperparameters settings = tune_trial_settings(run, best);
	bool path = hp_has_l1_path(&settings);
	Status status;

	/* A fold's choice of l1 is not that of all rows. */
	winner->settings = path ? settings : run->trials[best].settings;
	winner->fold = -1;
	if (problem_late(run->problem))
		run->problem->deadline = clock_seconds() + run->seconds[best];
	status = trainer_run(run->problem, winner, 1, failure);
	if (path)
		run->trials[best].settings = winner->settings;
	return status;
}

/* Puts the tuning's trials and epochs into the model. */
static Status
fill_trials(TuneRun *run, uint32_t best, Model *model, Failure *failure)
{
	uint32_t count = run->tuner.trial_count;
	size_t epochs = 0;

	for (uint32_t i = 0; i < count; i++)
		epochs += run->trials[i].epochs;
	model->trials = run->trials;
	model->trial_count = count;
	model->best_trial = best;
	model->epoch_count = 0;
	model->epochs =
		runtime_allocate_zero(&run->runtime, epochs, sizeof(ModelEpoch));
	if (model->epochs == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t e = 0; e < run->trials[i].epochs; e++)
		{
			model->epochs[model->epoch_count] = run->histories[i][e];
			model->epochs[model->epoch_count++].trial = i;
		}
	return LL_OK;
}

/* Asks and tells until there is nothing more to try, or no time. */
static Status
run_batches(TuneRun *run, Failure *failure)
{
	const Problem *problem = run->problem;

	for (;;)
	{
		Status status =
			tuner_suggest(&run->tuner, &run->first, &run->count, failure);

		if (status != LL_OK || run->count == 0)
			return status;
		status = tune_run_batch(run, failure);
		if (status != LL_OK)
			return status;
		if (problem_late(problem))
			return LL_OK;
	}
}

/* Runs a job of one quantile, or of whatever else is one model; no refit. */
static Status
tune_chosen(Problem *problem, TuneRequest *request, Candidate *winner,
			Model *model, TuneTimes *times, Failure *failure)
{
	TuneRun run = {.problem = problem,
				   .request = request,
				   .runtime = problem->runtime,
				   .progress = problem->progress,
				   .host = problem->host,
				   .scratch = {.host = problem->runtime}};
	Status status = start_run(&run, failure);
	int64_t best;

	if (status != LL_OK)
		return status;
	problem->host = &run;
	problem->progress = tune_progress;
	problem->stop = tune_stops;
	problem->row_fold = run.row_fold;
	status = run_batches(&run, failure);
	problem->host = run.host;
	problem->progress = run.progress;
	problem->stop = NULL;
	problem->row_fold = NULL;
	if (status != LL_OK)
		return status;
	best = tuner_best(&run.tuner);
	if (best < 0)
	{
		fail(failure, LL_INVALID, "every trial failed");
		fail_hint(failure, "If losses diverged, lower the range of "
						   "learning_rate, or leave normalize_data on; else "
						   "the objective has no value on its rows.");
		return LL_INVALID;
	}
	if (request->folds > 0)
		status = train_best(&run, (uint32_t) best, failure);
	if (status == LL_OK)
		status = train_build_chosen(problem, &run.kept, 1, 0, model, failure);
	if (status == LL_OK)
		status = fill_trials(&run, (uint32_t) best, model, failure);
	times->seconds = run.seconds;
	times->count = run.tuner.trial_count;
	*winner = run.kept;
	return status;
}

/* Jobs of several quantiles, and how long all of their trials took. */
typedef struct QuantileJobs
{
	const TuneRequest *request;
	TuneTimes *times;
} QuantileJobs;

/* Appends the times of a job's trials. */
static Status
add_times(TuneTimes *all, const TuneTimes *own, const Runtime *runtime,
		  Failure *failure)
{
	double *seconds = runtime_allocate(
		runtime, ((size_t) all->count + own->count) * sizeof(double));

	if (seconds == NULL)
		return fail_no_memory(failure);
	if (all->count > 0)
		memcpy(seconds, all->seconds, all->count * sizeof(double));
	memcpy(seconds + all->count, own->seconds, own->count * sizeof(double));
	all->seconds = seconds;
	all->count += own->count;
	return LL_OK;
}

/* A job of one of several quantiles, of whose trials earlier ones tell. */
static Status
tune_quantile(Problem *problem, const Hyperparameters *settings, void *context,
			  Candidate *winner, Model *model, Failure *failure)
{
	QuantileJobs *jobs = context;
	TuneRequest own = *jobs->request;
	TuneTimes times = {0};
	Status status;

	own.fixed = *settings;
	own.untuned.value[HP_QUANTILE] = settings->value[HP_QUANTILE];
	own.untuned.quantiles = NULL;
	own.untuned.quantile_count = 0;
	own.priors = runtime_allocate_zero(&problem->runtime, own.prior_count + 1,
									   sizeof(PriorTrial));
	if (own.priors == NULL)
		return fail_no_memory(failure);
	own.prior_count = 0;
	for (uint32_t i = 0; i < jobs->request->prior_count; i++)
		if (jobs->request->priors[i].settings.value[HP_QUANTILE] ==
			settings->value[HP_QUANTILE])
			own.priors[own.prior_count++] = jobs->request->priors[i];
	status = tune_chosen(problem, &own, winner, model, &times, failure);
	return status == LL_OK
			   ? add_times(jobs->times, &times, &problem->runtime, failure)
			   : status;
}

Status
tune_model(Problem *problem, TuneRequest *request, Model *model,
		   TuneTimes *times, Failure *failure)
{
	QuantileJobs jobs = {request, times};
	Candidate winner;
	Refit refit = {0};
	Status status;

	*times = (TuneTimes){0};
	if (hp_quantiles(&request->fixed) > 1)
		return quantiles_train(problem, &request->fixed, tune_quantile, &jobs,
							   model, failure);
	status = tune_chosen(problem, request, &winner, model, times, failure);
	return status == LL_OK
			   ? refit_model(problem, &refit, &winner, model, failure)
			   : status;
}
