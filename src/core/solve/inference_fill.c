/*
 * inference_fill.c
 *		Standard errors and variance inflation of an inverse information matrix.
 */
#include "core/solve/inference_fill.h"

#include <math.h>
#include <stdio.h>

#include "core/model/model.h"

double
inference_bias_change(const SolverProblem *problem, size_t j)
{
	bool shifted =
		problem->mean != NULL && problem->rows->format != ROWS_SPARSE;
	double from_zero = (shifted ? problem->mean[j] : 0.0) +
					   (problem->center != NULL ? problem->center[j] : 0.0);

	return -from_zero * (problem->inverse_deviation == NULL
							 ? 1.0
							 : problem->inverse_deviation[j]);
}

/* Whether a feature has a weight of its own. */
static bool
is_learned(const SolverProblem *problem, const double *inverse, size_t j)
{
	size_t n = (size_t) problem->rows->dimension + 1;

	return inverse[j * n + j] > 0.0 && (problem->inverse_deviation == NULL ||
										problem->inverse_deviation[j] != 0.0);
}

/*
 * Variance inflation factors, of the inverse and of what each feature has of
 * information beside the bias (Fox and Monette 1992).
 */
static void
fill_inflation(const SolverProblem *problem, const double *inverse,
			   double *information)
{
	size_t n = (size_t) problem->rows->dimension + 1;

	for (size_t j = 0; j + 1 < n; j++)
		information[j] = is_learned(problem, inverse, j)
							 ? fmax(1.0, information[j] * inverse[j * n + j])
							 : NAN;
}

Status
inference_fill(const SolverProblem *problem, const Runtime *runtime,
			   const InferenceSums *sums, SolverResult *result,
			   Failure *failure)
{
	size_t n = (size_t) problem->rows->dimension + 1;
	double label = problem->label_deviation;
	double *errors = runtime_allocate(runtime, n * sizeof(double));

	if (errors == NULL)
		return fail_no_memory(failure);
	if (!(sums->scale > 0.0))
	{
		snprintf(result->reason, sizeof(result->reason), "%s",
				 "the fit is perfect, so there are no residuals to estimate "
				 "errors from");
		return LL_OK;
	}
	for (size_t j = 0; j + 1 < n; j++)
		errors[j] = !is_learned(problem, sums->inverse, j)
						? NAN
						: sqrt(sums->scale * sums->inverse[j * n + j]) *
							  label *
							  (problem->inverse_deviation == NULL
								   ? 1.0
								   : problem->inverse_deviation[j]);
	errors[n - 1] = problem->use_bias
						? sqrt(sums->scale * sums->bias_variance) * label
						: NAN;
	fill_inflation(problem, sums->inverse, sums->information);
	result->standard_errors = errors;
	result->inverse = sums->inverse;
	/* Prediction intervals, and nothing else, take it. */
	if (problem->loss != LOSS_SQUARED ||
		problem->rows->dimension > FIT_MAX_DIMENSION)
	{
		runtime_release(runtime, sums->inverse);
		result->inverse = NULL;
	}
	result->inverse_scale = sums->scale * label * label;
	result->inflation = sums->information;
	result->row_weight = sums->weight;
	return LL_OK;
}

double
inference_independence(const double *gram, size_t size, const double *factor,
					   size_t n)
{
	double least = 1.0;

	for (size_t j = 0; j < n; j++)
	{
		double pivot = factor[j * n + j], square = gram[j * size + j];

		/* 1 - R^2 of feature j on those before it. */
		if (square > 0.0)
			least = fmin(least, pivot * pivot / square);
	}
	return least;
}
