/*
 * trainer.c
 *		Mini-batch training of groups of candidates on the pool.
 */
#include "core/train/trainer.h"

#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/descent/compact_epoch.h"
#include "core/options/optimizer_table.h"
#include "core/problem/log_labels.h"
#include "core/rows/rows_order.h"
#include "core/rows/spill.h"
#include "core/train/solve_candidates.h"

/* Stream of the seed that epochs are shuffled by. */
#define STREAM_SHUFFLE 2

/* What the groups do on the pool: a piece of an epoch. */
typedef struct Step
{
	Group *groups;
	size_t count;
	void (*run)(Group *group, size_t from, size_t to);
	size_t from;
	size_t to;
} Step;

static void
run_group(void *argument, size_t index)
{
	const Step *step = argument;
	Group *group = &step->groups[index];

	if (group->models > 0 && group->status == LL_OK)
		step->run(group, step->from, step->to);
}

/* Runs the only group, which may share its mini-batches out. */
static void
lead_group(void *argument, Team *team)
{
	const Step *step = argument;

	step->groups[0].team = team;
	run_group(argument, 0);
	step->groups[0].team = NULL;
}

/* Runs the groups, each on a thread. */
static void
run_groups(Problem *problem, Step *step)
{
	if (step->count == 1 && step->run == group_train_rows)
		team_run(problem->pool, compact_epoch_threads(&step->groups[0]),
				 lead_group, step);
	else
		threads_run(problem->pool, run_group, step, step->count);
}

/* Ends an epoch of a group. */
static void
judge_models(Group *group, size_t from, size_t to)
{
	(void) from;
	(void) to;
	group->epoch++;
	for (size_t m = group->models; m-- > 0;)
		if (group_judge(group, m))
			group_drop(group, m);
}

/* Whether the deadline has ended the epoch of all groups that train. */
static bool
groups_cut(const Step *step)
{
	for (size_t g = 0; g < step->count; g++)
		if (step->groups[g].models > 0 && !step->groups[g].cut)
			return false;
	return true;
}

/* Runs a step over a list of rows, window by window. */
static Status
sweep(Problem *problem, Step *step, const Rows *rows, const uint32_t *order,
	  Failure *failure)
{
	for (step->from = 0; step->from < rows->count; step->from = step->to)
	{
		size_t loaded;
		Status status = rows_load(rows, order + step->from,
								  rows->count - step->from, &loaded, failure);

		if (status != LL_OK)
			return status;
		step->to = step->from + loaded;
		run_groups(problem, step);
		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
		if (step->run == group_train_rows && groups_cut(step))
			break;
	}
	return LL_OK;
}

/* One epoch of all groups; not judged if late, but for the first. */
static Status
run_epoch(Problem *problem, Group *groups, size_t count, const uint32_t *order,
		  uint32_t epoch, Failure *failure)
{
	const Rows *validation = problem_validation_rows(problem);
	Step step = {.groups = groups, .count = count, .run = group_train_rows};
	Status status =
		sweep(problem, &step, problem->rows[CHANNEL_TRAIN], order, failure);

	if (status != LL_OK || (epoch > 1 && problem_late(problem)))
		return status;
	step.run = group_validate_rows;
	if (validation != NULL)
		status = sweep(problem, &step, validation, validation->order, failure);
	step.run = judge_models;
	if (status == LL_OK)
		threads_run(problem->pool, run_group, &step, count);
	return status;
}

