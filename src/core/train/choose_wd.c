/*
 * choose_wd.c
 *		wd where neither it nor rows to choose it by were given.
 */
#include "core/train/choose_wd.h"

#include <math.h>

#include "core/base/random.h"
#include "core/options/optimizer_table.h"
#include "core/rows/rows_order.h"
#include "core/solve/fold_path.h"

/* Stream of the seed that folds are dealt by. */
#define STREAM_FOLDS 5
/*
 * Multiply-adds of all passes over the folds, which take about a second of one
 * processor, and the passes that a path takes, about.  Rows beyond are not
 * looked at.
 */
#define PATH_WORK 2e9
#define PATH_PASSES 600.0
/* Of a loss with kinks: about two seconds, and passes by newton and lbfgs. */
#define KINK_PATH_WORK 3e9
#define KINK_PATH_NEWTON 1500.0
#define KINK_PATH_LBFGS 6000.0
/* A multiply-add of matrices' products beside one of a vector's. */
#define PRODUCT_COST 0.25
/* What a row's loss costs beside its products, for each output. */
#define ROW_WORK 100.0
/* Vectors as long as the weights that an L-BFGS step multiplies. */
#define STEP_VECTORS 40.0
/* Fewer rows than these, and than so many a weight of one output, say too little. */
#define LEAST_ROWS 10
#define LEAST_SAMPLE 1000.0
#define SAMPLE_ROWS_A_WEIGHT 5.0

/* Whether there is anything to choose, and nothing to choose it by. */
static bool
is_open(const Problem *problem, const Candidate *candidate)
{
	const Hyperparameters *s = &candidate->settings;

	return candidate->wd_open && candidate->fold < 0 &&
		   problem->warm_start == NULL && !(s->value[HP_L1] > 0) &&
		   problem_validation_rows(problem) == NULL;
}

/* Rows that the bound of work allows for; 0: too few to say anything. */
static size_t
affordable_rows(const Problem *problem, const SolverProblem *solver)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double weights = (problem->dimension + 1.0) * problem->outputs;
	double row = (2.0 * rows_mean_entries(rows) + ROW_WORK) * problem->outputs;
	double left = PATH_WORK / PATH_PASSES - STEP_VECTORS * weights;
	double count;

	if (loss_table[solver->loss].kinked && fold_path_takes_newton(solver))
	{
		left = KINK_PATH_WORK / KINK_PATH_NEWTON -
			   PRODUCT_COST * weights * weights * weights / 3.0;
		row += PRODUCT_COST * weights * weights / 2.0;
	}
	else if (loss_table[solver->loss].kinked)
		left = KINK_PATH_WORK / KINK_PATH_LBFGS - STEP_VECTORS * weights;
	count = floor(left / row);

	if (rows->count < LEAST_ROWS)
		return 0;
	if (count >= (double) rows->count)
		return rows->count;
	return count < fmax(LEAST_SAMPLE,
						SAMPLE_ROWS_A_WEIGHT * (problem->dimension + 1.0))
			   ? 0
			   : (size_t) count;
}

/* The rows at even places of the canonical order, and the fold of each. */
typedef struct Deal
{
	uint32_t *row;
	uint8_t *fold; /* PATH_FOLDS: in none, learned from by all */
	size_t count;
} Deal;

/*
 * Deals rows out, class by class: each block of as many rows as there are folds
 * goes to all of them, turned by a random number.  A class of one row is not
 * held out, as nothing could be learned of it.
 */
static Status
deal_rows(Problem *problem, uint64_t seed, Deal *deal, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t classes = problem->classes > 0 ? problem->classes : 1;
	uint64_t key = random_key(seed, STREAM_FOLDS);
	size_t *dealt =
		runtime_allocate_zero(&problem->runtime, 2 * classes, sizeof(size_t));
	size_t *own = dealt + classes;

	deal->row =
		runtime_allocate(&problem->runtime, deal->count * sizeof(uint32_t));
	deal->fold = runtime_allocate(&problem->runtime, deal->count);
	if (dealt == NULL || deal->row == NULL || deal->fold == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < deal->count; i++)
	{
		size_t row = rows_sampled(rows, i, deal->count);

		deal->row[i] = (uint32_t) row;
		own[problem->classes > 0 ? (size_t) rows->labels[row] : 0]++;
	}
	for (size_t i = 0; i < deal->count; i++)
	{
		size_t k =
			problem->classes > 0 ? (size_t) rows->labels[deal->row[i]] : 0;
		uint64_t turn = random_bits(random_key(key, k), dealt[k] / PATH_FOLDS);

		if (runtime_stops(&problem->runtime, i))
			return fail_cancelled(failure);
		deal->fold[i] = own[k] < 2
							? PATH_FOLDS
							: (uint8_t) ((dealt[k]++ + turn) % PATH_FOLDS);
	}
	runtime_release(&problem->runtime, dealt);
	return LL_OK;
}

