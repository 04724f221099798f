/*
 * trainer.c
 *		Mini-batch training of groups of candidates.
 */
#include "core/trainer.h"

#include <math.h>
#include <string.h>

#include "core/blas.h"
#include "core/kernels.h"
#include "core/loss.h"
#include "core/optimizer.h"
#include "core/random.h"
#include "core/sparse_pass.h"
#include "core/trainer_solve.h"

/* Widest weight matrix; a fixed number, so that threads never change groups. */
#define GROUP_COLUMNS 8
/* Rows of one product, and the most floats of such a tile. */
#define TILE_ROWS 512
#define TILE_FLOATS ((size_t) 1 << 20)
/* Rates are laid out at least so long, for the vector units. */
#define RATE_PERIOD 64
/* Streams of the seed. */
#define STREAM_WEIGHTS 1
#define STREAM_SHUFFLE 2

/* Rates of one row of the weight matrix, repeated over a period. */
typedef struct RateArrays
{
	float *rate;
	float *wd;
	float *l1;
	float *momentum;
	float *decay;
	float *gradient_scale;
} RateArrays;

typedef struct Group
{
	Problem *problem;
	const Blas *blas;
	const Normalizer *normalizer;
	const uint32_t *order;		/* train rows, shuffled for this epoch */
	size_t row_count;
	Candidate **members;		/* those still training */
	size_t models;
	size_t outputs;
	size_t columns;				/* models * outputs */
	size_t inputs;				/* dimension + 1 */
	size_t stride;				/* floats of a row of the batch */
	size_t tile;				/* rows of a product */
	size_t batch_size;
	OptimizerKind optimizer;
	LossKind loss;
	float *targets[CHANNEL_COUNT];	/* in the units trained in */
	double label_mean;
	double label_deviation;
	float **class_weight;		/* [models] or NULL each */
	LossParameters *parameters; /* [models] */
	int16_t *model_fold;

	float *weights;				/* [inputs][columns] */
	float *average;				/* of the weights over this epoch's updates */
	float *gradient;
	float *first;
	float *second;
	RateArrays rates;
	RateArrays bias_rates;
	size_t period;
	uint64_t updates;

	bool sparse;				/* rows are; then these, and no batch: */
	TouchedFeatures touched;
	float *rarity;				/* [dimension] mini-batches for each touched */
	uint64_t *averaged;			/* [inputs] update up to which the average is */
	float *row_rates;			/* [2][period] wd and l1 of a rare feature */

	float *batch;				/* [tile][stride] */
	float *margins;				/* [tile][columns] */
	float *tile_targets;
	float *tile_weights;
	int16_t *tile_folds;
	double *loss_sum;			/* [models] */
	double *weight_sum;
	double *train_loss;			/* of the last epoch, label's units */
	double *validation_loss;
	float *scores;				/* [models][validation rows]: binary margins */
	float *score_targets;
	float *score_weights;
	ScoredRow *scratch;
	Status status;
	uint32_t epoch;
} Group;

/* ---- Setting a group up ---- */

/* Whether two candidates can share a weight matrix. */
static bool
same_group(const Candidate *a, const Candidate *b)
{
	static const Hyperparameter shared[] = {
		HP_LOSS, HP_MINI_BATCH_SIZE, HP_OPTIMIZER, HP_NORMALIZE_DATA,
		HP_UNBIAS_DATA, HP_NORMALIZE_LABEL, HP_UNBIAS_LABEL, HP_SEED};

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (a->settings.value[shared[i]] != b->settings.value[shared[i]])
			return false;
	return true;
}

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
static const Rows *
validation_rows(const Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_VALIDATION];

	if (problem->row_fold != NULL)
		return problem->rows[CHANNEL_TRAIN];
	return rows != NULL && rows->count > 0 ? rows : NULL;
}

/* What sparse rows need instead of a batch. */
static void
take_sparse_memory(Group *group)
{
	size_t dimension = group->inputs - 1;

	group->touched.features = take(group, dimension, sizeof(uint32_t));
	group->touched.stamp = take(group, dimension, sizeof(uint32_t));
	group->rarity = take(group, dimension, sizeof(float));
	group->averaged = take(group, group->inputs, sizeof(uint64_t));
	group->row_rates = take(group, 2 * (RATE_PERIOD + group->columns),
							sizeof(float));
}