/* Splits candidates into groups, in order of first appearance. */
static Status
make_groups(Problem *problem, Candidate *candidates, size_t count,
			Group **groups, size_t *group_count, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	size_t columns = count * problem->outputs < MANY_COLUMNS
						 ? GROUP_COLUMNS
						 : WIDE_GROUP_COLUMNS;
	size_t width =
		columns / problem->outputs > 0 ? columns / problem->outputs : 1;
	Candidate **members =
		runtime_allocate(runtime, count * sizeof(Candidate *));
	bool *taken = runtime_allocate_zero(runtime, count, sizeof(bool));
	size_t used = 0;

	*groups = runtime_allocate_zero(runtime, count, sizeof(Group));
	*group_count = 0;
	if (members == NULL || taken == NULL || *groups == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
	{
		size_t first = used;
		Status status;

		if (taken[i] || hp_solves(&candidates[i].settings))
			continue;
		for (size_t j = i; j < count && used - first < width; j++)
			if (!taken[j] && candidates_share(&candidates[i], &candidates[j],
											  SHARE_WEIGHT_MATRIX))
			{
				taken[j] = true;
				members[used++] = &candidates[j];
			}
		status = group_init(&(*groups)[*group_count], problem, members + first,
							used - first, failure);
		if (status != LL_OK)
			return status;
		(*group_count)++;
	}
	return LL_OK;
}

/* Tells the host how far the training of mini-batches is. */
static Status
report_progress(const Problem *problem, const Candidate *candidates,
				size_t count, Failure *failure)
{
	TrainingProgress progress = {PHASE_TRAINING, .train_loss = NAN,
								 .validation_loss = NAN};
	const Candidate *best = &candidates[candidate_best(candidates, count)];

	if (problem->progress == NULL)
		return LL_OK;
	for (size_t i = 0; i < count; i++)
	{
		const Hyperparameters *settings = &candidates[i].settings;

		if (hp_solves(settings))
			continue;
		if (candidates[i].epochs > progress.epoch)
			progress.epoch = candidates[i].epochs;
		if (settings->value[HP_EPOCHS] > progress.epochs)
			progress.epochs = (uint32_t) settings->value[HP_EPOCHS];
	}
	if (best->epochs > 0)
	{
		progress.train_loss = best->history[best->epochs - 1].train_loss;
		progress.validation_loss =
			best->history[best->epochs - 1].validation_loss;
	}
	return problem->progress(problem->host, &progress, failure);
}

Status
trainer_tell(const Problem *problem, const char *phase,
			 const Candidate *candidate, Failure *failure)
{
	TrainingProgress progress = {phase, .train_loss = candidate->train_loss,
								 .validation_loss =
									 candidate->validation_loss};

	return problem->progress == NULL
			   ? LL_OK
			   : problem->progress(problem->host, &progress, failure);
}

/* Lets the host stop candidates that it thinks little of. */
static void
ask_host(Problem *problem, Candidate *candidates, Group *groups,
		 size_t group_count)
{
	if (problem->stop == NULL)
		return;
	for (size_t g = 0; g < group_count; g++)
		for (size_t m = groups[g].models; m-- > 0;)
		{
			Candidate *candidate = groups[g].members[m];

			if (problem->stop(problem->host, (size_t) (candidate - candidates),
							  candidate->epochs, candidate->cost))
			{
				candidate->status = TRIAL_STOPPED;
				group_drop(&groups[g], m);
			}
		}
}

/* Ends those that still train. */
static void
stop_models(Group *groups, size_t count)
{
	for (size_t g = 0; g < count; g++)
		for (size_t m = 0; m < groups[g].models; m++)
			groups[g].members[m]->status = TRIAL_STOPPED;
}

/* Whether any group still trains; also the first failure. */
static bool
groups_alive(Group *groups, size_t count, Status *status)
{
	bool alive = false;

	*status = LL_OK;
	for (size_t g = 0; g < count; g++)
	{
		if (groups[g].status != LL_OK)
			*status = groups[g].status;
		alive |= groups[g].models > 0;
	}
	return alive && *status == LL_OK;
}

/* Gives the groups the order of one epoch. */
static Status
shuffle(Group *groups, size_t count, uint32_t *order, uint32_t epoch,
		Failure *failure)
{
	Status status = LL_OK;

	for (size_t g = 0; g < count; g++)
	{
		const Rows *rows = groups[g].problem->rows[CHANNEL_TRAIN];
		uint64_t seed;

		if (groups[g].models == 0)
			continue;
		seed = (uint64_t) groups[g].members[0]->settings.value[HP_SEED];
		/* Candidates of one training have one seed; its order is shared. */
		status = rows_shuffle(
			rows, random_key(random_key(seed, STREAM_SHUFFLE), epoch), order,
			failure);
		break;
	}
	for (size_t g = 0; g < count; g++)
		groups[g].order = order;
	return status;
}

/* Room for an epoch more of all candidates at work, whose threads cannot allocate. */
static Status
reserve_epochs(const Problem *problem, Group *groups, size_t count,
			   Failure *failure)
{
	for (size_t g = 0; g < count; g++)
		for (size_t m = 0; m < groups[g].models; m++)
			if (!candidate_reserve_epoch(&problem->runtime,
										 groups[g].members[m]))
				return fail_no_memory(failure);
	return LL_OK;
}

/* Weights of a candidate at work: its own, average, gradient, sums, best. */
#define WEIGHTS_AT_WORK 6

/*
 * Refuses candidates that need more memory than the host allows, before any of
 * it is taken: options alone may ask for terabytes.
 */
static Status
check_memory(const Problem *problem, size_t count, Failure *failure)
{
	double weights = ((double) problem->dimension + 1) * problem->outputs;
	double bytes = (double) count * weights * WEIGHTS_AT_WORK * sizeof(float);
	double limit = (double) problem->memory_limit;

	if (limit == 0 || bytes <= limit)
		return LL_OK;
	fail(failure, LL_LIMIT,
		 "training needs %.0f MB, more than the "
		 "limit of %.0f MB",
		 ceil(bytes / 1048576), limit / 1048576);
	fail_detail(failure, "%zu candidates of %.0f weights are trained at once.",
				count, weights);
	fail_remedy(failure, REMEDY_TRAINING_MEMORY);
	return LL_LIMIT;
}

/* Refuses labels that the loss of a candidate cannot have. */
static Status
check_labels(const Problem *problem, const Candidate *candidates, size_t count,
			 Failure *failure)
{
	Status status = LL_OK;

	for (size_t i = 0; i < count && status == LL_OK; i++)
	{
		const Hyperparameters *settings = &candidates[i].settings;

		if (i > 0 && candidate_loss(settings) ==
						 candidate_loss(&candidates[i - 1].settings))
			continue;
		status = log_offsets_check(problem, candidate_loss(settings), failure);
		if (status == LL_OK)
			status = log_labels_check(problem, settings, failure);
	}
	return status;
}

Status
trainer_run(Problem *problem, Candidate *candidates, size_t count,
			Failure *failure)
{
	const Rows *train = problem->rows[CHANNEL_TRAIN];
	uint32_t *order;
	Group *groups;
	size_t group_count;
	Status status = check_memory(problem, count, failure);

	if (status == LL_OK)
		status = check_labels(problem, candidates, count, failure);
	if (status != LL_OK)
		return status;
	order =
		runtime_allocate(&problem->runtime, train->count * sizeof(uint32_t));
	if (order == NULL)
		return fail_no_memory(failure);
	status = report_progress(problem, candidates, count, failure);
	if (status == LL_OK)
		status = solve_candidates(problem, candidates, count, failure);
	if (status == LL_OK)
		status = make_groups(problem, candidates, count, &groups, &group_count,
							 failure);
	/* Several would each take as much memory as the rows. */
	if (status == LL_OK && group_count == 1)
		status = compact_epoch_init(&groups[0], failure);
	if (status != LL_OK)
		return status;
	for (uint32_t epoch = 1; groups_alive(groups, group_count, &status);
		 epoch++)
	{
		status = shuffle(groups, group_count, order, epoch, failure);
		if (status == LL_OK)
			status = reserve_epochs(problem, groups, group_count, failure);
		if (status == LL_OK)
			status =
				run_epoch(problem, groups, group_count, order, epoch, failure);
		if (status == LL_OK)
			status = report_progress(problem, candidates, count, failure);
		if (status != LL_OK)
			return status;
		ask_host(problem, candidates, groups, group_count);
		if (problem_late(problem))
		{
			stop_models(groups, group_count);
			break;
		}
	}
	for (size_t g = 0; g < group_count; g++)
		compact_epoch_release(&groups[g]);
	return status == LL_CANCELLED ? fail_cancelled(failure) : status;
}