/* Lists each fold's rows; false in *whole: one would have none. */
static Status
list_folds(const Problem *problem, const Deal *deal, FoldRows *folds,
		   bool *whole, Failure *failure)
{
	*whole = true;
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		folds->learned[k] = runtime_allocate(&problem->runtime,
											 deal->count * sizeof(uint32_t));
		folds->held[k] = runtime_allocate(&problem->runtime,
										  deal->count * sizeof(uint32_t));
		if (folds->learned[k] == NULL || folds->held[k] == NULL)
			return fail_no_memory(failure);
		for (size_t i = 0; i < deal->count; i++)
			if (deal->fold[i] == k)
				folds->held[k][folds->held_count[k]++] = deal->row[i];
			else
				folds->learned[k][folds->learned_count[k]++] = deal->row[i];
		*whole &= folds->held_count[k] > 0 && folds->learned_count[k] > 0;
		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* Mean square length of a normalised row: no curvature is above it. */
static double
row_length(const Problem *problem, const Normalizer *normalizer)
{
	double sum = 0.0;

	for (uint32_t j = 0; j < problem->dimension; j++)
	{
		double offset = normalizer->mean[j] - normalizer->center[j];
		double square = normalizer->deviation[j] * normalizer->deviation[j] +
						offset * offset;

		sum += square * normalizer->scale[j] * normalizer->scale[j];
	}
	return sum > 0.0 ? sum : 1.0;
}

/* Brings a path's losses into another unit. */
static void
scale_losses(WdPath *path, double factor)
{
	for (uint32_t i = 0; i < path->count; i++)
	{
		path->points[i].loss *= factor;
		path->points[i].error *= factor;
	}
	path->chosen.loss *= factor;
	path->chosen.error *= factor;
}

/* Brings a path's wd into another unit. */
static void
scale_wd(WdPath *path, double factor)
{
	for (uint32_t i = 0; i < path->count; i++)
		path->points[i].wd *= factor;
	path->chosen.wd *= factor;
}

/* Chooses by folds. */
static Status
choose_by_folds(Problem *problem, Candidate *candidate,
				const SolverProblem *solver, const SolverControl *control,
				WdPath *path, Failure *failure)
{
	Deal deal = {.count = affordable_rows(problem, solver)};
	FoldRows folds = {0};
	const Normalizer *normalizer;
	bool whole = false;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK || deal.count == 0)
		return status;
	status = deal_rows(problem, (uint64_t) candidate->settings.value[HP_SEED],
					   &deal, failure);
	if (status == LL_OK)
		status = list_folds(problem, &deal, &folds, &whole, failure);
	if (status == LL_OK && whole)
		status =
			fold_path_walk(solver, control, &folds,
						   row_length(problem, normalizer), path, failure);
	if (status != LL_OK || path->count == 0)
		return status;
	path->choice = WD_BY_FOLDS;
	path->folds = PATH_FOLDS;
	path->rows = deal.count;
	scale_losses(
		path, loss_scale(solver->loss, &solver->parameters,
						 problem_label_unit(problem, &candidate->settings)));
	/* A prior is worth as many rows whatever their number. */
	path->chosen.wd *= (double) deal.count * (PATH_FOLDS - 1) / PATH_FOLDS /
					   (double) problem->rows[CHANNEL_TRAIN]->count;
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		runtime_release(&problem->runtime, folds.learned[k]);
		runtime_release(&problem->runtime, folds.held[k]);
	}
	return LL_OK;
}

Status
choose_wd(Problem *problem, Candidate *candidate, SolverProblem *solver,
		  const SolverControl *control, Failure *failure)
{
	bool closed = solver_supports(OPTIMIZER_EXACT, solver->loss, false) &&
				  problem->dimension <= SOLVER_MAX_GRAM_DIMENSION;
	WdPath *path;
	Status status;

	if (!is_open(problem, candidate))
		return LL_OK;
	path = runtime_allocate_zero(&problem->runtime, 1, sizeof(WdPath));
	if (path == NULL)
		return fail_no_memory(failure);
	status = closed ? solver_choose_wd(solver, control, path, failure)
					: choose_by_folds(problem, candidate, solver, control,
									  path, failure);
	if (status != LL_OK || path->choice == WD_NOT_CHOSEN)
		return status;
	scale_losses(path, loss_reported(solver->loss, 1.0));
	solver->wd = path->chosen.wd;
	scale_wd(path, loss_penalty_unit(
					   solver->loss, &solver->parameters,
					   problem_label_unit(problem, &candidate->settings)));
	candidate->settings.value[HP_WD] = path->chosen.wd;
	candidate->path = path;
	return LL_OK;
}
