/*
 * warm_candidate.c
 *		Going on from a model: first weights, in the units of a training.
 */
#include "core/problem/warm_candidate.h"

Status
warm_start_candidate(Problem *problem, Candidate *candidate, Failure *failure)
{
	const Model *model = problem->warm_start->model;
	size_t dimension = problem->dimension, outputs = problem->outputs;
	double *initial = runtime_allocate(
		&problem->runtime, (dimension + 1) * outputs * sizeof(double));
	const Normalizer *normalizer;
	double mean, deviation;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK)
		return status;
	if (initial == NULL)
		return fail_no_memory(failure);
	problem_label_scale(problem, &candidate->settings, &mean, &deviation);
	for (size_t k = 0; k < outputs; k++)
	{
		double bias = (model->bias[k] - mean) / deviation;

		for (size_t j = 0; j < dimension; j++)
		{
			double w =
				problem->warm_start->weights[k * dimension + j] / deviation;

			if (runtime_stops(&problem->runtime, j))
				return fail_cancelled(failure);
			bias += w * normalizer->center[j];
			initial[j * outputs + k] = w / normalizer->scale[j];
		}
		initial[dimension * outputs + k] = bias;
	}
	candidate->initial = initial;
	return LL_OK;
}

Status
warm_start_scales(const Problem *problem, const double *scale,
				  const double **learned, Failure *failure)
{
	const WarmStart *start = problem->warm_start;
	double *own;

	*learned = scale;
	if (start == NULL)
		return LL_OK;
	own = runtime_allocate(&problem->runtime,
						   problem->dimension * sizeof(double));
	if (own == NULL)
		return fail_no_memory(failure);
	for (size_t j = 0; j < problem->dimension; j++)
		own[j] = start->held_features[j] ? 0.0 : scale[j];
	*learned = own;
	return LL_OK;
}

Status
warm_start_unheld(Problem *problem, const Candidate *candidate,
				  double *initial, Failure *failure)
{
	const WarmStart *start = problem->warm_start;
	size_t dimension = problem->dimension, outputs = problem->outputs;
	const Normalizer *normalizer;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK)
		return status;
	for (size_t k = 0; k < outputs; k++, initial += dimension + 1)
	{
		double bias = candidate->initial[dimension * outputs + k];

		for (size_t j = 0; j < dimension; j++)
		{
			double w = candidate->initial[j * outputs + k];

			if (runtime_stops(&problem->runtime, j))
				return fail_cancelled(failure);
			initial[j] = start->held_features[j] ? 0.0 : w;
			if (start->held_features[j])
				bias += w * (start->mean[j] - normalizer->center[j]) *
						normalizer->scale[j];
		}
		initial[dimension] = bias;
	}
	return LL_OK;
}

void
warm_start_restore(const Problem *problem, Candidate *candidate,
				   const double *initial)
{
	const bool *held = problem->warm_start->held_features;
	size_t outputs = problem->outputs, dimension = problem->dimension;
	double *weights = candidate->exact_weights;

	for (size_t i = 0; i < dimension * outputs; i++)
		if (held[i / outputs])
			weights[i] = candidate->initial[i];
	for (size_t k = 0; k < outputs; k++)
	{
		double *bias = &weights[dimension * outputs + k];
		double known = candidate->initial[dimension * outputs + k];
		double first = initial[k * (dimension + 1) + dimension];

		*bias = *bias == first ? known : *bias - (first - known);
	}
}
