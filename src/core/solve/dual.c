/*
 * dual.c
 *		Least squares with wd of fewer rows than features, by the rows' products with
 *		each other.
 *
 * At the optimum wd w = sum_i c_i r_i x_i, of weights c that sum to 1 and residuals
 * r, so that w = X' a with (X X' + wd / c) a + b = y; and sum a = bias_wd_mult b.
 */
#include "core/solve/dual.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/options/optimizer_table.h"
#include "core/solve/gram.h"
#include "core/solve/row_matrix.h"
#include "core/solve/tile_fill.h"
#include "core/solve/vector.h"

/* Rows of the products between two looks at interrupts. */
#define STRIP 64
/* Rows that are more of the features than this take as much work as these. */
#define MOST_ROWS 0.75

typedef struct Dual
{
	RowMatrix matrix;
	SolverProblem problem;
	Pass pass;
	size_t rows;
	const double *x;  /* [rows][stride] */
	double *products; /* [rows][rows], then their factor */
	double *target;	  /* [rows] */
	double *share;	  /* [rows] of all rows' weight */
	double *side;	  /* [2][rows] right sides: targets, and 1 */
} Dual;

static size_t
count_rows(const SolverProblem *problem)
{
	return problem->selection != NULL ? problem->count : problem->rows->count;
}

bool
dual_serves(const SolverProblem *problem, const SolverControl *control)
{
	size_t rows = count_rows(problem);

	return optimizer_table[control->optimizer].closed_form &&
		   problem->wd > 0.0 && control->initial == NULL &&
		   problem->held_outputs == NULL && problem->bounded == NULL &&
		   (control->sums == NULL || !control->sums->ready) &&
		   (double) rows <= MOST_ROWS * problem->rows->dimension &&
		   row_matrix_is_wide(problem) &&
		   row_matrix_serves(problem, rows, false);
}

static Status
open_dual(Dual *dual, const SolverProblem *problem,
		  const SolverControl *control, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	const uint32_t *order =
		problem->selection != NULL ? problem->selection : problem->rows->order;
	size_t n = count_rows(problem);
	Status status = row_matrix_make(problem, control, order, n, false,
									&dual->matrix, failure);

	if (status != LL_OK)
		return status;
	dual->rows = n;
	dual->problem = dual->matrix.problem;
	dual->x = (const double *) (const void *) dual->matrix.rows.records[0];
	dual->products = runtime_allocate(runtime, n * n * sizeof(double));
	dual->target = runtime_allocate(runtime, n * sizeof(double));
	dual->share = runtime_allocate(runtime, n * sizeof(double));
	dual->side = runtime_allocate(runtime, 2 * n * sizeof(double));
	if (dual->products == NULL || dual->target == NULL ||
		dual->share == NULL || dual->side == NULL)
		return fail_no_memory(failure);
	return pass_init(&dual->pass, &dual->problem, control, 0, false, failure);
}

static void
close_dual(Dual *dual, const Runtime *runtime)
{
	pass_release(&dual->pass);
	row_matrix_release(&dual->matrix);
	runtime_release(runtime, dual->products);
	runtime_release(runtime, dual->target);
	runtime_release(runtime, dual->share);
	runtime_release(runtime, dual->side);
}

/* Targets, less the rows' offsets, and the shares of all rows' weight. */
static void
take_rows(Dual *dual)
{
	const Pass *pass = &dual->pass;
	PassLane *lane = &pass->lane[0];
	double sum = 0.0;

	for (size_t at = 0, count; at < dual->rows; at += count)
	{
		count = dual->rows - at < pass->tile_rows ? dual->rows - at
												  : pass->tile_rows;
		pass_fill_tile(pass, lane, at, count);
		memcpy(dual->target + at, lane->target64, count * sizeof(double));
		for (size_t i = 0; i < count; i++)
			sum += dual->share[at + i] = lane->weight[i];
	}
	for (size_t i = 0; i < dual->rows; i++)
		dual->share[i] /= sum > 0.0 ? sum : 1.0;
}

/* The lower triangle of the rows' products, with wd of each row. */
static Status
multiply(Dual *dual, Failure *failure)
{
	const Pass *pass = &dual->pass;
	size_t n = dual->rows;
	int ld = (int) pass->stride;

	for (size_t j = 0; j < n; j += STRIP)
	{
		size_t columns = n - j < STRIP ? n - j : STRIP;

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		pass->blas->dgemm(BLAS_COL_MAJOR, BLAS_TRANS, BLAS_NO_TRANS,
						  (int) (n - j), (int) columns, (int) pass->dimension,
						  1.0, dual->x + j * pass->stride, ld,
						  dual->x + j * pass->stride, ld, 0.0,
						  dual->products + j * n + j, (int) n);
	}
	for (size_t i = 0; i < n; i++)
		dual->products[i * n + i] += dual->problem.wd / dual->share[i];
	return LL_OK;
}

