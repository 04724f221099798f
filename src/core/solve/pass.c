/*
 * pass.c
 *		One pass over the rows: lanes, rounds, and the sums of lanes.
 */
#include "core/solve/pass.h"

#include <math.h>
#include <string.h>

#include "core/rows/gram_sums.h"
#include "core/rows/spill.h"
#include "core/solve/pass_shards.h"
#include "core/solve/tile_products.h"
#include "core/solve/vector.h"

/* Elements of the lanes' matrices cleared or summed between interrupts. */
#define SUM_ELEMENTS ((size_t) 1 << 20)

/* Makes a lane's sums ready for a run. */
static void
reset_lane(void *argument, size_t index)
{
	Pass *pass = argument;
	PassLane *lane = &pass->lane[index];

	lane->loss = lane->weight_sum = lane->exact_loss = lane->gap = 0.0;
	lane->waiting_rows = lane->decisive = 0;
	memset(lane->gradient, 0, pass->parameters * sizeof(double));
	lane->zero_loss = 0.0;
	if (pass->want_zero)
		memset(lane->zero_gradient, 0, pass->parameters * sizeof(double));
}

/* Clears one column of the lanes' Gram matrices. */
static void
clear_column(void *argument, size_t index)
{
	Pass *pass = argument;
	size_t n = pass->gram_size, j = pass->next_column + index;
	size_t size = pass->single ? sizeof(float) : sizeof(double);

	for (size_t l = 0; l < pass->lanes; l++)
		memset((char *) pass->lane[l].gram + j * n * size, 0, n * size);
}

/* Multiplies what still waits in a lane. */
static void
flush_lane(void *argument, size_t index)
{
	Pass *pass = argument;

	pass_flush_gram(pass, &pass->lane[pass->next_lane + index]);
}

/* Runs a task, in parallel where there are threads. */
static void
run_tasks(Pass *pass, void (*task)(void *argument, size_t index), size_t count)
{
	if (pass->pool != NULL)
		threads_run(pass->pool, task, pass, count);
	else
		for (size_t i = 0; i < count; i++)
			task(pass, i);
}

/* Runs a task for each column of the Gram matrices, to be cancelled soon. */
static Status
run_columns(Pass *pass, void (*task)(void *argument, size_t index),
			Failure *failure)
{
	size_t n = pass->gram_size;
	size_t columns = SUM_ELEMENTS / (n * pass->lanes) + 1;

	for (pass->next_column = 0; pass->next_column < n;
		 pass->next_column += columns)
	{
		size_t left = n - pass->next_column;

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		run_tasks(pass, task, left < columns ? left : columns);
	}
	return LL_OK;
}

/* A lane's tiles of one round. */
static void
run_lane(void *argument, size_t index)
{
	Pass *pass = argument;

	for (size_t i = 0; i < pass->round_tiles; i++)
	{
		size_t first =
			pass->next_row + (i * pass->lanes + index) * pass->tile_rows;

		if (first < pass->end && !runtime_interrupted(pass->runtime))
			pass->tile(pass, &pass->lane[index], first);
	}
}

/* Flushes the lanes, a thread's one at a time, to be cancelled soon. */
static Status
flush_lanes(Pass *pass, Failure *failure)
{
	size_t threads =
		pass->pool != NULL ? (size_t) threads_count(pass->pool) : 1;

	for (pass->next_lane = 0; pass->next_lane < pass->lanes;
		 pass->next_lane += threads)
	{
		size_t left = pass->lanes - pass->next_lane;

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		run_tasks(pass, flush_lane, left < threads ? left : threads);
	}
	return LL_OK;
}

/* Whether a run is to go on. */
static Status
look_up(const Pass *pass, Failure *failure)
{
	const SolverControl *control = pass->control;

	if (runtime_interrupted(pass->runtime))
		return fail_cancelled(failure);
	if (pass->bounded && control->late != NULL &&
		control->late(control->context))
		return LL_LATE;
	return LL_OK;
}

