/*
 * fold_path.c
 *		The wd of a loss but the squared one by cross-validation.
 *
 * The path falls from a wd that leaves next to no weights, where solves are short,
 * and each solve begins at the last one's weights: neighbours need a few steps.
 */
#include "core/solve/fold_path.h"

#include <math.h>
#include <string.h>

#include "core/options/optimizer_table.h"
#include "core/solve/lbfgs.h"
#include "core/solve/newton.h"
#include "core/solve/rounded.h"

/* Neighbours on the path, and how far it falls at most. */
#define PATH_RATIO 0.31622776601683794
#define PATH_POINTS 20 /* before it is refined */
/* Of a point's solves: relative gradient norm, and most iterations. */
#define PATH_TOLERANCE 1e-3
#define PATH_ITERATIONS 100
/*
 * The path ends so many points behind its best, or at the second of them if the
 * loss is more than one standard error above.
 */
#define POINTS_BEHIND 4
#define LEAST_BEHIND 2
/* Widest Gram matrices that are faster than L-BFGS's many steps. */
#define NEWTON_MAX_DIMENSION 96
#define KINK_MAX_DIMENSION 1024 /* those of L-BFGS are very many then */
/* A wd that gains so many standard errors over none is worth it. */
#define NOISE_ERRORS 1.0
/* Work of a pass that is not worth waking threads for. */
#define SMALL_WORK ((double) (1 << 18))

typedef struct Walk
{
	SolverProblem problem; /* of the fold and the point at work */
	const SolverControl *control;
	SolverControl own; /* tolerance and limits of a point */
	const FoldRows *folds;
	size_t parameters;
	double *weights[PATH_FOLDS]; /* feature major, as in passes */
	double *gradient;			 /* scratch */
	double least;				 /* of the points' losses, and its folds' */
	double least_loss[PATH_FOLDS];
	double gain; /* of the least over the last point, and its error */
	double gain_error;
} Walk;

/* Solves by what is fit for the loss. */
static Status
solve(Walk *walk, Pass *pass, double *weights, Failure *failure)
{
	SolverResult result = {0};

	if (loss_table[walk->problem.loss].kinked)
		return rounded_solve(pass, &walk->own, weights, &result, failure);
	return walk->own.optimizer == OPTIMIZER_NEWTON
			   ? newton_solve(pass, &walk->own, weights, &result, failure)
			   : lbfgs_solve(pass, &walk->own, weights, &result, failure);
}

/* One fold's weights at the problem's wd, from those they have. */
static Status
solve_fold(Walk *walk, size_t fold, Failure *failure)
{
	bool newton = walk->own.optimizer == OPTIMIZER_NEWTON;
	Pass pass;
	Status status;

	walk->problem.selection = walk->folds->learned[fold];
	walk->problem.count = walk->folds->learned_count[fold];
	status = pass_init(&pass, &walk->problem, &walk->own, newton ? 1 : 0,
					   false, failure);
	if (status != LL_OK)
		return status;
	status = solve(walk, &pass, walk->weights[fold], failure);
	pass_release(&pass);
	return status;
}

/* The mean loss of the rows that a fold holds out. */
static Status
judge_fold(Walk *walk, size_t fold, double *loss, Failure *failure)
{
	Pass pass;
	Status status;

	walk->problem.selection = walk->folds->held[fold];
	walk->problem.count = walk->folds->held_count[fold];
	status = pass_init(&pass, &walk->problem, &walk->own, 0, false, failure);
	if (status != LL_OK)
		return status;
	status = pass_run(&pass, walk->weights[fold], loss, walk->gradient, NULL,
					  failure);
	pass_release(&pass);
	return status;
}

/* The mean of what folds lose less by others, and its standard error. */
static double
mean_gain(size_t folds, const double *loss, const double *other, double *error)
{
	double sum = 0.0, square = 0.0;

	for (size_t fold = 0; fold < folds; fold++)
		sum += (loss[fold] - other[fold]) / (double) folds;
	for (size_t fold = 0; fold < folds; fold++)
		square += (loss[fold] - other[fold] - sum) *
				  (loss[fold] - other[fold] - sum);
	*error = sqrt(square / ((double) folds * ((double) folds - 1.0)));
	return sum;
}

/* Solves and judges all folds at a wd; *late: the time is up before. */
static Status
judge_point(Walk *walk, double wd, WdPoint *point, bool *late,
			Failure *failure)
{
	double folds = walk->folds->count;
	double sum = 0.0, square = 0.0, loss[PATH_FOLDS] = {0};

	walk->problem.wd = wd;
	for (size_t fold = 0; fold < walk->folds->count; fold++)
	{
		Status status;

		*late = walk->control->late != NULL &&
				walk->control->late(walk->control->context);
		if (*late)
			return LL_OK;
		status = solve_fold(walk, fold, failure);
		if (status == LL_OK)
			status = judge_fold(walk, fold, &loss[fold], failure);
		if (status != LL_OK)
			return status;
		sum += loss[fold];
	}
	sum /= folds;
	for (size_t fold = 0; fold < walk->folds->count; fold++)
		square += (loss[fold] - sum) * (loss[fold] - sum);
	*point = (WdPoint){wd, sum, sqrt(square / (folds * (folds - 1.0)))};
	if (wd > 0.0 && sum < walk->least)
	{
		walk->least = sum;
		memcpy(walk->least_loss, loss, sizeof(loss));
	}
	walk->gain = mean_gain(walk->folds->count, loss, walk->least_loss,
						   &walk->gain_error);
	return LL_OK;
}

