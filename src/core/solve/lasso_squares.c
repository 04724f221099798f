/*
 * lasso_squares.c
 *		A path of l1 of squared loss.
 *
 * One pass gives the sums of what each fold holds out; those of the others are what
 * it learns from, and the folds go their ways on threads.
 */
#include "core/solve/lasso_squares.h"

#include <math.h>
#include <string.h>

#include "core/solve/fold_scale.h"

/* Gradient norms that points are solved to. */
#define SQUARES_TOLERANCE 1e-6
/*
 * Points that walks do before it is seen whether the best lies behind: by so many
 * points, or by these and more than its standard error.
 */
#define POINTS_AT_ONCE 3
#define POINTS_BEHIND 6
#define CLEARLY_BEHIND 3
/* What a path may yet gain, of its last step's gain, which falls with l1. */
#define YET 8.0

/* Half the mean square of what a walk holds out, from its sums. */
static double
judge_squares(const LassoSquares *w, const double *held, size_t size)
{
	double sum = 0.0;

	for (size_t j = 0; j < size; j++)
	{
		const double *column = held + j * size;
		double own = 0.0;

		if (w->weights[j] == 0.0)
			continue;
		for (size_t i = j + 1; i < size; i++)
			own += column[i] * w->weights[i];
		sum += w->weights[j] * (2.0 * own + column[j] * w->weights[j]);
	}
	return fmax(0.5 * sum, 0.0);
}

/* One walk's next points; nothing is allocated, as threads run it. */
static void
walk_squares(void *argument, size_t index)
{
	LassoWalk *walk = argument;
	LassoSquares *w = &walk->squares[index];
	const L1Path *path = walk->path;

	if (!lasso_is_walked(walk, index))
		return;
	for (uint32_t i = walk->reached[index];
		 i < walk->until && i < path->count && w->status == LL_OK; i++)
	{
		double l1, wd;

		if (i > 0 && lasso_is_late(walk))
			return;
		lasso_set_penalties(walk, index, i, &l1, &wd);
		w->status =
			quadratic_solve(&w->q, l1, wd, i > 0 ? w->before : INFINITY,
							SQUARES_TOLERANCE, &w->failure);
		w->before = l1;
		if (w->status != LL_OK)
			return;
		memcpy(w->weights, w->q.weights, w->q.size * sizeof(double));
		fold_scale_weights(&walk->problem, walk->folds, index, w->weights);
		w->weights[w->q.size] = proximal_bias(
			&walk->problem, w->learned, walk->size, w->right, 0.0, &w->q);
		if (index == LASSO_WHOLE)
			walk->path->points[i].nonzero =
				lasso_count_weights(w->q.weights, w->q.size);
		else
			walk->loss[index][i] =
				judge_squares(w, walk->parts[index], walk->size);
		walk->reached[index] = i + 1;
	}
}

/* Whether there is a part, of a fold or of all. */
static bool
is_part(const LassoWalk *walk, size_t part)
{
	return part == LASSO_COMMON ? walk->folds->key == FOLD_KEY_TIME
								: part < walk->folds->count;
}

/* Whether a walk learns from a part. */
static bool
learns_part(const LassoWalk *walk, size_t index, size_t part)
{
	if (index == LASSO_WHOLE || part == LASSO_COMMON)
		return is_part(walk, part);
	return is_part(walk, part) &&
		   (walk->folds->key == FOLD_KEY_TIME ? part < index : part != index);
}

/* The sums of the rows of a part, and their weight. */
static Status
sum_part(LassoWalk *walk, size_t part, Failure *failure)
{
	const FoldRows *folds = walk->folds;
	Pass pass;
	Status status;

	if (!is_part(walk, part))
		return LL_OK;
	walk->parts[part] = runtime_allocate_zero(
		walk->own.runtime, walk->size * walk->size, sizeof(double));
	if (walk->parts[part] == NULL)
		return fail_no_memory(failure);
	walk->problem.selection =
		part == LASSO_COMMON ? folds->learned[0] : folds->held[part];
	walk->problem.count = part == LASSO_COMMON ? folds->learned_count[0]
											   : folds->held_count[part];
	status = pass_init(&pass, &walk->problem, &walk->own, 2, false, failure);
	if (status == LL_OK)
		status = pass_gram(&pass, walk->parts[part], failure);
	walk->part_weight[part] = pass_weight(&pass);
	pass_release(&pass);
	return status;
}

/* out += factor sums, the lower triangles. */
static void
add_sums(double *out, double factor, const double *sums, size_t size)
{
	for (size_t j = 0; j < size; j++)
		for (size_t i = j; i < size; i++)
			out[j * size + i] += factor * sums[j * size + i];
}

/* Makes a walk's sums of the parts that it learns from. */
static Status
begin_squares(LassoWalk *walk, size_t index, Failure *failure)
{
	LassoSquares *w = &walk->squares[index];
	size_t size = walk->size;
	double total = 0.0;

	for (size_t part = 0; part < LASSO_PARTS; part++)
		total +=
			learns_part(walk, index, part) ? walk->part_weight[part] : 0.0;
	for (size_t part = 0; part < LASSO_PARTS; part++)
	{
		if (learns_part(walk, index, part) && total > 0.0)
			add_sums(w->learned, walk->part_weight[part] / total,
					 walk->parts[part], size);
		if (runtime_interrupted(walk->own.runtime))
			return fail_cancelled(failure);
	}
	fold_scale_sums(&walk->problem, walk->folds, index, w->learned);
	for (size_t j = 0; j + 1 < size; j++)
		w->right[j] = w->learned[j * size + size - 1];
	w->weights[size - 1] = -1.0;
	proximal_reduce(&walk->problem, w->learned, size, w->right, 0.0, &w->q);
	return LL_OK;
}

