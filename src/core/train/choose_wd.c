/*
 * choose_wd.c
 *		wd, or an l1 in its place, where neither it nor rows to choose it by were
 *		given.
 */
#include "core/train/choose_wd.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/problem/defaults.h"
#include "core/rows/gram_sums.h"
#include "core/solve/fold_newton.h"
#include "core/solve/fold_work.h"
#include "core/solve/lasso_path.h"
#include "core/solve/ridge_folds.h"
#include "core/train/choose_l1.h"
#include "core/train/fold_rows.h"
#include "core/train/fold_scales.h"
#include "core/train/fold_store.h"

/*
 * Multiply-adds of all passes over the folds, which take about a second of one
 * processor, and the passes that a path takes, about.  Rows beyond are not
 * looked at.
 */
#define PATH_WORK 2e9
#define PATH_PASSES 600.0
/* Of no more rows than features, which no rule of thumb is right for: some seconds. */
#define FEW_PATH_WORK 8e9
/*
 * Sparse rows of one output, whose best wd, in rows, is that of a part of them: so
 * many values, those that a row's loss counts as, and a few rows' most, some seconds.
 */
#define SPARSE_SAMPLE 4e5
#define SPARSE_ROW 10.0
#define SPARSE_MOST 4e6
/*
 * Multiply-adds of a path of l1 on sparse rows of more features than rows, some
 * tenths of a second, and rows a weight of which a part tells enough.
 */
#define SPARSE_L1_WORK 5e8
#define SPARSE_L1_ROWS 10.0
/* Of a loss with kinks, an l1 tried as well, of this part of the rows at least. */
#define KINK_L1_WORK 1.5e10
#define KINK_L1_SHARE 0.5
/* Fewer rows than these, than so many a weight of one output and a class, say too little. */
#define LEAST_ROWS 10
#define LEAST_SAMPLE 300.0
#define LEAST_FEW 100.0
#define SAMPLE_ROWS_A_WEIGHT 1.0
#define SAMPLE_ROWS_A_CLASS 10.0
/* Rows a weight that are looked at where they abound: so that wd does no harm. */
#define ABUNDANT_SAMPLE 50.0
#define LEAST_ABUNDANT 1000.0

/*
 * Least squares are judged on rows held out as well where the rows have no more
 * than so many values.  There folds are worth most, and no plan of the server's
 * has only summed up such rows.
 */
#define HELD_VALUES ((double) (1 << 20))
/*
 * Least squares of more features than the folds' eigenvectors are made of are judged
 * by folds of solves where there are fewer rows a feature than so many, and an l1
 * beside them of so many features at most.
 */
#define WIDE_ROWS 4.0
#define L1_MAX_DIMENSION 1024
/* Points of the path of an l1 that may take wd's place there. */
#define SUM_L1_POINTS 25
/*
 * Where plain weights are as good as any wd, an l1 has to gain so many weights'
 * noise (2 residual variances / rows each), as they have standard errors.
 */
#define PLAIN_WEIGHTS 1.0
/* Of so many features few matter as a rule: there the folds' mean alone chooses. */
#define MANY_FEATURES 20

/* Whether there is anything to choose, and nothing to choose it by. */
static bool
is_open(const Problem *problem, const Candidate *candidate)
{
	const Hyperparameters *s = &candidate->settings;

	return candidate->wd_open && candidate->fold < 0 &&
		   problem->rows[CHANNEL_TRAIN]->shards == NULL &&
		   problem->warm_start == NULL && !hp_wants_l1(s) &&
		   problem_validation_rows(problem) == NULL;
}

/*
 * Whether rows of least squares are few for their features, whose Gram matrix says
 * too little then, and are there: folds choose.
 */
static bool
are_wide(const Problem *problem, const SolverProblem *solver)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double count = (double) rows->count;
	/* no plan of the server's has summed up wider ones, or other than bytes */
	bool kept = rows->format != ROWS_U8 ||
				problem->dimension > GRAM_SUMS_MAX_DIMENSION ||
				count * problem->dimension <= HELD_VALUES;

	return solver->loss == LOSS_SQUARED && rows->sums == NULL && kept &&
		   problem->fold_key == FOLD_KEY_NONE &&
		   problem->dimension > RIDGE_FOLDS_MAX_DIMENSION &&
		   count >= LEAST_ROWS && count < WIDE_ROWS * problem->dimension;
}