static void
take_memory(Group *group)
{
	const Rows *validation = validation_rows(group->problem);
	size_t cells = group->inputs * group->columns;
	size_t scored = validation != NULL &&
		group->problem->predictor == PREDICTOR_BINARY ? validation->count : 0;

	group->weights = take(group, cells, sizeof(float));
	group->average = take(group, cells, sizeof(float));
	group->gradient = take(group, cells, sizeof(float));
	group->first = take(group, cells, sizeof(float));
	if (optimizer_moments(group->optimizer) > 1)
		group->second = take(group, cells, sizeof(float));
	take_rates(group, &group->rates);
	take_rates(group, &group->bias_rates);
	if (group->sparse)
		take_sparse_memory(group);
	else
		group->batch = take(group, group->tile * group->stride,
							sizeof(float));
	group->margins = take(group, group->tile * group->columns, sizeof(float));
	group->tile_targets = take(group, group->tile, sizeof(float));
	group->tile_weights = take(group, group->tile, sizeof(float));
	group->tile_folds = take(group, group->tile, sizeof(int16_t));
	group->loss_sum = take(group, group->models, sizeof(double));
	group->weight_sum = take(group, group->models, sizeof(double));
	group->train_loss = take(group, group->models, sizeof(double));
	group->validation_loss = take(group, group->models, sizeof(double));
	group->class_weight = take(group, group->models, sizeof(float *));
	group->parameters = take(group, group->models, sizeof(LossParameters));
	group->model_fold = take(group, group->models, sizeof(int16_t));
	group->scores = take(group, scored * group->models, sizeof(float));
	group->score_targets = take(group, scored, sizeof(float));
	group->score_weights = take(group, scored, sizeof(float));
	group->scratch = take(group, scored * 2, sizeof(ScoredRow));
	for (size_t m = 0; m < group->models; m++)
	{
		Candidate *candidate = group->members[m];

		candidate->weights = take(group, group->inputs * group->outputs,
								  sizeof(float));
		candidate->history = take(
			group, (size_t) candidate->settings.value[HP_EPOCHS],
			sizeof(ModelEpoch));
	}
}

/* Gives one candidate its first weights. */
static void
start_weights(Group *group, size_t model)
{
	const Candidate *candidate = group->members[model];
	const Hyperparameters *settings = &candidate->settings;
	uint64_t key = random_key((uint64_t) settings->value[HP_SEED],
							  STREAM_WEIGHTS);
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

	for (size_t place = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);
		double weight = rows_weight(rows, row);

		if (problem->row_fold != NULL && group->model_fold[model] >= 0 &&
			problem->row_fold[row] == group->model_fold[model])
			continue;
		if (class_weight != NULL)
			weight *= class_weight[(size_t) problem->targets[0][row]];
		sum += weight;
	}
	return sum / (double) rows->count;
}

