/*
 * exact.c
 *		Least squares in closed form: one pass for the moments of features, 1
 *and target, then Cholesky; memory does not grow with the rows.
 */
#include "core/solver_pass.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * Solves symmetric matrix x = right side for the x of least norm: directions
 * with eigenvalues below n * DBL_EPSILON of the largest count as absent.
 */
static Status
solve_least_norm(const Pass *pass, double *matrix, double *x, size_t size,
				 Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	int n = (int) size;
	int lwork = -1;
	int liwork = -1;
	int iwork_size;
	double work_size;
	int info = 0;
	double *values = runtime_allocate_zero(runtime, size, sizeof(double));
	double *coordinate = runtime_allocate_zero(runtime, size, sizeof(double));
	double *work;
	int *iwork;

	pass->blas->dsyevd("V", "L", &n, matrix, &n, values, &work_size, &lwork,
					   &iwork_size, &liwork, &info);
	lwork = (int) work_size;
	liwork = iwork_size;
	work = runtime_allocate_zero(runtime, (size_t) lwork, sizeof(double));
	iwork = runtime_allocate_zero(runtime, (size_t) liwork, sizeof(int));
	if (values == NULL || coordinate == NULL || work == NULL || iwork == NULL)
		return fail_no_memory(failure);
	pass->blas->dsyevd("V", "L", &n, matrix, &n, values, work, &lwork, iwork,
					   &liwork, &info);
	if (info != 0)
		return fail(failure, LL_INVALID,
					"the features' Gram matrix has no eigenvalues");
	for (size_t i = 0; i < size; i++)
		if (values[i] > (double) size * DBL_EPSILON * values[size - 1])
			coordinate[i] = vector_dot(matrix + i * size, x, size) / values[i];
	memset(x, 0, size * sizeof(double));
	for (size_t i = 0; i < size; i++)
		for (size_t j = 0; j < size; j++)
			x[j] += coordinate[i] * matrix[i * size + j];
	return LL_OK;
}

/* Mirrors the penalties and pins of gram_factor without factoring. */
static void
add_penalties(const Pass *pass, double *matrix, double *right)
{
	const SolverProblem *problem = pass->problem;
	size_t d = pass->dimension;
	size_t n = d + 1;

	for (size_t j = 0; j < n; j++)
	{
		bool pinned = j < d ? problem->inverse_deviation != NULL &&
								  problem->inverse_deviation[j] == 0.0
							: !problem->use_bias;

		if (!pinned)
		{
			matrix[j * n + j] +=
				j < d ? problem->wd : problem->wd * problem->bias_wd_mult;
			continue;
		}
		right[j] = 0.0;
		for (size_t i = j; i < n; i++)
			matrix[j * n + i] = 0.0;
		for (size_t i = 0; i < j; i++)
			matrix[i * n + j] = 0.0;
		matrix[j * n + j] = 1.0;
	}
}

/* Copies the features' and bias' part out of the moments. */
static void
take_matrix(const double *moments, size_t size, double *matrix, size_t n)
{
	for (size_t j = 0; j < n; j++)
		memcpy(matrix + j * n, moments + j * size, n * sizeof(double));
}

/* Data loss and relative gradient norm from the moments alone. */
static void
measure(const Pass *pass, const double *moments, const double *right,
		const double *x, SolverResult *result)
{
	size_t n = pass->dimension + 1;
	size_t size = n + 1;
	double xgx = 0.0;
	double norm = 0.0;
	double zero_norm = sqrt(vector_dot(right, right, n));
	double penalty = 0.0;

	for (size_t i = 0; i < n; i++)
	{
		double wd = i + 1 < n
						? pass->problem->wd
						: pass->problem->wd * pass->problem->bias_wd_mult;
		double gx = 0.0;
		double g;

		for (size_t j = 0; j < n; j++)
			gx += x[j] *
				  (i >= j ? moments[j * size + i] : moments[i * size + j]);
		xgx += x[i] * gx;
		penalty += 0.5 * wd * x[i] * x[i];
		g = right[i] == 0.0 && x[i] == 0.0 ? 0.0 : gx + wd * x[i] - right[i];
		norm += g * g;
	}
	result->data_loss =
		0.5 * (xgx - 2.0 * vector_dot(right, x, n) + moments[n * size + n]);
	if (result->data_loss < 0.0)
		result->data_loss = 0.0;
	result->objective = result->data_loss + penalty;
	result->gradient_norm = sqrt(norm) / (zero_norm > 0.0 ? zero_norm : 1.0);
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
exact_solve(Pass *pass, const SolverControl *control, double *weights,
			SolverResult *result, Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	size_t n = pass->dimension + 1;
	size_t size = n + 1;
	int order = (int) n;
	int one = 1;
	int info;
	SolverProgress progress;
	double *moments =
		runtime_allocate_zero(runtime, size * size, sizeof(double));
	double *matrix = runtime_allocate_zero(runtime, n * n, sizeof(double));
	double *right = runtime_allocate_zero(runtime, n, sizeof(double));
	Status status;

	if (moments == NULL || matrix == NULL || right == NULL)
		return fail_no_memory(failure);
	status = pass_moments(pass, moments, failure);
	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < n; j++)
		right[j] = moments[j * size + n];
	take_matrix(moments, size, matrix, n);
	add_penalties(pass, matrix, right);
	memcpy(weights, right, n * sizeof(double));
	take_matrix(moments, size, matrix, n);
	if (gram_factor(pass, matrix, n, 0.0) && !nearly_singular(matrix, n))
		pass->blas->dpotrs("L", &order, &one, matrix, &order, weights, &order,
						   &info);
	else
	{
		result->singular = true;
		take_matrix(moments, size, matrix, n);
		add_penalties(pass, matrix, right);
		status = solve_least_norm(pass, matrix, weights, n, failure);
		if (status != LL_OK)
			return status;
	}
	measure(pass, moments, right, weights, result);
	runtime_release(runtime, moments);
	runtime_release(runtime, matrix);
	result->iterations = 1;
	result->converged = true;
	progress = (SolverProgress){1, result->objective, result->data_loss,
								result->gradient_norm, weights};
	if (control->progress != NULL)
		(void) control->progress(control->context, &progress);
	return LL_OK;
}
