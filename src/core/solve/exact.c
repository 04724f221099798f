/*
 * exact.c
 *		Least squares in closed form: one pass for the sums of features,
 *		1 and target, then Cholesky; memory does not grow with the rows.
 */
#include "core/solve/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/inference_fill.h"
#include "core/solve/spectrum.h"
#include "core/solve/vector.h"

/* Wider matrices' eigenvectors take longer than a cancel may wait. */
#define EIGENVECTORS_MAX 512
/*
 * Relative to the mean diagonal.  A step takes all but ridge / (eigenvalue +
 * ridge) of what a direction lacks, and leaves rounding of some DBL_EPSILON /
 * ridge in directions that are absent.
 */
#define RIDGE 1e-7
#define REFINEMENTS 60
#define REFINED 1e-8 /* a correction this small, relatively, is the last */
/* Relative gradient norm from which first weights are the solution. */
#define AT_REST 1e-9
/* Steps from first weights: each leaves the rounding error of what it corrects. */
#define MAX_STEPS 4

/*
 * Solves a singular system whose eigenvectors would take too long to be
 * cancelled: iterated Tikhonov regularisation (Riley 1955) converges to the
 * solution of least norm, as every step stays in the matrix's range. penalised
 * is the matrix whole, factor that plus a ridge, factored.
 */
static Status
refine_least_norm(const Pass *pass, const double *penalised,
				  const double *factor, double *x, size_t size,
				  Failure *failure)
{
	double *right = runtime_allocate_zero(pass->runtime, size, sizeof(double));
	double *residual =
		runtime_allocate_zero(pass->runtime, size, sizeof(double));
	int n = (int) size;
	int one = 1;
	int info;

	if (right == NULL || residual == NULL)
		return fail_no_memory(failure);
	memcpy(right, x, size * sizeof(double));
	memset(x, 0, size * sizeof(double));
	for (int step = 0; step < REFINEMENTS; step++)
	{
		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		memcpy(residual, right, size * sizeof(double));
		pass->blas->dgemv(BLAS_COL_MAJOR, BLAS_NO_TRANS, n, n, -1.0, penalised,
						  n, x, 1, 1.0, residual, 1);
		pass->blas->dpotrs("L", &n, &one, factor, &n, residual, &n, &info);
		for (size_t j = 0; j < size; j++)
			x[j] += residual[j];
		if (vector_dot(residual, residual, size) <=
			REFINED * REFINED * vector_dot(x, x, size))
			break;
	}
	return LL_OK;
}

/*
 * Solves matrix x = right side (x comes in as that) for the x of least norm:
 * directions with eigenvalues below n * DBL_EPSILON of the largest count as
 * absent.
 */
static Status
solve_by_eigenvectors(const Pass *pass, double *matrix, double *x, size_t size,
					  Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	double *values = runtime_allocate_zero(runtime, size, sizeof(double));
	double *coordinate = runtime_allocate_zero(runtime, size, sizeof(double));
	Status status;

	if (values == NULL || coordinate == NULL)
		return fail_no_memory(failure);
	status = spectrum_vectors(pass, matrix, size, values, failure);
	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < size; i++)
		if (values[i] > (double) size * DBL_EPSILON * values[size - 1])
			coordinate[i] = vector_dot(matrix + i * size, x, size) / values[i];
	memset(x, 0, size * sizeof(double));
	for (size_t i = 0; i < size; i++)
		for (size_t j = 0; j < size; j++)
			x[j] += coordinate[i] * matrix[i * size + j];
	return LL_OK;
}

/* Solves a singular system for the least norm; sums has the matrix. */
static Status
solve_least_norm(const Pass *pass, const double *sums, double *matrix,
				 double *x, size_t n, Failure *failure)
{
	double *whole;
	double mean = 0.0;
	bool definite;
	Status status;

	status = gram_copy(pass, sums, n + 1, matrix, n, failure);
	if (status != LL_OK)
		return status;
	gram_penalise(pass, matrix, n, 0.0);
	if (n <= EIGENVECTORS_MAX)
		return solve_by_eigenvectors(pass, matrix, x, n, failure);
	whole = runtime_allocate_zero(pass->runtime, n * n, sizeof(double));
	if (whole == NULL)
		return fail_no_memory(failure);
	for (size_t j = 0; j < n; j++)
	{
		mean += matrix[j * n + j] / (double) n;
		for (size_t i = j; i < n; i++)
			whole[i * n + j] = whole[j * n + i] = matrix[j * n + i];
	}
	status = gram_copy(pass, sums, n + 1, matrix, n, failure);
	if (status == LL_OK)
		status =
			gram_factor(pass, matrix, n, RIDGE * mean, &definite, failure);
	if (status == LL_OK && !definite)
		status = fail(failure, LL_INVALID,
					  "the features' Gram matrix is not positive");
	if (status == LL_OK)
		status = refine_least_norm(pass, whole, matrix, x, n, failure);
	runtime_release(pass->runtime, whole);
	return status;
}

/* Whether a feature, or the bias, is learned. */
static bool
is_learned(const Pass *pass, size_t j)
{
	return j == pass->dimension ? pass->problem->use_bias
								: pass_learns(pass, j);
}

/*
 * Data loss and relative gradient norm from the sums alone; gradient[n] of
 * what is not learned is 0.
 */