/* Fills what does not change from update to update. */
static void
start_rates(Group *group, size_t model)
{
	const Hyperparameters *settings = &group->members[model]->settings;
	double wd = settings->value[HP_WD], weight = mean_weight(group, model);
	bool sgd = group->optimizer == OPTIMIZER_SGD;

	for (size_t i = 0; i < group->period; i++)
	{
		if (i % group->columns / group->outputs != model)
			continue;
		group->rates.wd[i] = (float) wd;
		group->rates.l1[i] = (float) settings->value[HP_L1];
		group->bias_rates.wd[i] =
			(float) (wd * settings->value[HP_BIAS_WD_MULT]);
		group->rates.momentum[i] = group->bias_rates.momentum[i] =
			(float) settings->value[sgd ? HP_MOMENTUM : HP_BETA_1];
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
static void
measure_rarity(Group *group)
{
	const Rows *rows = group->problem->rows[CHANNEL_TRAIN];
	uint32_t *counts = take(group, rows->dimension, sizeof(uint32_t));

	if (group->status != LL_OK)
		return;
	sparse_count_features(rows, counts);
	for (size_t j = 0; j < rows->dimension; j++)
	{
		double share = (double) counts[j] / (double) rows->count;
		double touched = 1.0 - pow(1.0 - share, (double) group->batch_size);

		group->rarity[j] = touched > 0 ? (float) (1.0 / touched) : 1.0f;
	}
	runtime_release(&group->problem->runtime, counts);
}

/* Labels in the units trained in. */
static void
scale_targets(Group *group)
{
	Problem *problem = group->problem;

	problem_label_scale(problem, &group->members[0]->settings,
						&group->label_mean, &group->label_deviation);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		const Rows *rows = problem->rows[channel];

		group->targets[channel] = problem->targets[channel];
		if (problem->predictor != PREDICTOR_REGRESSOR || rows == NULL ||
			rows->count == 0)
			continue;
		group->targets[channel] = take(group, rows->count, sizeof(float));
		for (size_t i = 0; group->status == LL_OK && i < rows->count; i++)
			group->targets[channel][i] = (float)
				((rows->labels[i] - group->label_mean) / group->label_deviation);
	}
}

static Status
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
	group->tile = group->batch_size < TILE_ROWS ? group->batch_size : TILE_ROWS;
	if (validation_rows(problem) != NULL && group->tile < TILE_ROWS / 2)
		group->tile = TILE_ROWS / 2;
	if (!group->sparse && group->tile > TILE_FLOATS / group->stride + 1)
		group->tile = TILE_FLOATS / group->stride + 1;
	group->optimizer = (OptimizerKind) hp_integer(settings, HP_OPTIMIZER);
	group->loss = candidate_loss(settings);
	group->period = group->columns *
		((RATE_PERIOD + group->columns - 1) / group->columns);
	group->status = blas_open(&group->blas, failure);
	if (group->status == LL_OK)
		group->status = problem_normalizer(problem, settings,
										   &group->normalizer, failure);
	if (group->status != LL_OK)
		return group->status;
	take_memory(group);
	scale_targets(group);
	if (group->sparse)
		measure_rarity(group);
	if (group->status != LL_OK)
		return fail_no_memory(failure);
	for (size_t m = 0; m < models; m++)
	{
		const Hyperparameters *own = &members[m]->settings;
		Status status = problem_class_weights(problem, own,
											  &group->class_weight[m],
											  failure);

		if (status != LL_OK)
			return status;
		group->parameters[m] = (LossParameters){
			own->value[HP_MARGIN], own->value[HP_QUANTILE],
			own->value[HP_HUBER_DELTA] / group->label_deviation,
			own->value[HP_LOSS_INSENSITIVITY] / group->label_deviation};
		group->model_fold[m] = members[m]->fold;
		start_weights(group, m);
		start_rates(group, m);
		members[m]->badness = INFINITY;
		members[m]->train_loss = members[m]->validation_loss = NAN;
		members[m]->gradient_norm = NAN;
	}
	return LL_OK;
}

/* ---- One epoch ---- */

/* Puts n rows into the batch, normalised, with a 1 for the bias. */
static void
load_tile(Group *group, int channel, const uint32_t *order, size_t n)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem->rows[channel];

	for (size_t i = 0; i < n; i++)
	{
		float *row = group->batch + (group->sparse ? 0 : i * group->stride);

		if (i + 1 < n)
			__builtin_prefetch(rows->records[order[i + 1]]);
		if (!group->sparse)
		{
			normalizer_apply(group->normalizer, rows, order[i], row);
			row[group->inputs - 1] = 1.0f;
		}
		group->tile_targets[i] = group->targets[channel][order[i]];
		group->tile_weights[i] = rows_weight(rows, order[i]);
		if (problem->row_fold != NULL && channel == CHANNEL_TRAIN)
			group->tile_folds[i] = problem->row_fold[order[i]];
	}
}

/* margins = batch * weights, for n rows of a channel in the given order */
static void
forward(Group *group, int channel, const uint32_t *order,
		const float *weights, size_t n)
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
	else
		group->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS,
						   (int) n, (int) group->columns, (int) group->inputs,
						   1.0f, group->batch, (int) group->stride,
						   weights, (int) group->columns, 0.0f,
						   group->margins, (int) group->columns);
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
	else
		group->blas->sgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS,
						   (int) group->inputs, (int) group->columns, (int) n,
						   1.0f, group->batch, (int) group->stride,
						   group->margins, (int) group->columns, beta,
						   group->gradient, (int) group->columns);
}

/* What the loss module needs to know of n rows in the tile. */
static LossBatch
describe_tile(const Group *group, size_t n, bool held_out)
{
	return (LossBatch){
		.kind = group->loss, .rows = n, .models = group->models,
		.outputs = group->outputs, .stride = group->columns,
		.parameters = group->parameters, .target = group->tile_targets,
		.weight = group->tile_weights,
		.class_weight = (const float *const *) group->class_weight,
		.row_fold = group->problem->row_fold != NULL ? group->tile_folds : NULL,
		.model_fold = group->model_fold, .held_out = held_out};
}