/* Whether the best lies so far behind that smaller wd need no look. */
static bool
is_behind(const WdPath *path, uint32_t best)
{
	const WdPoint *last = &path->points[path->count - 1];
	uint32_t behind = path->count - 1 - best;

	/* So small a wd no longer moves the weights within the tolerance. */
	if (path->count > 1 && last->loss == last[-1].loss)
		return true;
	return behind >= POINTS_BEHIND || !isfinite(last->loss) ||
		   (behind >= LEAST_BEHIND &&
			last->loss - path->points[best].loss > path->points[best].error);
}

bool
fold_path_takes_newton(const SolverProblem *problem)
{
	const LossDescriptor *loss = &loss_table[problem->loss];

	return solver_supports(OPTIMIZER_NEWTON, problem->loss, false) &&
		   problem->bounded == NULL && problem->rows->format != ROWS_SPARSE &&
		   problem->rows->dimension <=
			   (loss->kinked ? KINK_MAX_DIMENSION : NEWTON_MAX_DIMENSION) &&
		   !loss->goes_flat;
}

/* Makes ready what all points share. */
static Status
begin(Walk *walk, const SolverProblem *problem, const SolverControl *control,
	  const FoldRows *folds, Failure *failure)
{
	bool newton = fold_path_takes_newton(problem);
	bool small = (double) folds->learned_count[0] * problem->rows->dimension *
					 problem->outputs <
				 SMALL_WORK;

	*walk = (Walk){
		.problem = *problem,
		.control = control,
		.own = {.optimizer = newton ? OPTIMIZER_NEWTON : OPTIMIZER_LBFGS,
				.max_iterations = PATH_ITERATIONS,
				.tolerance = PATH_TOLERANCE,
				.runtime = control->runtime,
				.precondition = true,
				.pool = small ? NULL : control->pool},
		.folds = folds,
		.parameters =
			((size_t) problem->rows->dimension + 1) * problem->outputs};
	walk->least = INFINITY;
	walk->gradient = runtime_allocate_zero(control->runtime, walk->parameters,
										   sizeof(double));
	for (size_t fold = 0; fold < folds->count; fold++)
	{
		walk->weights[fold] = runtime_allocate_zero(
			control->runtime, walk->parameters, sizeof(double));
		if (walk->weights[fold] == NULL)
			return fail_no_memory(failure);
	}
	return walk->gradient == NULL ? fail_no_memory(failure) : LL_OK;
}

/* Adds a point to the path, which it keeps sorted by falling wd. */
static void
add_point(WdPath *path, WdPoint point)
{
	uint32_t at = path->count++;

	for (; at > 0 && path->points[at - 1].wd < point.wd; at--)
		path->points[at] = path->points[at - 1];
	path->points[at] = point;
}

/* The place of the least loss, of equal ones that of the largest wd. */
static uint32_t
find_best(const WdPath *path)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < path->count; i++)
		if (path->points[i].loss < path->points[best].loss)
			best = i;
	return best;
}

/* Goes down the path until its best lies behind. */
static Status
descend(Walk *walk, double first_wd, WdPath *path, bool *late,
		Failure *failure)
{
	double wd = first_wd;

	while (path->count < PATH_POINTS)
	{
		WdPoint point;
		Status status = judge_point(walk, wd, &point, late, failure);

		if (status != LL_OK || *late)
			return status;
		add_point(path, point);
		if (is_behind(path, find_best(path)))
			break;
		wd *= PATH_RATIO;
	}
	return LL_OK;
}

/* Looks halfway to the neighbours of the path's best. */
static Status
refine(Walk *walk, WdPath *path, bool *late, Failure *failure)
{
	double best = path->points[find_best(path)].wd;
	double tried[] = {best * sqrt(PATH_RATIO), best / sqrt(PATH_RATIO)};

	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
	{
		WdPoint point;
		Status status = judge_point(walk, tried[i], &point, late, failure);

		if (status != LL_OK || *late)
			return status;
		add_point(path, point);
	}
	return LL_OK;
}

/*
 * Looks at plain weights, of squared loss and losses with kinks of numbers: whose
 * wd gains no more than noise does without, as their weights are compared with
 * those of other programs.
 */
static Status
try_plain(Walk *walk, WdPath *path, bool *late, Failure *failure)
{
	const LossDescriptor *loss = &loss_table[walk->problem.loss];
	WdPoint point;
	Status status;

	if ((!loss->kinked && walk->problem.loss != LOSS_SQUARED) ||
		!(loss->predictors & APPLIES_REGRESSOR))
		return LL_OK;
	status = judge_point(walk, 0.0, &point, late, failure);
	if (status != LL_OK || *late)
		return status;
	add_point(path, point);
	path->plain = walk->gain <= NOISE_ERRORS * walk->gain_error;
	if (path->plain)
		path->chosen = point;
	return LL_OK;
}

Status
fold_path_walk(const SolverProblem *problem, const SolverControl *control,
			   const FoldRows *folds, double first_wd, WdPath *path,
			   Failure *failure)
{
	Walk walk;
	bool late = false;
	Status status = begin(&walk, problem, control, folds, failure);

	if (status == LL_OK)
		status = descend(&walk, first_wd, path, &late, failure);
	if (status == LL_OK && !late)
		status = refine(&walk, path, &late, failure);
	if (path->count > 0)
		path->chosen = path->points[find_best(path)];
	if (status == LL_OK && !late)
		status = try_plain(&walk, path, &late, failure);
	for (size_t fold = 0; fold < folds->count; fold++)
		runtime_release(control->runtime, walk.weights[fold]);
	runtime_release(control->runtime, walk.gradient);
	return status;
}
