/*
 * loss_batch.c
 *		Losses and derivatives of whole batches, in float.
 *
 * One margin a model: the batch is cut into blocks that fit the first-level
 * cache, and each block is laid out flat (margin, target, weight, parameter),
 * so that one loop serves one model and many alike.  One margin a class: a
 * row's margins of a model are worked on in place.
 *
 * Nothing here may depend on an element's place in a vector.  Each expression
 * has one rounding an operation (dispatch.h), and sums have a fixed order.
 */
#include "core/loss/loss.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/loss/log_link_batch.h"

#define BLOCK_SIZE 512 /* elements; 15 kB of arrays */
#define LANES 8		   /* partial sums over classes */

typedef struct Block
{
	float margin[BLOCK_SIZE];
	float target[BLOCK_SIZE];
	float weight[BLOCK_SIZE];
	float parameter[BLOCK_SIZE];
	float derivative[BLOCK_SIZE];
	double loss[BLOCK_SIZE];
} Block;

/*
 * exp(x) for x <= 0, relative error below 2e-7, 0 below -87, NaN for NaN.  The
 * power of two is split off by adding 1.5 * 2^23, which leaves it, rounded, in
 * the low bits; what remains, |r| <= ln(2) / 2, takes the Taylor series.
 */
KERNEL_INLINE float
exp_negative(float x)
{
	const float rounder = 12582912.0f;
	const float ln2_high = 0.693359375f; /* 9 bits: n * ln2_high is exact */
	const float ln2_low = -2.12194440e-4f;
	float clamped = x < -87.0f ? -87.0f : x;
	float shifted = clamped * 1.44269504f + rounder;
	float n = shifted - rounder;
	float r = (clamped - n * ln2_high) - n * ln2_low;
	float p = 1.0f / 5040.0f;
	uint32_t bits;
	uint32_t exponent;

	p = p * r + 1.0f / 720.0f;
	p = p * r + 1.0f / 120.0f;
	p = p * r + 1.0f / 24.0f;
	p = p * r + 1.0f / 6.0f;
	p = p * r + 0.5f;
	p = (p * r) * r + r;
	p = p + 1.0f;
	memcpy(&bits, &p, sizeof(bits));
	memcpy(&exponent, &shifted, sizeof(exponent));
	bits += exponent << 23;
	memcpy(&p, &bits, sizeof(p));
	p = x < -87.0f ? 0.0f : p;
	return x != x ? x : p;
}

/* log(1 + e) for e in [0, 1] as 2 atanh(e / (2 + e)), relative error 1e-7. */
KERNEL_INLINE float
log1p_unit(float e)
{
	float s = e / (2.0f + e);
	float s2 = s * s;
	float p = 1.0f / 15.0f;

	p = p * s2 + 1.0f / 13.0f;
	p = p * s2 + 1.0f / 11.0f;
	p = p * s2 + 1.0f / 9.0f;
	p = p * s2 + 1.0f / 7.0f;
	p = p * s2 + 1.0f / 5.0f;
	p = p * s2 + 1.0f / 3.0f;
	return 2.0f * (s + s * (s2 * p));
}

UNFUSED_CLONES static void
logistic_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float y = block->target[i] > 0.5f ? 1.0f : -1.0f;
		float t = y * block->margin[i];
		float e = exp_negative(-fabsf(t));
		float numerator = t >= 0.0f ? e : 1.0f;
		float linear = t >= 0.0f ? 0.0f : -t;

		block->derivative[i] = -y * (numerator / (1.0f + e));
		block->loss[i] = linear + log1p_unit(e);
	}
}

UNFUSED_CLONES static void
hinge_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float y = block->target[i] > 0.5f ? 1.0f : -1.0f;
		float violation = block->parameter[i] - y * block->margin[i];

		block->derivative[i] = violation <= 0.0f ? 0.0f : -y;
		block->loss[i] = violation <= 0.0f ? 0.0f : violation;
	}
}

