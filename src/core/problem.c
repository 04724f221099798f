/*
 * problem.c
 *		The rows of a training made ready: targets, label scale, class weights,
 *		normalisers; and the values of what the user left "auto".
 */
#include "core/trainer.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* adam's learning rate on normalised features, by the bench on MNIST. */
#define AUTO_RATE_ADAM 0.005
#define AUTO_RATE_SGD 0.01
#define AUTO_RATE_RMSPROP 0.002
#define AUTO_RATE_ADAGRAD 0.05
#define AUTO_MOMENTUM 0.9
#define AUTO_MINIMUM_RATE 1e-5
#define AUTO_WD 1e-5
/* The learning rate falls to this part over all epochs, in this many steps. */
#define AUTO_FINAL_RATE 0.05
#define AUTO_STEPS_PER_EPOCH 10.0

double
trainer_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* Copies one channel's labels as floats. */
static Status
copy_targets(Problem *problem, int channel, Failure *failure)
{
	const Rows *rows = problem->rows[channel];
	float *targets;

	if (rows == NULL || rows->count == 0)
		return LL_OK;
	targets = runtime_allocate(&problem->runtime, rows->count * sizeof(float));
	if (targets == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
		targets[i] = (float) rows->labels[i];
	problem->targets[channel] = targets;
	return LL_OK;
}

/* Weighted mean and deviation of train labels, in canonical order. */
static void
measure_labels(Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double weight = 0.0, sum = 0.0, square = 0.0, pivot;

	pivot = rows->labels[rows_at(rows, 0)];
	for (size_t place = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);
		double w = rows_weight(rows, row);
		double difference = rows->labels[row] - pivot;

		weight += w;
		sum += w * difference;
		square += w * difference * difference;
	}
	if (weight > 0)
	{
		sum /= weight;
		square = square / weight - sum * sum;
	}
	problem->label_mean = pivot + sum;
	problem->label_deviation = square > 0 ? sqrt(square) : 1.0;
}

static Status
sum_class_weights(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	problem->class_weight_sum = runtime_allocate_zero(
		&problem->runtime, problem->classes, sizeof(double));
	if (problem->class_weight_sum == NULL)
		return fail_no_memory(failure);
	for (size_t place = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);

		problem->class_weight_sum[(size_t) rows->labels[row]] +=
			rows_weight(rows, row);
	}
	return LL_OK;
}

Status
problem_prepare(Problem *problem, Failure *failure)
{
	Status status = LL_OK;

	problem->dimension = problem->rows[CHANNEL_TRAIN]->dimension;
	problem->outputs =
		problem->predictor == PREDICTOR_MULTICLASS ? problem->classes : 1;
	memset(problem->normalizer_ready, 0, sizeof(problem->normalizer_ready));
	for (int channel = 0; channel < CHANNEL_COUNT && status == LL_OK; channel++)
		status = copy_targets(problem, channel, failure);
	if (status != LL_OK)
		return status;
	measure_labels(problem);
	if (problem->predictor != PREDICTOR_REGRESSOR)
		status = sum_class_weights(problem, failure);
	return status;
}

/* Whether a flag that may be auto is on. */
static bool
flag(const Hyperparameters *settings, Hyperparameter row, bool automatic)
{
	return hp_is_auto(settings, row) ? automatic : settings->value[row] != 0;
}

Status
problem_normalizer(Problem *problem, const Hyperparameters *settings,
				   const Normalizer **normalizer, Failure *failure)
{
	bool normalize = flag(settings, HP_NORMALIZE_DATA, true);
	bool unbias = flag(settings, HP_UNBIAS_DATA,
					   settings->value[HP_USE_BIAS] != 0);
	int which = (normalize ? 1 : 0) + (unbias ? 2 : 0);
	Status status = LL_OK;

	*normalizer = &problem->normalizers[which];
	if (!problem->normalizer_ready[which])
		status = normalizer_fit(&problem->normalizers[which],
								problem->rows[CHANNEL_TRAIN],
								problem->scaler_points, normalize, unbias,
								&problem->runtime, failure);
	problem->normalizer_ready[which] = status == LL_OK;
	return status;
}

void
problem_label_scale(const Problem *problem, const Hyperparameters *settings,
					double *mean, double *deviation)
{
	bool regressor = problem->predictor == PREDICTOR_REGRESSOR;

	*mean = regressor && flag(settings, HP_UNBIAS_LABEL,
							  settings->value[HP_USE_BIAS] != 0) ?
		problem->label_mean : 0.0;
	*deviation = regressor && flag(settings, HP_NORMALIZE_LABEL, true) ?
		problem->label_deviation : 1.0;
}

