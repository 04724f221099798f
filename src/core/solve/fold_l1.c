/*
 * fold_l1.c
 *		An l1 in the place of the best wd, where it loses less on rows held out.
 */
#include "core/solve/fold_l1.h"

#include <math.h>

#include "core/base/portable_math.h"

/* Of the first points' solves: gradient norm, relative to that of biases alone. */
#define L1_TOLERANCE 3e-3
/* Of that the part that the chosen one's solve of all rows goes to. */
#define COUNTED 0.03
/* Neighbours on the path, and how far it falls at most. */
#define STEP 0.5
#define L1_POINTS 16 /* before it is refined */
/* The path ends so many points behind its best (fold_curve.h). */
#define POINTS_BEHIND 3
/* What a path may yet gain, of its last step's gain, which halves with l1. */
#define YET 2.0
/* An l1 that no weight withstands, and the gradient norm of biases alone. */
#define WITHSTOOD 1e300
#define CONSTANT_TOLERANCE 1e-8

/*
 * Begins biases at what the classes' shares give, which is their optimum but for
 * weights of classes and outputs that are held; of numbers, whose mean is near 0,
 * there.
 */
static void
begin_biases(FoldWalk *walk, size_t fold)
{
	const SolverProblem *problem = &walk->problem;
	const Rows *rows = problem->rows;
	bool whole = fold == FOLD_WHOLE;
	const uint32_t *row = whole ? walk->whole : walk->folds->learned[fold];
	size_t count =
		whole ? walk->whole_count : walk->folds->learned_count[fold];
	double *bias =
		walk->weights[fold] + (size_t) rows->dimension * problem->outputs;
	double total = 0.0;

	if (!problem->use_bias ||
		(loss_table[problem->loss].predictors & APPLIES_REGRESSOR))
		return;
	for (size_t i = 0; i < count; i++)
	{
		double weight = rows->weights != NULL ? rows->weights[row[i]] : 1.0;
		size_t k = (size_t) rows->labels[row[i]];

		total += weight;
		if (problem->outputs > 1)
			bias[k] += weight;
		else
			bias[0] += k > 0 ? weight : 0.0;
	}
	for (uint32_t k = 0; k < problem->outputs; k++)
		bias[k] = bias[k] > 0.0 && bias[k] < total
					  ? portable_log(bias[k] / (problem->outputs > 1
													? total
													: total - bias[k]))
					  : 0.0;
}

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
	begin_biases(walk, fold);
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

/* How far a point is solved: what is left of a gradient counts beside the penalty. */
static double
tolerance_at(double lambda, double largest)
{
	return L1_TOLERANCE * sqrt(sqrt(fmin(lambda / largest, 1.0)));
}

/* Solves and judges all folds at a penalty, unless the time is up before. */
static Status
judge_point(FoldWalk *walk, double lambda, double largest, FoldCurve *curve,
			bool *late, Failure *failure)
{
	FoldLosses losses;
	double tolerance = walk->own.tolerance;
	Status status;

	walk->own.tolerance = tolerance_at(lambda, largest);
	status = fold_walk_judge(walk, lambda, 0.0, &losses, late, failure);
	walk->own.tolerance = tolerance;
	if (status == LL_OK && !*late)
		fold_curve_add(curve, lambda, &losses);
	return status;
}

/* Whether the path has not come down to a loss, and its shorter steps will not. */
static bool
is_hopeless(const FoldCurve *curve, double loss)
{
	const FoldCurvePoint *last = &curve->points[curve->count - 1];
	double gain, before;

	if (curve->count < 3 ||
		curve->points[fold_curve_best(curve)].losses.mean <= loss)
		return false;
	gain = last[-1].losses.mean - last->losses.mean;
	before = last[-2].losses.mean - last[-1].losses.mean;
	return gain < before && last->losses.mean - YET * gain > loss;
}

/*
 * Goes down the path until its best lies behind or it will not come down to a
 * loss, and then beside the best.
 */
static Status
descend(FoldWalk *walk, double largest, double loss, FoldCurve *curve,
		bool *late, Failure *failure)
{
	double lambda = largest, tried[2];
	Status status = LL_OK;

	do
	{
		lambda *= STEP;
		status = judge_point(walk, lambda, largest, curve, late, failure);
	} while (status == LL_OK && !*late && curve->count < L1_POINTS &&
			 !fold_curve_is_past(curve, POINTS_BEHIND) &&
			 !is_hopeless(curve, loss));
	if (status != LL_OK || *late || is_hopeless(curve, loss))
		return status;
	lambda = curve->points[fold_curve_best(curve)].penalty;
	tried[0] = lambda * sqrt(STEP);
	tried[1] = lambda / sqrt(STEP);
	for (int i = 0; i < 2 && status == LL_OK && !*late; i++)
		status = judge_point(walk, tried[i], largest, curve, late, failure);
	return status;
}

/* Writes the curve down, and its best. */
static void
take_curve(const FoldWalk *walk, const FoldCurve *curve, L1Path *path)
{
	*path = (L1Path){.rule = PATH_LEAST,
					 .ratio = 1.0,
					 .folds = walk->folds->count,
					 .key = walk->folds->key,
					 .rows = walk->whole_count,
					 .chosen = fold_curve_best(curve),
					 .count = curve->count};
	for (uint32_t i = 0; i < curve->count; i++)
		path->points[i] = (L1Point){.lambda = curve->points[i].penalty,
									.loss = curve->points[i].losses.mean,
									.error = curve->points[i].losses.error};
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
		walk->own.tolerance = tolerance_at(point->lambda, largest) *
							  (i == path->chosen ? COUNTED : 1.0);
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
	FoldCurve curve = {0};
	double largest = 0.0;
	bool late = false;
	Status status = fold_walk_restart(walk, failure);

	/* Newton rounds an l1, too, and cannot tell which weights it leaves. */
	if (loss_table[walk->problem.loss].kinked)
		walk->own.optimizer = OPTIMIZER_LBFGS;
	for (size_t fold = 0; fold < walk->folds->count && status == LL_OK; fold++)
		status = solve_constant(walk, fold, &largest, failure);
	if (status != LL_OK || !(largest > 0.0 && isfinite(largest)))
		return status;
	status = descend(walk, largest, ridge->mean, &curve, &late, failure);
	if (status != LL_OK || late ||
		!fold_losses_are_clear(&curve.points[fold_curve_best(&curve)].losses,
							   ridge))
		return status;
	take_curve(walk, &curve, path);
	return count_weights(walk, path, failure);
}