/* A loss in the label's own units. */
static double
loss_in_label_units(const Group *group, double loss)
{
	double scale = group->label_deviation;

	if (group->loss == LOSS_SQUARED || group->loss == LOSS_EPS_SQUARED ||
		group->loss == LOSS_HUBER)
		scale *= group->label_deviation;
	return loss * scale;
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
		double bias = s->value[HP_USE_BIAS] != 0 ?
			s->value[HP_BIAS_LR_MULT] : 0.0;

		if (s->value[HP_USE_LR_SCHEDULER] != 0)
			rate = schedule_rate(rate, s->value[HP_LR_SCHEDULER_FACTOR],
								 s->value[HP_LR_SCHEDULER_STEP],
								 s->value[HP_LR_SCHEDULER_MINIMUM_LR],
								 group->updates);
		if (group->optimizer == OPTIMIZER_ADAM)
			rate *= sqrt(1.0 - pow(s->value[HP_BETA_2], group->updates)) /
				(1.0 - pow(s->value[HP_BETA_1], group->updates));
		for (size_t i = m * group->outputs; i < group->period;
			 i += group->columns)
			for (size_t k = 0; k < group->outputs; k++)
			{
				group->rates.rate[i + k] = (float) rate;
				group->bias_rates.rate[i + k] = (float) (rate * bias);
			}
	}
}

/* The rates of features, or of the bias, as the optimizer takes them. */
static UpdateRates
update_rates(const RateArrays *arrays)
{
	return (UpdateRates){arrays->rate, arrays->wd, arrays->l1,
						 arrays->momentum, arrays->decay,
						 arrays->gradient_scale};
}

/* Updates `count` weights that start at a row of the matrix. */
static void
update_rows(Group *group, const UpdateRates *rates, size_t row, size_t count,
			float scale)
{
	size_t at = row * group->columns;

	for (size_t i = at; i < at + count; i++)
		group->gradient[i] *= scale;
	optimizer_update(group->optimizer, rates, group->period, count,
					 group->weights + at, group->gradient + at,
					 group->first + at,
					 group->second != NULL ? group->second + at : NULL);
}

/*
 * Brings a row's running sum of weights up to an update: what the average of an
 * untouched row misses is so many times its weights.
 */
static void
catch_up(Group *group, size_t row, uint64_t update)
{
	float missed = (float) (update - group->averaged[row]);

	if (missed > 0)
		kernel_axpy(missed, group->weights + row * group->columns,
					group->average + row * group->columns, group->columns);
	group->averaged[row] = update;
}

/* Updates the touched features only, each by its rarity's share of wd and l1. */
static void
update_touched(Group *group, float scale)
{
	UpdateRates rates = update_rates(&group->rates);
	float *wd = group->row_rates;
	float *l1 = wd + RATE_PERIOD + group->columns;

	for (size_t t = 0; t < group->touched.count; t++)
	{
		size_t row = group->touched.features[t];

		for (size_t c = 0; c < group->columns; c++)
		{
			wd[c] = group->rates.wd[c] * group->rarity[row];
			l1[c] = group->rates.l1[c] * group->rarity[row];
		}
		rates.wd = wd;
		rates.l1 = l1;
		catch_up(group, row, group->updates - 1);
		update_rows(group, &rates, row, group->columns, scale);
	}
}

/* Applies the gradient summed over `rows` rows. */
static void
update(Group *group, size_t rows)
{
	size_t features = group->inputs - 1;
	UpdateRates rates = update_rates(&group->rates);
	UpdateRates bias = update_rates(&group->bias_rates);
	float scale = 1.0f / (float) rows;

	set_rates(group);
	if (group->sparse)
	{
		update_touched(group, scale);
		catch_up(group, features, group->updates - 1);
	}
	else
		update_rows(group, &rates, 0, features * group->columns, scale);
	update_rows(group, &bias, features, group->columns, scale);
}

/* Starts the average of an epoch of sparse rows: a sum until it ends. */
static void
start_sparse_average(Group *group)
{
	memset(group->average, 0,
		   group->inputs * group->columns * sizeof(float));
	for (size_t row = 0; row < group->inputs; row++)
		group->averaged[row] = group->updates;
}

/* Makes the sum an average over the epoch's updates. */
static void
finish_sparse_average(Group *group, uint64_t updates)
{
	float share = 1.0f / (float) updates;

	for (size_t row = 0; row < group->inputs; row++)
		catch_up(group, row, group->updates);
	for (size_t i = 0; i < group->inputs * group->columns; i++)
		group->average[i] *= share;
}

