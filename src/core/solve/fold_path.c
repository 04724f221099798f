/*
 * fold_path.c
 *		The wd of a loss but the squared one by cross-validation.
 *
 * The path falls from a wd that leaves next to no weights, where solves are short,
 * and each solve begins at the last one's weights: neighbours need a few steps.
 */
#include "core/solve/fold_path.h"

#include <math.h>

#include "core/solve/fold_l1.h"
#include "core/solve/fold_walk.h"

/* Neighbours on the path, and how far it falls at most. */
#define PATH_RATIO 0.31622776601683794
#define PATH_POINTS 20 /* before it is refined */
/*
 * The path ends so many points behind its best, or at the second of them if the
 * loss is more than one standard error above.
 */
#define POINTS_BEHIND 4
#define LEAST_BEHIND 2
/* A wd that gains so many standard errors over none is worth it. */
#define NOISE_ERRORS 1.0

typedef struct Walk
{
	FoldWalk folds;
	FoldLosses last;  /* of the last point ... */
	FoldLosses least; /* ... and of the best one above 0 */
} Walk;

/* Solves and judges all folds at a wd; *late: the time is up before. */
static Status
judge_point(Walk *walk, double wd, WdPoint *point, bool *late,
			Failure *failure)
{
	Status status =
		fold_walk_judge(&walk->folds, 0.0, wd, &walk->last, late, failure);

	if (status != LL_OK || *late)
		return status;
	*point = (WdPoint){wd, walk->last.mean, walk->last.error};
	if (wd > 0.0 && walk->last.mean < walk->least.mean)
		walk->least = walk->last;
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
	SolverProblem *problem = &walk->folds.problem;
	const LossDescriptor *loss = &loss_table[problem->loss];
	double gain, error;
	WdPoint point;
	Status status;

	if ((!loss->kinked && problem->loss != LOSS_SQUARED) ||
		!(loss->predictors & APPLIES_REGRESSOR))
		return LL_OK;
	status = judge_point(walk, 0.0, &point, late, failure);
	if (status != LL_OK || *late)
		return status;
	add_point(path, point);
	gain = fold_walk_gain(&walk->folds, &walk->last, &walk->least, &error);
	path->plain = gain <= NOISE_ERRORS * error;
	if (path->plain)
		path->chosen = point;
	return LL_OK;
}

Status
fold_path_walk(const SolverProblem *problem, const SolverControl *control,
			   const FoldRows *folds, double first_wd, WdPath *path,
			   L1Path *sparse, Failure *failure)
{
	Walk walk = {.least = {.mean = INFINITY}};
	bool late = false;
	Status status =
		fold_walk_begin(&walk.folds, problem, control, folds, failure);

	if (status == LL_OK)
		status = descend(&walk, first_wd, path, &late, failure);
	if (status == LL_OK && !late)
		status = refine(&walk, path, &late, failure);
	if (path->count > 0)
		path->chosen = path->points[find_best(path)];
	if (status == LL_OK && !late)
		status = try_plain(&walk, path, &late, failure);
	if (status == LL_OK && !late && sparse != NULL)
		status = fold_l1_walk(&walk.folds, &walk.least, sparse, failure);
	fold_walk_end(&walk.folds);
	return status;
}