/*
 * Whether rows are few for their features, or for the weights of their many classes,
 * which no rule of thumb is right for: of sparse ones, most of which have no more
 * than a few, fewer.
 */
static bool
are_few(const Problem *problem, const SolverProblem *solver)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double count = (double) rows->count;

	return count <= problem->dimension ||
		   (solver->loss != LOSS_SQUARED && rows->format != ROWS_SPARSE &&
			count < fmax(WIDE_ROWS, problem->outputs) * problem->dimension);
}

/* The least part of the rows that says anything. */
static double
least_rows(const Problem *problem, const SolverProblem *solver)
{
	bool few = are_few(problem, solver);
	double least = fmax(SAMPLE_ROWS_A_CLASS * problem->outputs,
						few ? LEAST_FEW : LEAST_SAMPLE);

	return few || are_wide(problem, solver)
			   ? least
			   : fmax(least,
					  SAMPLE_ROWS_A_WEIGHT * (problem->dimension + 1.0));
}

/* Rows that the bound of work allows for of a loss with kinks, and how. */
static double
affordable_kinked(const Problem *problem, const SolverProblem *solver,
				  KinkWay *way)
{
	size_t all = problem->rows[CHANNEL_TRAIN]->count;
	double work = are_few(problem, solver) ? FEW_PATH_WORK : KINK_PATH_WORK;
	size_t most = fold_kink_rows(solver, KINK_BY_NEWTON, KINK_PATH_WORK, all);

	*way = KINK_BY_NEWTON;
	if (most == all || (!are_few(problem, solver) &&
						(double) most >= least_rows(problem, solver)))
		return (double) most;
	for (KinkWay other = KINK_BY_LBFGS; other <= KINK_BY_SPAN; other++)
	{
		size_t count = fold_kink_rows(solver, other, work, all);

		if (count > most || (count == most && count > 0 &&
							 fold_kink_work(solver, other, (double) count) <
								 fold_kink_work(solver, *way, (double) most)))
		{
			*way = other;
			most = count;
		}
	}
	return (double) most;
}

/* Whether rows are sparse, and a part of them says what all do. */
static bool
are_sparse(const SolverProblem *solver)
{
	return fold_newton_suits(solver) && solver->outputs == 1;
}

/* So many of them; 0: a few would be too much work. */
static double
sparse_rows(const Rows *rows)
{
	double values = rows_mean_entries(rows) + SPARSE_ROW;
	double count = fmax(floor(SPARSE_SAMPLE / values), LEAST_FEW);

	return values * fmin(count, rows->count) <= SPARSE_MOST ? count : 0.0;
}

/* Multiply-adds of a pass for each row. */
static double
row_work(const Problem *problem)
{
	return (2.0 * rows_mean_entries(problem->rows[CHANNEL_TRAIN]) + ROW_WORK) *
		   problem->outputs;
}

/* Rows that the bound of work allows for of a smooth loss. */
static double
affordable_smooth(const Problem *problem, const SolverProblem *solver)
{
	double weights = (problem->dimension + 1.0) * problem->outputs;
	double work = are_few(problem, solver) ? FEW_PATH_WORK : PATH_WORK;
	double count = floor((work / PATH_PASSES - STEP_VECTORS * weights) /
						 row_work(problem));

	return defaults_rows_abound(problem)
			   ? fmin(count, fmax(LEAST_ABUNDANT, ABUNDANT_SAMPLE * weights))
			   : count;
}

/* The same, all or as many as say anything; 0: there are none. */
static size_t
affordable_rows(const Problem *problem, const SolverProblem *solver,
				KinkWay *way)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	bool sparse = are_sparse(solver) && !defaults_rows_abound(problem);
	double count = sparse ? sparse_rows(rows)
				   : loss_table[solver->loss].kinked
					   ? affordable_kinked(problem, solver, way)
					   : affordable_smooth(problem, solver);

	if (rows->count < LEAST_ROWS)
		return 0;
	if (count >= (double) rows->count)
		return rows->count;
	return !sparse && count < least_rows(problem, solver) ? 0 : (size_t) count;
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

