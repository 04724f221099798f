/*
 * tune_batch.c
 *		One batch of trials: trained together, judged, told to the tuner.
 */
#include "core/tune/tune_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/problem/defaults.h"
#include "core/train/model_metrics.h"
#include "core/train/trainer.h"

/* ---- Memory of one batch ---- */

static void *
scratch_allocate(void *context, size_t size)
{
	Scratch *scratch = context;

	if (scratch->count == scratch->capacity)
	{
		size_t capacity = scratch->capacity > 0 ? 2 * scratch->capacity : 256;
		void **pieces =
			runtime_allocate(&scratch->host, capacity * sizeof(void *));

		if (pieces == NULL)
			return NULL;
		if (scratch->count > 0)
			memcpy(pieces, scratch->pieces, scratch->count * sizeof(void *));
		runtime_release(&scratch->host, scratch->pieces);
		scratch->pieces = pieces;
		scratch->capacity = capacity;
	}
	scratch->pieces[scratch->count] = runtime_allocate(&scratch->host, size);
	return scratch->pieces[scratch->count] == NULL
			   ? NULL
			   : scratch->pieces[scratch->count++];
}

static void
scratch_release(void *context, void *pointer)
{
	Scratch *scratch = context;

	for (size_t i = scratch->count; i-- > 0;)
		if (scratch->pieces[i] == pointer)
		{
			scratch->pieces[i] = scratch->pieces[--scratch->count];
			runtime_release(&scratch->host, pointer);
			return;
		}
}

static bool
scratch_interrupted(void *context)
{
	return runtime_interrupted(&((Scratch *) context)->host);
}

static void
scratch_clear(Scratch *scratch)
{
	for (size_t i = 0; i < scratch->count; i++)
		runtime_release(&scratch->host, scratch->pieces[i]);
	scratch->count = 0;
}

/* ---- While it trains ---- */

/* What a candidate's epoch was worth, to be made small. */
static double
epoch_cost(const Problem *problem, const Candidate *candidate, uint32_t epoch)
{
	const ModelEpoch *e = &candidate->history[epoch - 1];

	if (problem->predictor == PREDICTOR_BINARY && !isnan(e->criterion))
		return criterion_cost((SelectionCriterion) hp_integer(
								  &candidate->settings, HP_SELECTION_CRITERIA),
							  e->criterion);
	return isnan(e->validation_loss) ? e->train_loss : e->validation_loss;
}

/*
 * Tells the tuner an epoch of each trial that ran it: the mean of its folds, the
 * best of its variations.
 */
static void
tell_epoch(TuneRun *run, uint32_t epoch)
{
	bool folds = run->request->folds > 0;

	for (uint32_t t = 0; t < run->count; t++)
	{
		const Span *span = &run->spans[t];
		double sum = 0.0, least = INFINITY;
		uint32_t ran = 0;

		for (uint32_t i = 0; i < span->count; i++)
		{
			const Candidate *c = &span->first[i];
			double cost;

			if (c->epochs < epoch || c->status == TRIAL_FAILED)
				continue;
			cost = epoch_cost(run->problem, c, epoch);
			sum += cost;
			least = fmin(least, cost);
			ran++;
		}
		if (ran > 0)
			tuner_epoch(&run->tuner, run->first + t,
						folds ? sum / ran : least);
	}
	run->epoch = epoch;
}

/* The trainer asks after each epoch of all groups. */
bool
tune_stops(void *host, size_t candidate, uint32_t epoch, double cost)
{
	TuneRun *run = host;
	uint32_t trial = 0;

	if (run->epoch < epoch)
		tell_epoch(run, epoch);
	while (&run->candidates[candidate] >=
		   run->spans[trial].first + run->spans[trial].count)
		trial++;
	/* The untuned call is not cut short. */
	if (run->untuned_first && run->first + trial == 0)
		return false;
	return tuner_stops(&run->tuner, run->first + trial);
}

