/*
 * fold_state.c
 *		What solves of sparse rows by conjugate gradients share: their beginning and
 *		end, and tasks.
 */
#include "core/solve/fold_head.h"

#include <math.h>
#include <string.h>

/* Sums of a block: so many times a number for each lane. */
#define BLOCK_SUMS 3
/* As good as no bias, and far from what floats end at. */
#define LARGEST_BIAS_WD 1e20

/* ---- Beginning and end ---- */

static Status
allocate(FoldState *s, Failure *failure)
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
fold_state_open(FoldState **state, const SolverProblem *problem,
				const SolverControl *control, const FoldRows *folds,
				const uint32_t *whole, size_t count, Failure *failure)
{
	FoldState *s =
		runtime_allocate_zero(control->runtime, 1, sizeof(FoldState));
	Status status;

	if (s == NULL)
		return fail_no_memory(failure);
	s->problem = *problem;
	s->control = control;
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
	*state = s;
	return status;
}

void
fold_state_close(FoldState *s)
{
	FoldVectors *v = &s->vectors;
	void *pieces[] = {v->x,		  v->step,	   v->residual, v->direction,
					  v->product, v->gradient, v->diagonal, v->scale,
					  s->factor,  s->mean,	   s->sums,		s};
	const Runtime *runtime = s->runtime;

	fold_head_close(s);
	fold_matrix_release(&s->matrix);
	fold_margins_release(&s->margins, runtime);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(runtime, pieces[i]);
}

void
fold_state_take_wd(FoldState *s, double wd)
{
	s->wd = wd * s->matrix.unit * s->matrix.unit;
	s->bias_wd = fmin(wd * s->problem.bias_wd_mult, LARGEST_BIAS_WD);
}

/* ---- Tasks ---- */

/* Runs a task for each block of rows or columns. */
static Status
run(FoldState *s, const FoldEntries *entries, FoldTask task, Failure *failure)
{
	if (s->pool != NULL)
		threads_run(s->pool, task, s, entries->blocks);
	else
		for (size_t i = 0; i < entries->blocks; i++)
			task(s, i);
	return runtime_interrupted(s->runtime) ? fail_cancelled(failure) : LL_OK;
}

Status
fold_state_run_rows(FoldState *s, FoldTask task, Failure *failure)
{
	return run(s, &s->matrix.rows, task, failure);
}

Status
fold_state_run_columns(FoldState *s, FoldTask task, Failure *failure)
{
	return run(s, &s->matrix.columns, task, failure);
}

double *
fold_state_clear_sums(const FoldState *s, size_t block)
{
	size_t size = BLOCK_SUMS * s->matrix.stride;

	return memset(s->sums + block * size, 0, size * sizeof(double));
}

/* Adds the blocks' sums for some lanes up, in order. */
static double
add_sums(const FoldState *s, const FoldEntries *entries, size_t which,
		 size_t lane, size_t lanes)
{
	double sum = 0.0;

	for (size_t b = 0; b < entries->blocks; b++)
		for (size_t l = lane; l < lane + lanes; l++)
			sum += s->sums[(b * BLOCK_SUMS + which) * s->matrix.stride + l];
	return sum;
}

double
fold_state_sum(const FoldState *s, size_t which, size_t fold)
{
	return add_sums(s, &s->matrix.columns, which, fold * s->outputs,
					s->outputs);
}

double
fold_state_sum_rows(const FoldState *s, size_t which, size_t fold)
{
	return add_sums(s, &s->matrix.rows, which, fold, 1);
}

void
fold_state_set_factor(FoldState *s, size_t fold, double value)
{
	for (size_t o = 0; o < s->outputs; o++)
		s->factor[fold * s->outputs + o] = (float) value;
}

void
fold_state_do_columns(const FoldState *s, size_t block, FoldKernel kernel,
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