/* Runs all tiles in rounds short enough to look at interrupts between them. */
static Status
run_rounds(Pass *pass, Failure *failure)
{
	Status status = LL_OK;

	run_tasks(pass, reset_lane, pass->lanes);
	if (pass->want_gram)
		status = run_columns(pass, clear_column, failure);
	if (status != LL_OK)
		return status;
	for (pass->start = 0; pass->start < pass->rows; pass->start = pass->end)
	{
		size_t loaded;

		status = rows_load(pass->problem->rows, pass->order + pass->start,
						   pass->rows - pass->start, &loaded, failure);
		if (status != LL_OK)
			return status;
		pass->end = pass->start + loaded;
		for (pass->next_row = pass->start; pass->next_row < pass->end;
			 pass->next_row +=
			 pass->round_tiles * pass->lanes * pass->tile_rows)
		{
			status = look_up(pass, failure);
			if (status != LL_OK)
				return status;
			run_tasks(pass, run_lane, pass->lanes);
		}
	}
	return pass->want_gram ? flush_lanes(pass, failure) : LL_OK;
}

/* A lane's gradient at the weights or at zero. */
static const double *
gradient_of(const PassLane *lane, bool zero)
{
	return zero ? lane->zero_gradient : lane->gradient;
}

/* Sums the lanes' gradients in order, and scales the sum. */
static void
sum_gradients(const Pass *pass, bool zero, double scale, double *out)
{
	const double *sum = gradient_of(&pass->lane[0], zero);

	for (size_t l = 1; l < pass->lanes; l++)
	{
		pass_add(pass, sum, 1.0, gradient_of(&pass->lane[l], zero), out);
		sum = out;
	}
	pass_scale(pass, scale, sum, out);
}

/* One column of the lanes' Gram matrices, lower triangle, summed in order. */
static void
sum_column(void *argument, size_t index)
{
	Pass *pass = argument;
	size_t n = pass->gram_size;
	size_t j = pass->next_column + index;
	double *out = pass->gram_out + j * n;

	for (size_t i = j; i < n; i++)
	{
		double sum = 0.0;

		for (size_t l = 0; l < pass->lanes; l++)
			sum += pass->single ? ((float *) pass->lane[l].gram)[j * n + i]
								: ((double *) pass->lane[l].gram)[j * n + i];
		out[i] = sum * pass->gram_scale;
	}
}

/* Sums the lanes' Gram matrices. */
static Status
sum_gram(Pass *pass, double scale, double *gram, Failure *failure)
{
	pass->gram_scale = scale;
	pass->gram_out = gram;
	return run_columns(pass, sum_column, failure);
}

/* Multiplies a matrix like the weights by the features' inverse deviations. */
static void
scale_features(const Pass *pass, double *matrix)
{
	const double *inverse = pass->problem->inverse_deviation;

	for (size_t j = 0; inverse != NULL && j < pass->dimension; j++)
		for (size_t k = 0; k < pass->outputs; k++)
			matrix[j * pass->outputs + k] *= inverse[j];
}

/* Copies the weights into the forms that tiles use. */
static void
prepare_weights(Pass *pass, const double *weights)
{
	pass->weights = weights;
	if (pass->single)
		for (size_t i = 0; i < pass->parameters; i++)
			pass->weights32[i] = (float) weights[i];
	if (pass->stride == 0)
	{
		memcpy(pass->scaled, weights, pass->parameters * sizeof(double));
		scale_features(pass, pass->scaled);
	}
}

/* Scales a sparse gradient, and keeps what is not learned at rest. */
static void
finish_gradient(const Pass *pass, double *gradient)
{
	const double *inverse = pass->problem->inverse_deviation;
	size_t bias = pass->dimension * pass->outputs;

	if (pass->stride == 0)
		scale_features(pass, gradient);
	else if (inverse != NULL)
		for (size_t i = 0; i < bias; i++)
			if (inverse[i / pass->outputs] == 0.0)
				gradient[i] = 0.0;
	if (!pass->problem->use_bias)
		memset(gradient + bias, 0, pass->outputs * sizeof(double));
}

double
pass_weight(const Pass *pass)
{
	double sum = pass->shard_weight;

	for (size_t l = 0; l < pass->lanes; l++)
		sum += pass->lane[l].weight_sum;
	return sum > 0.0 ? sum : 1.0;
}