/*
 * Whether an l1 on sparse rows may be looked at: by all of them, as fewer rows gain
 * more by it, or by many a weight, and of many features where it is little work.
 */
static bool
may_be_sparse(const Problem *problem, size_t count)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double weights = (problem->dimension + 1.0) * problem->outputs;
	double work = PATH_PASSES * (STEP_VECTORS * weights +
								 row_work(problem) * (double) count);

	if (rows->format != ROWS_SPARSE)
		return true;
	return (count == rows->count ||
			(double) count >= SPARSE_L1_ROWS * weights) &&
		   work <= (problem->dimension < count ? PATH_WORK : SPARSE_L1_WORK);
}

/*
 * Whether folds of so many rows choose between wd and l1 as well: of classifiers,
 * unless rows abound, where neither gains, and of least squares whose folds'
 * matrices would be too wide.
 */
static bool
wants_sparse(const Problem *problem, const Candidate *candidate,
			 const SolverProblem *solver, size_t count)
{
	OptimizerKind optimizer =
		(OptimizerKind) hp_integer(&candidate->settings, HP_OPTIMIZER);

	if (!candidate->l1_open || !may_be_sparse(problem, count))
		return false;
	if (solver->loss == LOSS_SQUARED)
		return problem->dimension > L1_MAX_DIMENSION &&
			   are_wide(problem, solver) &&
			   (candidate->optimizer_open ||
				solver_supports(optimizer, solver->loss, true));
	if ((solver->loss != LOSS_LOGISTIC && solver->loss != LOSS_SOFTMAX &&
		 !are_few(problem, solver)) ||
		(loss_table[solver->loss].kinked &&
		 problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE))
		return false;
	return !defaults_rows_abound(problem) &&
		   solver_supports(optimizer, solver->loss, true);
}

/*
 * The closed form has no l1, and with kinks of an l1 and a loss lbfgs takes less time
 * than newton of as many features.
 */
static void
take_iterations(Candidate *candidate, const SolverProblem *solver,
				SolverControl *control)
{
	if (optimizer_table[control->optimizer].closed_form)
		control->optimizer = OPTIMIZER_NEWTON;
	else if (candidate->optimizer_open && loss_table[solver->loss].kinked)
		control->optimizer = OPTIMIZER_LBFGS;
	candidate->settings.value[HP_OPTIMIZER] = control->optimizer;
}

/* Takes an l1 in wd's place, if one is better; a path as wd's. */
static void
take_sparse(Problem *problem, Candidate *candidate, SolverProblem *solver,
			WdPath *path, L1Path *sparse)
{
	size_t rows = problem->rows[CHANNEL_TRAIN]->count;
	const L1Point *chosen;

	if (sparse == NULL || sparse->count == 0)
	{
		runtime_release(&problem->runtime, sparse);
		return;
	}
	for (uint32_t i = 0; i < sparse->count; i++)
		sparse->points[i].lambda *= (double) sparse->rows / (double) rows;
	chosen = &sparse->points[sparse->chosen];
	path->chosen = (WdPoint){0.0, chosen->loss, chosen->error};
	path->plain = false;
	take_l1_path(problem, candidate, solver, sparse);
}

/* Whether an l1 of squared loss, and a solver for it, may be chosen. */
static bool
wants_sparse_sums(const Candidate *candidate, const SolverProblem *solver)
{
	const Hyperparameters *s = &candidate->settings;
	OptimizerKind optimizer = (OptimizerKind) hp_integer(s, HP_OPTIMIZER);

	return solver->rows->dimension > WD_PLAIN_FEATURES && candidate->l1_open &&
		   (candidate->optimizer_open ||
			solver_supports(optimizer, solver->loss, true));
}

