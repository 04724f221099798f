/*
 * lasso_path.c
 *		A path of l1, or of an elastic net, by cross-validation.
 *
 * Squared loss has its sums (lasso_squares.c).  Other losses take Newton's steps, whose
 * matrix is kept from point to point; their walks go on threads likewise.
 */
#include "core/solve/lasso_path.h"

#include <math.h>
#include <string.h>

#include "core/solve/lasso_squares.h"

/* Gradient norms that (first) points are solved to, and most of Newton's steps of one. */
#define CURVED_TOLERANCE 1e-4
#define CURVED_STEPS 30
/* A matrix is kept while it makes the gradient's norm fall to this share. */
#define FAST_ON_PATH 0.3
/* An l1 that no weight withstands. */
#define WITHSTOOD 1e300
/* Widest sums whose walks, with those of all their lanes, are in memory at once. */
#define AT_ONCE_SIZE 512

/* ---- Other losses ---- */

/* Makes a walk's passes ready, over what it learns from and is judged on. */
static Status
begin_curved(LassoWalk *walk, const SolverProblem *all, size_t index,
			 ThreadPool *pool, Failure *failure)
{
	LassoCurved *w = &walk->curved[index];
	const Runtime *runtime = walk->own.runtime;
	size_t n = walk->size - 1;
	Status status;

	w->control = walk->own;
	w->control.pool = pool;
	w->problem = w->held_problem = *all;
	w->problem.selection =
		index == LASSO_WHOLE ? all->selection : walk->folds->learned[index];
	w->problem.count =
		index == LASSO_WHOLE ? all->count : walk->folds->learned_count[index];
	w->weights = runtime_allocate_zero(runtime, n, sizeof(double));
	w->gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	if (w->weights == NULL || w->gradient == NULL)
		return fail_no_memory(failure);
	status = pass_init(&w->pass, &w->problem, &w->control, 1, false, failure);
	if (status == LL_OK)
		status = proximal_begin(&w->p, &w->pass, &w->control, failure);
	w->p.fast = FAST_ON_PATH;
	if (status != LL_OK || index == LASSO_WHOLE)
		return status;
	w->held_problem.selection = walk->folds->held[index];
	w->held_problem.count = walk->folds->held_count[index];
	return pass_init(&w->held, &w->held_problem, &w->control, 0, false,
					 failure);
}

static void
end_curved(LassoWalk *walk, size_t index)
{
	LassoCurved *w = &walk->curved[index];

	proximal_end(&w->p);
	pass_release(&w->pass);
	if (index != LASSO_WHOLE)
		pass_release(&w->held);
	runtime_release(walk->own.runtime, w->weights);
	runtime_release(walk->own.runtime, w->gradient);
}

/* The gradient norm that a point is solved to: less as its penalty is less. */
static double
tolerance_at(const L1Path *path, uint32_t point)
{
	double first = path->points[0].lambda;

	return first > 0.0
			   ? CURVED_TOLERANCE * sqrt(path->points[point].lambda / first)
			   : CURVED_TOLERANCE;
}

/* The bias alone, where the path begins: a penalty that no weight withstands. */
static Status
solve_constant(LassoCurved *w, double *largest, Failure *failure)
{
	w->problem.l1 = WITHSTOOD;
	w->problem.wd = 0.0;
	return proximal_constant(&w->p, w->weights, largest, failure);
}

/* One walk down the path; nothing is allocated, as threads run it. */
static void
walk_curved(void *argument, size_t index)
{
	LassoWalk *walk = argument;
	LassoCurved *w = &walk->curved[index];
	L1Path *path = walk->path;
	double largest;

	if (!lasso_is_walked(walk, index))
		return;
	if (index != LASSO_WHOLE) /* which has laid the path out */
		w->status = solve_constant(w, &largest, &w->failure);
	for (uint32_t i = 0; i < path->count && w->status == LL_OK; i++)
	{
		SolverResult result = {0};

		if (i > 0 && lasso_is_late(walk))
			return;
		lasso_set_penalties(walk, index, i, &w->problem.l1, &w->problem.wd);
		w->status = proximal_point(&w->p, w->weights, tolerance_at(path, i),
								   &result, &w->failure);
		if (w->status == LL_OK && index == LASSO_WHOLE)
			path->points[i].nonzero =
				lasso_count_weights(w->weights, w->p.n - 1);
		else if (w->status == LL_OK)
			w->status = pass_run(&w->held, w->weights, &walk->loss[index][i],
								 w->gradient, NULL, &w->failure);
		if (w->status == LL_OK)
			walk->reached[index] = i + 1;
	}
}

