/*
 * ridge_folds.c
 *		Cross-validation of ridge regression from Gram sums.
 *
 * With means and eigenvectors V, s of the rows that a fold is learned from, the
 * weights at a wd are w = V (V'p / (s + wd)), and the residuals of the rows held
 * out have the mean square t - 2 w'h + w'H w, with H, h and t their mean products
 * about those means.
 */
#include "core/solve/ridge_folds.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/solve/fold_scale.h"
#include "core/solve/pass.h"
#include "core/solve/spectrum.h"
#include "core/solve/vector.h"

/* Values of rows below which threads cost more than they save. */
#define SMALL_WORK 1e5

/* The sums of one fold's rows, and the weight of these. */
typedef struct FoldSums
{
	double *gram[FOLDS_MOST]; /* [d + 2][d + 2], means, lower triangle */
	double weight[FOLDS_MOST];
	size_t count;
	double *learned; /* likewise, of all but one fold */
	double *mean;	 /* [d + 2] of the learned rows; 0 without a bias */
} FoldSums;

/* Of a lower triangle. */
static inline double
sum_at(const double *sums, size_t size, size_t i, size_t j)
{
	return i >= j ? sums[j * size + i] : sums[i * size + j];
}

/* Sums up each fold's rows. */
static Status
sum_folds(const SolverProblem *problem, const SolverControl *control,
		  const FoldRows *rows, FoldSums *sums, Failure *failure)
{
	size_t size = (size_t) problem->rows->dimension + 2;
	SolverProblem part = *problem;
	Status status = LL_OK;

	sums->count = rows->count;
	for (size_t k = 0; k < sums->count && status == LL_OK; k++)
	{
		Pass pass;

		sums->gram[k] =
			runtime_allocate(control->runtime, size * size * sizeof(double));
		if (sums->gram[k] == NULL)
			return fail_no_memory(failure);
		part.selection = rows->held[k];
		part.count = rows->held_count[k];
		status = pass_init(&pass, &part, control, 2, false, failure);
		if (status != LL_OK)
			return status;
		status = pass_gram(&pass, sums->gram[k], failure);
		sums->weight[k] = pass_weight(&pass);
		pass_release(&pass);
	}
	return status;
}

/* The sums of the rows that a fold is learned from. */
static void
join_others(const Pass *pass, FoldSums *sums, size_t held)
{
	size_t size = pass->dimension + 2, one = pass->dimension;
	double weight = 0.0;

	memset(sums->learned, 0, size * size * sizeof(double));
	for (size_t k = 0; k < sums->count; k++)
	{
		if (k == held)
			continue;
		weight += sums->weight[k];
		for (size_t j = 0; j < size; j++)
			for (size_t i = j; i < size; i++)
				sums->learned[j * size + i] +=
					sums->weight[k] * sums->gram[k][j * size + i];
	}
	for (size_t i = 0; i < size * size; i++)
		sums->learned[i] /= weight;
	for (size_t i = 0; i < size; i++)
		sums->mean[i] = pass->problem->use_bias
							? sum_at(sums->learned, size, i, one) /
								  sum_at(sums->learned, size, one, one)
							: 0.0;
}

/* The mean product of two columns of the rows held out, about learned means. */
static double
held_product(const Pass *pass, const FoldSums *sums, size_t fold, size_t i,
			 size_t j)
{
	size_t size = pass->dimension + 2, one = pass->dimension;
	const double *gram = sums->gram[fold];

	return sum_at(gram, size, i, j) -
		   sums->mean[i] * sum_at(gram, size, j, one) -
		   sums->mean[j] * (sum_at(gram, size, i, one) -
							sums->mean[i] * sum_at(gram, size, one, one));
}

/* Fills in what a fold holds out. */
static void
take_held(const Pass *pass, const FoldSums *sums, size_t k, RidgeFolds *folds)
{
	RidgeFold *fold = &folds->fold[k];
	size_t label = pass->dimension + 1, column = 0;

	for (size_t j = 0; j < pass->dimension; j++)
	{
		size_t row = column;

		if (!pass_learns(pass, j))
			continue;
		for (size_t i = j; i < pass->dimension; i++)
			if (pass_learns(pass, i))
			{
				fold->held[column * folds->size + row] =
					fold->held[row * folds->size + column] =
						held_product(pass, sums, k, i, j);
				row++;
			}
		fold->held_with[column++] = held_product(pass, sums, k, j, label);
	}
	fold->target = held_product(pass, sums, k, label, label);
}