/* Whether an l1 loses less than the wd that was chosen, beyond noise. */
static bool
is_worth(const WdPath *path, const FoldLosses *ridge, const FoldLosses *lasso,
		 const Rows *rows, double caution)
{
	double noise =
		path->plain ? 2.0 * PLAIN_WEIGHTS / (double) rows->count * ridge->mean
					: 0.0;

	if (ridge->mean - lasso->mean <= noise)
		return false;
	return rows->dimension >= MANY_FEATURES
			   ? fold_losses_gain_by(ridge, lasso, caution)
			   : fold_losses_are_clear(lasso, ridge);
}

/* Takes an l1 in the place of the wd whose folds' losses those are, if it is worth it. */
static Status
try_sparse_sums(Problem *problem, Candidate *candidate, SolverProblem *solver,
				const SolverProblem *walked, SolverControl *control,
				const FoldRows *folds, const FoldLosses *ridge, WdPath *path,
				Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	LassoChoice choice = {
		.points = SUM_L1_POINTS,
		.whole = fold_rows_mean_learned(folds) / (double) rows->count,
		.ends = problem->dimension > RIDGE_FOLDS_MAX_DIMENSION,
		.to_beat = ridge->mean};
	L1Path *sparse =
		runtime_allocate_zero(&problem->runtime, 1, sizeof(L1Path));
	double unit;
	Status status;

	if (sparse == NULL)
		return fail_no_memory(failure);
	sparse->ratio = 1.0;
	sparse->rows = rows->count;
	status = lasso_path_walk(walked, control, folds, sparse, &choice, failure);
	if (status != LL_OK ||
		!is_worth(path, ridge, &choice.losses, rows, folds->caution))
	{
		runtime_release(&problem->runtime, sparse);
		return status;
	}
	take_sparse(problem, candidate, solver, path, sparse);
	unit = loss_scale(solver->loss, &solver->parameters,
					  problem_label_unit(problem, &candidate->settings));
	path->chosen.loss *= unit;
	path->chosen.error *= unit;
	take_iterations(candidate, solver, control);
	return LL_OK;
}

/*
 * Whether classes are many and told by words, of which fewer rows have fewer: the
 * best wd of a part of the rows is far below what all are worth.
 */
static bool
is_word_classifier(const Problem *problem, const Candidate *candidate)
{
	return defaults_word_length(problem, &candidate->settings) < 1.0;
}

/* Takes what the folds' path says, in the problem's units, and an l1 in its place. */
static void
take_path(Problem *problem, Candidate *candidate, SolverProblem *solver,
		  SolverControl *control, const FoldRows *folds, WdPath *path,
		  L1Path *sparse)
{
	path->choice = WD_BY_FOLDS;
	path->folds = folds->count;
	path->key = folds->key;
	path->rows = folds->row_count;
	take_sparse(problem, candidate, solver, path, sparse);
	if (solver->l1 > 0.0)
		take_iterations(candidate, solver, control);
	scale_losses(
		path, loss_scale(solver->loss, &solver->parameters,
						 problem_label_unit(problem, &candidate->settings)));
	/* A prior is worth as many rows whatever their number. */
	path->chosen.wd *= fold_rows_mean_learned(folds) /
					   (double) problem->rows[CHANNEL_TRAIN]->count;
}

/*
 * Whether enough of the rows that may be looked at are left where a path of l1 comes
 * after that of wd: of losses with kinks, whose rows and way are those then.
 */
static bool
leave_rows_to_l1(const SolverProblem *solver, size_t *count, KinkWay *way)
{
	size_t most;

	if (!loss_table[solver->loss].kinked)
		return true;
	most = fold_kink_rows(solver, KINK_WITH_L1, KINK_L1_WORK, *count);
	if ((double) most < KINK_L1_SHARE * (double) *count ||
		(most < *count && (double) most < LEAST_FEW))
		return false;
	*count = most;
	*way = KINK_WITH_L1;
	return true;
}

/* Gives folds of few rows their own scales, where tails are heavy. */
static Status
scale_folds(Problem *problem, const Candidate *candidate,
			const SolverProblem *solver, FoldRows *folds, Failure *failure)
{
	if ((double) folds->row_count >= WIDE_ROWS * problem->dimension)
		return LL_OK;
	return fold_scales_take(problem, &candidate->settings, solver, folds,
							failure);
}

