/*
 * refit.c
 *		The chosen settings once more, on training and validation rows together.
 */
#include "core/train/refit.h"

#include <math.h>
#include <string.h>

#include "core/options/optimizer_table.h"
#include "core/problem/shard_problem.h"
#include "core/problem/warm_candidate.h"
#include "core/problem/warm_start.h"
#include "core/rows/rows_join.h"
#include "core/train/model_weights.h"
#include "core/train/trainer.h"

/* A problem of all rows, with none to validate on. */
static Status
join_problem(const Problem *problem, Rows *joined, Problem *all,
			 Failure *failure)
{
	Status status = rows_join(problem->rows[CHANNEL_TRAIN],
							  problem->rows[CHANNEL_VALIDATION],
							  &problem->runtime, joined, failure);

	if (status != LL_OK)
		return status;
	*all = *problem;
	all->rows[CHANNEL_TRAIN] = joined;
	all->rows[CHANNEL_VALIDATION] = all->rows[CHANNEL_TEST] = NULL;
	memset(all->targets, 0, sizeof(all->targets));
	if (all->scaler_points >= problem->rows[CHANNEL_TRAIN]->count)
		all->scaler_points = 0; /* all rows then, all now */
	all->warm_start = NULL;
	return problem_prepare(all, failure);
}

/* The joined problem, with the beginning that the problem has now. */
static Status
begin(const Problem *problem, Refit *shared, Failure *failure)
{
	Status status = LL_OK;

	if (!shared->ready)
		status = join_problem(problem, &shared->joined, &shared->all, failure);
	shared->ready = true;
	shared->all.deadline = problem->deadline;
	shared->all.warm_start = NULL;
	if (status == LL_OK && problem->warm_start != NULL)
		status = warm_start_begin(&shared->all, problem->warm_start->model,
								  failure);
	return status;
}

/*
 * The winner anew.  Of mini-batches it runs as many epochs as were best, and the
 * learning rate falls as far in each of them.
 */
static Status
restart(Problem *all, const Problem *problem, const Candidate *winner,
		Candidate *again, Failure *failure)
{
	Hyperparameters *settings = &again->settings;
	double growth = (double) all->rows[CHANNEL_TRAIN]->count /
					(double) problem->rows[CHANNEL_TRAIN]->count;

	*again = (Candidate){.settings = winner->settings, .fold = -1};
	if (!hp_solves(settings))
	{
		again->runs_through = true;
		settings->value[HP_EPOCHS] = winner->best_epoch;
		settings->value[HP_LR_SCHEDULER_STEP] =
			fmax(1.0, round(settings->value[HP_LR_SCHEDULER_STEP] * growth));
	}
	return all->warm_start == NULL ? LL_OK
								   : warm_start_candidate(all, again, failure);
}

/* Whether it learnt, and all the way. */
static bool
succeeded(const Problem *all, const Candidate *again)
{
	return again->best_epoch > 0 && isfinite(again->train_loss) &&
		   (all->deadline == 0 || !problem_late(all));
}

Status
refit_model(Problem *problem, Refit *shared, const Candidate *winner,
			Model *model, Failure *failure)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	bool wanted = winner->settings.value[HP_REFIT] != 0;
	Problem *all = &shared->all;
	Candidate again;
	Status status;

	model->settings.value[HP_REFIT] = 0.0;
	if (!wanted || problem_is_far(problem) || validation == NULL ||
		validation->count == 0 || warm_start_keeps(problem) ||
		problem_late(problem))
		return LL_OK;
	status = trainer_tell(problem, PHASE_REFITTING, winner, failure);
	if (status == LL_OK)
		status = begin(problem, shared, failure);
	if (status == LL_OK)
		status = restart(all, problem, winner, &again, failure);
	if (status == LL_OK)
		status = trainer_run(all, &again, 1, failure);
	if (status != LL_OK || !succeeded(all, &again))
		return status;
	model->settings.value[HP_REFIT] = 1.0;
	return model_weights_fill(all, &again, model, failure);
}
