/*
 * group_update.c
 *		The updates of a group's weights, and their average over an epoch.
 */
#include "core/descent/group_update.h"

#include <math.h>
#include <string.h>

#include "core/descent/optimizer.h"
#include "core/math/kernels.h"
#include "core/problem/warm_start.h"

/* Weights updated between two looks at interrupts. */
#define UPDATE_FLOATS ((size_t) 1 << 22)

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

void
group_set_rates(Group *group)
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

void
group_update_features(Group *group, const uint32_t *features, size_t count,
					  float scale, float *room)
{
	size_t period = group->period;
	size_t most = is_gathered(group) ? period / group->columns : 0;
	Touched touched = {.weights = room,
					   .gradient = room + period,
					   .first = room + 2 * period,
					   .second =
						   group->second != NULL ? room + 3 * period : NULL,
					   .wd = room + 4 * period,
					   .l1 = room + 5 * period};

	for (size_t t = 0; t < count; t++)
	{
		size_t row = features[t];

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

void
group_update(Group *group, size_t rows)
{
	size_t features = group->inputs - 1;
	UpdateRates rates = update_rates(&group->rates);
	UpdateRates bias = update_rates(&group->bias_rates);
	float scale = 1.0f / (float) rows;
	/* Whole periods, over which the rates of a row repeat. */
	size_t step =
		group->period / group->columns * (UPDATE_FLOATS / group->period + 1);

	group_set_rates(group);
	if (group->sparse)
	{
		group_update_features(group, group->touched.features,
							  group->touched.count, scale, group->gathered);
		catch_up(group, features, group->updates - 1);
	}
	else
		for (size_t row = 0, n; row < features && !group_interrupted(group);
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

void
group_update_bias(Group *group, float scale)
{
	UpdateRates bias = update_rates(&group->bias_rates);

	catch_up(group, group->inputs - 1, group->updates - 1);
	update_rows(group, &bias, group->inputs - 1, group->columns, scale);
}

void
group_start_sparse_average(Group *group)
{
	group->epoch_start = group->updates;
	memset(group->average, 0, group->inputs * group->columns * sizeof(float));
	for (size_t row = 0; row < group->inputs; row++)
		group->averaged[row] = group->updates;
}

void
group_finish_sparse_average(Group *group)
{
	for (size_t row = 0; row < group->inputs; row++)
		catch_up(group, row, group->updates);
}
