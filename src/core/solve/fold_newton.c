/*
 * fold_newton.c
 *		Folds of sparse rows solved together.
 *
 * Margins move with the weights, so that a step is tried, a path goes on and rows
 * held out are judged without a product; a product each is for what conjugate
 * gradients ask, and for the gradient and the diagonal that scales them.
 */
#include "core/solve/fold_newton.h"

#include <math.h>
#include <string.h>

#include "core/solve/fold_margins.h"
#include "core/solve/fold_matrix.h"
#include "core/solve/fold_vectors.h"

#define NEWTON_STEPS 30
#define CG_STEPS 100
/* Conjugate gradients end at this part of the gradient's scaled norm. */
#define CG_TOLERANCE 0.1
#define MAX_HALVINGS 10
#define SUFFICIENT_DECREASE 1e-4
/* Rounding of a mean of floats, relative. */
#define NOISE 1e-6
/* As good as no bias, and far from what floats end at. */
#define LARGEST_BIAS_WD 1e20
/* Sums of a block: so many times a number for each lane. */
#define BLOCK_SUMS 3

typedef struct Fold
{
	double loss; /* mean, of the rows that it learns from */
	double tried_loss;
	double weight;	/* of those rows */
	double penalty; /* wd x^2 / 2, and how it goes along a step */
	double penalty_slope;
	double penalty_bend;
	double promise; /* what a step gains by the matrix */
	double norm;	/* residual scale residual, and before any step */
	double first_norm;
	double part; /* of the step that is taken */
	bool done;
	bool active;  /* in the conjugate gradients */
	bool settled; /* the line search */
} Fold;

struct FoldNewton
{
	SolverProblem problem;
	const Runtime *runtime;
	ThreadPool *pool;
	FoldMatrix matrix;
	FoldMargins margins;
	FoldVectors vectors;
	size_t folds;
	size_t outputs;
	double wd;		/* of features in the matrix's unit ... */
	double bias_wd; /* ... and of biases */
	Fold fold[FOLDS_MOST];
	float *factor; /* [stride]: a fold's number, for each of its lanes */
	float *mean;   /* [stride]: 1 / weight */
	double *sums;  /* [blocks][BLOCK_SUMS][stride] */
	bool started;
};

bool
fold_newton_suits(const SolverProblem *problem)
{
	const LossDescriptor *loss = &loss_table[problem->loss];

	return problem->rows->format == ROWS_SPARSE &&
		   problem->rows->shards == NULL && problem->bounded == NULL &&
		   problem->held_outputs == NULL && !loss->kinked &&
		   !loss->goes_flat &&
		   (problem->loss == LOSS_SOFTMAX || problem->outputs == 1);
}

/* ---- Tasks ---- */

/* Runs a task for each block of rows or columns. */
static Status
run(FoldNewton *s, const FoldEntries *entries,
	void (*task)(void *argument, size_t block), Failure *failure)
{
	if (s->pool != NULL)
		threads_run(s->pool, task, s, entries->blocks);
	else
		for (size_t i = 0; i < entries->blocks; i++)
			task(s, i);
	return runtime_interrupted(s->runtime) ? fail_cancelled(failure) : LL_OK;
}

static Status
run_rows(FoldNewton *s, void (*task)(void *argument, size_t block),
		 Failure *failure)
{
	return run(s, &s->matrix.rows, task, failure);
}

static Status
run_columns(FoldNewton *s, void (*task)(void *argument, size_t block),
			Failure *failure)
{
	return run(s, &s->matrix.columns, task, failure);
}

/* A block's sums, cleared. */
static double *
clear_sums(const FoldNewton *s, size_t block)
{
	size_t size = BLOCK_SUMS * s->matrix.stride;

	return memset(s->sums + block * size, 0, size * sizeof(double));
}

/* Adds the blocks' sums for some lanes up, in order. */
static double
add_sums(const FoldNewton *s, const FoldEntries *entries, size_t which,
		 size_t lane, size_t lanes)
{
	double sum = 0.0;

	for (size_t b = 0; b < entries->blocks; b++)
		for (size_t l = lane; l < lane + lanes; l++)
			sum += s->sums[(b * BLOCK_SUMS + which) * s->matrix.stride + l];
	return sum;
}

/* The same of a fold's lanes, of columns. */
static double
fold_sum(const FoldNewton *s, size_t which, size_t fold)
{
	return add_sums(s, &s->matrix.columns, which, fold * s->outputs,
					s->outputs);
}