/* Moves the epoch's average towards the new weights. */
static void
average(Group *group, float share)
{
	size_t cells = group->inputs * group->columns;

	for (size_t i = 0; i < cells; i++)
		group->average[i] += share * (group->weights[i] - group->average[i]);
}

/* One pass over the training rows. */
static void
train_epoch(Group *group)
{
	const Problem *problem = group->problem;

	memset(group->loss_sum, 0, group->models * sizeof(double));
	memset(group->weight_sum, 0, group->models * sizeof(double));
	if (group->sparse)
		start_sparse_average(group);
	for (size_t start = 0; start < group->row_count; start += group->batch_size)
	{
		size_t end = start + group->batch_size;

		if (end > group->row_count)
			end = group->row_count;
		for (size_t at = start; at < end; at += group->tile)
		{
			size_t n = end - at < group->tile ? end - at : group->tile;
			LossBatch batch;

			if (runtime_interrupted(&problem->runtime))
			{
				group->status = LL_CANCELLED;
				return;
			}
			load_tile(group, CHANNEL_TRAIN, group->order + at, n);
			forward(group, CHANNEL_TRAIN, group->order + at, group->weights, n);
			batch = describe_tile(group, n, false);
			loss_batch_derivatives(&batch, group->margins, group->loss_sum,
								   group->weight_sum);
			backward(group, group->order + at, n, at > start);
		}
		update(group, end - start);
		if (!group->sparse)
			average(group, 1.0f / (float) (start / group->batch_size + 1));
	}
	if (group->sparse)
		finish_sparse_average(group, (group->row_count - 1) /
							  group->batch_size + 1);
	for (size_t m = 0; m < group->models; m++)
		group->train_loss[m] = loss_in_label_units(
			group, group->weight_sum[m] > 0 ?
				group->loss_sum[m] / group->weight_sum[m] : 0.0);
}

/* Losses, and margins of binary models, on the validation rows. */
static void
validate_epoch(Group *group)
{
	const Problem *problem = group->problem;
	bool folds = problem->row_fold != NULL;
	int channel = folds ? CHANNEL_TRAIN : CHANNEL_VALIDATION;
	const Rows *rows = validation_rows(problem);

	memset(group->loss_sum, 0, group->models * sizeof(double));
	memset(group->weight_sum, 0, group->models * sizeof(double));
	for (size_t at = 0; at < rows->count; at += group->tile)
	{
		size_t n = rows->count - at < group->tile ? rows->count - at :
			group->tile;
		LossBatch batch;

		if (runtime_interrupted(&problem->runtime))
		{
			group->status = LL_CANCELLED;
			return;
		}
		load_tile(group, channel, rows->order + at, n);
		forward(group, channel, rows->order + at, group->average, n);
		batch = describe_tile(group, n, folds);
		/* Class weights shape the training, not the judgement. */
		batch.class_weight = NULL;
		loss_batch_values(&batch, group->margins, group->loss_sum,
						  group->weight_sum);
		if (problem->predictor == PREDICTOR_BINARY)
			for (size_t m = 0; m < group->models; m++)
				for (size_t i = 0; i < n; i++)
					group->scores[m * rows->count + at + i] =
						group->margins[i * group->columns + m];
	}
	for (size_t m = 0; m < group->models; m++)
		group->validation_loss[m] = loss_in_label_units(
			group, group->weight_sum[m] > 0 ?
				group->loss_sum[m] / group->weight_sum[m] : NAN);
}

/* The rows of a model's validation margins: targets, weights, how many. */
static size_t
gather_scored(Group *group, size_t model, float **margins)
{
	const Problem *problem = group->problem;
	const Rows *rows = validation_rows(problem);
	double limit = group->members[model]->settings
					   .value[HP_NUM_CALIBRATION_SAMPLES];
	bool folds = problem->row_fold != NULL;
	float *targets = problem->targets[folds ? CHANNEL_TRAIN :
									  CHANNEL_VALIDATION];
	size_t n = 0;

	*margins = group->scores + model * rows->count;
	for (size_t place = 0; place < rows->count && !((double) n >= limit);
		 place++)
	{
		size_t row = rows_at(rows, place);

		if (folds && problem->row_fold[row] != group->model_fold[model])
			continue;
		(*margins)[n] = (*margins)[place];
		group->score_targets[n] = targets[row];
		group->score_weights[n] = rows_weight(rows, row);
		n++;
	}
	return n;
}

