/*
 * group_epoch.c
 *		One epoch of a group: mini-batches forward, back and updated; validation.
 */
#include "core/descent/group.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/descent/compact_epoch.h"
#include "core/descent/group_update.h"
#include "core/math/kernels.h"
#include "core/math/narrow.h"
#include "core/problem/warm_start.h"

/*
 * Most that a margin to train on is above, and but for poisson below, both that of
 * the mean label and the row's own: 150 times.
 */
#define LOG_MARGIN_BOUND 5.0f
/* Rows between asking for a target and using it. */
#define TARGETS_AHEAD 16

/* Puts n rows into the batch, normalised, with a 1 for the bias. */
static void
load_tile(Group *group, int channel, const uint32_t *order, size_t n)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem->rows[channel];

	for (size_t i = 0; i < n; i++)
	{
		float *row = group->sparse ? NULL : group->batch + i * group->stride;

		if (i + TARGETS_AHEAD < n)
			__builtin_prefetch(
				&group->targets[channel][order[i + TARGETS_AHEAD]]);
		if (!group->sparse)
		{
			rows_prefetch(rows, order, i, n);
			normalizer_apply(group->normalizer, rows, order[i], row);
			row[group->inputs - 1] = 1.0f;
		}
		group->tile_targets[i] = group->targets[channel][order[i]];
		group->tile_weights[i] = rows_weight(rows, order[i]);
		group->tile_offsets[i] =
			(float) (rows_offset(rows, order[i]) / group->margin_unit);
		if (problem->row_fold != NULL && channel == CHANNEL_TRAIN)
			group->tile_folds[i] = problem->row_fold[order[i]];
	}
}

/* margins = batch * weights, for n rows of a channel in the given order */
static void
forward(Group *group, int channel, const uint32_t *order, const float *scale,
		const float *weights, size_t n)
{
	if (group->sparse)
	{
		sparse_forward(group->problem->rows[channel], order, n, scale, weights,
					   group->columns, group->margins);
		return;
	}
	if (group->columns == 1)
		group->blas->sgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, (int) n,
						   (int) group->inputs, 1.0f, group->batch,
						   (int) group->stride, weights, 1, 0.0f,
						   group->margins, 1);
	else if (group->narrow != NULL)
		narrow_product(group->batch, group->stride, 1, n, group->inputs,
					   weights, group->columns, false, group->margins,
					   group->narrow);
	else
		group->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS,
						   (int) n, (int) group->columns, (int) group->inputs,
						   1.0f, group->batch, (int) group->stride, weights,
						   (int) group->columns, 0.0f, group->margins,
						   (int) group->columns);
}

/* gradient (+)= batch' * derivatives */
static void
backward(Group *group, const uint32_t *order, size_t n, bool add)
{
	float beta = add ? 1.0f : 0.0f;

	if (group->sparse)
	{
		if (!add)
		{
			group->touched.count = 0;
			group->touched.current++;
		}
		sparse_backward(group->problem->rows[CHANNEL_TRAIN], order, n,
						group->learned_scale, group->margins, group->columns,
						!add, &group->touched, group->gradient);
		return;
	}
	if (group->columns == 1)
		group->blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, (int) n,
						   (int) group->inputs, 1.0f, group->batch,
						   (int) group->stride, group->margins, 1, beta,
						   group->gradient, 1);
	else if (group->narrow != NULL)
		narrow_product(group->batch, 1, group->stride, group->inputs, n,
					   group->margins, group->columns, add, group->gradient,
					   group->narrow);
	else
		group->blas->sgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS,
						   (int) group->inputs, (int) group->columns, (int) n,
						   1.0f, group->batch, (int) group->stride,
						   group->margins, (int) group->columns, beta,
						   group->gradient, (int) group->columns);
}

/*
 * Keeps margins to train on where one row's mean is no more than so many times
 * what it would be with nothing learned, or its label: a few steps too far would
 * else be answered by a gradient that dwarfs all others.
 */
static void
bound_margins(Group *group, size_t n)
{
	bool both = loss_table[group->loss].label_power != 1.0;

	for (size_t i = 0; i < n; i++)
	{
		float *margins = group->margins + i * group->columns;
		float known = group->tile_targets[i] > 0.0f
						  ? (float) portable_log(group->tile_targets[i]) -
								group->tile_offsets[i]
						  : 0.0f;
		float most = fmaxf(known, 0.0f) + LOG_MARGIN_BOUND;
		float least = both ? fminf(known, 0.0f) - LOG_MARGIN_BOUND : -INFINITY;

		for (size_t c = 0; c < group->columns; c++)
			margins[c] = margins[c] > most	  ? most
						 : margins[c] < least ? least
											  : margins[c];
	}
}

/* Adds the rows' offsets to their margins. */
static void
offset_margins(Group *group, int channel, size_t n)
{
	if (group->problem->rows[channel]->offsets == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < group->columns; c++)
			group->margins[i * group->columns + c] += group->tile_offsets[i];
}

