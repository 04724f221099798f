/*
 * lasso_path.c
 *		A path of l1, or of an elastic net, by cross-validation.
 *
 * Of squared loss one pass gives the sums of what each fold holds out; those of
 * the others are what it learns from, and the folds go their ways on threads.
 * Other losses take Newton's steps, whose matrix is kept from point to point; their
 * walks go on threads likewise.
 */
#include "core/solve/lasso_path.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/solve/fold_scale.h"
#include "core/solve/proximal.h"

/* The walk over all rows, beside those of the folds. */
#define WHOLE FOLDS_MOST
#define WALKS (FOLDS_MOST + 1)
/* The rows that all folds learn from, beside those that they hold out. */
#define COMMON FOLDS_MOST
#define PARTS (FOLDS_MOST + 1)
/* The path's end, of its begin; with fewer rows than features the second. */
#define LAST_PENALTY 1e-4
#define LAST_PENALTY_WIDE 1e-2
/* Gradient norms that (first) points are solved to, and most of Newton's steps of one. */
#define SQUARES_TOLERANCE 1e-6
#define CURVED_TOLERANCE 1e-4
#define CURVED_STEPS 30
/* A matrix is kept while it makes the gradient's norm fall to this share. */
#define FAST_ON_PATH 0.3
/* An l1 that no weight withstands. */
#define WITHSTOOD 1e300
/* Widest sums whose walks, with those of all their lanes, are in memory at once. */
#define AT_ONCE_SIZE 512

typedef struct Walk Walk;

/* One of the walks of squared loss. */
typedef struct SquaresWalk
{
	Walk *walk;
	Quadratic q;
	double *learned; /* [size][size] sums that it learns from */
	double *weights; /* [size] with the bias, and -1 of the target */
	double *right;
	Status status;
	Failure failure;
} SquaresWalk;

/* One of those of another loss. */
typedef struct CurvedWalk
{
	SolverControl control;
	SolverProblem problem; /* its penalties are those of the point */
	SolverProblem held_problem;
	Pass pass; /* over what it learns from ... */
	Pass held; /* ... and is judged on */
	Proximal p;
	double *weights;
	double *gradient; /* scratch */
	Status status;
	Failure failure;
} CurvedWalk;

struct Walk
{
	SolverProblem problem; /* its penalties are those of the point */
	const SolverControl *control;
	SolverControl own;
	const FoldRows *folds;
	L1Path *path;
	double whole; /* penalties of all rows, of those of the folds */
	size_t size;  /* of sums: features, 1, target */
	double loss[FOLDS_MOST][L1_PATH_POINTS];
	uint32_t reached[WALKS];	/* points that a walk has done */
	SquaresWalk squares[WALKS]; /* of the folds, and of all rows */
	CurvedWalk curved[WALKS];	/* likewise */
	double *parts
		[PARTS]; /* [size][size] sums of what folds hold out, and COMMON */
	double part_weight[PARTS];
};

/* Whether there is a walk of a number: folds may be fewer. */
static bool
is_walked(const Walk *walk, size_t index)
{
	return index == WHOLE || index < walk->folds->count;
}

static bool
is_late(const Walk *walk)
{
	return walk->control->late != NULL &&
		   walk->control->late(walk->control->context);
}

/* Writes the penalties down, from the greatest gradient at no weights on. */
static void
lay_out(L1Path *path, double largest, size_t rows, size_t features)
{
	double last = rows < features ? LAST_PENALTY_WIDE : LAST_PENALTY;
	double first = largest / path->ratio;

	for (uint32_t i = 0; i < path->count; i++)
		path->points[i] = (L1Point){
			.lambda = first * portable_exp(portable_log(last) * (double) i /
										   (path->count - 1.0))};
}

/* A walk's penalties of a point: the first leaves exactly nothing. */
static void
set_penalties(const Walk *walk, size_t index, uint32_t point, double *l1,
			  double *wd)
{
	double lambda = walk->path->points[point].lambda *
					(index == WHOLE ? walk->whole : 1.0);

	*l1 = lambda * walk->path->ratio;
	*wd = lambda * (1.0 - walk->path->ratio);
}

static uint32_t
count_weights(const double *weights, size_t count)
{
	uint32_t found = 0;

	for (size_t j = 0; j < count; j++)
		found += weights[j] != 0.0;
	return found;
}

/* ---- Squared loss ---- */

/* Half the mean square of what a walk holds out, from its sums. */
static double
judge_squares(const SquaresWalk *w, const double *held, size_t size)
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