UNFUSED_CLONES static void
squared_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];

		block->derivative[i] = r;
		block->loss[i] = 0.5 * ((double) r * (double) r);
	}
}

UNFUSED_CLONES static void
absolute_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];
		float up = r > 0.0f ? 1.0f : 0.0f;
		float down = r < 0.0f ? 1.0f : 0.0f;

		block->derivative[i] = up - down;
		block->loss[i] = fabsf(r);
	}
}

UNFUSED_CLONES static void
eps_insensitive_squared_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];
		float a = fabsf(r);
		double eps = block->parameter[i];
		double value = ((double) a - eps) * ((double) a + eps);

		block->derivative[i] = a <= block->parameter[i] ? 0.0f : 2.0f * r;
		block->loss[i] = value <= 0.0 ? 0.0 : value;
	}
}

UNFUSED_CLONES static void
eps_insensitive_absolute_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];
		float excess = fabsf(r) - block->parameter[i];
		float sign = r < 0.0f ? -1.0f : 1.0f;

		block->derivative[i] = excess <= 0.0f ? 0.0f : sign;
		block->loss[i] = excess <= 0.0f ? 0.0f : excess;
	}
}

UNFUSED_CLONES static void
quantile_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];
		float q = block->parameter[i];
		float slope = r < 0.0f ? -q : 1.0f - q;

		block->derivative[i] = r == 0.0f ? 0.0f : slope;
		block->loss[i] = (double) slope * (double) r;
	}
}

UNFUSED_CLONES static void
huber_kernel(Block *block)
{
	for (int i = 0; i < BLOCK_SIZE; i++)
	{
		float r = block->margin[i] - block->target[i];
		float delta = block->parameter[i];
		float below = r < -delta ? -delta : r;
		float clipped = below > delta ? delta : below;

		/* |clipped| (|r| - |clipped| / 2) is both pieces in one. */
		block->derivative[i] = clipped;
		block->loss[i] = (double) clipped * ((double) r - 0.5 * clipped);
	}
}

/* Fills losses and derivatives of a block. */
static void
run_kernel(LossKind kind, Block *block)
{
	LogLinkBlock log_block = {block->margin, block->target, block->parameter,
							  block->derivative, block->loss};

	switch (kind)
	{
		case LOSS_LOGISTIC:
			logistic_kernel(block);
			break;
		case LOSS_HINGE:
			hinge_kernel(block);
			break;
		case LOSS_SQUARED:
			squared_kernel(block);
			break;
		case LOSS_ABSOLUTE:
			absolute_kernel(block);
			break;
		case LOSS_EPS_SQUARED:
			eps_insensitive_squared_kernel(block);
			break;
		case LOSS_EPS_ABSOLUTE:
			eps_insensitive_absolute_kernel(block);
			break;
		case LOSS_QUANTILE:
			quantile_kernel(block);
			break;
		case LOSS_HUBER:
			huber_kernel(block);
			break;
		case LOSS_POISSON:
			poisson_kernel(&log_block, BLOCK_SIZE);
			break;
		case LOSS_GAMMA:
			gamma_kernel(&log_block, BLOCK_SIZE);
			break;
		case LOSS_TWEEDIE:
			tweedie_kernel(&log_block, BLOCK_SIZE);
			break;
		case LOSS_SOFTMAX:
		case LOSS_MULTICLASS_HINGE:
			break; /* not elementwise */
	}
}

/* Whether a row of a fold is one that a model is judged on, or learns from. */
static inline bool
is_counted(const LossBatch *batch, size_t row, size_t model)
{
	int16_t own = batch->row_fold[row], fold = batch->model_fold[model];

	if (batch->held_out)
		return own == fold;
	return batch->forward && fold >= 0 ? own < fold : own != fold;
}

