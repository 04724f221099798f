/*
 * predict.c
 *		From a row to margins, scores and labels.
 */
#include "core/model/predict.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/math/kernels.h"
#include "core/model/calibration.h"
#include "core/rows/magnitude.h"

/* Largest weights outside of this are taken in units of their own. */
#define LEAST_FLOAT 0x1p-60
#define LARGEST_FLOAT 0x1p60

/* A power of two that brings weights into the range of floats. */
static double
float_unit(const double *weights, size_t count)
{
	double largest = 0.0;

	for (size_t j = 0; j < count; j++)
		largest = fmax(largest, fabs(weights[j]));
	if (!(largest > LARGEST_FLOAT ||
		  (largest > 0.0 && largest < LEAST_FLOAT)) ||
		isinf(largest))
		return 1.0;
	return ldexp(1.0, (int) fmax(logb(largest), -1000));
}

Status
predictor_init(Predictor *predictor, const Model *model,
			   const Runtime *runtime, Failure *failure)
{
	size_t dimension = model->dimension, count = dimension * model->outputs;

	predictor->model = model;
	predictor->weights_f32 = runtime_allocate(runtime, count * sizeof(float));
	predictor->unit_f32 =
		runtime_allocate(runtime, model->outputs * sizeof(double));
	if (predictor->weights_f32 == NULL || predictor->unit_f32 == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const double *weights = model->weights + (size_t) k * dimension;
		double unit = float_unit(weights, dimension);

		predictor->unit_f32[k] = unit * model->byte_unit;
		for (size_t j = 0; j < dimension; j++)
			predictor->weights_f32[k * dimension + j] =
				(float) (weights[j] / unit);
	}
	return LL_OK;
}

void
predictor_features(const Model *model, RowFormat format, const RowView *row,
				   double *features)
{
	memset(features, 0, model->dimension * sizeof(double));
	if (format == ROWS_SPARSE)
		for (uint32_t i = 0; i < row->count; i++)
			features[row->index[i]] = row->value[i];
	for (uint32_t j = 0; j < model->dimension && format != ROWS_SPARSE; j++)
		features[j] = format == ROWS_U8 ? ((const uint8_t *) row->dense)[j] *
											  model->byte_unit
					  : format == ROWS_F32 ? ((const float *) row->dense)[j]
										   : ((const double *) row->dense)[j];
}

void
predictor_margins(const Predictor *predictor, RowFormat format,
				  const RowView *row, double *margins)
{
	const Model *model = predictor->model;
	size_t dimension = model->dimension;

	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const double *weights = model->weights + k * dimension;
		double sum = 0.0;

		switch (format)
		{
			case ROWS_U8:
				sum = predictor->unit_f32[k] *
					  kernel_dot_u8(row->dense,
									predictor->weights_f32 + k * dimension,
									dimension);
				break;
			case ROWS_F32:
				sum = kernel_dot_f32(row->dense, weights, dimension);
				break;
			case ROWS_F64:
				sum = kernel_dot_f64(row->dense, weights, dimension);
				break;
			case ROWS_SPARSE:
				for (uint32_t i = 0; i < row->count; i++)
					sum += (double) row->value[i] * weights[row->index[i]];
				break;
			case ROWS_CELLS: /* no features yet */
				break;
		}
		margins[k] = sum + model->bias[k];
	}
}

/* Puts few numbers in ascending order; NaN stays where it is. */
static void
rearrange(double *numbers, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		double number = numbers[i];
		uint32_t at = i;

		for (; at > 0 && numbers[at - 1] > number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
	}
}

void
predictor_scores(const Predictor *predictor, double *margins)
{
	const Model *model = predictor->model;
	double largest, sum = 0.0;

	if (model->quantiles != NULL)
		rearrange(margins, model->outputs);
	if (model->predictor == PREDICTOR_BINARY)
	{
		if (model->calibration == CALIBRATE_PLATT)
			margins[0] =
				portable_sigmoid(model->calibration_x[0] * margins[0] +
								 model->calibration_x[1]);
		else if (model->calibration == CALIBRATE_ISOTONIC)
			margins[0] = calibration_isotonic(
				model->calibration_x, model->calibration_y,
				model->calibration_count, margins[0]);
		else if (loss_table[model->loss].link == LINK_LOGIT)
			margins[0] = portable_sigmoid(margins[0]);
	}
	else if (loss_is_log_link(model->loss))
		margins[0] = portable_exp(margins[0]);
	else if (loss_table[model->loss].link == LINK_SOFTMAX)
	{
		largest = margins[0];
		for (uint32_t k = 1; k < model->outputs; k++)
			largest = fmax(largest, margins[k]);
		for (uint32_t k = 0; k < model->outputs; k++)
			sum += margins[k] = portable_exp(margins[k] - largest);
		for (uint32_t k = 0; k < model->outputs; k++)
			margins[k] /= sum;
	}
}

void
predictor_binary_scores(const Predictor *predictor, double *margins,
						size_t count)
{
	const Model *model = predictor->model;

	if (model->calibration == CALIBRATE_NONE &&
		loss_table[model->loss].link == LINK_LOGIT)
	{
		portable_sigmoids(margins, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		predictor_scores(predictor, &margins[i]);
}

/* Whether a binary model without a threshold of margins calls one positive. */
static __attribute__((noinline)) bool
scores_positive(const Predictor *predictor, double margin)
{
	predictor_scores(predictor, &margin);
	return margin > predictor->model->threshold;
}

/* Whether a binary model calls a margin positive. */
static inline bool
is_positive(const Predictor *predictor, double margin)
{
	double threshold = predictor->model->threshold_margin;

	return isnan(threshold) ? scores_positive(predictor, margin)
							: margin > threshold;
}

uint32_t
predictor_class(const Predictor *predictor, const double *margins)
{
	const Model *model = predictor->model;
	uint32_t best = 0;

	if (model->predictor == PREDICTOR_BINARY)
		return is_positive(predictor, margins[0]);
	for (uint32_t k = 1; k < model->outputs; k++)
		if (margins[k] > margins[best])
			best = k;
	return best;
}

bool
row_is_outlandish(const Model *model, RowFormat format, const RowView *row,
				  double *magnitude)
{
	if (model->magnitudes.largest == 0.0 ||
		(format == ROWS_U8 && model->format == ROWS_U8))
		return false;
	*magnitude = row_magnitude(format, row, model->dimension);
	if (format == ROWS_U8)
		*magnitude *= model->byte_unit;
	return magnitude_is_outlandish(model->magnitudes, *magnitude);
}