/* What the loss module needs to know of n rows in the tile. */
static LossBatch
describe_tile(const Group *group, size_t n, bool held_out)
{
	return (LossBatch){
		.kind = group->loss,
		.rows = n,
		.models = group->models,
		.outputs = group->outputs,
		.stride = group->columns,
		.parameters = group->parameters,
		.target = group->tile_targets,
		.weight = group->tile_weights,
		.class_weight = (const float *const *) group->class_weight,
		.row_fold =
			group->problem->row_fold != NULL ? group->tile_folds : NULL,
		.model_fold = group->model_fold,
		.held_out = held_out,
		.forward = group->problem->fold_key == FOLD_KEY_TIME};
}

double
group_label_loss(const Group *group, double loss)
{
	return loss *
		   loss_scale(group->loss, group->parameters, group->label_unit);
}

double
group_penalty_unit(const Group *group)
{
	return loss_penalty_unit(group->loss, group->parameters,
							 group->label_unit);
}

/* Moves the epoch's average towards the new weights. */
static void
average(Group *group, float share)
{
	kernel_blend(share, group->weights, group->average,
				 group->inputs * group->columns);
}

/* Starts the losses of an epoch's rows at nothing. */
static void
start_sums(Group *group)
{
	memset(group->loss_sum, 0, group->models * sizeof(double));
	memset(group->weight_sum, 0, group->models * sizeof(double));
}

/* Ends an epoch: what its rows, and updates, come to. */
static void
finish_epoch(Group *group)
{
	if (group->sparse)
		group_finish_sparse_average(group);
	for (size_t m = 0; m < group->models; m++)
		group->train_loss[m] = group_label_loss(
			group, group->weight_sum[m] > 0
					   ? group->loss_sum[m] / group->weight_sum[m]
					   : 0.0);
}

void
group_train_rows(Group *group, size_t from, size_t to)
{
	size_t n;

	if (from > 0 && group->cut)
		return;
	if (from == 0)
	{
		start_sums(group);
		group->filled = 0;
		group->epoch_updates = 0;
		if (group->sparse)
			group_start_sparse_average(group);
	}
	if (group->compact != NULL)
	{
		compact_epoch_run(group);
		if (group->status == LL_OK)
			finish_epoch(group);
		return;
	}
	for (size_t at = from; at < to; at += n)
	{
		size_t wanted = group->batch_size - group->filled;
		LossBatch batch;

		n = to - at < wanted ? to - at : wanted;
		n = n < group->tile ? n : group->tile;
		if (group_interrupted(group))
			return;
		load_tile(group, CHANNEL_TRAIN, group->order + at, n);
		forward(group, CHANNEL_TRAIN, group->order + at, group->learned_scale,
				group->weights, n);
		if (loss_is_log_link(group->loss))
			bound_margins(group, n);
		offset_margins(group, CHANNEL_TRAIN, n);
		batch = describe_tile(group, n, false);
		if (group->problem->warm_start != NULL && group->problem->outputs > 1)
			batch.left_out = group->problem->warm_start->held_outputs;
		if (group_interrupted(group))
			return;
		loss_batch_derivatives(&batch, group->margins, group->loss_sum,
							   group->weight_sum);
		backward(group, group->order + at, n, group->filled > 0);
		group->filled += n;
		if (group->filled < group->batch_size && at + n < group->row_count)
			continue;
		group_update(group, group->filled);
		group->filled = 0;
		group->epoch_updates++;
		if (!group->sparse)
			average(group, 1.0f / (float) group->epoch_updates);
		group->cut = problem_late(group->problem);
		if (group->cut || at + n == group->row_count)
		{
			finish_epoch(group);
			return;
		}
	}
}

void
group_validate_rows(Group *group, size_t from, size_t to)
{
	const Problem *problem = group->problem;
	bool folds = problem->row_fold != NULL;
	int channel = folds ? CHANNEL_TRAIN : CHANNEL_VALIDATION;
	const Rows *rows = problem_validation_rows(problem);

	if (from == 0)
		start_sums(group);
	for (size_t at = from; at < to; at += group->tile)
	{
		size_t n = to - at < group->tile ? to - at : group->tile;
		LossBatch batch;

		if (group_interrupted(group))
			return;
		load_tile(group, channel, rows->order + at, n);
		forward(group, channel, rows->order + at, group->normalizer->scale_f32,
				group->average, n);
		offset_margins(group, channel, n);
		if (group_interrupted(group))
			return;
		batch = describe_tile(group, n, folds);
		loss_batch_values(&batch, group->margins, group->loss_sum,
						  group->weight_sum);
		if (problem->predictor == PREDICTOR_BINARY)
			for (size_t m = 0; m < group->models; m++)
				for (size_t i = 0; i < n; i++)
					group->scores[m * rows->count + at + i] =
						group->margins[i * group->columns + m];
	}
	if (to < rows->count)
		return;
	for (size_t m = 0; m < group->models; m++)
		group->validation_loss[m] = group_label_loss(
			group, group->weight_sum[m] > 0
					   ? group->loss_sum[m] / group->weight_sum[m]
					   : NAN);
}