/* What a row weighs for a model. */
static inline float
effective_weight(const LossBatch *batch, size_t row, size_t model)
{
	float weight = batch->weight == NULL ? 1.0f : batch->weight[row];

	if (batch->class_weight != NULL && batch->class_weight[model] != NULL)
		weight *= batch->class_weight[model][(size_t) batch->target[row]];
	if (batch->row_fold != NULL && !is_counted(batch, row, model))
		weight = 0.0f;
	return weight;
}

/* Lays rows x models of the batch out flat. */
static void
gather(const LossBatch *batch, const float *margins, size_t first_row,
	   size_t rows, size_t first_model, size_t models, Block *block)
{
	bool plain = batch->class_weight == NULL && batch->row_fold == NULL;
	size_t i = 0;

	for (size_t r = first_row; r < first_row + rows; r++)
	{
		const float *source = margins + r * batch->stride + first_model;
		float target = batch->target[r];
		float weight = batch->weight == NULL ? 1.0f : batch->weight[r];

		for (size_t m = 0; m < models; m++)
		{
			block->margin[i + m] = source[m];
			block->target[i + m] = target;
			block->weight[i + m] = weight;
		}
		if (!plain)
			for (size_t m = 0; m < models; m++)
				block->weight[i + m] =
					effective_weight(batch, r, first_model + m);
		i += models;
	}
}

/* Adds a block's losses and weights, row by row. */
UNFUSED_CLONES static void
add_sums(const Block *block, size_t rows, size_t models,
		 double *restrict loss_sum, double *restrict weight_sum)
{
	for (size_t r = 0; r < rows; r++)
	{
		const float *weight = block->weight + r * models;
		const double *loss = block->loss + r * models;

		for (size_t m = 0; m < models; m++)
		{
			loss_sum[m] += (double) weight[m] * loss[m];
			weight_sum[m] += weight[m];
		}
	}
}

/* Writes weight times derivative back. */
static void
scatter(const LossBatch *batch, const Block *block, size_t first_row,
		size_t rows, size_t first_model, size_t models, float *derivatives)
{
	size_t i = 0;

	for (size_t r = first_row; r < first_row + rows; r++, i += models)
	{
		float *out = derivatives + r * batch->stride + first_model;

		for (size_t m = 0; m < models; m++)
			out[m] = block->weight[i + m] * block->derivative[i + m];
	}
}

/* One margin a model; derivatives may be NULL. */
static void
run_single(const LossBatch *batch, const float *margins, float *derivatives,
		   double *loss_sum, double *weight_sum)
{
	Block block;

	memset(&block, 0, sizeof(block));
	for (size_t m = 0; m < batch->models; m += BLOCK_SIZE)
	{
		size_t models = batch->models - m < BLOCK_SIZE ? batch->models - m
													   : (size_t) BLOCK_SIZE;
		size_t block_rows = BLOCK_SIZE / models;

		for (size_t i = 0; i < block_rows * models; i++)
			block.parameter[i] = (float) loss_parameter(
				batch->kind, &batch->parameters[m + i % models]);
		for (size_t r = 0; r < batch->rows; r += block_rows)
		{
			size_t rows =
				batch->rows - r < block_rows ? batch->rows - r : block_rows;

			gather(batch, margins, r, rows, m, models, &block);
			run_kernel(batch->kind, &block);
			add_sums(&block, rows, models, loss_sum + m, weight_sum + m);
			if (derivatives != NULL)
				scatter(batch, &block, r, rows, m, models, derivatives);
		}
	}
}

/* The largest of margins. */
UNFUSED_CLONES static float
largest_of(const float *margins, size_t outputs)
{
	float largest = margins[0];

	for (size_t k = 1; k < outputs; k++)
		largest = margins[k] > largest ? margins[k] : largest;
	return largest;
}

