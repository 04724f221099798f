/*
 * units.c
 *		A finished candidate in the user's units: weights, and what they leave of
 *		summed rows.
 */
#include "core/problem/units.h"

#include <math.h>

#include "core/problem/warm_start.h"
#include "core/rows/gram_sums.h"

/* What a weight was before the training, as it was trained. */
static double
first_weight(const Candidate *candidate, size_t cell)
{
	if (candidate->initial == NULL)
		return 0.0;
	return candidate->exact_weights != NULL ? candidate->initial[cell]
											: (float) candidate->initial[cell];
}

/*
 * A weight that was known, in the user's units; *change is what moved it, of
 * normalised labels.  Rounding must not bring back what l1 has taken.
 */
static double
unscale_weight(double w, double first, double known, double scale,
			   double deviation, double *change)
{
	if (w == 0.0 && first != 0.0)
	{
		*change = -known / deviation;
		return 0.0;
	}
	*change = (w - first) * scale;
	return *change * deviation + known;
}

Status
units_unscale(Problem *problem, const Candidate *candidate, double *weights,
			  double *bias, Failure *failure)
{
	size_t dimension = problem->dimension, outputs = problem->outputs;
	const Normalizer *normalizer;
	const WarmStart *start =
		candidate->initial != NULL ? problem->warm_start : NULL;
	double mean, deviation;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK)
		return status;
	problem_label_scale(problem, &candidate->settings, &mean, &deviation);
	for (size_t k = 0; k < outputs; k++)
	{
		double shift = 0.0; /* of a warm start: the changes' */

		for (size_t j = 0; j <= dimension; j++)
		{
			size_t cell = j * outputs + k;
			double w = candidate->exact_weights != NULL
						   ? candidate->exact_weights[cell]
						   : candidate->weights[cell];
			double first = first_weight(candidate, cell);
			double change;

			if (runtime_stops(&problem->runtime, j))
				return fail_cancelled(failure);
			if (j == dimension)
			{
				shift += w - first;
				continue;
			}
			cell = k * dimension + j;
			weights[cell] = unscale_weight(
				w, first, start != NULL ? start->weights[cell] : 0.0,
				normalizer->scale[j], deviation, &change);
			shift -= change * normalizer->center[j];
		}
		bias[k] =
			shift * deviation + (start != NULL ? start->model->bias[k] : mean);
	}
	return LL_OK;
}

Status
units_residuals(Problem *problem, const Candidate *candidate, const Rows *rows,
				RegressionSums *sums, Failure *failure)
{
	double *weights = runtime_allocate(&problem->runtime,
									   problem->dimension * sizeof(double));
	double weight = gram_sums_weight(rows->sums);
	double bias, square, error, mean, deviation;
	Status status;

	if (weights == NULL)
		return fail_no_memory(failure);
	status = units_unscale(problem, candidate, weights, &bias, failure);
	if (status != LL_OK)
		return status;
	gram_sums_residual(rows->sums, weights, bias, &square, &error);
	gram_sums_spread(rows->sums, problem->dimension, &mean, &deviation);
	runtime_release(&problem->runtime, weights);
	*sums = (RegressionSums){.weight = weight,
							 .mean = mean,
							 .squares = deviation * deviation * weight,
							 .error = error * weight,
							 .squared_error = square * weight,
							 .under = NAN,
							 .over = NAN,
							 .max_error = NAN,
							 .rows = rows->count};
	return LL_OK;
}