/* Decomposes what a fold is learned from. */
static Status
decompose(const Pass *pass, const FoldSums *sums, RidgeFolds *folds,
		  RidgeFold *fold, Failure *failure)
{
	size_t m = folds->size;
	Spectrum spectrum = {.size = m};
	Status status = spectrum_centre(pass, sums->learned, fold->vectors,
									folds->weights, &spectrum, failure);

	if (status == LL_OK)
		status =
			spectrum_vectors(pass, fold->vectors, m, fold->value, failure);
	for (size_t i = 0; i < m && status == LL_OK; i++)
	{
		if (!(fold->value[i] > (double) m * DBL_EPSILON * fold->value[m - 1]))
			fold->value[i] = 0.0;
		fold->product[i] =
			vector_dot(fold->vectors + i * m, folds->weights, m);
	}
	return status;
}

/* Makes one fold from the sums. */
static Status
make_fold(const Pass *pass, const FoldRows *rows, FoldSums *sums, size_t k,
		  RidgeFolds *folds, Failure *failure)
{
	const Runtime *runtime = folds->runtime;
	RidgeFold *fold = &folds->fold[k];
	size_t m = folds->size;

	fold->vectors = runtime_allocate(runtime, m * m * sizeof(double));
	fold->held = runtime_allocate(runtime, m * m * sizeof(double));
	fold->value = runtime_allocate_zero(runtime, 4 * m, sizeof(double));
	if (fold->vectors == NULL || fold->held == NULL || fold->value == NULL)
		return fail_no_memory(failure);
	fold->product = fold->value + m;
	fold->held_with = fold->value + 2 * m;
	fold->scale = fold->value + 3 * m;
	for (size_t j = 0, column = 0; j < pass->dimension; j++)
		if (pass_learns(pass, j))
			fold->scale[column++] = fold_scale(pass->problem, rows, k, j);
	join_others(pass, sums, k);
	take_held(pass, sums, k, folds);
	fold_scale_sums(pass->problem, rows, k, sums->learned);
	return decompose(pass, sums, folds, fold, failure);
}

Status
ridge_folds_make(const SolverProblem *problem, const SolverControl *control,
				 const FoldRows *rows, RidgeFolds *folds, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	size_t size = (size_t) problem->rows->dimension + 2;
	SolverControl own = *control;
	FoldSums sums = {0};
	Pass pass;
	Status status;

	memset(folds, 0, sizeof(*folds));
	folds->runtime = runtime;
	folds->count = rows->count;
	if ((double) problem->rows->count * (double) size < SMALL_WORK)
		own.pool = NULL;
	status = sum_folds(problem, &own, rows, &sums, failure);
	if (status != LL_OK)
		return status;
	status = pass_init(&pass, problem, &own, 0, false, failure);
	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < pass.dimension; j++)
		folds->size += pass_learns(&pass, j);
	folds->weights =
		runtime_allocate_zero(runtime, folds->size + 1, sizeof(double));
	sums.mean = runtime_allocate(runtime, (size + 1) * size * sizeof(double));
	if (folds->weights == NULL || sums.mean == NULL)
		return fail_no_memory(failure);
	sums.learned = sums.mean + size;
	/* Where nothing is learned there is nothing to decompose. */
	for (size_t k = 0; k < folds->count && folds->size > 0 && status == LL_OK;
		 k++)
		status = runtime_interrupted(runtime)
					 ? fail_cancelled(failure)
					 : make_fold(&pass, rows, &sums, k, folds, failure);
	pass_release(&pass);
	runtime_release(runtime, sums.mean);
	for (size_t k = 0; k < sums.count; k++)
		runtime_release(runtime, sums.gram[k]);
	return status;
}

void
ridge_folds_release(RidgeFolds *folds)
{
	for (size_t k = 0; k < folds->count; k++)
	{
		runtime_release(folds->runtime, folds->fold[k].vectors);
		runtime_release(folds->runtime, folds->fold[k].held);
		runtime_release(folds->runtime, folds->fold[k].value);
	}
	runtime_release(folds->runtime, folds->weights);
}

/* One fold's mean square of residuals held out. */
static double
held_residual(const RidgeFolds *folds, const RidgeFold *fold, double wd)
{
	size_t m = folds->size;
	double *weights = folds->weights;
	double square = 0.0;

	memset(weights, 0, m * sizeof(double));
	for (size_t i = 0; i < m; i++)
	{
		double part = fold->value[i] > 0.0
						  ? fold->product[i] / (fold->value[i] + wd)
						  : 0.0;

		for (size_t j = 0; j < m && part != 0.0; j++)
			weights[j] += part * fold->vectors[i * m + j];
	}
	for (size_t j = 0; j < m; j++)
		weights[j] *= fold->scale[j];
	for (size_t j = 0; j < m; j++)
		square += weights[j] * vector_dot(fold->held + j * m, weights, m);
	return fmax(square - 2.0 * vector_dot(fold->held_with, weights, m) +
					fold->target,
				0.0);
}

void
ridge_folds_judge(const RidgeFolds *folds, double wd, FoldLosses *losses)
{
	losses->count = folds->count;
	for (size_t k = 0; k < folds->count; k++)
		losses->of[k] = 0.5 * held_residual(folds, &folds->fold[k], wd);
	fold_losses_sum(losses);
}