/* Whether a factor is too near to singular to trust. */
static bool
nearly_singular(const double *factor, size_t n)
{
	double least = INFINITY, largest = 0.0;

	for (size_t i = 0; i < n; i++)
	{
		least = fmin(least, factor[i * n + i]);
		largest = fmax(largest, factor[i * n + i]);
	}
	return !(least * least > (double) n * DBL_EPSILON * largest * largest);
}

/* The weights and the bias, of factored products. */
static void
find_weights(Dual *dual, double *weights)
{
	const Pass *pass = &dual->pass;
	size_t n = dual->rows, d = pass->dimension;
	double *factor = dual->side, *ones = dual->side + n;
	double sum = 0.0, with = dual->problem.bias_wd_mult;
	int order = (int) n, two = 2, info;

	for (size_t i = 0; i < n; i++)
		ones[i] = 1.0;
	memcpy(factor, dual->target, n * sizeof(double));
	pass->blas->dpotrs("L", &order, &two, dual->products, &order, dual->side,
					   &order, &info);
	for (size_t i = 0; i < n; i++)
	{
		sum += factor[i];
		with += ones[i];
	}
	weights[d] = dual->problem.use_bias ? sum / with : 0.0;
	for (size_t i = 0; i < n; i++)
		factor[i] -= weights[d] * ones[i];
	pass->blas->dgemv(BLAS_ROW_MAJOR, BLAS_TRANS, order, (int) d, 1.0, dual->x,
					  (int) pass->stride, factor, 1, 0.0, weights, 1);
}

/* About what 1 - R^2 of a feature on the others is, which tell all but wd of it. */
static double
independence_of(const Dual *dual)
{
	size_t d = dual->pass.dimension, stride = dual->pass.stride;
	double largest = 0.0;

	for (size_t j = 0; j < d; j++)
	{
		double square = 0.0;

		for (size_t i = 0; i < dual->rows; i++)
			square += dual->share[i] * dual->x[i * stride + j] *
					  dual->x[i * stride + j];
		largest = fmax(largest, square);
	}
	return largest > 0.0 ? fmin(1.0, dual->problem.wd / largest) : 1.0;
}

/* Loss, objective and gradient at the weights, by a pass. */
static Status
measure(Dual *dual, const double *weights, SolverResult *result,
		Failure *failure)
{
	Pass *pass = &dual->pass;
	size_t n = pass->parameters;
	double *gradient =
		runtime_allocate_zero(pass->runtime, 2 * n, sizeof(double));
	double zero, norm;
	Status status;

	if (gradient == NULL)
		return fail_no_memory(failure);
	status = pass_run_with_zero(pass, weights, &result->data_loss, gradient,
								NULL, &zero, gradient + n, failure);
	result->objective =
		result->data_loss + pass_penalty(pass, weights, gradient);
	if (!pass->problem->use_bias)
		gradient[n - 1] = 0.0;
	norm = sqrt(vector_dot(gradient + n, gradient + n, n));
	result->gradient_norm =
		sqrt(vector_dot(gradient, gradient, n)) / (norm > 0.0 ? norm : 1.0);
	runtime_release(pass->runtime, gradient);
	return status;
}

/* Solves, of an open dual. */
static Status
solve(Dual *dual, double *weights, SolverResult *result, bool *found,
	  Failure *failure)
{
	Status status;

	take_rows(dual);
	status = multiply(dual, failure);
	if (status == LL_OK)
		status = gram_cholesky(&dual->pass, dual->products, dual->rows, found,
							   failure);
	*found = status == LL_OK && *found &&
			 !nearly_singular(dual->products, dual->rows);
	if (!*found)
		return status;
	find_weights(dual, weights);
	result->converged = true;
	result->iterations = 1;
	result->independence = independence_of(dual);
	return measure(dual, weights, result, failure);
}

Status
dual_solve(const SolverProblem *problem, const SolverControl *control,
		   double *weights, SolverResult *result, bool *found,
		   Failure *failure)
{
	SolverProgress progress;
	Dual dual = {.rows = 0};
	Status status = open_dual(&dual, problem, control, failure);

	*found = false;
	if (status != LL_OK)
		return status;
	status = solve(&dual, weights, result, found, failure);
	close_dual(&dual, control->runtime);
	if (status != LL_OK || !*found)
		return status;
	progress = (SolverProgress){1, result->objective, result->data_loss,
								result->gradient_norm, weights};
	status = solver_tell(control, &progress, failure);
	return status == LL_LATE ? LL_OK : status;
}