Status
pass_run(Pass *pass, const double *weights, double *loss, double *gradient,
		 double *gram, Failure *failure)
{
	double scale, sum = 0.0;
	Status status;

	if (pass->problem->rows->shards != NULL)
		return pass_run_shards(pass, weights, loss, gradient, gram, failure);
	prepare_weights(pass, weights);
	pass->want_gram = gram != NULL;
	status = run_rounds(pass, failure);
	if (status != LL_OK)
		return status;
	scale = 1.0 / pass_weight(pass);
	pass->exact_loss = pass->gap = 0.0;
	for (size_t l = 0; l < pass->lanes; l++)
	{
		sum += pass->lane[l].loss;
		pass->exact_loss += pass->lane[l].exact_loss * scale;
		pass->gap += pass->lane[l].gap * scale;
	}
	*loss = sum * scale;
	sum_gradients(pass, false, scale, gradient);
	finish_gradient(pass, gradient);
	return gram != NULL ? sum_gram(pass, scale, gram, failure) : LL_OK;
}

Status
pass_run_with_zero(Pass *pass, const double *weights, double *loss,
				   double *gradient, double *gram, double *zero_loss,
				   double *zero_gradient, Failure *failure)
{
	double scale, sum = 0.0;
	Status status;

	pass->want_zero = true;
	status = pass_run(pass, weights, loss, gradient, gram, failure);
	pass->want_zero = false;
	if (status != LL_OK)
		return status;
	scale = 1.0 / pass_weight(pass);
	for (size_t l = 0; l < pass->lanes; l++)
		sum += pass->lane[l].zero_loss;
	*zero_loss = sum * scale;
	sum_gradients(pass, true, scale, zero_gradient);
	finish_gradient(pass, zero_gradient);
	return LL_OK;
}

Status
pass_diagonal(Pass *pass, const double *weights, double *diagonal,
			  Failure *failure)
{
	Status status;

	prepare_weights(pass, weights);
	pass->want_gram = false;
	pass->want_diagonal = true;
	status = run_rounds(pass, failure);
	pass->want_diagonal = false;
	if (status != LL_OK)
		return status;
	sum_gradients(pass, false, 1.0 / pass_weight(pass), diagonal);
	finish_gradient(pass, diagonal);
	scale_features(pass, diagonal); /* once more, as squares are */
	return LL_OK;
}

Status
pass_gram(Pass *pass, double *gram, Failure *failure)
{
	const SolverProblem *problem = pass->problem;
	Status status;

	if (problem->rows->sums != NULL)
		return gram_sums_normalised(
			problem->rows->sums, problem->mean, problem->inverse_deviation,
			problem->label_mean, problem->label_deviation, pass->gram_size,
			gram, NULL, failure);
	if (problem->rows->shards != NULL)
		return fail(failure, LL_UNSUPPORTED, "rows elsewhere have no sums");
	pass->weights = NULL;
	pass->want_gram = true;
	status = run_rounds(pass, failure);
	if (status != LL_OK)
		return status;
	return sum_gram(pass, 1.0 / pass_weight(pass), gram, failure);
}

double
pass_penalty(const Pass *pass, const double *weights, double *gradient)
{
	size_t bias = pass->dimension * pass->outputs;
	double wd = pass->problem->wd;
	double bias_wd = wd * pass->problem->bias_wd_mult;
	double value;

	if (wd == 0.0)
		return 0.0;
	value = 0.5 * wd * vector_dot(weights, weights, bias) +
			0.5 * bias_wd *
				vector_dot(weights + bias, weights + bias, pass->outputs);
	for (size_t i = 0; i < pass->parameters; i++)
		gradient[i] += (i < bias ? wd : bias_wd) * weights[i];
	return value;
}

void
pass_hold_outputs(const Pass *pass, double *gradient)
{
	const bool *held = pass->problem->held_outputs;

	for (size_t i = 0; held != NULL && i < pass->parameters; i++)
		if (held[i % pass->outputs])
			gradient[i] = 0.0;
}

Status
pass_objective(Pass *pass, const double *weights, double *data_loss,
			   double *objective, double *gradient, Failure *failure)
{
	Status status =
		pass_run(pass, weights, data_loss, gradient, NULL, failure);

	if (status != LL_OK)
		return status;
	*objective = *data_loss + pass_penalty(pass, weights, gradient);
	pass_hold_outputs(pass, gradient);
	return LL_OK;
}