/* Notes how long each running trial has taken; hands the news on. */
Status
tune_progress(void *host, const TrainingProgress *progress, Failure *failure)
{
	TuneRun *run = host;
	TrainingProgress news = *progress;
	double elapsed = clock_seconds() - run->started;
	uint32_t last = run->first; /* that is at work */

	for (uint32_t t = 0; t < run->count; t++)
		for (uint32_t i = 0; i < run->spans[t].count; i++)
		{
			const Candidate *c = &run->spans[t].first[i];

			if (c->epochs == progress->epoch && c->solved == NULL)
				run->seconds[run->first + t] = elapsed;
			if (c->epochs > 0)
				last = run->first + t;
		}
	if (run->progress == NULL)
		return LL_OK;
	news.phase = PHASE_TUNING;
	news.trial = last;
	news.trials = run->tuner.options.max_jobs;
	return run->progress(run->host, &news, failure);
}

/* ---- One batch ---- */

/* The problem with the rows that judge one candidate. */
static Problem
judging_problem(const TuneRun *run, const Candidate *candidate)
{
	Problem judge = *run->problem;

	if (run->request->folds > 0)
	{
		judge.row_fold = NULL;
		judge.rows[CHANNEL_VALIDATION] = &run->fold_rows[candidate->fold];
		judge.targets[CHANNEL_VALIDATION] = run->fold_targets[candidate->fold];
	}
	return judge;
}

/* Adds a candidate's metrics to its trial's, each divided by as many as add. */
static Status
add_metrics(TuneRun *run, const Candidate *candidate, uint32_t adding,
			Channel channel, ModelTrial *trial, Failure *failure)
{
	Problem judge = judging_problem(run, candidate);
	ModelMetric *metrics;
	uint32_t count;
	Status status = train_metrics(&judge, candidate, channel, NULL, &metrics,
								  &count, failure);

	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t at = 0;

		while (at < trial->metric_count &&
			   strcmp(trial->metrics[at].name, metrics[i].name) != 0)
			at++;
		if (at == trial->metric_count)
		{
			trial->metric_count++;
			trial->metrics[at] = metrics[i];
			trial->metrics[at].value = 0.0;
		}
		trial->metrics[at].value += metrics[i].value / adding;
	}
	return LL_OK;
}

/* The epochs of a trial: the mean over its folds of those that ran each. */
static Status
keep_history(TuneRun *run, uint32_t number, Span own, Failure *failure)
{
	uint32_t epochs = run->trials[number].epochs;
	ModelEpoch *history =
		runtime_allocate_zero(&run->runtime, epochs, sizeof(ModelEpoch));

	if (history == NULL)
		return fail_no_memory(failure);
	for (uint32_t e = 0; e < epochs; e++)
	{
		uint32_t ran = 0;

		for (uint32_t i = 0; i < own.count; i++)
			ran += own.first[i].epochs > e;
		for (uint32_t i = 0; i < own.count; i++)
		{
			const Candidate *c = &own.first[i];

			if (c->epochs <= e)
				continue;
			history[e].epoch = e + 1;
			history[e].learning_rate = c->history[e].learning_rate;
			history[e].train_loss += c->history[e].train_loss / ran;
			history[e].validation_loss += c->history[e].validation_loss / ran;
			history[e].criterion += c->history[e].criterion / ran;
		}
	}
	run->histories[number] = history;
	return LL_OK;
}

/* A copy that outlives the batch; of NULL it is NULL. */
static void *
copy_out(const TuneRun *run, const void *from, size_t size, bool *copied)
{
	void *copy = from != NULL ? runtime_allocate(&run->runtime, size) : NULL;

	if (copy != NULL)
		memcpy(copy, from, size);
	*copied &= from == NULL || copy != NULL;
	return copy;
}