Status
problem_class_weights(const Problem *problem, const Hyperparameters *settings,
					  float **weights, Failure *failure)
{
	const double *sums = problem->class_weight_sum;
	double positive = settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT];
	double total = 0.0, present = 0.0;

	*weights = NULL;
	if (problem->predictor == PREDICTOR_REGRESSOR ||
		(problem->predictor == PREDICTOR_BINARY && positive == 1.0) ||
		(problem->predictor == PREDICTOR_MULTICLASS &&
		 settings->value[HP_BALANCE_MULTICLASS_WEIGHTS] == 0))
		return LL_OK;
	*weights = runtime_allocate(&problem->runtime,
								problem->classes * sizeof(float));
	if (*weights == NULL)
		return fail_no_memory(failure);
	if (problem->predictor == PREDICTOR_BINARY)
	{
		if (positive == WEIGHT_MULT_BALANCED)
			positive = sums[1] > 0 && sums[0] > 0 ? sums[0] / sums[1] : 1.0;
		(*weights)[0] = 1.0f;
		(*weights)[1] = (float) positive;
		return LL_OK;
	}
	for (uint32_t k = 0; k < problem->classes; k++)
	{
		total += sums[k];
		present += sums[k] > 0;
	}
	for (uint32_t k = 0; k < problem->classes; k++)
		(*weights)[k] = sums[k] > 0 ? (float) (total / (present * sums[k])) :
			1.0f;
	return LL_OK;
}

/* Sets a row that is auto. */
static void
set_auto(Hyperparameters *settings, Hyperparameter row, double value)
{
	if (hp_is_auto(settings, row))
		settings->value[row] = value;
}

/* The learning rate of an optimizer when none is given. */
static double
automatic_rate(OptimizerKind optimizer)
{
	switch (optimizer)
	{
		case OPTIMIZER_SGD:
			return AUTO_RATE_SGD;
		case OPTIMIZER_RMSPROP:
			return AUTO_RATE_RMSPROP;
		case OPTIMIZER_ADAGRAD:
			return AUTO_RATE_ADAGRAD;
		default:
			return AUTO_RATE_ADAM;
	}
}

void
trainer_resolve(const Problem *problem, Hyperparameters *settings)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SOFTMAX,
									  LOSS_SQUARED};
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double batches = ceil((double) rows->count /
						  settings->value[HP_MINI_BATCH_SIZE]);
	double falls;

	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	settings->value[HP_FEATURE_DIM] = problem->dimension;
	if (problem->classes > 0)
		set_auto(settings, HP_NUM_CLASSES, problem->classes);
	set_auto(settings, HP_LOSS, losses[problem->predictor]);
	set_auto(settings, HP_OPTIMIZER, OPTIMIZER_ADAM);
	set_auto(settings, HP_LEARNING_RATE, automatic_rate(
		(OptimizerKind) hp_integer(settings, HP_OPTIMIZER)));
	set_auto(settings, HP_MOMENTUM, AUTO_MOMENTUM);
	set_auto(settings, HP_BETA_1, 0.9);
	set_auto(settings, HP_BETA_2, 0.999);
	set_auto(settings, HP_LR_SCHEDULER_STEP,
			 fmax(1.0, floor(batches / AUTO_STEPS_PER_EPOCH)));
	falls = fmax(1.0, batches * settings->value[HP_EPOCHS] /
				 settings->value[HP_LR_SCHEDULER_STEP]);
	set_auto(settings, HP_LR_SCHEDULER_FACTOR,
			 pow(AUTO_FINAL_RATE, 1.0 / falls));
	set_auto(settings, HP_LR_SCHEDULER_MINIMUM_LR, AUTO_MINIMUM_RATE);
	set_auto(settings, HP_WD, AUTO_WD);
	set_auto(settings, HP_L1, 0.0);
	set_auto(settings, HP_BIAS_LR_MULT, 1.0);
	set_auto(settings, HP_BIAS_WD_MULT, 0.0);
	set_auto(settings, HP_NORMALIZE_DATA, 1.0);
	set_auto(settings, HP_UNBIAS_DATA,
			 settings->value[HP_USE_BIAS] != 0 && rows->format != ROWS_SPARSE);
	set_auto(settings, HP_NORMALIZE_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR);
	set_auto(settings, HP_UNBIAS_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR &&
				 settings->value[HP_USE_BIAS] != 0);
	set_auto(settings, HP_NUM_POINT_FOR_SCALER, (double) rows->count);
}

/* What candidates of num_models = auto differ in. */
static const double rate_factors[] = {1.0, 0.4, 2.5};
static const double wd_factors[] = {1.0, 10.0, 0.0, 100.0};

Status
trainer_candidates(const Problem *problem, const Hyperparameters *settings,
				   Candidate **candidates, size_t *count, Failure *failure)
{
	size_t rates = hp_is_auto(settings, HP_LEARNING_RATE) ?
		sizeof(rate_factors) / sizeof(double) : 1;
	size_t decays = hp_is_auto(settings, HP_WD) ?
		sizeof(wd_factors) / sizeof(double) : 1;
	size_t wanted = rates * decays;

	if (!hp_is_auto(settings, HP_NUM_MODELS))
		wanted = (size_t) settings->value[HP_NUM_MODELS];
	*candidates = runtime_allocate_zero(&problem->runtime, wanted,
										sizeof(Candidate));
	if (*candidates == NULL)
		return fail_no_memory(failure);
	*count = wanted;
	for (size_t i = 0; i < wanted; i++)
	{
		Candidate *candidate = &(*candidates)[i];

		candidate->settings = *settings;
		candidate->fold = -1;
		trainer_resolve(problem, &candidate->settings);
		if (rates > 1)
			candidate->settings.value[HP_LEARNING_RATE] *=
				rate_factors[i % rates];
		if (decays > 1)
			candidate->settings.value[HP_WD] *= wd_factors[i / rates % decays];
	}
	return LL_OK;
}