static void
measure(const Pass *pass, const double *sums, const double *x,
		double *gradient, SolverResult *result)
{
	size_t n = pass->dimension + 1;
	size_t size = n + 1;
	double xgx = 0.0;
	double rx = 0.0;
	double zero = 0.0;
	double penalty = 0.0;

	for (size_t i = 0; i < n; i++)
	{
		double wd = i + 1 < n
						? pass->problem->wd
						: pass->problem->wd * pass->problem->bias_wd_mult;
		double right = sums[i * size + n];
		double gx = 0.0;

		for (size_t j = 0; j < n; j++)
			gx += x[j] * (i >= j ? sums[j * size + i] : sums[i * size + j]);
		xgx += x[i] * gx;
		rx += right * x[i];
		penalty += 0.5 * wd * x[i] * x[i];
		gradient[i] = is_learned(pass, i) ? gx + wd * x[i] - right : 0.0;
		zero += is_learned(pass, i) ? right * right : 0.0;
	}
	result->data_loss = 0.5 * (xgx - 2.0 * rx + sums[n * size + n]);
	if (result->data_loss < 0.0)
		result->data_loss = 0.0;
	result->objective = result->data_loss + penalty;
	result->gradient_norm = sqrt(vector_dot(gradient, gradient, n)) /
							(zero > 0.0 ? sqrt(zero) : 1.0);
}

/*
 * Whether a factor is too near to singular to trust: its least pivot squared
 * against the largest.
 */
static bool
nearly_singular(const double *factor, size_t n)
{
	double least = INFINITY;
	double largest = 0.0;

	for (size_t j = 0; j < n; j++)
	{
		double pivot = factor[j * n + j];

		least = fmin(least, pivot);
		largest = fmax(largest, pivot);
	}
	return !(least * least > (double) n * DBL_EPSILON * largest * largest);
}

Status
exact_sums(Pass *pass, const SolverControl *control, double **sums,
		   Failure *failure)
{
	SolverGram *shared = control->sums;
	size_t size = pass->dimension + 2;
	Status status;

	*sums = shared != NULL ? shared->gram
						   : runtime_allocate(pass->runtime,
											  size * size * sizeof(double));
	if (*sums == NULL)
		return fail_no_memory(failure);
	if (shared != NULL && shared->ready)
		return LL_OK;
	status = pass_gram(pass, *sums, failure);
	if (shared != NULL)
		shared->ready = status == LL_OK;
	return status;
}

/*
 * What pulls at weights, which become the solution by as much as it moves them:
 * directions that the rows lack stay as they were.
 */
static void
take_pull(const Pass *pass, const SolverControl *control, const double *sums,
		  const double *weights, double *pull, SolverResult *result)
{
	size_t n = pass->dimension + 1;

	if (control->initial != NULL)
	{
		measure(pass, sums, weights, pull, result);
		if (pass->problem->held_outputs != NULL) /* its only one */
			result->gradient_norm = 0.0;
		for (size_t j = 0; j < n; j++)
			pull[j] = -pull[j];
		return;
	}
	result->gradient_norm = 1.0;
	for (size_t j = 0; j < n; j++)
		pull[j] = is_learned(pass, j) ? sums[j * (n + 1) + n] : 0.0;
}

/* Moves the weights by the solution for what pulls at them. */
static Status
solve_gram(Pass *pass, const double *sums, double *step, double *weights,
		   SolverResult *result, Failure *failure)
{
	size_t n = pass->dimension + 1;
	int order = (int) n;
	int one = 1;
	int info;
	bool definite;
	double *matrix = runtime_allocate(pass->runtime, n * n * sizeof(double));
	Status status;

	if (matrix == NULL)
		return fail_no_memory(failure);
	status = gram_copy(pass, sums, n + 1, matrix, n, failure);
	if (status == LL_OK)
		status = gram_factor(pass, matrix, n, 0.0, &definite, failure);
	if (status == LL_OK)
		result->independence =
			definite ? inference_independence(sums, n + 1, matrix, n) : 0.0;
	if (status == LL_OK && definite && !nearly_singular(matrix, n))
		pass->blas->dpotrs("L", &order, &one, matrix, &order, step, &order,
						   &info);
	else if (status == LL_OK)
	{
		result->singular = true;
		status = solve_least_norm(pass, sums, matrix, step, n, failure);
	}
	for (size_t j = 0; j < n && status == LL_OK; j++)
		weights[j] += step[j];
	runtime_release(pass->runtime, matrix);
	return status;
}

Status
exact_solve(Pass *pass, const SolverControl *control, double *weights,
			SolverResult *result, Failure *failure)
{
	SolverProgress progress;
	double *sums;
	double *pull = runtime_allocate_zero(
		pass->runtime, (size_t) pass->dimension + 1, sizeof(double));
	int steps = control->initial != NULL ? MAX_STEPS : 1;
	Status status;

	if (pull == NULL)
		return fail_no_memory(failure);
	status = exact_sums(pass, control, &sums, failure);
	if (status != LL_OK)
		return status;
	take_pull(pass, control, sums, weights, pull, result);
	result->converged = true;
	for (int i = 0; i < steps && result->gradient_norm > AT_REST; i++)
	{
		if (i > 0)
			take_pull(pass, control, sums, weights, pull, result);
		status = solve_gram(pass, sums, pull, weights, result, failure);
		if (status != LL_OK)
			return status;
		result->iterations = 1;
		measure(pass, sums, weights, pull, result);
	}
	if (control->sums == NULL)
		runtime_release(pass->runtime, sums);
	runtime_release(pass->runtime, pull);
	progress = (SolverProgress){1, result->objective, result->data_loss,
								result->gradient_norm, weights};
	status = result->iterations == 0
				 ? LL_OK
				 : solver_tell(control, &progress, failure);
	return status == LL_LATE ? LL_OK : status;
}