/* A copy of what a solver found, as far as a model tells of it. */
static SolverResult *
copy_solved(const TuneRun *run, const SolverResult *from, bool *copied)
{
	size_t width = run->problem->dimension;
	size_t root = (width + 1) * (width + 2) / 2;
	SolverResult *copy = copy_out(run, from, sizeof(*from), copied);

	if (copy == NULL)
		return NULL;
	copy->weights = copy->standard_errors = copy->direction = NULL;
	copy->inflation =
		copy_out(run, from->inflation, width * sizeof(double), copied);
	copy->columns =
		copy_out(run, from->columns, (width + 1) * sizeof(uint32_t), copied);
	copy->root =
		copy_out(run, from->root,
				 (from->meat != NULL ? 2 : 1) * root * sizeof(double), copied);
	copy->meat =
		from->meat != NULL && copy->root != NULL ? copy->root + root : NULL;
	return copy;
}

/* Gives back what keep_candidate copied. */
static void
forget_candidate(const TuneRun *run, Candidate *kept)
{
	if (kept->solved != NULL)
	{
		runtime_release(&run->runtime, kept->solved->inflation);
		runtime_release(&run->runtime, kept->solved->columns);
		runtime_release(&run->runtime, kept->solved->root);
		runtime_release(&run->runtime, (void *) kept->solved);
	}
	runtime_release(&run->runtime, (void *) kept->path);
	runtime_release(&run->runtime, (void *) kept->l1_path);
	runtime_release(&run->runtime, kept->weights);
	runtime_release(&run->runtime, kept->history);
	runtime_release(&run->runtime, kept->exact_weights);
	runtime_release(&run->runtime, kept->standard_errors);
}

/* Keeps what a trial that may win has found. */
static Status
keep_candidate(TuneRun *run, const Candidate *candidate, Candidate *copy,
			   Failure *failure)
{
	size_t cells =
		((size_t) run->problem->dimension + 1) * run->problem->outputs;
	bool copied = true;

	*copy = *candidate;
	copy->solved = copy_solved(run, candidate->solved, &copied);
	copy->path = copy_out(run, candidate->path, sizeof(WdPath), &copied);
	copy->l1_path = copy_out(run, candidate->l1_path, sizeof(L1Path), &copied);
	copy->weights =
		copy_out(run, candidate->weights, cells * sizeof(float), &copied);
	copy->exact_weights = copy_out(run, candidate->exact_weights,
								   cells * sizeof(double), &copied);
	copy->standard_errors = copy_out(run, candidate->standard_errors,
									 cells * sizeof(double), &copied);
	copy->history = copy_out(run, candidate->history,
							 candidate->epochs * sizeof(ModelEpoch), &copied);
	copy->history_room = candidate->epochs;
	return copied ? LL_OK : fail_no_memory(failure);
}

/* Keeps a finished trial's weights if it is the best so far. */
static Status
keep_best(TuneRun *run, uint32_t number, const Candidate *candidate,
		  Failure *failure)
{
	Candidate *kept = &run->kept;

	if (tuner_best(&run->tuner) != number)
		return LL_OK;
	forget_candidate(run, kept);
	return keep_candidate(run, candidate, kept, failure);
}

/*
 * A trial's status and epochs from its candidates'.  One that diverged after a
 * good epoch has that epoch's weights: it counts as stopped.
 */
static void
sum_up(const TuneRun *run, Span own, ModelTrial *trial)
{
	bool late = problem_late(run->problem);

	trial->status = TRIAL_COMPLETED;
	for (uint32_t i = 0; i < own.count; i++)
	{
		const Candidate *c = &own.first[i];
		bool cut = late && c->epochs < c->settings.value[HP_EPOCHS];

		if (c->epochs > trial->epochs)
			trial->epochs = c->epochs;
		if (c->best_epoch == 0)
			trial->status = TRIAL_FAILED;
		else if (trial->status == TRIAL_COMPLETED &&
				 (c->status != TRIAL_COMPLETED || cut))
			trial->status = TRIAL_STOPPED;
	}
}