/* One walk down the path; nothing is allocated, as threads run it. */
static void
walk_squares(void *argument, size_t index)
{
	Walk *walk = argument;
	SquaresWalk *w = &walk->squares[index];
	const L1Path *path = walk->path;
	double before = INFINITY;

	if (!is_walked(walk, index))
		return;
	for (uint32_t i = 0; i < path->count && w->status == LL_OK; i++)
	{
		double l1, wd;

		if (i > 0 && is_late(walk))
			return;
		set_penalties(walk, index, i, &l1, &wd);
		w->status = quadratic_solve(&w->q, l1, wd, before, SQUARES_TOLERANCE,
									&w->failure);
		before = l1;
		if (w->status != LL_OK)
			return;
		memcpy(w->weights, w->q.weights, w->q.size * sizeof(double));
		fold_scale_weights(&walk->problem, walk->folds, index, w->weights);
		w->weights[w->q.size] = proximal_bias(
			&walk->problem, w->learned, walk->size, w->right, 0.0, &w->q);
		if (index == WHOLE)
			walk->path->points[i].nonzero =
				count_weights(w->q.weights, w->q.size);
		else
			walk->loss[index][i] =
				judge_squares(w, walk->parts[index], walk->size);
		walk->reached[index] = i + 1;
	}
}

/* Whether there is a part, of a fold or of all. */
static bool
is_part(const Walk *walk, size_t part)
{
	return part == COMMON ? walk->folds->key == FOLD_KEY_TIME
						  : part < walk->folds->count;
}

/* Whether a walk learns from a part. */
static bool
learns_part(const Walk *walk, size_t index, size_t part)
{
	if (index == WHOLE || part == COMMON)
		return is_part(walk, part);
	return is_part(walk, part) &&
		   (walk->folds->key == FOLD_KEY_TIME ? part < index : part != index);
}