/* Copies a model's columns out of, or into, the weight matrix. */
static void
save_weights(const Group *group, size_t model)
{
	float *saved = group->members[model]->weights;

	for (size_t j = 0; j < group->inputs; j++)
		memcpy(saved + j * group->outputs,
			   group->average + j * group->columns + model * group->outputs,
			   group->outputs * sizeof(float));
}

/* Whether new is better than old by the relative tolerance. */
static bool
improved(double new, double old, double tolerance)
{
	if (isinf(old))
		return isfinite(new);
	return old - new > tolerance * fabs(old);
}

/* Judges one model after an epoch: history, best weights, whether it stops. */
static bool
judge(Group *group, size_t model)
{
	Candidate *candidate = group->members[model];
	const Hyperparameters *settings = &candidate->settings;
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	bool validated = validation_rows(group->problem) != NULL;
	double loss = validated ? group->validation_loss[model] :
		group->train_loss[model];
	double badness = loss;
	Selection selection = {.value = NAN};
	ModelEpoch *epoch = &candidate->history[candidate->epochs++];

	if (validated && group->problem->predictor == PREDICTOR_BINARY)
	{
		float *margins;
		size_t n = gather_scored(group, model, &margins);

		selection = selection_choose(settings, margins, group->score_targets,
									 group->score_weights, n, loss,
									 natural_margin(group->loss),
									 group->scratch);
		badness = selection_badness(criterion, selection.value);
	}
	*epoch = (ModelEpoch){
		.epoch = candidate->epochs,
		.learning_rate = settings->value[HP_USE_LR_SCHEDULER] == 0 ?
			settings->value[HP_LEARNING_RATE] :
			schedule_rate(settings->value[HP_LEARNING_RATE],
						  settings->value[HP_LR_SCHEDULER_FACTOR],
						  settings->value[HP_LR_SCHEDULER_STEP],
						  settings->value[HP_LR_SCHEDULER_MINIMUM_LR],
						  group->updates),
		.train_loss = group->train_loss[model],
		.validation_loss = validated ? loss : NAN,
		.criterion = selection.value};
	if (!isfinite(loss) || !isfinite(group->train_loss[model]))
	{
		candidate->status = TRIAL_FAILED;
		return true;
	}
	if (badness < candidate->badness ||
		(badness == candidate->badness && loss < candidate->validation_loss))
	{
		candidate->best_epoch = candidate->epochs;
		candidate->badness = badness;
		candidate->validation_loss = loss;
		candidate->train_loss = group->train_loss[model];
		candidate->selection = selection;
		save_weights(group, model);
	}
	return false;
}

/*
 * Early stopping: `patience` epochs in which neither the criterion nor the loss
 * was better than all epochs before by the tolerance.
 */
static bool
out_of_patience(const Candidate *candidate, SelectionCriterion criterion)
{
	const Hyperparameters *settings = &candidate->settings;
	double tolerance = settings->value[HP_EARLY_STOPPING_TOLERANCE];
	double least_badness = INFINITY, least_loss = INFINITY;
	double waited = 0;

	for (uint32_t i = 0; i < candidate->epochs; i++)
	{
		const ModelEpoch *epoch = &candidate->history[i];
		double loss = isnan(epoch->validation_loss) ? epoch->train_loss :
			epoch->validation_loss;
		double badness = isnan(epoch->criterion) ? loss :
			selection_badness(criterion, epoch->criterion);

		waited++;
		if (improved(badness, least_badness, tolerance) ||
			improved(loss, least_loss, tolerance))
			waited = 0;
		least_badness = fmin(least_badness, badness);
		least_loss = fmin(least_loss, loss);
	}
	return waited >= settings->value[HP_EARLY_STOPPING_PATIENCE];
}

/* Takes a model's columns out of the group; the last model's move in. */
static void
drop_model(Group *group, size_t model)
{
	size_t last = group->models - 1;
	size_t narrow = group->columns - group->outputs;
	float *matrices[] = {group->weights, group->average, group->first,
						 group->second};

	for (size_t i = 0; i < sizeof(matrices) / sizeof(matrices[0]); i++)
	{
		float *matrix = matrices[i];

		if (matrix == NULL)
			continue;
		for (size_t j = 0; j < group->inputs; j++)
		{
			float *row = matrix + j * group->columns;

			memmove(row + model * group->outputs, row + last * group->outputs,
					group->outputs * sizeof(float));
			memmove(matrix + j * narrow, row, narrow * sizeof(float));
		}
	}
	group->members[model] = group->members[last];
	group->class_weight[model] = group->class_weight[last];
	group->parameters[model] = group->parameters[last];
	group->model_fold[model] = group->model_fold[last];
	group->models = last;
	group->columns = narrow;
	if (last == 0)
		return;
	group->period = narrow * ((RATE_PERIOD + narrow - 1) / narrow);
	for (size_t m = 0; m < last; m++)
		start_rates(group, m);
}