/* Makes room for the walks. */
static Status
allocate_squares(LassoWalk *walk, const Blas *blas, Failure *failure)
{
	const Runtime *runtime = walk->own.runtime;
	size_t size = walk->size;

	for (size_t i = 0; i < LASSO_WALKS; i++)
	{
		LassoSquares *w = &walk->squares[i];
		Status status = LL_OK;

		if (!lasso_is_walked(walk, i))
			continue;
		status = quadratic_init(&w->q, size - 2, blas, runtime, failure);
		if (status != LL_OK)
			return status;
		w->walk = walk;
		w->q.bounded = walk->problem.bounded;
		w->learned =
			runtime_allocate_zero(runtime, size * size, sizeof(double));
		w->weights = runtime_allocate_zero(runtime, size, sizeof(double));
		w->right = runtime_allocate_zero(runtime, size, sizeof(double));
		if (w->learned == NULL || w->weights == NULL || w->right == NULL)
			return fail_no_memory(failure);
	}
	return LL_OK;
}

static void
release_squares(LassoWalk *walk)
{
	const Runtime *runtime = walk->own.runtime;

	for (size_t i = 0; i < LASSO_WALKS; i++)
	{
		LassoSquares *w = &walk->squares[i];

		runtime_release(runtime, walk->parts[i]);
		if (!lasso_is_walked(walk, i))
			continue;
		quadratic_release(&w->q);
		runtime_release(runtime, w->learned);
		runtime_release(runtime, w->weights);
		runtime_release(runtime, w->right);
	}
}

/* Takes all walks to where the next points end. */
static Status
run_walks(LassoWalk *walk, Failure *failure)
{
	if (walk->own.pool != NULL)
		threads_run(walk->own.pool, walk_squares, walk, LASSO_WALKS);
	else
		for (size_t i = 0; i < LASSO_WALKS; i++)
			walk_squares(walk, i);
	for (size_t i = 0; i < LASSO_WALKS; i++)
		if (walk->squares[i].status != LL_OK)
		{
			*failure = walk->squares[i].failure;
			return walk->squares[i].status;
		}
	return LL_OK;
}

/* Whether the path's best lies behind, by points that all walks have done. */
static bool
is_past(const LassoWalk *walk)
{
	uint32_t last = walk->until - 1, behind;
	FoldLosses best = lasso_losses_at(walk, 0), losses;
	uint32_t at = 0;

	for (uint32_t i = 1; i <= last; i++)
	{
		losses = lasso_losses_at(walk, i);
		if (losses.mean < best.mean)
		{
			best = losses;
			at = i;
		}
	}
	losses = lasso_losses_at(walk, last);
	behind = last - at;
	return behind >= POINTS_BEHIND ||
		   (behind >= CLEARLY_BEHIND && losses.mean - best.mean > best.error);
}

/* Whether the path has not come down to a loss, and its shorter steps will not. */
static bool
is_hopeless(const LassoWalk *walk, double loss)
{
	double mean[3];

	if (walk->until < 3)
		return false;
	for (uint32_t i = 0; i < 3; i++)
		mean[i] = lasso_losses_at(walk, walk->until - 3 + i).mean;
	return mean[1] - mean[2] < mean[0] - mean[1] &&
		   mean[2] - YET * fmax(mean[1] - mean[2], 0.0) > loss;
}

/* Whether all points are done, or the time is up, or more say nothing. */
static bool
has_ended(const LassoWalk *walk, const LassoChoice *choice)
{
	for (size_t i = 0; i < LASSO_WALKS; i++)
		if (lasso_is_walked(walk, i) && walk->reached[i] < walk->until)
			return true;
	if (walk->until >= walk->path->count)
		return true;
	return is_past(walk) || is_hopeless(walk, choice->to_beat);
}

Status
lasso_walk_squares(LassoWalk *walk, size_t rows, const LassoChoice *choice,
				   Failure *failure)
{
	bool ends = choice != NULL && choice->ends;
	const Blas *blas;
	Status status = blas_open(&blas, failure);

	if (status == LL_OK)
		status = allocate_squares(walk, blas, failure);
	for (size_t part = 0; part < LASSO_PARTS && status == LL_OK; part++)
		status = sum_part(walk, part, failure);
	for (size_t i = 0; i < LASSO_WALKS && status == LL_OK; i++)
		if (lasso_is_walked(walk, i))
			status = begin_squares(walk, i, failure);
	if (status != LL_OK)
		return status;
	lasso_lay_out(walk->path, quadratic_largest(&walk->squares[LASSO_WHOLE].q),
				  rows, walk->size - 2);
	walk->until = ends ? 0 : walk->path->count;
	do
	{
		walk->until += ends ? POINTS_AT_ONCE : 0;
		status = run_walks(walk, failure);
	} while (status == LL_OK && !has_ended(walk, choice));
	if (status != LL_OK)
		return status;
	release_squares(walk);
	return LL_OK;
}
