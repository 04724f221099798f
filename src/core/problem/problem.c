/*
 * problem.c
 *		The rows of a training made ready: targets, label scale, class weights,
 *		normalisers.
 */
#include "core/problem/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/loss/loss.h"
#include "core/math/sort.h"
#include "core/options/optimizer_table.h"
#include "core/problem/log_labels.h"
#include "core/problem/shard_problem.h"
#include "core/problem/warm_start.h"
#include "core/rows/gram_sums.h"
#include "core/rows/rows_gather.h"
#include "core/rows/spill.h"

/* Copies the labels of a channel in floats. */
static Status
copy_targets(Problem *problem, int channel, Failure *failure)
{
	const Rows *rows = problem->rows[channel];
	float *targets = problem->targets[channel];

	if (rows == NULL || rows->count == 0 || rows->sums != NULL ||
		rows->shards != NULL)
		return LL_OK;
	if (targets == NULL)
		targets =
			runtime_allocate(&problem->runtime, rows->count * sizeof(float));
	if (targets == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count && !runtime_stops(&problem->runtime, i);
		 i++)
		targets[i] = (float) rows->labels[i];
	problem->targets[channel] = targets;
	return LL_OK;
}

Status
problem_gather(Problem *problem, Rows *const *stores, size_t room,
			   Failure *failure)
{
	Status status =
		rows_gather(stores, CHANNEL_COUNT, room, problem->pool, failure);

	for (int channel = 0; channel < CHANNEL_COUNT && status == LL_OK;
		 channel++)
		status = copy_targets(problem, channel, failure);
	return status;
}

size_t
problem_room(const Problem *problem)
{
	size_t held = 0;

	if (problem->memory_limit == 0)
		return SIZE_MAX;
	for (int c = 0; c < CHANNEL_COUNT; c++)
		if (problem->rows[c] != NULL)
			held += problem->rows[c]->record_bytes;
	return problem->memory_limit > held ? problem->memory_limit - held : 0;
}

/* A label less what its margin has already. */
static double
label_to_learn(const Rows *rows, size_t row)
{
	return rows->labels[row] - rows_offset(rows, row);
}

/* One over the largest label's power of two: squares then stay doubles. */
static double
inverse_label_unit(const Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double size = 0.0;

	for (size_t i = 0; i < rows->count && !runtime_stops(&problem->runtime, i);
		 i++)
	{
		double label = fabs(label_to_learn(rows, i));

		size = label > size ? label : size;
	}
	return size > 0.0 ? ldexp(1.0, (int) fmin(-logb(size), 1000)) : 1.0;
}

/*
 * The row to sum at a place: in canonical order, unless every sum over classes is
 * one of integers, which are the same in any; that of arrival reads no memory twice.
 */
static inline size_t
row_to_sum(const Problem *problem, const Rows *rows, size_t place)
{
	return problem->predictor != PREDICTOR_REGRESSOR &&
				   rows->weights == NULL && rows->offsets == NULL
			   ? place
			   : rows_at(rows, place);
}

/* Weighted mean and deviation of train labels. */
static void
sum_labels(Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double inverse = inverse_label_unit(problem);
	double weight = 0.0, sum = 0.0, square = 0.0;
	double pivot = label_to_learn(rows, rows_at(rows, 0)) * inverse;

	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = row_to_sum(problem, rows, place);
		double w = rows_weight(rows, row);
		double difference = label_to_learn(rows, row) * inverse - pivot;

		weight += w;
		sum += w * difference;
		square += w * difference * difference;
	}
	if (weight > 0)
	{
		sum /= weight;
		square = square / weight - sum * sum;
	}
	problem->label_mean = (pivot + sum) / inverse;
	problem->label_deviation = sqrt(fmax(square, 0.0)) / inverse;
}

/* Labels whose errors' squares a double does not hold. */
#define LEAST_LABEL 1e-150
#define LARGEST_LABEL 1e150

