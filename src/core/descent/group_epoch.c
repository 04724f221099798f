/*
 * group_epoch.c
 *		One epoch of a group: mini-batches forward, back and updated; validation.
 */
#include "core/descent/group.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/descent/optimizer.h"
#include "core/math/kernels.h"
#include "core/math/narrow.h"
#include "core/problem/warm_start.h"

/*
 * Most that a margin to train on is above, and but for poisson below, both that of
 * the mean label and the row's own: 150 times.
 */
#define LOG_MARGIN_BOUND 5.0f
/* Weights updated between two looks at interrupts. */
#define UPDATE_FLOATS ((size_t) 1 << 22)

/* Rows between asking for a target and using it. */
#define TARGETS_AHEAD 16

/* Whether the host asked to stop. */
static bool
interrupted(Group *group)
{
	if (runtime_interrupted(&group->problem->runtime))
		group->status = LL_CANCELLED;
	return group->status != LL_OK;
}

/* Puts n rows into the batch, normalised, with a 1 for the bias. */
static void
load_tile(Group *group, int channel, const uint32_t *order, size_t n)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem->rows[channel];

	for (size_t i = 0; i < n; i++)
	{
		float *row = group->batch + (group->sparse ? 0 : i * group->stride);

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
forward(Group *group, int channel, const uint32_t *order, const float *weights,
		size_t n)
{
	if (group->sparse)
	{
		sparse_forward(group->problem->rows[channel], order, n,
					   group->normalizer->scale_f32, weights, group->columns,
					   group->margins);
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
						group->normalizer->scale_f32, group->margins,
						group->columns, !add, &group->touched,
						group->gradient);
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

/* Whether the rows say nothing of a feature, or of an output. */
static bool
held(const Group *group, size_t feature)
{
	const WarmStart *start = group->problem->warm_start;

	return start != NULL && start->held_features[feature];
}

static bool
held_output(const Group *group, size_t output)
{
	const WarmStart *start = group->problem->warm_start;

	return start != NULL && start->held_outputs != NULL &&
		   start->held_outputs[output];
}

/* Learning rates and scales of this update. */
static void
set_rates(Group *group)
{
	group->updates++;
	for (size_t m = 0; m < group->models; m++)
	{
		const Hyperparameters *s = &group->members[m]->settings;
		double rate = s->value[HP_LEARNING_RATE];
		double bias =
			s->value[HP_USE_BIAS] != 0 ? s->value[HP_BIAS_LR_MULT] : 0.0;

		if (s->value[HP_USE_LR_SCHEDULER] != 0)
			rate = schedule_rate(rate, s->value[HP_LR_SCHEDULER_FACTOR],
								 s->value[HP_LR_SCHEDULER_STEP],
								 s->value[HP_LR_SCHEDULER_MINIMUM_LR],
								 group->updates);
		if (optimizer_table[group->optimizer].corrects_bias)
			rate *= sqrt(1.0 - pow(s->value[HP_BETA_2], group->updates)) /
					(1.0 - pow(s->value[HP_BETA_1], group->updates));
		for (size_t i = m * group->outputs; i < group->period;
			 i += group->columns)
			for (size_t k = 0; k < group->outputs; k++)
			{
				double own = held_output(group, k) ? 0.0 : rate;

				group->rates.rate[i + k] = (float) own;
				group->bias_rates.rate[i + k] = (float) (own * bias);
			}
	}
}

/* The rates of features, or of the bias, as the optimizer takes them. */
static UpdateRates
update_rates(const RateArrays *arrays)
{
	return (UpdateRates){arrays->rate,	arrays->wd,
						 arrays->l1,	arrays->momentum,
						 arrays->decay, arrays->gradient_scale};
}

/* Updates `count` weights that start at a row of the matrix. */
static void
update_rows(Group *group, const UpdateRates *rates, size_t row, size_t count,
			float scale)
{
	size_t at = row * group->columns;

	kernel_scale(scale, group->gradient + at, count);
	optimizer_update(group->optimizer, rates, group->period, count,
					 group->weights + at, group->gradient + at,
					 group->first + at,
					 group->second != NULL ? group->second + at : NULL);
	group_bound(group, row, count / group->columns);
}

/*
 * Brings a row's average up to an update: what that of an untouched row misses is
 * so many times its weights.
 */
static void
catch_up(Group *group, size_t row, uint64_t update)
{
	float missed = (float) (update - group->averaged[row]);

	if (missed > 0)
	{
		float share = missed / (float) (update - group->epoch_start);
		float *average = group->average + row * group->columns;
		const float *weights = group->weights + row * group->columns;

		for (size_t c = 0; c < group->columns; c++)
			average[c] += share * (weights[c] - average[c]);
	}
	group->averaged[row] = update;
}

/* Weights, moments and rates of touched features, side by side. */
typedef struct Touched
{
	float *weights;
	float *gradient;
	float *first;
	float *second; /* NULL: the optimizer has none */
	float *wd;
	float *l1;
	size_t rows[RATE_PERIOD];
	size_t count;
} Touched;

/* Puts a feature's row beside the others. */
static void
gather_touched(Group *group, Touched *touched, size_t row, float scale)
{
	size_t at = row * group->columns, to = touched->count * group->columns;

	for (size_t c = 0; c < group->columns; c++)
	{
		touched->weights[to + c] = group->weights[at + c];
		touched->gradient[to + c] = scale * group->gradient[at + c];
		touched->first[to + c] = group->first[at + c];
		if (touched->second != NULL)
			touched->second[to + c] = group->second[at + c];
		/* by its rarity's share */
		touched->wd[to + c] = group->rates.wd[c] * group->rarity[row];
		touched->l1[to + c] = group->rates.l1[c] * group->rarity[row];
	}
	touched->rows[touched->count++] = row;
}

/* Updates the gathered features, and puts them back. */
static void
update_gathered(Group *group, Touched *touched)
{
	UpdateRates rates = update_rates(&group->rates);
	size_t columns = group->columns;

	rates.wd = touched->wd;
	rates.l1 = touched->l1;
	optimizer_update(group->optimizer, &rates, group->period,
					 touched->count * columns, touched->weights,
					 touched->gradient, touched->first, touched->second);
	for (size_t t = 0; t < touched->count; t++)
	{
		size_t at = touched->rows[t] * columns, from = t * columns;

		memcpy(group->weights + at, touched->weights + from,
			   columns * sizeof(float));
		group_bound(group, touched->rows[t], 1);
		memcpy(group->first + at, touched->first + from,
			   columns * sizeof(float));
		if (touched->second != NULL)
			memcpy(group->second + at, touched->second + from,
				   columns * sizeof(float));
	}
	touched->count = 0;
}

/* Whether so few columns a feature are better updated side by side. */
static bool
is_gathered(const Group *group)
{
	return group->columns <= RATE_PERIOD / 4;
}

/* Updates a touched feature of many columns where it is. */
static void
update_in_place(Group *group, size_t row, float scale)
{
	UpdateRates rates = update_rates(&group->rates);
	float *wd = group->gathered, *l1 = wd + group->period;

	for (size_t c = 0; c < group->columns; c++)
	{
		wd[c] = group->rates.wd[c] * group->rarity[row];
		l1[c] = group->rates.l1[c] * group->rarity[row];
	}
	rates.wd = wd;
	rates.l1 = l1;
	update_rows(group, &rates, row, group->columns, scale);
}

/* Updates the touched features only. */
static void
update_touched(Group *group, float scale)
{
	size_t period = group->period;
	size_t most = is_gathered(group) ? period / group->columns : 0;
	float *room = group->gathered;
	Touched touched = {.weights = room,
					   .gradient = room + period,
					   .first = room + 2 * period,
					   .second =
						   group->second != NULL ? room + 3 * period : NULL,
					   .wd = room + 4 * period,
					   .l1 = room + 5 * period};

	for (size_t t = 0; t < group->touched.count; t++)
	{
		size_t row = group->touched.features[t];

		if (held(group, row))
			continue;
		catch_up(group, row, group->updates - 1);
		if (most == 0)
			update_in_place(group, row, scale);
		else
			gather_touched(group, &touched, row, scale);
		if (touched.count > 0 && touched.count == most)
			update_gathered(group, &touched);
	}
	if (touched.count > 0)
		update_gathered(group, &touched);
}

/* How many features from one on are learned, at most so many; 0: it is held. */
static size_t
learned_run(const Group *group, size_t feature, size_t most)
{
	size_t n = 0;

	if (group->problem->warm_start == NULL)
		return most;
	while (n < most && !held(group, feature + n))
		n++;
	return n;
}

/* Applies the gradient summed over `rows` rows. */
static void
update(Group *group, size_t rows)
{
	size_t features = group->inputs - 1;
	UpdateRates rates = update_rates(&group->rates);
	UpdateRates bias = update_rates(&group->bias_rates);
	float scale = 1.0f / (float) rows;
	/* Whole periods, over which the rates of a row repeat. */
	size_t step =
		group->period / group->columns * (UPDATE_FLOATS / group->period + 1);

	set_rates(group);
	if (group->sparse)
	{
		update_touched(group, scale);
		catch_up(group, features, group->updates - 1);
	}
	else
		for (size_t row = 0, n; row < features && !interrupted(group);
			 row += n)
		{
			n = learned_run(group, row,
							features - row < step ? features - row : step);
			if (n > 0)
				update_rows(group, &rates, row, n * group->columns, scale);
			else
				n = 1;
		}
	update_rows(group, &bias, features, group->columns, scale);
}

/* Starts the average of an epoch of sparse rows. */
static void
start_sparse_average(Group *group)
{
	group->epoch_start = group->updates;
	memset(group->average, 0, group->inputs * group->columns * sizeof(float));
	for (size_t row = 0; row < group->inputs; row++)
		group->averaged[row] = group->updates;
}

/* Brings the average of all rows up to the epoch's last update. */
static void
finish_sparse_average(Group *group)
{
	for (size_t row = 0; row < group->inputs; row++)
		catch_up(group, row, group->updates);
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
		finish_sparse_average(group);
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
			start_sparse_average(group);
	}
	for (size_t at = from; at < to; at += n)
	{
		size_t wanted = group->batch_size - group->filled;
		LossBatch batch;

		n = to - at < wanted ? to - at : wanted;
		n = n < group->tile ? n : group->tile;
		if (interrupted(group))
			return;
		load_tile(group, CHANNEL_TRAIN, group->order + at, n);
		forward(group, CHANNEL_TRAIN, group->order + at, group->weights, n);
		if (loss_is_log_link(group->loss))
			bound_margins(group, n);
		offset_margins(group, CHANNEL_TRAIN, n);
		batch = describe_tile(group, n, false);
		if (group->problem->warm_start != NULL && group->problem->outputs > 1)
			batch.left_out = group->problem->warm_start->held_outputs;
		if (interrupted(group))
			return;
		loss_batch_derivatives(&batch, group->margins, group->loss_sum,
							   group->weight_sum);
		backward(group, group->order + at, n, group->filled > 0);
		group->filled += n;
		if (group->filled < group->batch_size && at + n < group->row_count)
			continue;
		update(group, group->filled);
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

		if (interrupted(group))
			return;
		load_tile(group, channel, rows->order + at, n);
		forward(group, channel, rows->order + at, group->average, n);
		offset_margins(group, channel, n);
		if (interrupted(group))
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