/* Runs all walks, at once where their memory is little and rows are at hand. */
static Status
walk_all_curved(LassoWalk *walk, const SolverProblem *all, Failure *failure)
{
	bool at_once = walk->own.pool != NULL && all->rows->spill == NULL &&
				   walk->size <= AT_ONCE_SIZE;
	ThreadPool *inner = at_once ? NULL : walk->own.pool;
	double largest;
	Status status = begin_curved(walk, all, LASSO_WHOLE, inner, failure);

	if (status == LL_OK)
		status = solve_constant(&walk->curved[LASSO_WHOLE], &largest, failure);
	if (status != LL_OK)
		return status;
	lasso_lay_out(walk->path, largest, walk->curved[LASSO_WHOLE].pass.rows,
				  walk->size - 2);
	for (size_t i = 0; i < LASSO_WALKS && status == LL_OK; i++)
	{
		if (!lasso_is_walked(walk, i))
			continue;
		if (i != LASSO_WHOLE)
			status = begin_curved(walk, all, i, inner, failure);
		if (status == LL_OK && !at_once)
		{
			walk_curved(walk, i);
			end_curved(walk, i);
		}
	}
	if (status == LL_OK && at_once)
		threads_run(walk->own.pool, walk_curved, walk, LASSO_WALKS);
	for (size_t i = 0; i < LASSO_WALKS && status == LL_OK; i++)
	{
		if (at_once && lasso_is_walked(walk, i))
			end_curved(walk, i);
		if (walk->curved[i].status != LL_OK)
		{
			*failure = walk->curved[i].failure;
			status = walk->curved[i].status;
		}
	}
	return status;
}

/* ---- The choice ---- */

/* Mean and standard error of each point, and the chosen one. */
static void
choose(const LassoWalk *walk)
{
	L1Path *path = walk->path;
	uint32_t best = 0;

	for (size_t i = 0; i < LASSO_WALKS; i++)
		if (lasso_is_walked(walk, i) && walk->reached[i] < path->count)
			path->count = walk->reached[i];
	for (uint32_t i = 0; i < path->count; i++)
	{
		FoldLosses losses = lasso_losses_at(walk, i);
		L1Point *point = &path->points[i];

		point->loss = losses.mean;
		point->error = losses.error;
		if (point->loss < path->points[best].loss)
			best = i;
	}
	path->chosen = best;
	if (path->rule == PATH_ONE_STANDARD_ERROR)
		while (path->chosen > 0 &&
			   path->points[path->chosen - 1].loss <=
				   path->points[best].loss + path->points[best].error)
			path->chosen--;
}

/* The rows that all folds are of. */
static size_t
count_rows(const FoldRows *folds)
{
	size_t last = folds->count - 1; /* by time it has seen all */

	return folds->learned_count[last] + folds->held_count[last];
}

Status
lasso_path_walk(const SolverProblem *problem, const SolverControl *control,
				const FoldRows *folds, L1Path *path, LassoChoice *choice,
				Failure *failure)
{
	const Runtime *runtime = control->runtime;
	LassoWalk *walk = runtime_allocate_zero(runtime, 1, sizeof(LassoWalk));
	Status status = LL_OK;

	if (walk == NULL)
		return fail_no_memory(failure);
	walk->problem = *problem;
	walk->problem.l1 = walk->problem.wd = 0.0;
	walk->control = control;
	walk->own = (SolverControl){.optimizer = OPTIMIZER_NEWTON,
								.max_iterations = CURVED_STEPS,
								.runtime = runtime,
								.pool = control->pool};
	walk->folds = folds;
	walk->path = path;
	walk->whole = choice != NULL ? choice->whole : 1.0;
	path->count = choice != NULL ? choice->points : L1_PATH_POINTS;
	walk->size = (size_t) problem->rows->dimension + 2;
	path->folds = folds->count;
	path->key = folds->key;
	if (problem->loss == LOSS_SQUARED)
		status = lasso_walk_squares(walk, count_rows(folds), choice, failure);
	else
		status = walk_all_curved(walk, problem, failure);
	if (status == LL_OK)
		choose(walk);
	if (status == LL_OK && choice != NULL)
	{
		choice->losses = lasso_losses_at(walk, path->chosen);
		for (uint32_t i = 0; i < path->count; i++)
			path->points[i].lambda *= choice->whole;
	}
	runtime_release(runtime, walk);
	return status;
}
