/*
 * inference_fill.c
 *		Standard errors, variance inflation and intervals' parts, out of an inverse
 *		information matrix and its factor.
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

bool
inference_whitens(const SolverProblem *problem, const SolverControl *control)
{
	return control->error_kind != ERRORS_MODEL ||
		   problem->rows->dimension <= FIT_MAX_DIMENSION;
}

/* Whether a feature has a weight of its own. */
static bool
is_learned(const SolverProblem *problem, const double *inverse, size_t j)
{
	size_t n = (size_t) problem->rows->dimension + 1;

	return inverse[j * n + j] > 0.0 && (problem->inverse_deviation == NULL ||
										problem->inverse_deviation[j] != 0.0);
}

/* Whether all rows have a residual of 0, so that nothing can be told of theirs. */
static bool
is_perfect(const InferenceSums *sums, SolverResult *result)
{
	if (sums->scale > 0.0)
		return false;
	snprintf(result->reason, sizeof(result->reason), "%s",
			 "the fit is perfect, so there are no residuals to estimate "
			 "errors from");
	return true;
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

/*
 * A normalised weight's error, of variance times scale, in the features' and the
 * label's units.
 */
static double
weight_error(const SolverProblem *problem, double variance, double scale,
			 size_t j)
{
	double inverse = problem->inverse_deviation == NULL
						 ? 1.0
						 : problem->inverse_deviation[j];

	return sqrt(scale * variance) * problem->label_deviation * inverse;
}

/* The errors that the model's own variance gives. */
static void
fill_errors(const SolverProblem *problem, const InferenceSums *sums,
			double *errors)
{
	size_t n = (size_t) problem->rows->dimension + 1;

	for (size_t j = 0; j + 1 < n; j++)
		errors[j] = is_learned(problem, sums->inverse, j)
						? weight_error(problem, sums->inverse[j * n + j],
									   sums->scale, j)
						: NAN;
	errors[n - 1] = problem->use_bias
						? sqrt(sums->scale * sums->bias_variance) *
							  problem->label_deviation
						: NAN;
}

/* The factor's place of a column. */
static size_t
column_of(const Whitening *whitening, size_t place)
{
	return whitening->columns != NULL ? whitening->columns[place] : place;
}

/* What sandwiches are multiplied by. */
static double
robust_scale(const SolverProblem *problem, const SolverControl *control,
			 const InferenceSums *sums)
{
	double rows = (double) (problem->selection != NULL ? problem->count
													   : problem->rows->count);

	return (control->error_kind == ERRORS_HC1
				? rows / (rows - (double) sums->parameters)
				: 1.0) /
		   sums->whitening.weight;
}

/*
 * Variance of the bias in the features' own units, but for its scale: u^T meat u,
 * where L u is how it moves with the weights.
 */
static Status
robust_bias_variance(const SolverProblem *problem,
					 const SolverControl *control, const Whitening *whitening,
					 const double *meat, double *variance, Failure *failure)
{
	size_t n = (size_t) problem->rows->dimension + 1;
	double *u = runtime_allocate_zero(control->runtime, n, sizeof(double));
	int size = (int) n, one = 1, info;
	const Blas *blas;
	Status status = blas_open(&blas, failure);

	if (u == NULL)
		return fail_no_memory(failure);
	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < n; i++)
	{
		size_t j = column_of(whitening, i);

		if (whitening_is_learned(whitening, problem, i))
			u[i] = j + 1 < n ? inference_bias_change(problem, j) : 1.0;
	}
	blas->dtrtrs("L", "N", "N", &size, &one, whitening->factor, &size, u,
				 &size, &info);
	*variance = 0.0;
	for (size_t j = 0; j < n; j++)
		for (size_t i = j; i < n; i++)
			*variance += (i == j ? 1.0 : 2.0) * u[i] * u[j] * meat[j * n + i];
	*variance = fmax(0.0, *variance);
	runtime_release(control->runtime, u);
	return LL_OK;
}

/* The robust errors, of the meat of their sandwich. */
static Status
fill_robust(const SolverProblem *problem, const SolverControl *control,
			const InferenceSums *sums, const double *meat, double *errors,
			Failure *failure)
{
	size_t n = (size_t) problem->rows->dimension + 1;
	double scale = robust_scale(problem, control, sums), bias = 0.0;
	double *covariance =
		runtime_allocate(control->runtime, n * n * sizeof(double));
	Status status = covariance == NULL
						? fail_no_memory(failure)
						: sandwich_close(control, &sums->whitening, n, meat,
										 covariance, failure);

	if (status == LL_OK)
		status = robust_bias_variance(problem, control, &sums->whitening, meat,
									  &bias, failure);
	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < n; i++)
	{
		size_t j = column_of(&sums->whitening, i);

		if (j + 1 == n)
			errors[j] = problem->use_bias
							? sqrt(scale * bias) * problem->label_deviation
							: NAN;
		else
			errors[j] =
				is_learned(problem, sums->inverse, j)
					? weight_error(problem, fmax(0.0, covariance[i * n + i]),
								   scale, j)
					: NAN;
	}
	runtime_release(control->runtime, covariance);
	return LL_OK;
}