/* Measures train labels; of a regressor their losses must be numbers. */
static Status
measure_labels(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double size;
	bool large;

	if (rows->shards != NULL)
		shard_problem_labels(problem);
	else if (rows->sums != NULL)
		gram_sums_spread(rows->sums, rows->dimension, &problem->label_mean,
						 &problem->label_deviation);
	else
		sum_labels(problem);
	size = problem->label_deviation;
	large = size > LARGEST_LABEL || fabs(problem->label_mean) > LARGEST_LABEL;
	if (size == 0.0 && !large)
		problem->label_deviation = 1.0;
	else if (problem->predictor == PREDICTOR_REGRESSOR &&
			 (large || size < LEAST_LABEL))
	{
		fail(failure, LL_INVALID, "labels are too %s to compute with",
			 large ? "large" : "small");
		fail_detail(failure,
					"Their mean is %g, their standard deviation %g; "
					"squares of errors would %s.",
					problem->label_mean, size,
					large ? "be infinite" : "vanish");
		fail_hint(failure, "Multiply the labels by a power of ten.");
		return LL_INVALID;
	}
	return LL_OK;
}

/* Labels looked at for their quantiles. */
#define LABEL_SAMPLE 10000

/* Sorts a sample of a regressor's labels. */
static Status
sample_labels(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t n = rows->count < LABEL_SAMPLE ? rows->count : LABEL_SAMPLE;

	if (problem->predictor != PREDICTOR_REGRESSOR || rows->sums != NULL ||
		rows->shards != NULL)
		return LL_OK;
	problem->label_sample =
		runtime_allocate(&problem->runtime, n * sizeof(double));
	if (problem->label_sample == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < n; i++)
		problem->label_sample[i] = rows->labels[rows_sampled(rows, i, n)];
	qsort(problem->label_sample, n, sizeof(double), compare_doubles);
	problem->label_sample_count = n;
	return LL_OK;
}

static Status
sum_class_weights(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	if (rows->shards != NULL)
		return shard_problem_classes(problem, failure);
	problem->class_weight_sum = runtime_allocate_zero(
		&problem->runtime, problem->classes, sizeof(double));
	if (problem->class_weight_sum == NULL)
		return fail_no_memory(failure);
	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = row_to_sum(problem, rows, place);

		problem->class_weight_sum[(size_t) rows->labels[row]] +=
			rows_weight(rows, row);
	}
	return LL_OK;
}

/* Rows looked at, and the share of zeros above which they count as sparse. */
#define ZERO_SAMPLE 1000
#define ZERO_SHARE 0.5

/* Finds out whether most values are zero, as in pictures and counts. */
static Status
measure_zeros(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t sample = rows->count < ZERO_SAMPLE ? rows->count : ZERO_SAMPLE;
	size_t zeros = 0, loaded;
	Status status;

	if (rows->shards != NULL)
	{
		problem->mostly_zero = shard_problem_zeros(problem);
		return LL_OK;
	}
	if (rows->sums != NULL)
	{
		problem->mostly_zero =
			(double) gram_sums_zeros(rows->sums) >
			ZERO_SHARE * (double) rows->count * rows->dimension;
		return LL_OK;
	}
	status = rows_load(rows, rows->order, sample, &loaded, failure);
	problem->mostly_zero = rows->format == ROWS_SPARSE;
	if (problem->mostly_zero || status != LL_OK)
		return status;
	sample = loaded;
	for (size_t place = 0; place < sample; place++)
	{
		const void *dense = rows->records[rows_at(rows, place)];

		for (uint32_t j = 0; j < rows->dimension; j++)
			zeros +=
				rows->format == ROWS_U8	   ? ((const uint8_t *) dense)[j] == 0
				: rows->format == ROWS_F32 ? ((const float *) dense)[j] == 0
										   : ((const double *) dense)[j] == 0;
	}
	problem->mostly_zero =
		(double) zeros > ZERO_SHARE * (double) sample * rows->dimension;
	return LL_OK;
}

/* Counts the entries of a sparse row that are no words. */
static size_t
count_others(const Rows *rows, size_t row)
{
	RowView view = rows_sparse_view(rows, row);
	size_t others = 0;

	for (uint32_t i = 0; i < view.count; i++)
		others += rows->scaling == NULL ||
				  rows->scaling[view.index[i]] != SCALE_PLAIN;
	return others;
}

