/*
 * model_weights.c
 *		What a model predicts by, and what it knows of it, out of a candidate.
 */
#include "core/train/model_weights.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "core/problem/units.h"
#include "core/problem/warm_start.h"
#include "core/rows/magnitude.h"
#include "core/train/fit_figures.h"

/* Least weight of normalised features whose loss in unscaling is an error. */
#define LEAST_WEIGHT 1e-12

/* Refuses a weight that is no double in the user's units. */
static Status
check_weights(const Problem *problem, const Candidate *candidate,
			  const Normalizer *normalizer, const Model *model,
			  Failure *failure)
{
	size_t outputs = problem->outputs, dimension = problem->dimension;

	for (size_t j = 0; j < dimension; j++)
		for (size_t k = 0; k < outputs; k++)
		{
			double w = model->weights[k * dimension + j];
			bool lost =
				normalizer->scale[j] != 0.0 && fabs(w) < DBL_MIN &&
				fabs(candidate->weights[j * outputs + k]) > LEAST_WEIGHT;

			if (runtime_stops(&problem->runtime, j * outputs + k))
				return fail_cancelled(failure);
			if (isfinite(w) && !lost)
				continue;
			fail(failure, LL_INVALID,
				 "the weight of feature %zu is out of "
				 "range",
				 j + 1);
			fail_detail(failure,
						"The feature's standard deviation is %g, that "
						"of the labels %g.",
						normalizer->deviation[j] * problem->unit,
						model->label_deviation);
			fail_hint(failure, "Multiply the feature or the labels by a power "
							   "of ten.");
			return LL_INVALID;
		}
	return LL_OK;
}

/* Standard errors of weights that are multiplied, the biases' as they are. */
static Status
count_errors(const Problem *problem, Model *model, Failure *failure)
{
	size_t inputs = (size_t) problem->dimension + 1;
	double *errors;

	if (model->inference_count == 0)
		return LL_OK;
	errors = runtime_allocate(&problem->runtime,
							  model->inference_count * sizeof(double));
	if (errors == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < model->inference_count; i++)
		errors[i] = model->standard_errors[i] /
					(i % inputs + 1 < inputs ? problem->unit : 1.0);
	model->standard_errors = errors;
	return LL_OK;
}

/* Makes numbers for features as the rows hold them the user's. */
static Status
count_units(const Problem *problem, const Normalizer *normalizer, Model *model,
			Failure *failure)
{
	size_t dimension = problem->dimension;
	double *known =
		runtime_allocate(&problem->runtime, 2 * dimension * sizeof(double));

	if (known == NULL)
		return fail_no_memory(failure);
	model->feature_mean = known;
	model->feature_deviation = known + dimension;
	for (size_t j = 0; j < dimension; j++)
	{
		model->feature_mean[j] = normalizer->mean[j] * problem->unit;
		model->feature_deviation[j] = normalizer->deviation[j] * problem->unit;
	}
	for (size_t i = 0; i < dimension * problem->outputs; i++)
	{
		if (runtime_stops(&problem->runtime, i))
			return fail_cancelled(failure);
		model->weights[i] /= problem->unit;
	}
	return count_errors(problem, model, failure);
}

/* x' = (x - center) * scale, y' = (y - mean) / deviation: undone. */
static Status
unscale_weights(Problem *problem, const Candidate *candidate, Model *model,
				Failure *failure)
{
	size_t dimension = problem->dimension, outputs = problem->outputs;
	const Normalizer *normalizer;
	double mean, deviation;
	Status status = problem_normalizer(problem, &candidate->settings,
									   &normalizer, failure);

	if (status != LL_OK)
		return status;
	model->weights = runtime_allocate(&problem->runtime,
									  dimension * outputs * sizeof(double));
	model->bias =
		runtime_allocate(&problem->runtime, outputs * sizeof(double));
	if (model->weights == NULL || model->bias == NULL)
		return fail_no_memory(failure);
	problem_label_scale(problem, &candidate->settings, &mean, &deviation);
	model->label_mean = mean;
	model->label_deviation = deviation;
	status = units_unscale(problem, candidate, model->weights, model->bias,
						   failure);
	if (status == LL_OK)
		status = count_units(problem, normalizer, model, failure);
	if (status == LL_OK)
		status = check_weights(problem, candidate, normalizer, model, failure);
	return status;
}

/* How large the training rows were, and those of a model it went on from. */
static MagnitudeRange
trained_magnitudes(const Problem *problem)
{
	const WarmStart *start = problem->warm_start;
	MagnitudeRange range = magnitude_range_scale(
		problem->rows[CHANNEL_TRAIN]->magnitudes, problem->unit);

	if (start != NULL && start->model->magnitudes.largest == 0.0)
		return start->model->magnitudes; /* unknown */
	if (start != NULL)
		magnitude_range_add(&range, start->model->magnitudes);
	return range;
}

/* How near the optimum is, and the standard errors or why there are none. */
static void
fill_inference(const Candidate *candidate, Model *model)
{
	bool solved = candidate->exact_weights != NULL;

	model->gradient_norm = candidate->gradient_norm;
	model->end = candidate->end;
	model->iterations = candidate->end == SOLVE_NONE ? 0 : candidate->epochs;
	model->gap = candidate->gap;
	snprintf(model->inference_reason, sizeof(model->inference_reason), "%s",
			 solved ? candidate->inference_reason
					: "the model was trained by mini-batches, which stop "
					  "short of the optimum; use optimizer newton, lbfgs or "
					  "exact with wd and l1 0");
	model->standard_errors = candidate->standard_errors;
	model->inference_count = candidate->standard_errors == NULL
								 ? 0
								 : model->outputs * (model->dimension + 1);
}

Status
model_weights_fill(Problem *problem, const Candidate *candidate, Model *model,
				   Failure *failure)
{
	Status status;

	model->magnitudes = trained_magnitudes(problem);
	fill_inference(candidate, model);
	status = unscale_weights(problem, candidate, model, failure);
	return status == LL_OK ? fit_figures(problem, candidate, model, failure)
						   : status;
}
