/*
 * choose_l1.c
 *		l1 where it is to be chosen on a path.
 */
#include "core/train/choose_l1.h"

#include "core/solve/lasso_path.h"
#include "core/train/fold_store.h"
#include "core/train/fold_rows.h"

/* Rows in a file are copied into memory where they are no more than this. */
#define COPIED_BYTES ((size_t) 64 << 20)

/* The chosen point's penalties, for the solver and, in units, the settings. */
static void
take_chosen(Candidate *candidate, SolverProblem *solver, L1Path *path,
			double unit)
{
	double lambda = path->points[path->chosen].lambda;

	solver->l1 = lambda * path->ratio;
	solver->wd = lambda * (1.0 - path->ratio);
	candidate->settings.value[HP_L1] = solver->l1 * unit;
	candidate->settings.value[HP_WD] = solver->wd * unit;
	candidate->l1_path = path;
}

/* Brings penalties and losses into the units of settings and metrics. */
static void
scale_path(L1Path *path, double unit, double loss)
{
	for (uint32_t i = 0; i < path->count; i++)
	{
		path->points[i].lambda *= unit;
		path->points[i].loss *= loss;
		path->points[i].error *= loss;
	}
}

void
take_l1_path(const Problem *problem, Candidate *candidate,
			 SolverProblem *solver, L1Path *path)
{
	double unit = problem_label_unit(problem, &candidate->settings);
	double penalty =
		loss_penalty_unit(solver->loss, &solver->parameters, unit);

	take_chosen(candidate, solver, path, penalty);
	scale_path(path, penalty,
			   loss_scale(solver->loss, &solver->parameters, unit) *
				   loss_reported(solver->loss, 1.0));
}

/* Walks down the path, over rows in memory where they may be copied there. */
static Status
walk_path(const SolverProblem *solver, const SolverControl *control,
		  FoldRows *folds, L1Path *path, Failure *failure)
{
	bool copied = solver->loss != LOSS_SQUARED && /* whose sums are enough */
				  solver->rows->spill != NULL &&
				  solver->rows->record_bytes <= COPIED_BYTES;
	FoldStore store = {.problem = *solver};
	Status status = LL_OK;

	if (copied)
		status =
			fold_store_open(solver, control, false, folds, &store, failure);
	if (status == LL_OK)
		status = lasso_path_walk(&store.problem, control, folds, path, NULL,
								 failure);
	fold_store_close(&store);
	return status;
}

Status
choose_l1(Problem *problem, Candidate *candidate, SolverProblem *solver,
		  const SolverControl *control, Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	FoldRows folds = {.count = PATH_FOLDS};
	L1Path *path;
	bool whole;
	Status status;

	if (!hp_has_l1_path(s))
		return LL_OK;
	path = runtime_allocate_zero(&problem->runtime, 1, sizeof(L1Path));
	if (path == NULL)
		return fail_no_memory(failure);
	path->rule = (L1PathRule) hp_integer(s, HP_PATH_RULE);
	path->ratio = s->value[HP_L1_RATIO];
	path->rows = solver->selection != NULL ? solver->count : rows->count;
	status =
		fold_rows_deal(problem, (uint64_t) s->value[HP_SEED],
					   solver->selection, path->rows, &folds, &whole, failure);
	if (status == LL_OK && !whole)
		status = fail(failure, LL_INVALID,
					  "the rows are too few for the five folds of l1 "
					  "\"path\"");
	if (status == LL_OK)
		status = walk_path(solver, control, &folds, path, failure);
	if (status != LL_OK)
		return status;
	fold_rows_release(problem, &folds);
	take_l1_path(problem, candidate, solver, path);
	return LL_OK;
}
