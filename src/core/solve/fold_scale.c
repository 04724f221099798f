/*
 * fold_scale.c
 *		Sums of a fold's rows in its own scales.
 */
#include "core/solve/fold_scale.h"

/* Whether there is a fold of a number, with scales of its own. */
static bool
is_scaled(const FoldRows *folds, size_t fold)
{
	return fold < folds->count && folds->normalizer[fold].scale != NULL;
}

double
fold_scale(const SolverProblem *problem, const FoldRows *folds, size_t fold,
		   size_t feature)
{
	double scale = problem->inverse_deviation != NULL
					   ? problem->inverse_deviation[feature]
					   : 1.0;

	return !is_scaled(folds, fold) || scale == 0.0
			   ? 1.0
			   : folds->normalizer[fold].scale[feature] / scale;
}

void
fold_scale_sums(const SolverProblem *problem, const FoldRows *folds,
				size_t fold, double *sums)
{
	size_t dimension = problem->rows->dimension, size = dimension + 2;

	if (!is_scaled(folds, fold))
		return;
	for (size_t j = 0; j < dimension; j++)
	{
		double factor = fold_scale(problem, folds, fold, j);

		for (size_t i = 0; i <= j; i++)
			sums[i * size + j] *= factor;
		for (size_t i = j; i < size; i++)
			sums[j * size + i] *= factor;
	}
}

void
fold_scale_weights(const SolverProblem *problem, const FoldRows *folds,
				   size_t fold, double *weights)
{
	for (size_t j = 0; j < problem->rows->dimension && is_scaled(folds, fold);
		 j++)
		weights[j] *= fold_scale(problem, folds, fold, j);
}
