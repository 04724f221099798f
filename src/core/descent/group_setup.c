/*
 * group_setup.c
 *		A group of candidates: its memory, first weights and rates.
 */
#include "core/descent/group.h"

#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/descent/optimizer.h"
#include "core/math/narrow.h"
#include "core/problem/learned_scales.h"

/* Stream of the seed that first weights are drawn from. */
#define STREAM_WEIGHTS 1
/* Of rmsprop and adagrad with l1: adam's default, which finds as many zeros. */
#define L1_GRADIENT_MEAN 0.9f

/* Allocates zeroed memory unless something failed before. */
static void *
take(Group *group, size_t count, size_t size)
{
	void *memory;

	if (group->status != LL_OK)
		return NULL;
	memory = runtime_allocate_zero(&group->problem->runtime, count, size);
	if (memory == NULL)
		group->status = LL_NO_MEMORY;
	return memory;
}

static void
take_rates(Group *group, RateArrays *rates)
{
	/* A period is never longer, however few columns are left. */
	size_t longest = RATE_PERIOD + group->columns;

	rates->rate = take(group, longest, sizeof(float));
	rates->wd = take(group, longest, sizeof(float));
	rates->l1 = take(group, longest, sizeof(float));
	rates->momentum = take(group, longest, sizeof(float));
	rates->decay = take(group, longest, sizeof(float));
	rates->gradient_scale = take(group, longest, sizeof(float));
}

/* Rows that a candidate is judged on beside the training. */
/* What sparse rows need instead of a batch. */
static void
take_sparse_memory(Group *group)
{
	size_t dimension = group->inputs - 1;

	group->touched.features = take(group, dimension, sizeof(uint32_t));
	group->touched.stamp = take(group, dimension, sizeof(uint32_t));
	group->rarity = take(group, dimension, sizeof(float));
	group->counts = take(group, dimension, sizeof(uint32_t));
	group->averaged = take(group, group->inputs, sizeof(uint64_t));
	group->gathered = take(group, 6 * group->period, sizeof(float));
}

static void
take_memory(Group *group)
{
	const Rows *validation = problem_validation_rows(group->problem);
	size_t cells = group->inputs * group->columns;
	size_t scored =
		validation != NULL && group->problem->predictor == PREDICTOR_BINARY
			? validation->count
			: 0;

	group->weights = take(group, cells + group->columns, sizeof(float));
	group->average = take(group, cells, sizeof(float));
	group->gradient = take(group, cells, sizeof(float));
	group->first = take(group, cells, sizeof(float));
	if (optimizer_table[group->optimizer].moments > 1)
		group->second = take(group, cells, sizeof(float));
	take_rates(group, &group->rates);
	take_rates(group, &group->bias_rates);
	if (group->sparse)
		take_sparse_memory(group);
	else
		group->batch = take(group, group->tile * group->stride, sizeof(float));
	if (!group->sparse && group->columns <= NARROW_COLUMNS)
		group->narrow = take(group, NARROW_SCRATCH(group->tile, group->inputs),
							 sizeof(float));
	group->margins = take(group, group->tile * group->columns, sizeof(float));
	group->tile_targets = take(group, group->tile, sizeof(float));
	group->tile_weights = take(group, group->tile, sizeof(float));
	group->tile_offsets = take(group, group->tile, sizeof(float));
	group->tile_folds = take(group, group->tile, sizeof(int16_t));
	group->loss_sum = take(group, group->models, sizeof(double));
	group->weight_sum = take(group, group->models, sizeof(double));
	group->train_loss = take(group, group->models, sizeof(double));
	group->validation_loss = take(group, group->models, sizeof(double));
	group->class_weight = take(group, group->models, sizeof(float *));
	group->parameters = take(group, group->models, sizeof(LossParameters));
	group->model_fold = take(group, group->models, sizeof(int16_t));
	group->scores = take(group, scored * group->models, sizeof(float));
	group->scratch = take(group, scored * 2, sizeof(ScoredRow));
	for (size_t m = 0; m < group->models; m++)
	{
		Candidate *candidate = group->members[m];

		candidate->weights =
			take(group, group->inputs * group->outputs, sizeof(float));
	}
}

