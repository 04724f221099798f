/*
 * tune_candidates.c
 *		The candidates of a batch of trials, and which of them a trial is.
 *
 * Trial 0 is what the untuned call would do: all its candidates, moved into the
 * ranges, in the columns of one weight matrix or two.  They are trained as in that
 * call, and the one that is best by the objective is the trial; so its objective is
 * not below that of the untuned model.
 */
#include "core/tune/tune_run.h"

#include <math.h>
#include <string.h>

#include "core/problem/defaults.h"
#include "core/problem/variations.h"

/*
 * Epoch and threshold of a trial are chosen by an objective that is a matter of
 * the threshold, unless a criterion was given: accuracy, F, the correlation.  Precision and
 * recall alone would call next to nothing, or all, positive.
 */
static void
follow_objective(const TuneRequest *request, Hyperparameters *settings)
{
	const char *objective = request->metric->trained_name;

	if (settings->given[HP_SELECTION_CRITERIA])
		return;
	if (strcmp(objective, "binary_f_beta") == 0)
		settings->value[HP_SELECTION_CRITERIA] = CRITERION_F_BETA;
	else if (strcmp(objective, "mcc") == 0)
		settings->value[HP_SELECTION_CRITERIA] = CRITERION_MCC;
	else if (strcmp(objective, "balanced_accuracy") == 0)
		settings->value[HP_SELECTION_CRITERIA] = CRITERION_BALANCED_ACCURACY;
	else if (strcmp(objective, "binary_classification_accuracy") == 0)
		settings->value[HP_SELECTION_CRITERIA] = CRITERION_ACCURACY;
}

Hyperparameters
tune_settings_at(const TuneRequest *request, const Problem *problem,
				 const double *values)
{
	Hyperparameters settings = request->fixed;

	space_apply(&request->space, values, &settings);
	follow_objective(request, &settings);
	defaults_resolve(problem, &settings);
	return settings;
}

/* Settings of a trial, nothing auto left. */
Hyperparameters
tune_trial_settings(const TuneRun *run, uint32_t trial)
{
	return tune_settings_at(run->request, run->problem,
							run->tuner.trials[trial].values);
}

/* Moves a candidate's settings into the ranges. */
static void
move_inside(const TuneRun *run, Hyperparameters *settings)
{
	const SearchSpace *space = &run->tuner.space;
	double values[HP_COUNT];

	space_values(space, settings, values);
	tuner_move_inside(&run->tuner, values);
	for (uint32_t i = 0; i < space->count; i++)
		settings->value[space->ranges[i].row] = values[i];
}

/*
 * The candidates of the untuned call.  If its optimizer cannot take what the
 * ranges make of them, as the closed form no l1, trial 0 is like the others.
 */
static Status
untuned_candidates(TuneRun *run, Span *span, Failure *failure)
{
	Hyperparameters untuned = run->request->untuned;
	Failure unfit = {0};
	size_t count;
	Status status;

	follow_objective(run->request, &untuned);
	status =
		variations_make(run->problem, &untuned, &span->first, &count, failure);
	span->count = (uint32_t) count;
	for (uint32_t i = 0; status == LL_OK && i < span->count; i++)
	{
		Hyperparameters *settings = &span->first[i].settings;

		settings->value[HP_NUM_MODELS] = 1;
		move_inside(run, settings);
		if (hyperparameters_check(settings, &unfit) == LL_OK)
			continue;
		*settings = tune_trial_settings(run, 0);
		span->first[0] = span->first[i];
		span->count = 1;
	}
	return status;
}

/* The candidates of a trial, in an array of their own. */
static Status
trial_candidates(TuneRun *run, uint32_t trial, Span *span, Failure *failure)
{
	uint32_t folds = run->request->folds;
	Hyperparameters settings;

	if (run->untuned_first && trial == 0)
		return untuned_candidates(run, span, failure);
	settings = tune_trial_settings(run, trial);
	span->count = folds > 0 ? folds : 1;
	span->first = runtime_allocate_zero(&run->problem->runtime, span->count,
										sizeof(Candidate));
	if (span->first == NULL)
		return fail_no_memory(failure);
	for (uint32_t f = 0; f < span->count; f++)
		span->first[f] = (Candidate){.settings = settings,
									 .fold = folds > 0 ? (int16_t) f : -1};
	return LL_OK;
}

/* Makes the normalisers that candidates need, which outlive the batch. */
static Status
prepare_normalizers(TuneRun *run, Failure *failure)
{
	Runtime scratch = run->problem->runtime;
	Status status = LL_OK;

	run->problem->runtime = run->runtime;
	for (size_t i = 0; i < run->candidate_count && status == LL_OK; i++)
	{
		const Normalizer *normalizer;

		status = problem_normalizer(run->problem, &run->candidates[i].settings,
									&normalizer, failure);
	}
	run->problem->runtime = scratch;
	return status;
}

Status
tune_make_candidates(TuneRun *run, Failure *failure)
{
	size_t at = 0;

	run->candidate_count = 0;
	for (uint32_t t = 0; t < run->count; t++)
	{
		Status status =
			trial_candidates(run, run->first + t, &run->spans[t], failure);

		if (status != LL_OK)
			return status;
		run->candidate_count += run->spans[t].count;
	}
	run->candidates = runtime_allocate_zero(
		&run->problem->runtime, run->candidate_count, sizeof(Candidate));
	if (run->candidates == NULL)
		return fail_no_memory(failure);
	for (uint32_t t = 0; t < run->count; t++)
	{
		Span *span = &run->spans[t];

		memcpy(&run->candidates[at], span->first,
			   span->count * sizeof(Candidate));
		runtime_release(&run->problem->runtime, span->first);
		span->first = &run->candidates[at];
		at += span->count;
	}
	return prepare_normalizers(run, failure);
}

/* What a candidate reached of the objective, as far as its epochs say. */
static double
reached(const TuneRun *run, const Candidate *candidate)
{
	MetricFacts facts = threshold_facts(&candidate->threshold);
	double value = NAN;

	/* Of other models, and of probabilities, epochs say the loss alone. */
	if (run->problem->predictor == PREDICTOR_BINARY &&
		!isnan(candidate->validation_loss))
		value = run->request->metric->value(&facts);
	if (!isnan(value))
		return tuner_cost(&run->tuner, value);
	return isnan(candidate->validation_loss) ? candidate->train_loss
											 : candidate->validation_loss;
}

Candidate *
tune_choose(const TuneRun *run, Span span)
{
	Candidate *best = &span.first[0];

	if (run->request->channel != CHANNEL_VALIDATION)
		return &span.first[candidate_best(span.first, span.count)];
	for (uint32_t i = 1; i < span.count; i++)
	{
		Candidate *other = &span.first[i];
		double theirs, least;

		if (other->best_epoch == 0)
			continue;
		theirs = reached(run, other);
		least = reached(run, best);
		if (best->best_epoch == 0 || theirs < least ||
			(theirs == least &&
			 other->validation_loss < best->validation_loss))
			best = other;
	}
	return best;
}
