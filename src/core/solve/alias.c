/*
 * alias.c
 *		Features that are linear combinations of others.
 *
 * The rows of a Cholesky factor of the Gram matrix, the bias first, come one by
 * one; a feature whose pivot vanishes is left out, so that those behind it are
 * compared with what stays.
 */
#include "core/solve/alias.h"

#include <math.h>

#include "core/solve/inference.h"
#include "core/solve/pass.h"
#include "core/solve/vector.h"

/* A factor in the making. */
typedef struct Factor
{
	const double *gram; /* column-major, the lower triangle */
	double *rows;		/* [n][n], the lower triangle, row by row */
	size_t *places;		/* [n] in the Gram matrix, of each row */
	size_t n;
} Factor;

/* An element of the Gram matrix by the rows of the factor. */
static double
gram_at(const Factor *factor, size_t i, size_t j)
{
	size_t n = factor->n;
	size_t a = factor->places[i], b = factor->places[j];

	return a > b ? factor->gram[b * n + a] : factor->gram[a * n + b];
}

/* The bias, the features, and those that come last. */
static void
order_features(const SolverProblem *problem, Factor *factor)
{
	size_t features = factor->n - 1, place = 0;

	factor->places[place++] = features;
	for (int last = 0; last < 2; last++)
		for (size_t j = 0; j < features; j++)
			if ((problem->comes_last != NULL && problem->comes_last[j]) ==
				(last == 1))
				factor->places[place++] = j;
}

/*
 * Makes a row of the factor; false if it adds nothing to those before it, whose
 * row is then 0.
 */
static bool
add_row(Factor *factor, size_t i)
{
	size_t n = factor->n;
	double *row = factor->rows + i * n;
	double square = gram_at(factor, i, i), rest;

	for (size_t j = 0; j < i; j++)
	{
		const double *before = factor->rows + j * n;

		row[j] = before[j] == 0.0
					 ? 0.0
					 : (gram_at(factor, i, j) - vector_dot(row, before, j)) /
						   before[j];
	}
	rest = square - vector_dot(row, row, i);
	row[i] = rest > LEAST_INDEPENDENT * square ? sqrt(rest) : 0.0;
	return row[i] > 0.0;
}

/* The matrix of second derivatives at zero weights, or the sums. */
static Status
read_gram(Pass *pass, double *gram, Failure *failure)
{
	double *zeros, *gradient;
	double loss;
	Status status;

	if (pass->problem->rows->sums != NULL)
		return pass_gram(pass, gram, failure);
	zeros =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	gradient =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	if (zeros == NULL || gradient == NULL)
		return fail_no_memory(failure);
	status = pass_run(pass, zeros, &loss, gradient, gram, failure);
	runtime_release(pass->runtime, zeros);
	runtime_release(pass->runtime, gradient);
	return status;
}

/* Leaves out, in their order, the features that add nothing. */
static Status
leave_out(const Pass *pass, Factor *factor, double *scale, size_t *count,
		  Failure *failure)
{
	if (pass->problem->use_bias)
		(void) add_row(factor, 0);
	for (size_t i = 1; i < factor->n; i++)
	{
		size_t j = factor->places[i];

		if (runtime_stops_wide(pass->runtime, i, i * i))
			return fail_cancelled(failure);
		if (scale[j] == 0.0 || add_row(factor, i))
			continue;
		scale[j] = 0.0;
		(*count)++;
	}
	return LL_OK;
}

Status
solver_find_aliased(const SolverProblem *problem, const SolverControl *control,
					double *scale, size_t *count, Failure *failure)
{
	Pass pass;
	Factor factor;
	double *gram;
	Status status = pass_init(&pass, problem, control, 1, false, failure);

	*count = 0;
	if (status != LL_OK)
		return status;
	factor.n = pass.parameters;
	gram =
		runtime_allocate(pass.runtime, factor.n * factor.n * sizeof(double));
	factor.gram = gram;
	factor.rows = runtime_allocate_zero(pass.runtime, factor.n * factor.n,
										sizeof(double));
	factor.places = runtime_allocate(pass.runtime, factor.n * sizeof(size_t));
	if (gram == NULL || factor.rows == NULL || factor.places == NULL)
		status = fail_no_memory(failure);
	else
		order_features(problem, &factor);
	if (status == LL_OK)
		status = read_gram(&pass, gram, failure);
	for (size_t j = 0; j < pass.dimension; j++)
		scale[j] = problem->inverse_deviation == NULL
					   ? 1.0
					   : problem->inverse_deviation[j];
	if (status == LL_OK)
		status = leave_out(&pass, &factor, scale, count, failure);
	runtime_release(pass.runtime, gram);
	runtime_release(pass.runtime, factor.rows);
	runtime_release(pass.runtime, factor.places);
	pass_release(&pass);
	return status;
}
