/*
 * warm_start.c
 *		Going on from a model: what is held.
 */
#include "core/warm_start.h"

#include <math.h>

/*
 * A feature whose deviation is such a part of what the model has seen does not
 * vary: what is learned of it would be stretched a thousandfold elsewhere.
 */
#define HARDLY_VARIES 1e-3

/* A warm start must be of the same kind and shape. */
static Status
check_shape(const Problem *problem, const Model *model, Failure *failure)
{
	const char *const *types =
		hyperparameter_table[HP_PREDICTOR_TYPE].choices;

	if (model->predictor == problem->predictor &&
		model->dimension == problem->dimension &&
		model->outputs == problem->outputs)
		return LL_OK;
	fail(failure, LL_INVALID, "init_model does not fit the rows");
	fail_detail(failure, "The model is a %s of %u features and %u outputs; the "
						 "training needs a %s of %u and %u.",
				types[model->predictor], model->dimension, model->outputs,
				types[problem->predictor], problem->dimension,
				problem->outputs);
	return LL_INVALID;
}

/* Means and deviations of all training rows, whatever the scaler looks at. */
static Status
measure_features(Problem *problem, WarmStart *start, Failure *failure)
{
	Normalizer all;
	/* As if scaled: a candidate that takes them plain checks that itself. */
	Status status = normalizer_fit(&all, problem->rows[CHANNEL_TRAIN], 0, true,
								   false, false, problem->pool,
								   &problem->runtime, failure);

	start->mean = all.mean;
	start->deviation = all.deviation;
	return status;
}

/* Whether the training rows lack some class; binary models have one output. */
static bool
lacks_classes(const Problem *problem)
{
	for (uint32_t k = 0; k < problem->outputs; k++)
		if (problem->predictor == PREDICTOR_MULTICLASS &&
			!(problem->class_weight_sum[k] > 0))
			return true;
	return false;
}

Status
warm_start_begin(Problem *problem, const Model *model, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	WarmStart *start = runtime_allocate_zero(runtime, 1, sizeof(WarmStart));
	Status status = check_shape(problem, model, failure);

	if (status != LL_OK)
		return status;
	if (start == NULL)
		return fail_no_memory(failure);
	start->model = model;
	start->held_features =
		runtime_allocate_zero(runtime, problem->dimension, sizeof(bool));
	if (lacks_classes(problem))
		start->held_outputs =
			runtime_allocate_zero(runtime, problem->outputs, sizeof(bool));
	if (start->held_features == NULL ||
		(lacks_classes(problem) && start->held_outputs == NULL))
		return fail_no_memory(failure);
	status = measure_features(problem, start, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t j = 0; j < problem->dimension; j++)
		start->held_features[j] = start->deviation[j] <=
			HARDLY_VARIES * model->feature_deviation[j];
	for (uint32_t k = 0; start->held_outputs != NULL && k < problem->outputs;
		 k++)
		start->held_outputs[k] = !(problem->class_weight_sum[k] > 0);
	problem->warm_start = start;
	return LL_OK;
}

/* One over a deviation, if that is a scale. */
static double
scale_of(double deviation, bool normalize)
{
	double scale = 1.0 / deviation;

	return normalize && scale > 0 && isfinite(scale) ? scale : 1.0;
}

void
warm_start_widen(const WarmStart *start, Normalizer *normalizer, bool sparse,
				 bool normalize, bool unbias, bool solves)
{
	for (uint32_t j = 0; j < normalizer->dimension; j++)
	{
		double known = start->model->feature_deviation[j];
		double *scale = &normalizer->scale[j];

		if (unbias && !sparse && *scale == 0)
			normalizer->center[j] = start->mean[j];
		if (start->held_features[j])
		{
			*scale = scale_of(known, normalize);
			normalizer->mean[j] = start->model->feature_mean[j];
			normalizer->deviation[j] = known;
		}
		else if (*scale == 0) /* it varies, but not where the scaler looked */
			*scale = scale_of(fmax(start->deviation[j], known), normalize);
		else if (normalize && !sparse && !solves &&
				 normalizer->deviation[j] < known)
			*scale *= normalizer->deviation[j] / known;
		normalizer->scale_f32[j] = (float) *scale;
		normalizer->shift_f32[j] = (float) (-normalizer->center[j] * *scale);
	}
}