/* Finds out how many entries sparse rows have beside words. */
static Status
measure_others(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t sample = rows->count < ZERO_SAMPLE ? rows->count : ZERO_SAMPLE;
	size_t others = 0, loaded;

	problem->other_entries = 0.0;
	if (rows->format != ROWS_SPARSE || rows->shards != NULL || sample == 0)
		return LL_OK;
	for (size_t at = 0; at < sample; at += loaded)
	{
		Status status =
			rows_load(rows, rows->order + at, sample - at, &loaded, failure);

		if (status != LL_OK)
			return status;
		for (size_t i = 0; i < loaded; i++)
			others += count_others(rows, rows->order[at + i]);
	}
	problem->other_entries = (double) others / (double) sample;
	return LL_OK;
}

/* Of all features, unless some were named. */
static Status
bound_features(Problem *problem, Failure *failure)
{
	bool *all;

	if (problem->bounded != NULL)
		return LL_OK;
	all = runtime_allocate(&problem->runtime, (size_t) problem->dimension + 1);
	if (all == NULL)
		return fail_no_memory(failure);
	memset(all, true, problem->dimension);
	problem->bounded = all;
	return LL_OK;
}

Status
problem_prepare(Problem *problem, Failure *failure)
{
	Status status = LL_OK;

	problem->dimension = problem->rows[CHANNEL_TRAIN]->dimension;
	problem->outputs =
		problem->predictor == PREDICTOR_MULTICLASS ? problem->classes : 1;
	problem->unit =
		problem->rows[CHANNEL_TRAIN]->format == ROWS_U8 ? BYTE_UNIT : 1.0;
	memset(problem->normalizer_ready, 0, sizeof(problem->normalizer_ready));
	for (int channel = 0; channel < CHANNEL_COUNT && status == LL_OK;
		 channel++)
		status = copy_targets(problem, channel, failure);
	if (status != LL_OK)
		return status;
	status = measure_labels(problem, failure);
	problem->log_label_mean = log_labels_mean(problem);
	if (status == LL_OK)
		status = bound_features(problem, failure);
	if (status == LL_OK)
		status = measure_zeros(problem, failure);
	if (status == LL_OK)
		status = measure_others(problem, failure);
	if (status == LL_OK)
		status = sample_labels(problem, failure);
	if (status == LL_OK && problem->predictor != PREDICTOR_REGRESSOR)
		status = sum_class_weights(problem, failure);
	if (status == LL_OK && runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return status;
}

/* Whether a flag that may be auto is on. */
static bool
flag(const Hyperparameters *settings, Hyperparameter row, bool automatic)
{
	return hp_is_auto(settings, row) ? automatic : settings->value[row] != 0;
}

Status
problem_fit_normalizer(const Problem *problem, const Hyperparameters *settings,
					   const Rows *rows, size_t points, Normalizer *normalizer,
					   Failure *failure)
{
	bool normalize = flag(settings, HP_NORMALIZE_DATA, true);
	bool unbias =
		flag(settings, HP_UNBIAS_DATA, settings->value[HP_USE_BIAS] != 0);

	return normalizer_fit(normalizer, rows, points, normalize, problem->unit,
						  unbias, problem->pool, &problem->runtime, failure);
}

Status
problem_normalizer(Problem *problem, const Hyperparameters *settings,
				   const Normalizer **normalizer, Failure *failure)
{
	bool normalize = flag(settings, HP_NORMALIZE_DATA, true);
	bool unbias =
		flag(settings, HP_UNBIAS_DATA, settings->value[HP_USE_BIAS] != 0);
	int which = (normalize ? 1 : 0) + (unbias ? 2 : 0);
	Status status = LL_OK;

	if (problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE &&
		settings->value[HP_UNBIAS_DATA] == 1)
	{
		fail(failure, LL_INVALID,
			 "unbias_data cannot be true for sparse rows");
		fail_hint(failure, "A mean taken off would make every value nonzero; "
						   "pass the rows dense, or leave unbias_data auto.");
		return LL_INVALID;
	}
	*normalizer = &problem->normalizers[which];
	if (!problem->normalizer_ready[which])
		status = problem_fit_normalizer(
			problem, settings, problem->rows[CHANNEL_TRAIN],
			problem->scaler_points, &problem->normalizers[which], failure);
	if (!problem->normalizer_ready[which] && status == LL_OK &&
		problem->warm_start != NULL)
		warm_start_widen(problem->warm_start, &problem->normalizers[which],
						 problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE,
						 normalize, problem->unit, unbias,
						 hp_solves(settings));
	problem->normalizer_ready[which] = status == LL_OK;
	return status;
}

/* Whether the loss, when it is chosen, has a log link. */
static bool
is_log_link(const Hyperparameters *settings)
{
	return !hp_is_auto(settings, HP_LOSS) &&
		   loss_is_log_link((LossKind) hp_integer(settings, HP_LOSS));
}

double
problem_label_unit(const Problem *problem, const Hyperparameters *settings)
{
	double mean, deviation;

	problem_label_scale(problem, settings, &mean, &deviation);
	return is_log_link(settings) ? portable_exp(mean) : deviation;
}

void
problem_label_scale(const Problem *problem, const Hyperparameters *settings,
					double *mean, double *deviation)
{
	bool regressor = problem->predictor == PREDICTOR_REGRESSOR;

	if (is_log_link(settings))
	{
		*mean =
			flag(settings, HP_UNBIAS_LABEL, settings->value[HP_USE_BIAS] != 0)
				? problem->log_label_mean
				: 0.0;
		*deviation = 1.0;
		return;
	}
	*mean = regressor && flag(settings, HP_UNBIAS_LABEL,
							  settings->value[HP_USE_BIAS] != 0)
				? problem->label_mean
				: 0.0;
	*deviation = regressor && flag(settings, HP_NORMALIZE_LABEL, true)
					 ? problem->label_deviation
					 : 1.0;
}

double
problem_positive_weight(const Problem *problem,
						const Hyperparameters *settings)
{
	const double *sums = problem->class_weight_sum;
	double positive = settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT];

	if (positive != WEIGHT_MULT_BALANCED)
		return positive;
	return sums[1] > 0 && sums[0] > 0 ? sums[0] / sums[1] : 1.0;
}

