/*
 * tile_losses.c
 *		A tile's losses and derivatives, in the place of its margins.
 */
#include "core/solve/tile_losses.h"

#include <string.h>

#include "core/loss/loss_rows.h"
#include "core/solve/kink.h"

/* Mean over the classes of softmax's p_k (1 - p_k), from its gradient. */
static double
mean_curvature(const double *gradient, size_t outputs, size_t class)
{
	double sum = 0.0;

	for (size_t k = 0; k < outputs; k++)
	{
		double p = gradient[k] + (k == class ? 1.0 : 0.0);

		sum += p * (1.0 - p);
	}
	return sum > 0.0 ? sum / (double) outputs : 0.0;
}

/* Second derivatives from a float tile's margins, of one margin a row. */
static void
curve_single(const Pass *pass, PassLane *lane, size_t rows)
{
	const SolverProblem *problem = pass->problem;
	const float *z = lane->margins;

	for (size_t i = 0; i < rows; i++)
		lane->curvature[i] =
			lane->weight[i] * loss_second_derivative(problem->loss,
													 &problem->parameters,
													 z[i], lane->target64[i]);
}

/* The same of softmax, from its weighted derivatives. */
static void
curve_single_multi(const Pass *pass, PassLane *lane, size_t rows)
{
	const float *z = lane->margins;

	for (size_t i = 0; i < rows; i++, z += pass->outputs)
	{
		double w = lane->weight[i];

		for (size_t k = 0; k < pass->outputs; k++)
			lane->multi[k] = w > 0.0 ? z[k] / w : 0.0;
		lane->curvature[i] = w * mean_curvature(lane->multi, pass->outputs,
												(size_t) lane->target64[i]);
	}
}

/* Which of several outputs the loss is without; NULL: none. */
static const bool *
left_out(const Pass *pass)
{
	return pass->outputs > 1 ? pass->problem->held_outputs : NULL;
}

/* Turns a float tile's margins into weighted derivatives. */
static void
derive_single(const Pass *pass, PassLane *lane, size_t rows)
{
	LossBatch batch = {.kind = pass->problem->loss,
					   .rows = rows,
					   .models = 1,
					   .outputs = pass->outputs,
					   .stride = pass->outputs,
					   .parameters = &pass->problem->parameters,
					   .target = lane->target,
					   .weight = lane->weight,
					   .left_out = left_out(pass)};

	if (pass->want_gram && !loss_is_multiclass(pass->problem->loss))
		curve_single(pass, lane, rows);
	loss_batch_derivatives(&batch, lane->margins, &lane->loss,
						   &lane->weight_sum);
	if (pass->want_gram && loss_is_multiclass(pass->problem->loss))
		curve_single_multi(pass, lane, rows);
}

/* Rows whose losses are worked out at once. */
#define LOSS_ROWS 256

/* The same of the logistic loss in double, with second derivatives. */
static void
derive_logistic(PassLane *lane, size_t rows)
{
	double *z = lane->margins;
	double loss[LOSS_ROWS], derivative[LOSS_ROWS];
	double loss_sum = lane->loss, weight_sum = lane->weight_sum;

	for (size_t first = 0; first < rows; first += LOSS_ROWS)
	{
		size_t count = rows - first < LOSS_ROWS ? rows - first : LOSS_ROWS;

		loss_logistic_rows(z + first, lane->target64 + first, count, loss,
						   derivative, lane->curvature + first);
		for (size_t i = 0; i < count; i++)
		{
			double w = lane->weight[first + i];

			z[first + i] = w * derivative[i];
			lane->curvature[first + i] *= w;
			loss_sum += w * loss[i];
			weight_sum += w;
		}
	}
	lane->loss = loss_sum;
	lane->weight_sum = weight_sum;
}

void
pass_derive(const Pass *pass, PassLane *lane, size_t rows)
{
	const SolverProblem *problem = pass->problem;
	const LossParameters *p = &problem->parameters;
	const bool *out = left_out(pass);
	size_t outputs = pass->outputs;
	double *z = lane->margins;

	if (problem->loss == LOSS_LOGISTIC && !pass->fisher)
	{
		derive_logistic(lane, rows);
		return;
	}
	for (size_t i = 0; i < rows; i++, z += outputs)
	{
		double w = lane->weight[i];
		double y = lane->target64[i];
		double loss;

		for (size_t k = 0; out != NULL && k < outputs; k++)
			z[k] = out[k] ? MARGIN_LEFT_OUT : z[k];
		if (loss_is_multiclass(problem->loss))
		{
			loss = loss_value_multi(problem->loss, p, z, outputs, (size_t) y);
			loss_gradient_multi(problem->loss, p, z, outputs, (size_t) y,
								lane->multi);
			lane->curvature[i] =
				w * mean_curvature(lane->multi, outputs, (size_t) y);
			for (size_t k = 0; k < outputs; k++)
				z[k] = w * lane->multi[k];
		}
		else
		{
			loss = pass->fisher ? loss_pearson(problem->loss, p, z[0], y)
								: loss_value(problem->loss, p, z[0], y);
			lane->curvature[i] =
				w * loss_second_derivative(
						problem->loss, p, z[0],
						pass->fisher ? loss_mean(problem->loss, z[0]) : y);
			z[0] = w * loss_derivative(problem->loss, p, z[0], y);
		}
		lane->loss += w * loss;
		lane->weight_sum += w;
	}
}

/* The same of a loss with kinks that is rounded. */
static void
derive_rounded(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	const SolverProblem *problem = pass->problem;
	const LossParameters *p = &problem->parameters;
	const bool *out = left_out(pass);
	size_t outputs = pass->outputs;
	size_t width = 2 * kink_terms(problem->loss);
	double *z = lane->margins;

	for (size_t i = 0; i < rows; i++, z += outputs)
	{
		double w = lane->weight[i];
		double y = lane->target64[i];
		KinkRow row;

		for (size_t k = 0; out != NULL && k < outputs; k++)
			z[k] = out[k] ? MARGIN_LEFT_OUT : z[k];
		if (outputs > 1)
		{
			kink_multi(p, pass->smoothing, z, outputs, (size_t) y, lane->multi,
					   &row);
			row.curvature = mean_curvature(lane->multi, outputs, (size_t) y) /
							pass->smoothing;
			for (size_t k = 0; k < outputs; k++)
				z[k] = w * lane->multi[k];
		}
		else
		{
			kink_row(problem->loss, p, pass->smoothing, z[0], y,
					 pass->move_dual ? pass->dual + (first + i) * width : NULL,
					 &row);
			z[0] = w * row.derivative;
		}
		lane->curvature[i] = w * row.curvature;
		lane->loss += w * row.smooth;
		lane->exact_loss += w * row.loss;
		lane->gap += w * row.gap;
		lane->weight_sum += w;
	}
}

void
pass_derive_tile(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	if (pass->smoothing > 0.0)
		derive_rounded(pass, lane, first, rows);
	else if (pass->single)
		derive_single(pass, lane, rows);
	else
		pass_derive(pass, lane, rows);
}