/* What a task of the pool runs: one epoch of one group. */
static void
run_epoch(void *argument, size_t index)
{
	Group *group = (Group *) argument + index;

	if (group->models == 0 || group->status != LL_OK)
		return;
	train_epoch(group);
	if (group->status == LL_OK && validation_rows(group->problem) != NULL)
		validate_epoch(group);
	if (group->status != LL_OK)
		return;
	group->epoch++;
	for (size_t m = group->models; m-- > 0;)
	{
		Candidate *candidate = group->members[m];
		SelectionCriterion criterion = (SelectionCriterion)
			hp_integer(&candidate->settings, HP_SELECTION_CRITERIA);

		if (judge(group, m))
			drop_model(group, m);
		else if (candidate->epochs >=
				 candidate->settings.value[HP_EPOCHS])
		{
			candidate->status = TRIAL_COMPLETED;
			drop_model(group, m);
		}
		else if (out_of_patience(candidate, criterion))
		{
			candidate->status = TRIAL_STOPPED;
			drop_model(group, m);
		}
	}
}

/* ---- All groups ---- */

/* Splits candidates into groups, in order of first appearance. */
static Status
make_groups(Problem *problem, Candidate *candidates, size_t count,
			Group **groups, size_t *group_count, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	size_t width = GROUP_COLUMNS / problem->outputs > 0 ?
		GROUP_COLUMNS / problem->outputs : 1;
	Candidate **members = runtime_allocate(runtime,
										   count * sizeof(Candidate *));
	bool *taken = runtime_allocate_zero(runtime, count, sizeof(bool));
	size_t used = 0;

	*groups = runtime_allocate_zero(runtime, count, sizeof(Group));
	*group_count = 0;
	if (members == NULL || taken == NULL || *groups == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
	{
		size_t first = used;
		Status status;

		if (taken[i] || trainer_solves(&candidates[i].settings))
			continue;
		for (size_t j = i; j < count && used - first < width; j++)
			if (!taken[j] && same_group(&candidates[i], &candidates[j]))
			{
				taken[j] = true;
				members[used++] = &candidates[j];
			}
		status = group_init(&(*groups)[*group_count], problem, members + first,
							used - first, failure);
		if (status != LL_OK)
			return status;
		(*group_count)++;
	}
	return LL_OK;
}

/* Tells the host how far training is. */
static void
report_progress(const Problem *problem, const Candidate *candidates,
				size_t count)
{
	TrainerProgress progress = {"training", 0, 0, NAN, NAN, NAN};
	size_t best = trainer_best(candidates, count);

	if (problem->progress == NULL)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (candidates[i].epochs > progress.epoch)
			progress.epoch = candidates[i].epochs;
		if (candidates[i].settings.value[HP_EPOCHS] > progress.epochs)
			progress.epochs = (uint32_t) candidates[i].settings.value[HP_EPOCHS];
	}
	progress.train_loss = candidates[best].train_loss;
	progress.validation_loss = candidates[best].validation_loss;
	progress.criterion = candidates[best].selection.value;
	problem->progress(problem->host, &progress);
}

/* Lets the host stop candidates that it thinks little of. */
static void
ask_host(Problem *problem, Candidate *candidates, Group *groups,
		 size_t group_count)
{
	if (problem->stop == NULL)
		return;
	for (size_t g = 0; g < group_count; g++)
		for (size_t m = groups[g].models; m-- > 0;)
		{
			Candidate *candidate = groups[g].members[m];

			if (problem->stop(problem->host, (size_t) (candidate - candidates),
							  candidate->epochs, candidate->badness))
			{
				candidate->status = TRIAL_STOPPED;
				drop_model(&groups[g], m);
			}
		}
}

/* Whether any group still trains; also the first failure. */
static bool
groups_alive(Group *groups, size_t count, Status *status)
{
	bool alive = false;

	*status = LL_OK;
	for (size_t g = 0; g < count; g++)
	{
		if (groups[g].status != LL_OK)
			*status = groups[g].status;
		alive |= groups[g].models > 0;
	}
	return alive && *status == LL_OK;
}