/* Gives one candidate its first weights. */
static void
start_weights(Group *group, size_t model)
{
	const Candidate *candidate = group->members[model];
	const Hyperparameters *settings = &candidate->settings;
	uint64_t key =
		random_key((uint64_t) settings->value[HP_SEED], STREAM_WEIGHTS);
	bool normal = hp_integer(settings, HP_INIT_METHOD) == INIT_NORMAL;
	bool bias = settings->value[HP_USE_BIAS] != 0;

	for (size_t j = 0; j < group->inputs; j++)
		for (size_t k = 0; k < group->outputs; k++)
		{
			size_t cell = j * group->outputs + k;
			float *weight = &group->weights[j * group->columns +
											model * group->outputs + k];

			if (candidate->initial != NULL)
				*weight = (float) candidate->initial[cell];
			else if (j + 1 == group->inputs)
				*weight = bias ? (float) settings->value[HP_INIT_BIAS] : 0.0f;
			else if (group->normalizer->scale[j] == 0)
				*weight = 0.0f;
			else if (normal)
				*weight = (float) (settings->value[HP_INIT_SIGMA] *
								   random_normal(key, cell));
			else
				*weight = (float) (settings->value[HP_INIT_SCALE] *
								   (2.0 * random_uniform(key, cell) - 1.0));
			if (candidate->initial == NULL && *weight < 0.0f &&
				group_bounds(group, j))
				*weight = 0.0f;
		}
}

/* Mean effective weight of a training row for one candidate. */
static double
mean_weight(const Group *group, size_t model)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	const float *class_weight = group->class_weight[model];
	double sum = 0.0;

	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);
		double weight = rows_weight(rows, row);

		if (!problem_fold_learns(problem, row, group->model_fold[model]))
			continue;
		if (class_weight != NULL)
			weight *= class_weight[(size_t) problem->targets[0][row]];
		sum += weight;
	}
	return sum / (double) rows->count;
}

/* UpdateRates.momentum of weights with an l1. */
static float
gradient_mean(OptimizerKind optimizer, const Hyperparameters *settings,
			  double l1)
{
	Hyperparameter decay = optimizer_table[optimizer].decay;

	if (decay != HP_COUNT)
		return (float) settings->value[decay];
	return l1 > 0 ? L1_GRADIENT_MEAN : 0.0f;
}

/* Fills what does not change from update to update. */
void
group_start_rates(Group *group, size_t model)
{
	const Hyperparameters *settings = &group->members[model]->settings;
	double unit = group_penalty_unit(group);
	double wd = settings->value[HP_WD] / unit;
	double weight = mean_weight(group, model);

	for (size_t i = 0; i < group->period; i++)
	{
		if (i % group->columns / group->outputs != model)
			continue;
		group->rates.wd[i] = (float) wd;
		group->rates.l1[i] = (float) (settings->value[HP_L1] / unit);
		group->bias_rates.wd[i] =
			(float) (wd * settings->value[HP_BIAS_WD_MULT]);
		group->rates.momentum[i] =
			gradient_mean(group->optimizer, settings, settings->value[HP_L1]);
		group->bias_rates.momentum[i] =
			gradient_mean(group->optimizer, settings, 0.0);
		group->rates.decay[i] = group->bias_rates.decay[i] =
			(float) settings->value[HP_BETA_2];
		/* The batch's row count joins in set_rates. */
		group->rates.gradient_scale[i] = group->bias_rates.gradient_scale[i] =
			(float) (weight > 0 ? 1.0 / weight : 0.0);
	}
}

/*
 * How rare each feature is: one over the share of mini-batches that touch it.
 * A touched feature gets so many times the regularisation, so that on the mean
 * it gets what a dense pass would give it.
 */
static Status
measure_rarity(Group *group, Failure *failure)
{
	const Rows *rows = group->problem->rows[CHANNEL_TRAIN];
	Status status = sparse_count_features(rows, group->counts,
										  group->problem->pool, failure);

	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < rows->dimension; j++)
	{
		double share = (double) group->counts[j] / (double) rows->count;
		double touched = 1.0 - pow(1.0 - share, (double) group->batch_size);

		group->rarity[j] = touched > 0 ? (float) (1.0 / touched) : 1.0f;
	}
	return LL_OK;
}