/* Chooses by folds. */
static Status
choose_by_folds(Problem *problem, Candidate *candidate, SolverProblem *solver,
				SolverControl *control, WdPath *path, Failure *failure)
{
	KinkWay way = KINK_BY_LBFGS;
	size_t count = affordable_rows(problem, solver, &way);
	bool wants = wants_sparse(problem, candidate, solver, count) &&
				 leave_rows_to_l1(solver, &count, &way);
	FoldRows folds = {.count = PATH_FOLDS};
	const Normalizer *normalizer;
	L1Path *sparse = NULL;
	FoldStore store;
	FoldLosses ridge;
	bool whole = false;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK || count == 0 ||
		(count < problem->rows[CHANNEL_TRAIN]->count &&
		 is_word_classifier(problem, candidate)))
		return status;
	if (wants)
	{
		sparse = runtime_allocate_zero(&problem->runtime, 1, sizeof(L1Path));
		if (sparse == NULL)
			return fail_no_memory(failure);
	}
	status =
		fold_rows_deal(problem, (uint64_t) candidate->settings.value[HP_SEED],
					   NULL, count, &folds, &whole, failure);
	if (status != LL_OK || !whole)
		return status;
	status = fold_store_open(solver, control, way == KINK_BY_SPAN, &folds,
							 &store, failure);
	if (status == LL_OK && way != KINK_BY_SPAN)
		status =
			scale_folds(problem, candidate, &store.problem, &folds, failure);
	if (status == LL_OK)
		status = fold_path_walk(&store.problem, control, &folds,
								row_length(problem, normalizer), path, sparse,
								&ridge, failure);
	if (status != LL_OK || path->count == 0)
		return status;
	take_path(problem, candidate, solver, control, &folds, path, sparse);
	if (are_wide(problem, solver) && wants_sparse_sums(candidate, solver) &&
		problem->dimension <= L1_MAX_DIMENSION)
		status = try_sparse_sums(problem, candidate, solver, &store.problem,
								 control, &folds, &ridge, path, failure);
	fold_store_close(&store);
	fold_rows_release(problem, &folds);
	return status;
}

/* Chooses from the sums, and by folds where these are few rows. */
static Status
choose_by_sums(Problem *problem, Candidate *candidate, SolverProblem *solver,
			   SolverControl *control, WdPath *path, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	FoldRows folds = {.count = SUM_FOLDS};
	FoldLosses ridge;
	bool whole = false;
	Status status = LL_OK;

	if (rows->sums == NULL && rows->count >= LEAST_ROWS &&
		problem->dimension <= RIDGE_FOLDS_MAX_DIMENSION &&
		(double) rows->count * problem->dimension <= HELD_VALUES)
		status = fold_rows_deal(problem,
								(uint64_t) candidate->settings.value[HP_SEED],
								NULL, rows->count, &folds, &whole, failure);
	if (status == LL_OK && whole)
		status = scale_folds(problem, candidate, solver, &folds, failure);
	if (status == LL_OK)
		status = solver_choose_wd(solver, control, whole ? &folds : NULL, path,
								  &ridge, failure);
	if (status == LL_OK && whole && path->choice != WD_NOT_CHOSEN &&
		wants_sparse_sums(candidate, solver))
		status = try_sparse_sums(problem, candidate, solver, solver, control,
								 &folds, &ridge, path, failure);
	fold_rows_release(problem, &folds);
	return status;
}

Status
choose_wd(Problem *problem, Candidate *candidate, SolverProblem *solver,
		  SolverControl *control, Failure *failure)
{
	/* Rows that hang together need folds that know it. */
	bool closed = problem->fold_key == FOLD_KEY_NONE &&
				  solver_supports(OPTIMIZER_EXACT, solver->loss, false) &&
				  solver->bounded == NULL &&
				  problem->dimension <= SOLVER_MAX_GRAM_DIMENSION &&
				  !are_wide(problem, solver);
	WdPath *path;
	Status status;

	if (!is_open(problem, candidate))
		return LL_OK;
	path = runtime_allocate_zero(&problem->runtime, 1, sizeof(WdPath));
	if (path == NULL)
		return fail_no_memory(failure);
	status = closed ? choose_by_sums(problem, candidate, solver, control, path,
									 failure)
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