/* Gives the groups the order of one epoch. */
static void
shuffle(Group *groups, size_t count, uint32_t *order, uint32_t epoch)
{
	for (size_t g = 0; g < count; g++)
	{
		const Rows *rows = groups[g].problem->rows[CHANNEL_TRAIN];
		uint64_t seed;

		if (groups[g].models == 0)
			continue;
		seed = (uint64_t) groups[g].members[0]->settings.value[HP_SEED];
		/* Candidates of one training have one seed; its order is shared. */
		memcpy(order, rows->order, rows->count * sizeof(uint32_t));
		random_shuffle(order, rows->count,
					   random_key(random_key(seed, STREAM_SHUFFLE), epoch));
		break;
	}
	for (size_t g = 0; g < count; g++)
		groups[g].order = order;
}

Status
trainer_run(Problem *problem, Candidate *candidates, size_t count,
			Failure *failure)
{
	const Rows *train = problem->rows[CHANNEL_TRAIN];
	uint32_t *order = runtime_allocate(&problem->runtime,
									   train->count * sizeof(uint32_t));
	Group *groups;
	size_t group_count;
	Status status;

	if (order == NULL)
		return fail_no_memory(failure);
	status = trainer_solve(problem, candidates, count, failure);
	if (status != LL_OK)
		return status;
	status = make_groups(problem, candidates, count, &groups, &group_count,
						 failure);
	if (status != LL_OK)
		return status;
	for (uint32_t epoch = 1; groups_alive(groups, group_count, &status);
		 epoch++)
	{
		shuffle(groups, group_count, order, epoch);
		threads_run(problem->pool, run_epoch, groups, group_count);
		report_progress(problem, candidates, count);
		ask_host(problem, candidates, groups, group_count);
		if (problem->deadline > 0 && trainer_clock() > problem->deadline)
			break;
	}
	return status == LL_CANCELLED ? fail_cancelled(failure) : status;
}

size_t
trainer_best(const Candidate *candidates, size_t count)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++)
	{
		const Candidate *a = &candidates[i], *b = &candidates[best];

		if (a->best_epoch == 0)
			continue;
		if (b->best_epoch == 0 || a->badness < b->badness ||
			(a->badness == b->badness &&
			 a->validation_loss < b->validation_loss))
			best = i;
	}
	return best;
}

/* ---- Margins of a finished candidate ---- */

Status
trainer_margins(Problem *problem, const Candidate *candidate,
				const Rows *rows, float *margins, Failure *failure)
{
	size_t inputs = (size_t) problem->dimension + 1;
	size_t outputs = problem->outputs;
	size_t tile = TILE_FLOATS / inputs + 1 < TILE_ROWS / 2 ?
		TILE_FLOATS / inputs + 1 : TILE_ROWS / 2;
	bool sparse = rows->format == ROWS_SPARSE;
	float *batch = runtime_allocate(&problem->runtime, sparse ? 0 :
									tile * inputs * sizeof(float));
	uint32_t *order = runtime_allocate(&problem->runtime,
									   tile * sizeof(uint32_t));
	float *out = runtime_allocate(&problem->runtime,
								  tile * outputs * sizeof(float));
	const Normalizer *normalizer;
	const Blas *blas;
	Status status = blas_open(&blas, failure);

	if (status == LL_OK)
		status = problem_normalizer(problem, &candidate->settings, &normalizer,
									failure);
	if (status != LL_OK)
		return status;
	if (batch == NULL || out == NULL || order == NULL)
		return fail_no_memory(failure);
	for (size_t at = 0; at < rows->count; at += tile)
	{
		size_t n = rows->count - at < tile ? rows->count - at : tile;

		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
		for (size_t i = 0; i < n; i++)
		{
			order[i] = (uint32_t) (at + i);
			if (sparse)
				continue;
			normalizer_apply(normalizer, rows, at + i, batch + i * inputs);
			batch[i * inputs + inputs - 1] = 1.0f;
		}
		if (sparse)
			sparse_forward(rows, order, n, normalizer->scale_f32,
						   candidate->weights, outputs, out);
		else
			blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS, (int) n,
						(int) outputs, (int) inputs, 1.0f, batch, (int) inputs,
						candidate->weights, (int) outputs, 0.0f, out,
						(int) outputs);
		memcpy(margins + at * outputs, out, n * outputs * sizeof(float));
	}
	runtime_release(&problem->runtime, batch);
	runtime_release(&problem->runtime, out);
	return LL_OK;
}
