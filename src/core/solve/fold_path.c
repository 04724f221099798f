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
/* The path ends so many points behind its best (fold_curve.h). */
#define POINTS_BEHIND 4
/* ... but has so many, as losses may fall after a long plain, or a rise. */
#define LEAST_POINTS 10
/* Relative gradient norms that the first points are solved to, and the last. */
#define PATH_TOLERANCE 1e-3
#define LAST_TOLERANCE 1e-5
/* Of the first point's loss: so little is left where folds tell all their rows. */
#define LITTLE_LEFT 0.03
/* ... or where a loss with kinks has this part left of the rows learned from. */
#define LITTLE_LEARNED 1e-3
/* A wd that gains so many standard errors over none is worth it. */
#define NOISE_ERRORS 1.0

typedef struct Walk
{
	FoldWalk folds;
	FoldCurve curve; /* of wd above 0 */
	double first_wd;
	bool late;
} Walk;

/*
 * How far a point is solved: the less wd there is, the flatter is the objective
 * where weights still change what rows held out lose.  Kinks end their solves
 * another way.
 */
static double
tolerance_at(const Walk *walk, double wd)
{
	if (loss_table[walk->folds.problem.loss].kinked)
		return PATH_TOLERANCE;
	return fmax(PATH_TOLERANCE * sqrt(wd / walk->first_wd), LAST_TOLERANCE);
}

/* Solves and judges all folds at a wd, unless the time is up before. */
static Status
judge_point(Walk *walk, double wd, Failure *failure)
{
	FoldLosses losses;
	Status status;

	walk->folds.own.tolerance = tolerance_at(walk, wd);
	status =
		fold_walk_judge(&walk->folds, 0.0, wd, &losses, &walk->late, failure);
	if (status == LL_OK && !walk->late)
		fold_curve_add(&walk->curve, wd, &losses);
	return status;
}

/*
 * Whether less wd says no more: weights no longer move within the tolerance, as
 * those of a loss with kinks do not where no row learned from loses anything, or
 * classes are separable, where ever larger weights seem ever better.
 */
static bool
says_no_more(const Walk *walk)
{
	const FoldCurve *curve = &walk->curve;
	const FoldCurvePoint *last = &curve->points[curve->count - 1];
	const LossDescriptor *loss = &loss_table[walk->folds.problem.loss];
	double little = loss->predictors & APPLIES_REGRESSOR
						? 0.0
						: LITTLE_LEFT * curve->points[0].losses.mean;

	if (loss->kinked && walk->folds.learned_loss <
							LITTLE_LEARNED * curve->points[0].losses.mean)
		return true;
	return curve->count > 1 && (last->losses.mean == last[-1].losses.mean ||
								last->losses.mean < little);
}

/* Goes down the path until its best lies behind. */
static Status
descend(Walk *walk, double first_wd, Failure *failure)
{
	Status status = LL_OK;

	for (double wd = first_wd;
		 status == LL_OK && !walk->late && walk->curve.count < PATH_POINTS;
		 wd *= PATH_RATIO)
	{
		status = judge_point(walk, wd, failure);
		if (status == LL_OK && !walk->late &&
			(says_no_more(walk) ||
			 (walk->curve.count >= LEAST_POINTS &&
			  fold_curve_is_past(&walk->curve, POINTS_BEHIND))))
			break;
	}
	return status;
}

/* Looks halfway to the neighbours of the path's best. */
static Status
refine(Walk *walk, Failure *failure)
{
	double best = walk->curve.points[fold_curve_best(&walk->curve)].penalty;
	Status status = judge_point(walk, best * sqrt(PATH_RATIO), failure);

	if (status == LL_OK && !walk->late)
		status = judge_point(walk, best / sqrt(PATH_RATIO), failure);
	return status;
}

/* The losses of the chosen point. */
static const FoldLosses *
chosen_losses(const Walk *walk)
{
	const FoldCurve *curve = &walk->curve;
	double caution = walk->folds.folds->caution;

	return &curve->points[fold_curve_chosen(curve, caution)].losses;
}

/* Writes the path down, and what is chosen. */
static void
take_curve(const FoldCurve *curve, double caution, WdPath *path)
{
	for (uint32_t i = 0; i < curve->count; i++)
	{
		const FoldCurvePoint *point = &curve->points[i];

		path->points[i] =
			(WdPoint){point->penalty, point->losses.mean, point->losses.error};
	}
	path->count = curve->count;
	if (curve->count > 0)
		path->chosen = path->points[fold_curve_chosen(curve, caution)];
}

/* Whether a fold has more rows to learn from than weights: else it follows them all. */
static bool
are_enough(const Walk *walk)
{
	return walk->folds.folds->learned_count[0] > walk->folds.parameters;
}

/*
 * Looks at plain weights, of squared loss and losses with kinks of numbers: whose
 * wd gains no more than noise does without, as their weights are compared with
 * those of other programs.
 */
static Status
try_plain(Walk *walk, WdPath *path, Failure *failure)
{
	const SolverProblem *problem = &walk->folds.problem;
	const LossDescriptor *loss = &loss_table[problem->loss];
	double gain, error;
	FoldLosses plain;
	Status status;

	if ((!loss->kinked && problem->loss != LOSS_SQUARED) ||
		!(loss->predictors & APPLIES_REGRESSOR) || !are_enough(walk))
		return LL_OK;
	walk->folds.own.tolerance = tolerance_at(walk, 0.0);
	status =
		fold_walk_judge(&walk->folds, 0.0, 0.0, &plain, &walk->late, failure);
	if (status != LL_OK || walk->late)
		return status;
	gain = fold_losses_gain(&plain, chosen_losses(walk), &error);
	path->points[path->count++] = (WdPoint){0.0, plain.mean, plain.error};
	path->plain = gain <= NOISE_ERRORS * error;
	if (path->plain)
		path->chosen = path->points[path->count - 1];
	return LL_OK;
}

Status
fold_path_walk(const SolverProblem *problem, const SolverControl *control,
			   const FoldRows *folds, double first_wd, WdPath *path,
			   L1Path *sparse, FoldLosses *held, Failure *failure)
{
	Walk walk = {.first_wd = first_wd};
	Status status =
		fold_walk_begin(&walk.folds, problem, control, folds, failure);

	if (status == LL_OK)
		status = descend(&walk, first_wd, failure);
	if (status == LL_OK && !walk.late)
		status = refine(&walk, failure);
	take_curve(&walk.curve, folds->caution, path);
	if (status == LL_OK && !walk.late)
		status = try_plain(&walk, path, failure);
	if (held != NULL && walk.curve.count > 0)
		*held = *chosen_losses(&walk);
	if (status == LL_OK && !walk.late && sparse != NULL)
		status =
			fold_l1_walk(&walk.folds, chosen_losses(&walk), sparse, failure);
	fold_walk_end(&walk.folds);
	return status;
}