/* Gives a fold's lanes its number. */
static void
set_factor(FoldNewton *s, size_t fold, double value)
{
	for (size_t o = 0; o < s->outputs; o++)
		s->factor[fold * s->outputs + o] = (float) value;
}

/* Does something to a block's columns, the biases with a wd of their own. */
static void
do_columns(const FoldNewton *s, size_t block,
		   void (*kernel)(const FoldVectors *v, size_t columns, float wd,
						  double *sums),
		   double *sums)
{
	const FoldEntries *columns = &s->matrix.columns;
	size_t first = columns->block[block], end = columns->block[block + 1];
	bool bias = s->matrix.has_bias && end == columns->count;
	FoldVectors at = fold_vectors_at(&s->vectors, first);

	kernel(&at, end - first - bias, (float) s->wd, sums);
	if (!bias)
		return;
	at = fold_vectors_at(&s->vectors, end - 1);
	kernel(&at, 1, (float) s->bias_wd, sums);
}

/* ---- Losses ---- */

static void
try_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;
	double *sums = clear_sums(s, block);

	if (!runtime_interrupted(s->runtime))
		fold_margins_try(&s->margins, at[0], at[1], s->factor, sums,
						 sums + s->matrix.stride);
}

static void
judge_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;
	double *sums = clear_sums(s, block);

	if (!runtime_interrupted(s->runtime))
		fold_margins_judge(&s->margins, at[0], at[1], sums,
						   sums + s->matrix.stride);
}

static void
move_rows_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	if (runtime_interrupted(s->runtime))
		return;
	fold_margins_move(&s->margins, at[0], at[1], s->factor, s->mean);
	fold_margins_spread(&s->margins, at[0], at[1]);
}

static void
move_columns_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const FoldEntries *columns = &s->matrix.columns;
	const size_t *at = columns->block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	if (runtime_interrupted(s->runtime))
		return;
	fold_vectors_move(&v, at[1] - at[0], s->factor);
	fold_entries_multiply(columns, block, s->margins.slope, v.stride,
						  s->vectors.gradient);
	fold_entries_multiply_squares(columns, block, s->margins.bent, v.stride,
								  s->vectors.diagonal);
}

/* A mean loss that blocks of rows have summed, and the weight. */
static double
mean_loss(const FoldNewton *s, size_t fold, double *weight)
{
	*weight = add_sums(s, &s->matrix.rows, 1, fold, 1);
	*weight = *weight > 0.0 ? *weight : 1.0;
	return add_sums(s, &s->matrix.rows, 0, fold, 1) / *weight;
}

/* Goes to the margins tried, and makes gradient and diagonal there. */
static Status
move(FoldNewton *s, Failure *failure)
{
	Status status;

	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];

		fold->loss = fold->tried_loss;
		for (size_t o = 0; o < s->outputs; o++)
			s->mean[k * s->outputs + o] = (float) (1.0 / fold->weight);
	}
	status = run_rows(s, move_rows_block, failure);
	return status == LL_OK ? run_columns(s, move_columns_block, failure)
						   : status;
}

/* ---- Conjugate gradients ---- */

static void
begin_block(void *argument, size_t block)
{
	FoldNewton *s = argument;

	do_columns(s, block, fold_vectors_begin, clear_sums(s, block));
}

static void
clear_rows_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	fold_margins_advance(&s->margins, at[0], at[1], NULL);
}

static void
along_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	if (runtime_interrupted(s->runtime))
		return;
	fold_entries_multiply(&s->matrix.rows, block, s->vectors.direction,
						  s->matrix.stride, s->margins.along);
	fold_margins_bend(&s->margins, at[0], at[1]);
}

static void
product_block(void *argument, size_t block)
{
	FoldNewton *s = argument;

	if (runtime_interrupted(s->runtime))
		return;
	fold_entries_multiply(&s->matrix.columns, block, s->margins.bent,
						  s->matrix.stride, s->vectors.product);
	do_columns(s, block, fold_vectors_product, clear_sums(s, block));
}

static void
advance_columns_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.columns.block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	fold_vectors_advance(&v, at[1] - at[0], s->factor, clear_sums(s, block));
}

static void
advance_rows_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	fold_margins_advance(&s->margins, at[0], at[1], s->factor);
}

static void
turn_block(void *argument, size_t block)
{
	FoldNewton *s = argument;
	const size_t *at = s->matrix.columns.block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	fold_vectors_turn(&v, at[1] - at[0], s->factor);
}