/* out[k] = exp(margins[k] - shift); returns their sum in LANES lanes. */
UNFUSED_CLONES static float
exp_shifted(const float *margins, float shift, float *out, size_t outputs)
{
	float lane[LANES] = {0};
	size_t k = 0;

	for (size_t i = 0; i < outputs; i++)
		out[i] = exp_negative(margins[i] - shift);
	for (; k + LANES <= outputs; k += LANES)
		for (size_t i = 0; i < LANES; i++)
			lane[i] += out[k + i];
	for (size_t i = 0; k + i < outputs; i++)
		lane[i] += out[k + i];
	return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
		   ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

UNFUSED_CLONES static void
scale(float *values, float factor, size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] *= factor;
}

/* Softmax of one row and model: in place if derive; returns the loss. */
static double
softmax_cell(float *margins, size_t outputs, size_t class, float weight,
			 bool derive)
{
	float chunk[BLOCK_SIZE];
	float largest = largest_of(margins, outputs);
	double gap = (double) largest - (double) margins[class];
	float sum = 0.0f;

	for (size_t k = 0; k < outputs; k += BLOCK_SIZE)
	{
		size_t count =
			outputs - k < BLOCK_SIZE ? outputs - k : (size_t) BLOCK_SIZE;

		sum += exp_shifted(margins + k, largest, derive ? margins + k : chunk,
						   count);
	}
	if (derive)
	{
		scale(margins, weight / sum, outputs);
		margins[class] -= weight;
	}
	return gap + log((double) sum);
}

/* Crammer and Singer's hinge of one row and model, likewise. */
static double
hinge_cell(float *margins, size_t outputs, size_t class, float required,
		   float weight, bool derive)
{
	size_t other = class == 0 ? 1 : 0;
	double violation;

	for (size_t k = other + 1; k < outputs; k++)
		if (k != class && !(margins[k] <= margins[other]))
			other = k;
	violation = ((double) required + margins[other]) - margins[class];
	if (derive)
	{
		memset(margins, 0, outputs * sizeof(float));
		if (!(violation <= 0.0))
		{
			margins[other] = weight;
			margins[class] = -weight;
		}
	}
	return violation <= 0.0 ? 0.0 : violation;
}

/* The loss of one row and model, in whose place its derivatives go. */
static double
run_cell(const LossBatch *batch, size_t model, float *margins, size_t class,
		 float weight, bool derive)
{
	if (batch->kind == LOSS_SOFTMAX)
		return softmax_cell(margins, batch->outputs, class, weight, derive);
	return hinge_cell(margins, batch->outputs, class,
					  (float) batch->parameters[model].margin, weight, derive);
}

/* One margin a class. */
static void
run_multi(const LossBatch *batch, float *margins, bool derive,
		  double *loss_sum, double *weight_sum)
{
	size_t outputs = batch->outputs;
	const bool *left_out = batch->left_out;

	for (size_t r = 0; r < batch->rows; r++)
	{
		size_t class = (size_t) batch->target[r];

		for (size_t m = 0; m < batch->models; m++)
		{
			float *cell = margins + r * batch->stride + m * outputs;
			float weight = effective_weight(batch, r, m);
			double loss;

			for (size_t k = 0; derive && left_out != NULL && k < outputs; k++)
				cell[k] = left_out[k] ? MARGIN_LEFT_OUT : cell[k];
			loss = run_cell(batch, m, cell, class, weight, derive);
			loss_sum[m] += (double) weight * loss;
			weight_sum[m] += weight;
		}
	}
}

void
loss_batch_derivatives(const LossBatch *batch, float *margins,
					   double *loss_sum, double *weight_sum)
{
	if (loss_is_multiclass(batch->kind))
		run_multi(batch, margins, true, loss_sum, weight_sum);
	else
		run_single(batch, margins, margins, loss_sum, weight_sum);
}

void
loss_batch_values(const LossBatch *batch, const float *margins,
				  double *loss_sum, double *weight_sum)
{
	/* run_multi writes only when it derives. */
	if (loss_is_multiclass(batch->kind))
		run_multi(batch, (float *) (uintptr_t) margins, false, loss_sum,
				  weight_sum);
	else
		run_single(batch, margins, NULL, loss_sum, weight_sum);
}