/* Weights that let every class that is there count the same. */
static void
balance_classes(const Problem *problem, float *weights)
{
	const double *sums = problem->class_weight_sum;
	double total = 0.0, present = 0.0;

	for (uint32_t k = 0; k < problem->classes; k++)
	{
		total += sums[k];
		present += sums[k] > 0;
	}
	for (uint32_t k = 0; k < problem->classes; k++)
		weights[k] =
			sums[k] > 0 ? (float) (total / (present * sums[k])) : 1.0f;
}

Status
problem_class_weights(const Problem *problem, const Hyperparameters *settings,
					  float **weights, Failure *failure)
{
	*weights = NULL;
	if (problem->predictor == PREDICTOR_REGRESSOR ||
		(problem->predictor == PREDICTOR_BINARY &&
		 settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] == 1.0) ||
		(problem->predictor == PREDICTOR_MULTICLASS &&
		 problem->class_weights == NULL &&
		 settings->value[HP_BALANCE_MULTICLASS_WEIGHTS] == 0))
		return LL_OK;
	*weights =
		runtime_allocate(&problem->runtime, problem->classes * sizeof(float));
	if (*weights == NULL)
		return fail_no_memory(failure);
	if (problem->predictor == PREDICTOR_BINARY)
	{
		(*weights)[0] = 1.0f;
		(*weights)[1] = (float) problem_positive_weight(problem, settings);
	}
	else if (problem->class_weights == NULL)
		balance_classes(problem, *weights);
	else
		for (uint32_t k = 0; k < problem->classes; k++)
			(*weights)[k] = (float) problem->class_weights[k];
	return LL_OK;
}

const Rows *
problem_validation_rows(const Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_VALIDATION];

	if (problem->row_fold != NULL)
		return problem->rows[CHANNEL_TRAIN];
	return rows != NULL && rows->count > 0 ? rows : NULL;
}