/* No step, and the first direction. */
static Status
begin_gradients(FoldNewton *s, Failure *failure)
{
	Status status = run_rows(s, clear_rows_block, failure);

	if (status == LL_OK)
		status = run_columns(s, begin_block, failure);
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		Fold *fold = &s->fold[k];

		fold->norm = fold->first_norm = fold_sum(s, 0, k);
		fold->active = !fold->done && fold->norm > 0.0;
		fold->promise = 0.0;
	}
	return status;
}

/* Goes along the direction as far as the matrix says. */
static Status
advance(FoldNewton *s, Failure *failure)
{
	Status status = run_rows(s, along_block, failure);

	if (status == LL_OK)
		status = run_columns(s, product_block, failure);
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		Fold *fold = &s->fold[k];
		double alpha = fold->norm / fold_sum(s, 0, k);

		fold->active &= alpha > 0.0 && isfinite(alpha);
		set_factor(s, k, fold->active ? alpha : 0.0);
		if (fold->active)
			fold->promise += 0.5 * alpha * fold->norm;
	}
	if (status == LL_OK)
		status = run_rows(s, advance_rows_block, failure);
	return status == LL_OK ? run_columns(s, advance_columns_block, failure)
						   : status;
}

/* Chooses the next direction; *on: for a fold whose residual is still large. */
static Status
turn(FoldNewton *s, bool *on, Failure *failure)
{
	*on = false;
	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];
		double norm = fold_sum(s, 0, k);

		fold->active &= norm > CG_TOLERANCE * CG_TOLERANCE * fold->first_norm;
		set_factor(s, k, fold->active ? norm / fold->norm : 0.0);
		fold->norm = norm;
		*on |= fold->active;
	}
	return *on ? run_columns(s, turn_block, failure) : LL_OK;
}

static Status
find_step(FoldNewton *s, Failure *failure)
{
	Status status = begin_gradients(s, failure);
	bool on = true;

	for (int i = 0; status == LL_OK && on && i < CG_STEPS; i++)
	{
		status = advance(s, failure);
		if (status == LL_OK)
			status = turn(s, &on, failure);
	}
	return status;
}

/* ---- The line search ---- */

static void
penalty_block(void *argument, size_t block)
{
	FoldNewton *s = argument;

	do_columns(s, block, fold_vectors_penalty, clear_sums(s, block));
}

static Status
sum_penalties(FoldNewton *s, Failure *failure)
{
	Status status = run_columns(s, penalty_block, failure);

	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		s->fold[k].penalty = fold_sum(s, 0, k);
		s->fold[k].penalty_slope = fold_sum(s, 1, k);
		s->fold[k].penalty_bend = fold_sum(s, 2, k);
	}
	return status;
}

/* Takes the losses just tried; whether all folds' steps are settled. */
static bool
take_tried(FoldNewton *s, bool last)
{
	bool all = true;

	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];
		double part = fold->part;
		double objective = fold->loss + fold->penalty, limit, next;

		fold->tried_loss = mean_loss(s, k, &fold->weight);
		next = fold->tried_loss + fold->penalty + part * fold->penalty_slope +
			   part * part * fold->penalty_bend;
		/* The slope along a step of conjugate gradients is twice its promise. */
		limit = objective - SUFFICIENT_DECREASE * 2.0 * part * fold->promise +
				NOISE * fabs(objective);
		fold->settled = !s->started || part == 0.0 || next <= limit;
		if (!fold->settled)
			fold->part = last ? 0.0 : 0.5 * part;
		all &= fold->settled;
	}
	return all;
}

/* Tries steps until each fold's lowers its objective, and goes there. */
static Status
take_step(FoldNewton *s, Failure *failure)
{
	Status status = sum_penalties(s, failure);
	bool all = false;

	for (int i = 0; status == LL_OK && !all; i++)
	{
		for (size_t k = 0; k < s->folds; k++)
			set_factor(s, k, s->fold[k].part);
		status = run_rows(s, try_block, failure);
		all = status == LL_OK && take_tried(s, i >= MAX_HALVINGS);
	}
	return status == LL_OK ? move(s, failure) : status;
}

/* ---- Solving ---- */

/* Losses and derivatives at no weights. */
static Status
start(FoldNewton *s, Failure *failure)
{
	Status status;

	for (size_t k = 0; k < s->folds; k++)
		s->fold[k].part = 0.0;
	status = take_step(s, failure);
	s->started = true;
	return status;
}