/* Fills a trial's metrics: the means over its candidates. */
static Status
judge_trial(TuneRun *run, Span own, ModelTrial *trial, Failure *failure)
{
	Channel channel = run->request->channel;
	Status status = LL_OK;

	for (uint32_t i = 0; i < own.count && status == LL_OK; i++)
	{
		Candidate *c = &own.first[i];
		Problem judge = judging_problem(run, c);

		if (judge.predictor == PREDICTOR_BINARY)
			status = train_threshold(&judge, c, NULL, failure);
		if (status == LL_OK && channel != CHANNEL_VALIDATION)
			status = add_metrics(run, c, own.count, channel, trial, failure);
		if (status == LL_OK)
			status = add_metrics(run, c, own.count, CHANNEL_VALIDATION, trial,
								 failure);
	}
	return status;
}

/* Takes what decides between trials out of a trial's metrics. */
static void
read_objective(TuneRun *run, uint32_t number)
{
	ModelTrial *trial = &run->trials[number];
	char loss[MODEL_NAME_SIZE];

	trial->objective = NAN;
	snprintf(loss, sizeof(loss), "%s:objective_loss",
			 channel_names[run->request->channel]);
	for (uint32_t i = 0; i < trial->metric_count; i++)
	{
		if (strcmp(trial->metrics[i].name, run->request->objective) == 0)
			trial->objective = trial->metrics[i].value;
		if (strcmp(trial->metrics[i].name, loss) == 0 &&
			!isnan(trial->metrics[i].value))
			run->tuner.trials[number].loss = trial->metrics[i].value;
	}
}

/* Judges one trial of the batch and tells the tuner. */
static Status
finish_trial(TuneRun *run, uint32_t t, Failure *failure)
{
	bool folds = run->request->folds > 0;
	uint32_t number = run->first + t;
	ModelTrial *trial = &run->trials[number];
	Span own = run->spans[t];
	Status status = LL_OK;

	if (!folds)
		own = (Span){tune_choose(run, own), 1};
	trial->settings = own.first->settings;
	space_values(&run->tuner.space, &trial->settings,
				 run->tuner.trials[number].values);
	trial->metrics = runtime_allocate_zero(
		&run->runtime, TRAIN_MAX_METRICS * 2, sizeof(ModelMetric));
	if (trial->metrics == NULL)
		return fail_no_memory(failure);
	sum_up(run, own, trial);
	if (trial->status != TRIAL_FAILED)
		status = judge_trial(run, own, trial, failure);
	if (status == LL_OK)
		status = keep_history(run, number, own, failure);
	if (status != LL_OK)
		return status;
	read_objective(run, number);
	tuner_finish(&run->tuner, number, trial->status, trial->epochs,
				 trial->objective);
	trial->status = run->tuner.trials[number].status;
	return folds ? LL_OK : keep_best(run, number, own.first, failure);
}

/* Trains the trials that the tuner suggested. */
Status
tune_run_batch(TuneRun *run, Failure *failure)
{
	Problem *problem = run->problem;
	Status status;

	problem->runtime = (Runtime){&run->scratch, scratch_allocate,
								 scratch_release, scratch_interrupted, NULL};
	run->epoch = 0;
	run->started = clock_seconds();
	status = tune_make_candidates(run, failure);
	if (status == LL_OK)
		tune_link_path(run);
	if (status == LL_OK)
		status = trainer_run(problem, run->candidates, run->candidate_count,
							 failure);
	if (status == LL_OK)
		status = tune_keep_path(run, failure);
	for (uint32_t e = run->epoch + 1;
		 status == LL_OK && e <= run->tuner.options.max_resource; e++)
		tell_epoch(run, e);
	for (uint32_t t = 0; t < run->count && status == LL_OK; t++)
		status = finish_trial(run, t, failure);
	problem->runtime = run->runtime;
	scratch_clear(&run->scratch);
	return status;
}
