/*
 * fold_l1.c
 *		An l1 in the place of the best wd, where it loses less on rows held out.
 */
#include "core/solve/fold_l1.h"

#include <math.h>

/* Of the first points' solves: gradient norm, relative to that of biases alone. */
#define L1_TOLERANCE 3e-3
/* Of that the part that all rows' solves go to, whose weights are counted. */
#define COUNTED 0.03
/* Neighbours on the path, and how far it falls at most. */
#define STEP 0.5
#define L1_POINTS 16 /* before it is refined */
/*
 * The path ends so many points behind its best, or at the second of them if the
 * loss is more than one standard error above.
 */
#define POINTS_BEHIND 3
#define LEAST_BEHIND 2
/* What a path may yet gain, of its last step's gain, which halves with l1. */
#define YET 2.0
/* Its best gains so many standard errors over the best wd's. */
#define CLEAR_ERRORS 1.0
/* An l1 that no weight withstands, and the gradient norm of biases alone. */
#define WITHSTOOD 1e300
#define CONSTANT_TOLERANCE 1e-8

/* Biases alone; *largest is at least the l1 at which a weight moves. */
static Status
solve_constant(FoldWalk *walk, size_t fold, double *largest, Failure *failure)
{
	size_t weights =
		(size_t) walk->problem.rows->dimension * walk->problem.outputs;
	double tolerance = walk->own.tolerance, square = 0.0;
	Status status;

	walk->problem.l1 = WITHSTOOD;
	walk->problem.wd = 0.0;
	walk->zero_norm[fold] = 0.0;
	walk->own.tolerance = CONSTANT_TOLERANCE;
	status = fold_walk_solve(walk, fold, failure);
	walk->own.tolerance = tolerance;
	if (status == LL_OK)
		status = fold_walk_gradient(walk, fold, failure);
	for (size_t i = 0; i < weights && status == LL_OK; i++)
	{
		*largest = fmax(*largest, fabs(walk->gradient[i]));
		square += walk->gradient[i] * walk->gradient[i];
	}
	walk->zero_norm[fold] = square > 0.0 ? sqrt(square) : 1.0;
	return status;
}

/* Adds a point to the path, which it keeps sorted by falling penalties. */
static void
add_point(L1Path *path, L1Point point)
{
	uint32_t at = path->count++;

	for (; at > 0 && path->points[at - 1].lambda < point.lambda; at--)
		path->points[at] = path->points[at - 1];
	path->points[at] = point;
}

static uint32_t
find_best(const L1Path *path)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < path->count; i++)
		if (path->points[i].loss < path->points[best].loss)
			best = i;
	return best;
}

/* Solves and judges all folds at a penalty. */
static Status
judge_point(FoldWalk *walk, double lambda, double largest, L1Path *path,
			FoldLosses *best, bool *late, Failure *failure)
{
	FoldLosses losses;
	double tolerance = walk->own.tolerance;
	Status status;

	/* What is left of a gradient counts beside the penalty. */
	walk->own.tolerance = L1_TOLERANCE * sqrt(fmin(lambda / largest, 1.0));
	status = fold_walk_judge(walk, lambda, 0.0, &losses, late, failure);
	walk->own.tolerance = tolerance;
	if (status != LL_OK || *late)
		return status;
	add_point(path, (L1Point){.lambda = lambda,
							  .loss = losses.mean,
							  .error = losses.error});
	if (path->count == 1 || losses.mean < best->mean)
		*best = losses;
	return LL_OK;
}

/* Whether the best lies so far behind that smaller penalties need no look. */
static bool
is_behind(const L1Path *path)
{
	uint32_t best = find_best(path);
	uint32_t behind = path->count - 1 - best;
	const L1Point *last = &path->points[path->count - 1];

	return behind >= POINTS_BEHIND || !isfinite(last->loss) ||
		   (behind >= LEAST_BEHIND &&
			last->loss - path->points[best].loss > path->points[best].error);
}

/* Whether the path has not come down to a loss, and its shorter steps will not. */
static bool
is_hopeless(const L1Path *path, double loss)
{
	const L1Point *last = &path->points[path->count - 1];

	return path->count >= 3 && path->points[find_best(path)].loss > loss &&
		   last[-1].loss - last->loss < last[-2].loss - last[-1].loss &&
		   last->loss - YET * (last[-1].loss - last->loss) > loss;
}

/*
 * Goes down the path until its best lies behind or it will not come down to a
 * loss, and then beside the best.
 */
static Status
descend(FoldWalk *walk, double largest, double loss, L1Path *path,
		FoldLosses *best, bool *late, Failure *failure)
{
	double lambda = largest, tried[2];
	Status status = LL_OK;

	do
	{
		lambda *= STEP;
		status = judge_point(walk, lambda, largest, path, best, late, failure);
	} while (status == LL_OK && !*late && path->count < L1_POINTS &&
			 !is_behind(path) && !is_hopeless(path, loss));
	if (status != LL_OK || *late || is_hopeless(path, loss))
		return status;
	lambda = path->points[find_best(path)].lambda;
	tried[0] = lambda * sqrt(STEP);
	tried[1] = lambda / sqrt(STEP);
	for (int i = 0; i < 2 && status == LL_OK && !*late; i++)
		status =
			judge_point(walk, tried[i], largest, path, best, late, failure);
	return status;
}

/* Brings penalties to the rows of all folds, and counts their weights. */
static Status
count_weights(FoldWalk *walk, L1Path *path, Failure *failure)
{
	size_t weights =
		(size_t) walk->problem.rows->dimension * walk->problem.outputs;
	double learned = 0.0, largest = 0.0;
	Status status = solve_constant(walk, FOLD_WHOLE, &largest, failure);

	for (size_t fold = 0; fold < walk->folds->count; fold++)
		learned += (double) walk->folds->learned_count[fold];
	learned /= (double) walk->folds->count;
	for (uint32_t i = 0; i < path->count && status == LL_OK; i++)
	{
		L1Point *point = &path->points[i];

		point->lambda *= learned / (double) walk->whole_count;
		walk->problem.l1 = point->lambda;
		walk->own.tolerance =
			COUNTED * L1_TOLERANCE * sqrt(point->lambda / largest);
		status = fold_walk_solve(walk, FOLD_WHOLE, failure);
		for (size_t j = 0; j < weights; j++)
			point->nonzero += walk->weights[FOLD_WHOLE][j] != 0.0;
	}
	return status;
}

Status
fold_l1_walk(FoldWalk *walk, const FoldLosses *ridge, L1Path *path,
			 Failure *failure)
{
	FoldLosses best;
	double largest = 0.0, error;
	bool late = false;
	Status status = LL_OK;

	fold_walk_restart(walk);
	for (size_t fold = 0; fold < walk->folds->count && status == LL_OK; fold++)
		status = solve_constant(walk, fold, &largest, failure);
	if (status != LL_OK || !(largest > 0.0 && isfinite(largest)))
		return status;
	*path = (L1Path){.rule = PATH_LEAST,
					 .ratio = 1.0,
					 .folds = walk->folds->count,
					 .key = walk->folds->key,
					 .rows = walk->whole_count};
	status = descend(walk, largest, ridge->mean, path, &best, &late, failure);
	if (status != LL_OK || late ||
		!(fold_walk_gain(walk, ridge, &best, &error) > CLEAR_ERRORS * error))
	{
		path->count = 0;
		return status;
	}
	path->chosen = find_best(path);
	return count_weights(walk, path, failure);
}
