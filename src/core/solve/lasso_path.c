/*
 * lasso_path.c
 *		A path of l1, or of an elastic net, by cross-validation.
 *
 * Of squared loss one pass gives the sums of what each fold holds out; those of
 * the others are what it learns from, and the folds go their ways on threads.
 * Other losses take Newton's steps, whose matrix is kept from point to point.
 */
#include "core/solve/lasso_path.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/solve/proximal.h"

/* The walk over all rows, beside those of the folds. */
#define WHOLE PATH_FOLDS
#define WALKS (PATH_FOLDS + 1)
/* The rows that all folds learn from, beside those that they hold out. */
#define COMMON PATH_FOLDS
#define PARTS (PATH_FOLDS + 1)
/* The path's end, of its begin; with fewer rows than features the second. */
#define LAST_PENALTY 1e-4
#define LAST_PENALTY_WIDE 1e-2
/* Gradient norms that points are solved to, and most of Newton's steps of one. */
#define SQUARES_TOLERANCE 1e-6
#define CURVED_TOLERANCE 1e-4
#define CURVED_STEPS 30
/* An l1 that no weight withstands. */
#define WITHSTOOD 1e300

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

struct Walk
{
	SolverProblem problem; /* its penalties are those of the point */
	const SolverControl *control;
	SolverControl own;
	const FoldRows *folds;
	L1Path *path;
	size_t size; /* of sums: features, 1, target */
	double loss[PATH_FOLDS][L1_PATH_POINTS];
	uint32_t reached[WALKS];	/* points that a walk has done */
	SquaresWalk squares[WALKS]; /* of the folds, and of all rows */
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

	path->count = L1_PATH_POINTS;
	for (uint32_t i = 0; i < L1_PATH_POINTS; i++)
		path->points[i] = (L1Point){
			.lambda = first * portable_exp(portable_log(last) * (double) i /
										   (L1_PATH_POINTS - 1.0))};
}

/* The penalties of a point: the first leaves exactly nothing. */
static void
set_penalties(const L1Path *path, uint32_t point, double *l1, double *wd)
{
	*l1 = path->points[point].lambda * path->ratio;
	*wd = path->points[point].lambda * (1.0 - path->ratio);
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
		set_penalties(path, i, &l1, &wd);
		w->status = quadratic_solve(&w->q, l1, wd, before, SQUARES_TOLERANCE,
									&w->failure);
		before = l1;
		if (w->status != LL_OK)
			return;
		memcpy(w->weights, w->q.weights, w->q.size * sizeof(double));
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

/* The mean loss of what a fold holds out. */
static Status
judge_curved(Walk *walk, size_t fold, const double *weights, double *gradient,
			 double *loss, Failure *failure)
{
	SolverProblem held = walk->problem;
	Pass pass;
	Status status;

	held.selection = walk->folds->held[fold];
	held.count = walk->folds->held_count[fold];
	status = pass_init(&pass, &held, &walk->own, 0, false, failure);
	if (status == LL_OK)
		status = pass_run(&pass, weights, loss, gradient, NULL, failure);
	pass_release(&pass);
	return status;
}

/* One walk down the path, from a problem whose rows are set. */
static Status
follow_curved(Walk *walk, size_t index, Proximal *p, double *weights,
			  double *gradient, Failure *failure)
{
	L1Path *path = walk->path;

	for (uint32_t i = 0; i < path->count; i++)
	{
		SolverResult result = {0};
		Status status;

		if (i > 0 && is_late(walk))
			return LL_OK;
		set_penalties(path, i, &walk->problem.l1, &walk->problem.wd);
		status =
			proximal_point(p, weights, CURVED_TOLERANCE, &result, failure);
		if (status == LL_OK && index == WHOLE)
			path->points[i].nonzero = count_weights(weights, p->n - 1);
		else if (status == LL_OK)
			status = judge_curved(walk, index, weights, gradient,
								  &walk->loss[index][i], failure);
		if (status != LL_OK)
			return status;
		walk->reached[index] = i + 1;
	}
	return LL_OK;
}

/* The walk of a fold, or of all rows, which lays the path out. */
static Status
walk_curved(Walk *walk, const SolverProblem *all, size_t index,
			Failure *failure)
{
	const Runtime *runtime = walk->own.runtime;
	size_t n = (size_t) all->rows->dimension + 1;
	double *weights = runtime_allocate_zero(runtime, n, sizeof(double));
	double *gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	Proximal p;
	Pass pass;
	double largest;
	Status status;

	if (weights == NULL || gradient == NULL)
		return fail_no_memory(failure);
	walk->problem.selection =
		index == WHOLE ? all->selection : walk->folds->learned[index];
	walk->problem.count =
		index == WHOLE ? all->count : walk->folds->learned_count[index];
	status = pass_init(&pass, &walk->problem, &walk->own, 1, false, failure);
	if (status == LL_OK)
		status = proximal_begin(&p, &pass, &walk->own, failure);
	if (status != LL_OK)
		return status;
	/* A penalty that none withstands leaves the bias, where the path begins. */
	walk->problem.l1 = WITHSTOOD;
	walk->problem.wd = 0.0;
	status = proximal_constant(&p, weights, &largest, failure);
	if (status == LL_OK && index == WHOLE)
		lay_out(walk->path, largest, pass.rows, n - 1);
	if (status == LL_OK)
		status = follow_curved(walk, index, &p, weights, gradient, failure);
	proximal_end(&p);
	pass_release(&pass);
	runtime_release(runtime, weights);
	runtime_release(runtime, gradient);
	return status;
}

/* ---- The choice ---- */

/* Mean and standard error of each point, and the chosen one. */
static void
choose(const Walk *walk)
{
	L1Path *path = walk->path;
	double folds = walk->folds->count;
	uint32_t best = 0;

	for (size_t i = 0; i < WALKS; i++)
		if (is_walked(walk, i) && walk->reached[i] < path->count)
			path->count = walk->reached[i];
	for (uint32_t i = 0; i < path->count; i++)
	{
		L1Point *point = &path->points[i];
		double square = 0.0;

		for (size_t fold = 0; fold < walk->folds->count; fold++)
			point->loss += walk->loss[fold][i] / folds;
		for (size_t fold = 0; fold < walk->folds->count; fold++)
			square += (walk->loss[fold][i] - point->loss) *
					  (walk->loss[fold][i] - point->loss);
		point->error = sqrt(square / (folds * (folds - 1.0)));
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
				const FoldRows *folds, L1Path *path, Failure *failure)
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
	walk->size = (size_t) problem->rows->dimension + 2;
	path->folds = folds->count;
	path->key = folds->key;
	if (problem->loss == LOSS_SQUARED)
		status = walk_all_squares(walk, count_rows(folds), failure);
	else
	{
		status = walk_curved(walk, problem, WHOLE, failure);
		for (size_t fold = 0; fold < folds->count && status == LL_OK; fold++)
			status = walk_curved(walk, problem, fold, failure);
	}
	if (status == LL_OK)
		choose(walk);
	runtime_release(runtime, walk);
	return status;
}