/* Labels in the units trained in. */
static void
scale_targets(Group *group)
{
	Problem *problem = group->problem;
	const Hyperparameters *settings = &group->members[0]->settings;

	problem_label_scale(problem, settings, &group->label_mean,
						&group->margin_unit);
	group->label_unit = problem_label_unit(problem, settings);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		const Rows *rows = problem->rows[channel];

		group->targets[channel] = problem->targets[channel];
		if (problem->predictor != PREDICTOR_REGRESSOR || rows == NULL ||
			rows->count == 0)
			continue;
		group->targets[channel] = take(group, rows->count, sizeof(float));
		for (size_t i = 0; group->status == LL_OK && i < rows->count &&
						   !runtime_stops(&problem->runtime, i);
			 i++)
			group->targets[channel][i] =
				(float) problem_target(group->loss, rows->labels[i],
									   group->label_mean, group->label_unit);
	}
}

Status
group_init(Group *group, Problem *problem, Candidate **members, size_t models,
		   Failure *failure)
{
	const Hyperparameters *settings = &members[0]->settings;

	memset(group, 0, sizeof(*group));
	group->problem = problem;
	group->members = members;
	group->models = models;
	group->outputs = problem->outputs;
	group->columns = models * problem->outputs;
	group->inputs = (size_t) problem->dimension + 1;
	group->stride = (group->inputs + 15) & ~(size_t) 15;
	group->row_count = problem->rows[CHANNEL_TRAIN]->count;
	group->sparse = problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE;
	group->batch_size = (size_t) settings->value[HP_MINI_BATCH_SIZE];
	group->tile =
		group->batch_size < TILE_ROWS ? group->batch_size : TILE_ROWS;
	if (problem_validation_rows(problem) != NULL &&
		group->tile < TILE_ROWS / 2)
		group->tile = TILE_ROWS / 2;
	if (!group->sparse && group->tile > TILE_FLOATS / group->stride + 1)
		group->tile = TILE_FLOATS / group->stride + 1;
	group->tile = tile_bound(group->tile, group->sparse ? 1 : group->inputs,
							 group->columns);
	group->optimizer = (OptimizerKind) hp_integer(settings, HP_OPTIMIZER);
	group->bounded = hp_is_nonnegative(settings) ? problem->bounded : NULL;
	group->loss = candidate_loss(settings);
	group->period =
		group->columns * ((RATE_PERIOD + group->columns - 1) / group->columns);
	group->status = blas_open(&group->blas, failure);
	if (group->status == LL_OK)
		group->status =
			problem_normalizer(problem, settings, &group->normalizer, failure);
	if (group->status != LL_OK)
		return group->status;
	group->learned_scale = group->normalizer->scale_f32;
	group->status =
		learned_scales_f32(problem, settings, &group->learned_scale, failure);
	if (group->status != LL_OK)
		return group->status;
	take_memory(group);
	scale_targets(group);
	if (group->status != LL_OK)
		return fail_no_memory(failure);
	if (group->sparse)
		group->status = measure_rarity(group, failure);
	if (group->status != LL_OK)
		return group->status;
	for (size_t m = 0; m < models; m++)
		group->parameters[m] = candidate_loss_parameters(&members[m]->settings,
														 group->label_unit);
	for (size_t m = 0; m < models; m++)
	{
		const Hyperparameters *own = &members[m]->settings;
		Status status = problem_class_weights(
			problem, own, &group->class_weight[m], failure);

		if (status != LL_OK)
			return status;
		group->model_fold[m] = members[m]->fold;
		start_weights(group, m);
		group_start_rates(group, m);
		members[m]->cost = INFINITY;
		members[m]->least_watched = INFINITY;
		members[m]->train_loss = members[m]->validation_loss = NAN;
		members[m]->gradient_norm = members[m]->gap = NAN;
	}
	return LL_OK;
}
