/*
 * gram.c
 *		Factors, inverts and solves with Gram matrices, in steps short enough to
 *		be cancelled between.
 *
 * Matrices are column-major, of which only the lower triangle counts.
 */
#include "core/solve/gram.h"

#include <math.h>
#include <string.h>

#define BLOCK 256 /* columns of a step */
#define INVERSE_BLOCK 32
/* First damping of a singular matrix, relative to its mean diagonal. */
#define FIRST_DAMPING 1e-10
#define MAX_DAMPINGS 16

/* Adds the penalties; features that are not learned become unit rows. */
void
gram_penalise(const Pass *pass, double *gram, size_t size, double damping)
{
	const SolverProblem *problem = pass->problem;
	size_t d = pass->dimension;

	for (size_t j = 0; j < size; j++)
	{
		bool pinned = j < d ? problem->inverse_deviation != NULL &&
								  problem->inverse_deviation[j] == 0.0
							: !problem->use_bias;

		if (!pinned)
		{
			gram[j * size + j] +=
				damping +
				(j < d ? problem->wd : problem->wd * problem->bias_wd_mult);
			continue;
		}
		for (size_t i = j; i < size; i++)
			gram[j * size + i] = 0.0;
		for (size_t i = 0; i < j; i++)
			gram[i * size + j] = 0.0;
		gram[j * size + j] = 1.0;
	}
}

/* Solves panel := panel L^-T for the rows below a factored diagonal block. */
static void
solve_panel(const Blas *blas, double *gram, size_t size, size_t at,
			size_t width, double *scratch)
{
	size_t below = size - at - width;
	double *panel = gram + at * size + at + width;
	int n = (int) width;
	int columns = (int) below;
	int ld = (int) size;
	int info;

	for (size_t i = 0; i < below; i++)
		for (size_t j = 0; j < width; j++)
			scratch[i * width + j] = panel[j * size + i];
	blas->dtrtrs("L", "N", "N", &n, &columns, gram + at * size + at, &ld,
				 scratch, &n, &info);
	for (size_t i = 0; i < below; i++)
		for (size_t j = 0; j < width; j++)
			panel[j * size + i] = scratch[i * width + j];
}

/* Subtracts the panel's products from what is right of it. */
static Status
update_trailing(const Pass *pass, double *gram, size_t size, size_t at,
				size_t width, Failure *failure)
{
	int ld = (int) size;

	for (size_t j = at + width; j < size; j += BLOCK)
	{
		int columns = (int) (size - j < BLOCK ? size - j : BLOCK);

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		pass->blas->dgemm(BLAS_COL_MAJOR, BLAS_NO_TRANS, BLAS_TRANS,
						  (int) (size - j), columns, (int) width, -1.0,
						  gram + at * size + j, ld, gram + at * size + j, ld,
						  1.0, gram + j * size + j, ld);
	}
	return LL_OK;
}

Status
gram_cholesky(const Pass *pass, double *gram, size_t size, bool *definite,
			  Failure *failure)
{
	double *scratch = NULL;
	int ld = (int) size;
	Status status = LL_OK;

	if (size > BLOCK)
		scratch =
			runtime_allocate(pass->runtime, size * BLOCK * sizeof(double));
	if (size > BLOCK && scratch == NULL)
		return fail_no_memory(failure);
	*definite = true;
	for (size_t at = 0; at < size && *definite && status == LL_OK; at += BLOCK)
	{
		size_t width = size - at < BLOCK ? size - at : BLOCK;
		int n = (int) width;
		int info = 0;

		pass->blas->dpotrf("L", &n, gram + at * size + at, &ld, &info);
		*definite = info == 0;
		if (info != 0 || at + width == size)
			break;
		solve_panel(pass->blas, gram, size, at, width, scratch);
		status = update_trailing(pass, gram, size, at, width, failure);
	}
	runtime_release(pass->runtime, scratch);
	return status;
}

Status
gram_factor(const Pass *pass, double *gram, size_t size, double damping,
			bool *definite, Failure *failure)
{
	gram_penalise(pass, gram, size, damping);
	return gram_cholesky(pass, gram, size, definite, failure);
}

Status
gram_copy(const Pass *pass, const double *from, size_t from_size, double *to,
		  size_t size, Failure *failure)
{
	for (size_t j = 0; j < size; j++)
	{
		if (j % BLOCK == 0 && runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		memcpy(to + j * size + j, from + j * from_size + j,
			   (size - j) * sizeof(double));
	}
	return LL_OK;
}

Status
gram_invert(const Pass *pass, const double *factor, size_t size,
			double *inverse, Failure *failure)
{
	int n = (int) size;
	int info;

	memset(inverse, 0, size * size * sizeof(double));
	for (size_t j = 0; j < size; j++)
		inverse[j * size + j] = 1.0;
	for (size_t j = 0; j < size; j += INVERSE_BLOCK)
	{
		int columns =
			(int) (size - j < INVERSE_BLOCK ? size - j : INVERSE_BLOCK);

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		pass->blas->dpotrs("L", &n, &columns, factor, &n, inverse + j * size,
						   &n, &info);
	}
	return LL_OK;
}

/* Mean of a matrix's diagonal. */
static double
mean_diagonal(const double *gram, size_t size, size_t n)
{
	double sum = 0.0;

	for (size_t j = 0; j < n; j++)
		sum += gram[j * size + j];
	return sum / (double) n;
}

Status
gram_factor_damped(const Pass *pass, const double *gram, size_t size,
				   double *factor, bool *damped, Failure *failure)
{
	size_t n = pass->parameters;
	double damping = 0.0;
	double first = FIRST_DAMPING * fmax(mean_diagonal(gram, size, n), 1e-300);

	for (int attempt = 0; attempt < MAX_DAMPINGS; attempt++)
	{
		bool definite;
		Status status = gram_copy(pass, gram, size, factor, n, failure);

		if (status == LL_OK)
			status = gram_factor(pass, factor, n, damping, &definite, failure);
		if (status != LL_OK || definite)
			return status;
		*damped = true;
		damping = damping == 0.0 ? first : damping * 10.0;
	}
	return LL_OK;
}
