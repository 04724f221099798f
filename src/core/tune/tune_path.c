/*
 * tune_path.c
 *		A tuning of one penalty as a path: each trial's solves begin at those of
 *		the trial before.
 */
#include "core/tune/tune_run.h"

#include <math.h>
#include <string.h>

#include "core/options/optimizer_table.h"
#include "core/tune/path.h"

/* Weights of all candidates of a batch, which are in memory at once. */
#define BATCH_WEIGHTS ((double) (1 << 22))

/* Trials that come before the path's own. */
static uint32_t
count_starts(const TuneRequest *request)
{
	uint32_t transferred = 0;

	if (tune_starts_untuned(request))
		return 1;
	for (uint32_t i = 0; i < request->prior_count; i++)
		transferred += request->priors[i].type == WARM_START_TRANSFER;
	return transferred < TUNE_TRANSFERRED ? transferred : TUNE_TRANSFERRED;
}

/* Whether an end of the range leads to a solver. */
static bool
is_solved(const TuneRequest *request, const Problem *problem, double u)
{
	double value = range_at(&request->space.ranges[0], u);
	Hyperparameters settings = tune_settings_at(request, problem, &value);

	return hp_solves(&settings);
}

Status
tune_settle_path(TuneRequest *request, const Problem *problem,
				 Failure *failure)
{
	TunerOptions *options = &request->options;
	bool named = options->strategy == STRATEGY_PATH;
	uint32_t needed;

	if (!named && (request->strategy_given || request->prior_count > 0))
		return LL_OK;
	if (!path_fits(&request->space) || !is_solved(request, problem, 0.0) ||
		!is_solved(request, problem, 1.0))
	{
		if (!named)
			return LL_OK;
		fail(failure, LL_INVALID,
			 "strategy \"Path\" takes one range, of wd or l1, and an "
			 "optimizer that solves");
		fail_hint(failure, "Use another strategy, or, of such a range, "
						   "optimizer \"lbfgs\" or \"newton\".");
		return LL_INVALID;
	}
	needed = path_size(&request->space);
	if (needed > 0)
		needed += count_starts(request);
	if (options->max_jobs > 0 && options->max_jobs < needed)
		return !named ? LL_OK
					  : fail(failure, LL_INVALID,
							 "the path has more than max_jobs = %u trials",
							 options->max_jobs);
	if (needed > 0)
		options->max_jobs = needed;
	options->strategy = STRATEGY_PATH;
	return LL_OK;
}

/* Whether a tuning may end before all of its trials are done. */
static bool
may_end(const TunerOptions *options)
{
	return !isnan(options->target) || options->max_not_improving > 0 ||
		   options->complete_on_convergence;
}

uint32_t
tune_path_batch(const TuneRun *run)
{
	const TunerOptions *options = &run->tuner.options;
	double folds = run->request->folds > 0 ? run->request->folds : 1;
	double weights =
		(run->problem->dimension + 1.0) * run->problem->outputs * folds;
	double most = floor(BATCH_WEIGHTS / weights);

	if (may_end(options))
		return options->max_parallel_jobs;
	if (most < options->max_parallel_jobs)
		return options->max_parallel_jobs;
	return most < options->max_jobs ? (uint32_t) most : options->max_jobs;
}

void
tune_link_path(TuneRun *run)
{
	uint32_t first = run->tuner.start_count; /* of the path's own */

	if (run->tuner.options.strategy != STRATEGY_PATH)
		return;
	for (uint32_t t = 0; t < run->count; t++)
		for (uint32_t f = 0; f < run->spans[t].count; f++)
			if (run->first + t > first && t > 0)
				run->spans[t].first[f].before = &run->spans[t - 1].first[f];
			else if (run->first + t > first && run->path_ends != NULL)
				run->spans[t].first[f].before = &run->path_ends[f];
}

/* Copies a solution, in whose place there may be one. */
static Status
keep_end(const TuneRun *run, const Candidate *from, Candidate *end,
		 Failure *failure)
{
	size_t bytes = ((size_t) run->problem->dimension + 1) *
				   run->problem->outputs * sizeof(double);
	SolverResult *kept = (SolverResult *) end->solved;

	if (from->solved == NULL)
		return LL_OK;
	if (kept == NULL)
	{
		kept = runtime_allocate_zero(&run->runtime, 1, sizeof(SolverResult));
		end->solved = kept;
	}
	if (kept != NULL && kept->weights == NULL)
		kept->weights = runtime_allocate(&run->runtime, bytes);
	if (kept == NULL || kept->weights == NULL)
		return fail_no_memory(failure);
	memcpy(kept->weights, from->solved->weights, bytes);
	kept->objective = from->solved->objective;
	end->settings = from->settings;
	return LL_OK;
}

Status
tune_keep_path(TuneRun *run, Failure *failure)
{
	const Span *last = &run->spans[run->count - 1];
	uint32_t next = run->first + run->count;
	Status status = LL_OK;

	if (run->tuner.options.strategy != STRATEGY_PATH ||
		next <= run->tuner.start_count || next >= run->tuner.options.max_jobs)
		return LL_OK;
	if (run->path_ends == NULL)
		run->path_ends = runtime_allocate_zero(&run->runtime, last->count,
											   sizeof(Candidate));
	if (run->path_ends == NULL)
		return fail_no_memory(failure);
	for (uint32_t f = 0; f < last->count && status == LL_OK; f++)
		status = keep_end(run, &last->first[f], &run->path_ends[f], failure);
	return status;
}