static Status
solve(FoldNewton *s, double tolerance, Failure *failure)
{
	Status status = s->started ? LL_OK : start(s, failure);
	bool all = false;

	for (size_t k = 0; k < s->folds; k++)
		s->fold[k].done = false;
	for (int i = 0; status == LL_OK && !all && i < NEWTON_STEPS; i++)
	{
		status = find_step(s, failure);
		for (size_t k = 0; k < s->folds; k++)
			s->fold[k].part = s->fold[k].promise > 0.0 ? 1.0 : 0.0;
		if (status == LL_OK)
			status = take_step(s, failure);
		all = true;
		for (size_t k = 0; k < s->folds; k++)
		{
			Fold *fold = &s->fold[k];

			/* No part of a step: rounding hides what it would gain. */
			fold->done |=
				fold->part == 0.0 ||
				(fold->part == 1.0 &&
				 fold->promise <= tolerance * (fold->loss + fold->penalty));
			all &= fold->done;
		}
	}
	return status;
}

Status
fold_newton_judge(FoldNewton *s, double wd, double tolerance,
				  FoldLosses *losses, Failure *failure)
{
	double weight;
	Status status;

	s->wd = wd * s->matrix.unit * s->matrix.unit;
	s->bias_wd = fmin(wd * s->problem.bias_wd_mult, LARGEST_BIAS_WD);
	status = solve(s, tolerance, failure);
	if (status == LL_OK)
		status = run_rows(s, judge_block, failure);
	*losses = (FoldLosses){.count = (uint32_t) s->folds};
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
		losses->of[k] = mean_loss(s, k, &weight);
	fold_losses_sum(losses);
	return status;
}

/* ---- Beginning and end ---- */

static Status
allocate(FoldNewton *s, Failure *failure)
{
	FoldVectors *v = &s->vectors;
	float **vectors[] = {&v->x,			&v->step,	 &v->residual,
						 &v->direction, &v->product, &v->gradient,
						 &v->diagonal,	&v->scale};
	size_t rows = s->matrix.rows.blocks, columns = s->matrix.columns.blocks;
	size_t stride = s->matrix.stride;

	v->stride = stride;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		*vectors[i] = runtime_allocate_zero(
			s->runtime, s->matrix.columns.count * stride + 1, sizeof(float));
		if (*vectors[i] == NULL)
			return fail_no_memory(failure);
	}
	s->factor = runtime_allocate_zero(s->runtime, stride, sizeof(float));
	s->mean = runtime_allocate_zero(s->runtime, stride, sizeof(float));
	s->sums = runtime_allocate_zero(s->runtime,
									(rows > columns ? rows : columns) + 1,
									BLOCK_SUMS * stride * sizeof(double));
	return s->factor == NULL || s->mean == NULL || s->sums == NULL
			   ? fail_no_memory(failure)
			   : LL_OK;
}

Status
fold_newton_open(FoldNewton **newton, const SolverProblem *problem,
				 const SolverControl *control, const FoldRows *folds,
				 const uint32_t *whole, size_t count, Failure *failure)
{
	FoldNewton *s =
		runtime_allocate_zero(control->runtime, 1, sizeof(FoldNewton));
	Status status;

	if (s == NULL)
		return fail_no_memory(failure);
	s->problem = *problem;
	s->runtime = control->runtime;
	s->pool = control->pool;
	s->folds = folds->count;
	s->outputs = problem->outputs;
	status = fold_matrix_make(&s->matrix, problem, control->runtime, whole,
							  count, s->folds * s->outputs, failure);
	if (status == LL_OK)
		status =
			fold_margins_make(&s->margins, &s->problem, control->runtime,
							  folds, whole, count, s->matrix.stride, failure);
	if (status == LL_OK)
		status = allocate(s, failure);
	*newton = s;
	return status;
}

void
fold_newton_close(FoldNewton *s)
{
	FoldVectors *v = &s->vectors;
	void *pieces[] = {v->x,		  v->step,	   v->residual, v->direction,
					  v->product, v->gradient, v->diagonal, v->scale,
					  s->factor,  s->mean,	   s->sums,		s};
	const Runtime *runtime = s->runtime;

	fold_matrix_release(&s->matrix);
	fold_margins_release(&s->margins, runtime);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(runtime, pieces[i]);
}
