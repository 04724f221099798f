/*
 * warm_start.c
 *		Going on from a model: what is held.
 */
#include "core/problem/warm_start.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/loss/loss_table.h"

/*
 * A feature whose deviation is such a part of what the model has seen does not
 * vary: what is learned of it would be stretched a thousandfold elsewhere.
 */
#define HARDLY_VARIES 1e-3

/* A warm start must be of the same kind and shape. */
static Status
check_shape(const Problem *problem, const Model *model, Failure *failure)
{
	const char *const *types = hyperparameter_table[HP_PREDICTOR_TYPE].choices;

	if (model->predictor == problem->predictor &&
		model->dimension == problem->dimension &&
		model->outputs == problem->outputs)
		return LL_OK;
	fail(failure, LL_INVALID, "init_model does not fit the rows");
	fail_detail(failure,
				"The model is a %s of %u features and %u outputs; the "
				"training needs a %s of %u and %u.",
				types[model->predictor], model->dimension, model->outputs,
				types[problem->predictor], problem->dimension,
				problem->outputs);
	return LL_INVALID;
}

/* Means and deviations of all training rows, whichever the normaliser's are. */
static Status
measure_features(Problem *problem, WarmStart *start, Failure *failure)
{
	Normalizer all;
	/* As if scaled: a candidate that takes them plain checks that itself. */
	Status status = normalizer_fit(&all, problem->rows[CHANNEL_TRAIN], 0, true,
								   problem->unit, false, problem->pool,
								   &problem->runtime, failure);

	start->mean = all.mean;
	start->deviation = all.deviation;
	return status;
}

/* How many classes of a classifier the training rows have. */
static uint32_t
count_classes(const Problem *problem)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < problem->classes; k++)
		count += problem->class_weight_sum[k] > 0;
	return count;
}

/*
 * Finds the outputs that are held: of classes without rows.  Rows of a single
 * class tell it from no other: a solver would only follow the penalties, or push
 * a binary model until it answers nothing else.
 */
static Status
hold_outputs(const Problem *problem, WarmStart *start, Failure *failure)
{
	uint32_t count;

	if (problem->predictor == PREDICTOR_REGRESSOR)
		return LL_OK;
	count = count_classes(problem);
	if (count == problem->classes)
		return LL_OK;
	start->held = count < 2;
	start->held_outputs = runtime_allocate_zero(
		&problem->runtime, problem->outputs, sizeof(bool));
	if (start->held_outputs == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < problem->outputs; k++)
		start->held_outputs[k] =
			start->held || !(problem->class_weight_sum[k] > 0);
	return LL_OK;
}

bool
warm_start_keeps(const Problem *problem)
{
	return problem->warm_start != NULL && problem->warm_start->held;
}

/* The margin of a model's threshold; in one of 0.1.0 only its score is known. */
static double
known_margin(const Model *model, double natural)
{
	double score = model->threshold;

	if (!isnan(model->threshold_margin))
		return model->threshold_margin;
	if (model->calibration != CALIBRATE_NONE)
		return natural;
	if (loss_table[model->loss].link != LINK_LOGIT)
		return score;
	return score <= 0.0	  ? -INFINITY
		   : score >= 1.0 ? INFINITY
						  : portable_log(score / (1.0 - score));
}

double
warm_start_natural_margin(const Problem *problem, LossKind loss)
{
	double natural = loss_table[loss].natural_margin;

	return warm_start_keeps(problem)
			   ? known_margin(problem->warm_start->model, natural)
			   : natural;
}

/* Numbers multiplied by a power of two: themselves where that is 1. */
static const double *
in_unit(const Runtime *runtime, const double *numbers, size_t count,
		double factor)
{
	double *scaled;

	if (factor == 1.0)
		return numbers;
	scaled = runtime_allocate(runtime, count * sizeof(double));
	for (size_t i = 0;
		 scaled != NULL && i < count && !runtime_stops(runtime, i); i++)
		scaled[i] = numbers[i] * factor;
	return scaled;
}

/*
 * Takes the model's numbers for features as the rows hold them.  Bytes go on
 * counting what they count in the model.
 */
static Status
take_model(Problem *problem, WarmStart *start, const Model *model,
		   Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	size_t dimension = problem->dimension;

	if (problem->rows[CHANNEL_TRAIN]->format == ROWS_U8)
		problem->unit = model->byte_unit;
	start->model = model;
	start->weights = in_unit(runtime, model->weights,
							 dimension * problem->outputs, problem->unit);
	start->known_mean =
		in_unit(runtime, model->feature_mean, dimension, 1.0 / problem->unit);
	start->known_deviation = in_unit(runtime, model->feature_deviation,
									 dimension, 1.0 / problem->unit);
	return start->weights != NULL && start->known_mean != NULL &&
				   start->known_deviation != NULL
			   ? LL_OK
			   : fail_no_memory(failure);
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
	status = take_model(problem, start, model, failure);
	if (status != LL_OK)
		return status;
	start->held_features =
		runtime_allocate_zero(runtime, problem->dimension, sizeof(bool));
	if (start->held_features == NULL)
		return fail_no_memory(failure);
	status = hold_outputs(problem, start, failure);
	if (status == LL_OK)
		status = measure_features(problem, start, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t j = 0; j < problem->dimension; j++)
		start->held_features[j] =
			start->deviation[j] <= HARDLY_VARIES * start->known_deviation[j];
	problem->warm_start = start;
	return LL_OK;
}

/* One over a deviation, if that is a scale; else the unit. */
static double
scale_of(double deviation, bool normalize, double unit)
{
	double scale = 1.0 / deviation;

	return normalize && scale > 0 && isfinite(scale) ? scale : unit;
}

void
warm_start_widen(const WarmStart *start, Normalizer *normalizer, bool sparse,
				 bool normalize, double unit, bool unbias, bool solves)
{
	for (uint32_t j = 0; j < normalizer->dimension; j++)
	{
		double known = start->known_deviation[j];
		double *scale = &normalizer->scale[j];

		if (unbias && !sparse && *scale == 0)
			normalizer->center[j] = start->mean[j];
		if (start->held_features[j])
		{
			*scale = scale_of(known, normalize, unit);
			normalizer->mean[j] = start->known_mean[j];
			normalizer->deviation[j] = known;
		}
		else if (*scale == 0) /* it varies, but not in the normaliser's rows */
			*scale =
				scale_of(fmax(start->deviation[j], known), normalize, unit);
		else if (normalize && !sparse && !solves &&
				 normalizer->deviation[j] < known)
			*scale *= normalizer->deviation[j] / known;
		normalizer->scale_f32[j] = (float) *scale;
		normalizer->shift_f32[j] = (float) (-normalizer->center[j] * *scale);
	}
}