/*
 * root = L^-1 times a scale, packed, without what has no weight of its own: those
 * rows and columns are a unit matrix's.
 */
static void
invert_factor(const SolverProblem *problem, const Whitening *whitening,
			  double scale, double *root)
{
	size_t n = (size_t) problem->rows->dimension + 1;
	const double *factor = whitening->factor;

	for (size_t i = 0; i < n; i++)
	{
		double *row = root + i * (i + 1) / 2;
		bool learned = whitening_is_learned(whitening, problem, i);

		for (size_t j = 0; j <= i; j++)
		{
			double sum = i == j ? scale : 0.0;

			for (size_t k = j; k < i; k++)
				sum -= factor[k * n + i] * root[k * (k + 1) / 2 + j];
			row[j] = learned ? sum / factor[i * n + i] : 0.0;
		}
	}
}

/* What intervals take; meat NULL: the model's own variance. */
static Status
fill_root(const SolverProblem *problem, const SolverControl *control,
		  const InferenceSums *sums, const double *meat, SolverResult *result,
		  Failure *failure)
{
	const Runtime *runtime = control->runtime;
	size_t n = (size_t) problem->rows->dimension + 1;
	size_t size = n * (n + 1) / 2, at = 0;
	double scale =
		meat != NULL ? robust_scale(problem, control, sums) : sums->scale;

	if (problem->rows->dimension > FIT_MAX_DIMENSION)
		return LL_OK;
	result->root = runtime_allocate(runtime, (meat != NULL ? 2 : 1) * size *
												 sizeof(double));
	result->columns = runtime_allocate(runtime, n * sizeof(uint32_t));
	if (result->root == NULL || result->columns == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < n; i++)
		result->columns[i] = (uint32_t) column_of(&sums->whitening, i);
	invert_factor(problem, &sums->whitening,
				  sqrt(scale) * problem->label_deviation, result->root);
	if (meat == NULL)
		return LL_OK;
	result->meat = result->root + size;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			result->meat[at++] = meat[j * n + i];
	return LL_OK;
}

/* Makes the meat of robust errors, or gives a reason in its place. */
static Status
make_meat(const SolverProblem *problem, const SolverControl *control,
		  const InferenceSums *sums, double **meat, SolverResult *result,
		  Failure *failure)
{
	size_t n = (size_t) problem->rows->dimension + 1, decisive;
	Status status;

	*meat = runtime_allocate(control->runtime, n * n * sizeof(double));
	if (*meat == NULL)
		return fail_no_memory(failure);
	status = sandwich_meat(problem, control, &sums->whitening, sums->weights,
						   *meat, &decisive, failure);
	if (status == LL_OK && decisive > 0)
		snprintf(result->reason, sizeof(result->reason),
				 "%zu of the rows decide%s a weight alone (their leverage is "
				 "1), which HC2 and HC3 do not bear; HC1 does",
				 decisive, decisive == 1 ? "s" : "");
	return status;
}

Status
inference_fill(const SolverProblem *problem, const SolverControl *control,
			   InferenceSums *sums, SolverResult *result, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	size_t n = (size_t) problem->rows->dimension + 1;
	double label = problem->label_deviation;
	double *errors = runtime_allocate(runtime, n * sizeof(double));
	double *meat = NULL;
	Status status = errors == NULL ? fail_no_memory(failure) : LL_OK;

	if (status != LL_OK || is_perfect(sums, result))
		return status;
	if (control->error_kind != ERRORS_MODEL)
		status = make_meat(problem, control, sums, &meat, result, failure);
	if (status != LL_OK || result->reason[0] != '\0')
		return status;
	if (meat == NULL)
		fill_errors(problem, sums, errors);
	else
		status = fill_robust(problem, control, sums, meat, errors, failure);
	if (status == LL_OK)
		status = fill_root(problem, control, sums, meat, result, failure);
	if (status != LL_OK)
		return status;
	fill_inflation(problem, sums->inverse, sums->information);
	result->standard_errors = errors;
	result->inverse_scale = sums->scale * label * label;
	result->inflation = sums->information;
	result->row_weight = sums->whitening.weight;
	runtime_release(runtime, sums->inverse);
	runtime_release(runtime, sums->whitening.factor);
	runtime_release(runtime, meat);
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