/* The sums of the rows of a part, and their weight. */
static Status
sum_part(Walk *walk, size_t part, Failure *failure)
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
		part == COMMON ? folds->learned[0] : folds->held[part];
	walk->problem.count =
		part == COMMON ? folds->learned_count[0] : folds->held_count[part];
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
begin_squares(Walk *walk, size_t index, Failure *failure)
{
	SquaresWalk *w = &walk->squares[index];
	size_t size = walk->size;
	double total = 0.0;

	for (size_t part = 0; part < PARTS; part++)
		total +=
			learns_part(walk, index, part) ? walk->part_weight[part] : 0.0;
	for (size_t part = 0; part < PARTS; part++)
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
allocate_squares(Walk *walk, const Blas *blas, Failure *failure)
{
	const Runtime *runtime = walk->own.runtime;
	size_t size = walk->size;

	for (size_t i = 0; i < WALKS; i++)
	{
		SquaresWalk *w = &walk->squares[i];
		Status status = LL_OK;

		if (!is_walked(walk, i))
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
release_squares(Walk *walk)
{
	const Runtime *runtime = walk->own.runtime;

	for (size_t i = 0; i < WALKS; i++)
	{
		SquaresWalk *w = &walk->squares[i];

		runtime_release(runtime, walk->parts[i]);
		if (!is_walked(walk, i))
			continue;
		quadratic_release(&w->q);
		runtime_release(runtime, w->learned);
		runtime_release(runtime, w->weights);
		runtime_release(runtime, w->right);
	}
}

/* All walks of squared loss. */
static Status
walk_all_squares(Walk *walk, size_t rows, Failure *failure)
{
	const Blas *blas;
	Status status = blas_open(&blas, failure);

	if (status == LL_OK)
		status = allocate_squares(walk, blas, failure);
	for (size_t part = 0; part < PARTS && status == LL_OK; part++)
		status = sum_part(walk, part, failure);
	for (size_t i = 0; i < WALKS && status == LL_OK; i++)
		if (is_walked(walk, i))
			status = begin_squares(walk, i, failure);
	if (status != LL_OK)
		return status;
	lay_out(walk->path, quadratic_largest(&walk->squares[WHOLE].q), rows,
			walk->size - 2);
	if (walk->own.pool != NULL)
		threads_run(walk->own.pool, walk_squares, walk, WALKS);
	else
		for (size_t i = 0; i < WALKS; i++)
			walk_squares(walk, i);
	for (size_t i = 0; i < WALKS; i++)
		if (walk->squares[i].status != LL_OK)
		{
			*failure = walk->squares[i].failure;
			return walk->squares[i].status;
		}
	release_squares(walk);
	return LL_OK;
}

/* ---- Other losses ---- */

/* Makes a walk's passes ready, over what it learns from and is judged on. */
static Status
begin_curved(Walk *walk, const SolverProblem *all, size_t index,
			 ThreadPool *pool, Failure *failure)
{
	CurvedWalk *w = &walk->curved[index];
	const Runtime *runtime = walk->own.runtime;
	size_t n = walk->size - 1;
	Status status;

	w->control = walk->own;
	w->control.pool = pool;
	w->problem = w->held_problem = *all;
	w->problem.selection =
		index == WHOLE ? all->selection : walk->folds->learned[index];
	w->problem.count =
		index == WHOLE ? all->count : walk->folds->learned_count[index];
	w->weights = runtime_allocate_zero(runtime, n, sizeof(double));
	w->gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	if (w->weights == NULL || w->gradient == NULL)
		return fail_no_memory(failure);
	status = pass_init(&w->pass, &w->problem, &w->control, 1, false, failure);
	if (status == LL_OK)
		status = proximal_begin(&w->p, &w->pass, &w->control, failure);
	w->p.fast = FAST_ON_PATH;
	if (status != LL_OK || index == WHOLE)
		return status;
	w->held_problem.selection = walk->folds->held[index];
	w->held_problem.count = walk->folds->held_count[index];
	return pass_init(&w->held, &w->held_problem, &w->control, 0, false,
					 failure);
}

static void
end_curved(Walk *walk, size_t index)
{
	CurvedWalk *w = &walk->curved[index];

	proximal_end(&w->p);
	pass_release(&w->pass);
	if (index != WHOLE)
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
solve_constant(CurvedWalk *w, double *largest, Failure *failure)
{
	w->problem.l1 = WITHSTOOD;
	w->problem.wd = 0.0;
	return proximal_constant(&w->p, w->weights, largest, failure);
}

/* One walk down the path; nothing is allocated, as threads run it. */
static void
walk_curved(void *argument, size_t index)
{
	Walk *walk = argument;
	CurvedWalk *w = &walk->curved[index];
	L1Path *path = walk->path;
	double largest;

	if (!is_walked(walk, index))
		return;
	if (index != WHOLE) /* which has laid the path out */
		w->status = solve_constant(w, &largest, &w->failure);
	for (uint32_t i = 0; i < path->count && w->status == LL_OK; i++)
	{
		SolverResult result = {0};

		if (i > 0 && is_late(walk))
			return;
		set_penalties(walk, index, i, &w->problem.l1, &w->problem.wd);
		w->status = proximal_point(&w->p, w->weights, tolerance_at(path, i),
								   &result, &w->failure);
		if (w->status == LL_OK && index == WHOLE)
			path->points[i].nonzero = count_weights(w->weights, w->p.n - 1);
		else if (w->status == LL_OK)
			w->status = pass_run(&w->held, w->weights, &walk->loss[index][i],
								 w->gradient, NULL, &w->failure);
		if (w->status == LL_OK)
			walk->reached[index] = i + 1;
	}
}

/* Runs all walks, at once where their memory is little and rows are at hand. */
static Status
walk_all_curved(Walk *walk, const SolverProblem *all, Failure *failure)
{
	bool at_once = walk->own.pool != NULL && all->rows->spill == NULL &&
				   walk->size <= AT_ONCE_SIZE;
	ThreadPool *inner = at_once ? NULL : walk->own.pool;
	double largest;
	Status status = begin_curved(walk, all, WHOLE, inner, failure);

	if (status == LL_OK)
		status = solve_constant(&walk->curved[WHOLE], &largest, failure);
	if (status != LL_OK)
		return status;
	lay_out(walk->path, largest, walk->curved[WHOLE].pass.rows,
			walk->size - 2);
	for (size_t i = 0; i < WALKS && status == LL_OK; i++)
	{
		if (!is_walked(walk, i))
			continue;
		if (i != WHOLE)
			status = begin_curved(walk, all, i, inner, failure);
		if (status == LL_OK && !at_once)
		{
			walk_curved(walk, i);
			end_curved(walk, i);
		}
	}
	if (status == LL_OK && at_once)
		threads_run(walk->own.pool, walk_curved, walk, WALKS);
	for (size_t i = 0; i < WALKS && status == LL_OK; i++)
	{
		if (at_once && is_walked(walk, i))
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

/* What a point's folds lose. */
static FoldLosses
losses_at(const Walk *walk, uint32_t point)
{
	FoldLosses losses = {.count = walk->folds->count};

	for (uint32_t fold = 0; fold < losses.count; fold++)
		losses.of[fold] = walk->loss[fold][point];
	fold_losses_sum(&losses);
	return losses;
}

/* Mean and standard error of each point, and the chosen one. */
static void
choose(const Walk *walk)
{
	L1Path *path = walk->path;
	uint32_t best = 0;

	for (size_t i = 0; i < WALKS; i++)
		if (is_walked(walk, i) && walk->reached[i] < path->count)
			path->count = walk->reached[i];
	for (uint32_t i = 0; i < path->count; i++)
	{
		FoldLosses losses = losses_at(walk, i);
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
	Walk *walk = runtime_allocate_zero(runtime, 1, sizeof(Walk));
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
		status = walk_all_squares(walk, count_rows(folds), failure);
	else
		status = walk_all_curved(walk, problem, failure);
	if (status == LL_OK)
		choose(walk);
	if (status == LL_OK && choice != NULL)
	{
		choice->losses = losses_at(walk, path->chosen);
		for (uint32_t i = 0; i < path->count; i++)
			path->points[i].lambda *= choice->whole;
	}
	runtime_release(runtime, walk);
	return status;
}
