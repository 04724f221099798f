/*
 * problem.c
 *		The rows of a training made ready: targets, label scale, class weights,
 *		normalisers; and the values of what the user left "auto".
 */
#include "core/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/moments.h"
#include "core/solver.h"
#include "core/spill.h"
#include "core/trainer_solve.h"
#include "core/warm_start.h"

/* adam's learning rate on normalised features, by the bench on MNIST. */
#define AUTO_RATE_ADAM 0.01
#define AUTO_RATE_SGD 0.01
/* Its steps are as long as adam's. */
#define AUTO_RATE_RMSPROP AUTO_RATE_ADAM
#define AUTO_RATE_ADAGRAD 0.05
#define AUTO_MOMENTUM 0.9
#define AUTO_MINIMUM_RATE 1e-5
#define AUTO_WD 1e-4
/* Below so many updates the automatic rate grows, up to so many times. */
#define AUTO_RATE_UPDATES 500.0
#define AUTO_RATE_LONGEST 10.0
/* mini_batch_size when none is given: an epoch has at least so many. */
#define LEAST_BATCHES 50.0
#define LEAST_BATCH 16.0
/* Automatic optimizers: see automatic_optimizer(). */
#define EXACT_MAX_DIMENSION 4096
#define FEW_VALUES ((size_t) 1 << 24)
#define FEW_WEIGHTS ((size_t) 1000000)
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

	if (rows == NULL || rows->count == 0 || rows->moments != NULL)
		return LL_OK;
	targets = runtime_allocate(&problem->runtime, rows->count * sizeof(float));
	if (targets == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0;
		 i < rows->count && !runtime_stops(&problem->runtime, i); i++)
		targets[i] = (float) rows->labels[i];
	problem->targets[channel] = targets;
	return LL_OK;
}

/* One over the largest label's power of two: squares then stay doubles. */
static double
inverse_label_unit(const Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double size = 0.0;

	for (size_t i = 0;
		 i < rows->count && !runtime_stops(&problem->runtime, i); i++)
		size = fmax(size, fabs(rows->labels[i]));
	return size > 0.0 ? ldexp(1.0, (int) fmin(-logb(size), 1000)) : 1.0;
}

/* Weighted mean and deviation of train labels, in canonical order. */
static void
sum_labels(Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double inverse = inverse_label_unit(problem);
	double weight = 0.0, sum = 0.0, square = 0.0;
	double pivot = rows->labels[rows_at(rows, 0)] * inverse;

	for (size_t place = 0; place < rows->count &&
			 !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);
		double w = rows_weight(rows, row);
		double difference = rows->labels[row] * inverse - pivot;

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

	if (rows->moments != NULL)
		moments_spread(rows->moments, rows->dimension, &problem->label_mean,
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
		fail_detail(failure, "Their mean is %g, their standard deviation %g; "
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

static int
compare_labels(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Sorts a sample of a regressor's labels. */
static Status
sample_labels(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t n = rows->count < LABEL_SAMPLE ? rows->count : LABEL_SAMPLE;

	if (problem->predictor != PREDICTOR_REGRESSOR || rows->moments != NULL)
		return LL_OK;
	problem->label_sample =
		runtime_allocate(&problem->runtime, n * sizeof(double));
	if (problem->label_sample == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < n; i++)
		problem->label_sample[i] = rows->labels[rows_sampled(rows, i, n)];
	qsort(problem->label_sample, n, sizeof(double), compare_labels);
	problem->label_sample_count = n;
	return LL_OK;
}

static Status
sum_class_weights(Problem *problem, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	problem->class_weight_sum = runtime_allocate_zero(
		&problem->runtime, problem->classes, sizeof(double));
	if (problem->class_weight_sum == NULL)
		return fail_no_memory(failure);
	for (size_t place = 0; place < rows->count &&
			 !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);

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

	if (rows->moments != NULL)
	{
		problem->mostly_zero =
			(double) moments_zeros(rows->moments) >
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
			zeros += rows->format == ROWS_U8 ? ((const uint8_t *) dense)[j] == 0 :
				rows->format == ROWS_F32 ? ((const float *) dense)[j] == 0 :
				((const double *) dense)[j] == 0;
	}
	problem->mostly_zero =
		(double) zeros > ZERO_SHARE * (double) sample * rows->dimension;
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
	status = measure_labels(problem, failure);
	if (status == LL_OK)
		status = measure_zeros(problem, failure);
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
problem_normalizer(Problem *problem, const Hyperparameters *settings,
				   const Normalizer **normalizer, Failure *failure)
{
	bool normalize = flag(settings, HP_NORMALIZE_DATA, true);
	bool unbias = flag(settings, HP_UNBIAS_DATA,
					   settings->value[HP_USE_BIAS] != 0);
	/* Updates bear no inputs of hundreds, the closed form has the moments only. */
	bool bulk = hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_LBFGS ||
		hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_NEWTON;
	int which = (normalize ? 1 : 0) + (unbias ? 2 : 0) + (bulk ? 4 : 0);
	Status status = LL_OK;

	if (problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE &&
		settings->value[HP_UNBIAS_DATA] == 1)
	{
		fail(failure, LL_INVALID, "unbias_data cannot be true for sparse rows");
		fail_hint(failure, "A mean taken off would make every value nonzero; "
						   "pass the rows dense, or leave unbias_data auto.");
		return LL_INVALID;
	}
	*normalizer = &problem->normalizers[which];
	if (!problem->normalizer_ready[which])
		status = normalizer_fit(&problem->normalizers[which],
								problem->rows[CHANNEL_TRAIN],
								problem->scaler_points, normalize, unbias, bulk,
								problem->pool, &problem->runtime, failure);
	if (!problem->normalizer_ready[which] && status == LL_OK &&
		problem->warm_start != NULL)
		warm_start_widen(problem->warm_start, &problem->normalizers[which],
						 problem->rows[CHANNEL_TRAIN]->format == ROWS_SPARSE,
						 normalize, unbias, bulk);
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

/*
 * Whether an optimizer may be chosen for what was given: it must use all of it.
 * Who says how many epochs there are thinks of updates, not of L-BFGS.
 */
static bool
fits_given(OptimizerKind optimizer, const Hyperparameters *settings)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		bool used =
			(hyperparameter_table[row].optimizers & USED_BY(optimizer)) != 0;

		if (row == HP_EPOCHS && optimizer == OPTIMIZER_LBFGS)
			used = false;
		if (settings->given[row] && !used)
			return false;
	}
	return true;
}

/* Whether the closed form is chosen when no optimizer is given. */
static bool
automatically_exact(const Hyperparameters *settings, LossKind loss,
					uint32_t dimension)
{
	return loss == LOSS_SQUARED && !(settings->value[HP_L1] > 0) &&
		fits_given(OPTIMIZER_EXACT, settings) &&
		dimension <= EXACT_MAX_DIMENSION;
}

bool
trainer_needs_moments_only(const Hyperparameters *settings)
{
	bool exact = hp_is_auto(settings, HP_OPTIMIZER) ?
		automatically_exact(settings, LOSS_SQUARED, 1) :
		hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_EXACT &&
			!(settings->value[HP_L1] > 0);
	bool squared = hp_is_auto(settings, HP_LOSS) ||
		candidate_loss(settings) == LOSS_SQUARED;

	return exact && squared &&
		settings->value[HP_PREDICTOR_TYPE] == PREDICTOR_REGRESSOR &&
		settings->value[HP_VALIDATION_FRACTION] == 0 &&
		hp_is_auto(settings, HP_NUM_POINT_FOR_SCALER);
}

/*
 * The optimizer when none is given: the closed form for squared loss, the
 * optimum by L-BFGS on little data, where mini-batches would stop far from it and
 * it takes no longer, and else adam, whose early stop on much data generalises
 * better, or sgd when only that uses what was given.
 */
static OptimizerKind
automatic_optimizer(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	LossKind loss = candidate_loss(settings);
	bool l1 = settings->value[HP_L1] > 0;
	size_t values = rows->format == ROWS_SPARSE ?
		rows->record_bytes / (sizeof(uint32_t) + sizeof(float)) :
		rows->count * problem->dimension;

	if (automatically_exact(settings, loss, problem->dimension))
		return OPTIMIZER_EXACT;
	if (solver_supports(OPTIMIZER_LBFGS, loss, l1) &&
		fits_given(OPTIMIZER_LBFGS, settings) && values <= FEW_VALUES &&
		(size_t) problem->dimension * problem->outputs <= FEW_WEIGHTS)
		return OPTIMIZER_LBFGS;
	return !fits_given(OPTIMIZER_ADAM, settings) &&
			fits_given(OPTIMIZER_SGD, settings) ? OPTIMIZER_SGD : OPTIMIZER_ADAM;
}

/*
 * wd when none is given: a prior worth one row; none for the closed form.  A
 * huber_loss whose residuals are mostly beyond delta is as flat as delta is small
 * beside the labels, and wd likewise.
 */
static double
automatic_wd(const Problem *problem, const Hyperparameters *settings)
{
	double wd = AUTO_WD + 1.0 / (double) problem->rows[CHANNEL_TRAIN]->count;

	if (hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_EXACT)
		return 0.0;
	if (problem->predictor == PREDICTOR_REGRESSOR &&
		candidate_loss(settings) == LOSS_HUBER)
		wd *= fmin(1.0, settings->value[HP_HUBER_DELTA] /
				   problem->label_deviation);
	return wd;
}

/*
 * The initial bias when none is given: for a quantile the labels' own, to which
 * the few steps up or down from 0 would take long; in the units trained in.
 */
static double
automatic_bias(const Problem *problem, const Hyperparameters *settings)
{
	double mean, deviation;
	size_t n = problem->label_sample_count;

	if (n == 0 || candidate_loss(settings) != LOSS_QUANTILE ||
		settings->value[HP_USE_BIAS] == 0)
		return settings->value[HP_INIT_BIAS];
	problem_label_scale(problem, settings, &mean, &deviation);
	return (problem->label_sample[(size_t) (settings->value[HP_QUANTILE] *
											(double) n)] - mean) / deviation;
}

/* Few updates take longer steps. */
static double
rate_for_updates(double rate, double updates)
{
	double factor = sqrt(AUTO_RATE_UPDATES / updates);

	return rate * fmin(fmax(factor, 1.0), AUTO_RATE_LONGEST);
}

void
trainer_resolve(const Problem *problem, Hyperparameters *settings)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SOFTMAX,
									  LOSS_SQUARED};
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double batches, falls;

	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	settings->value[HP_FEATURE_DIM] = problem->dimension;
	if (problem->classes > 0)
		set_auto(settings, HP_NUM_CLASSES, problem->classes);
	set_auto(settings, HP_LOSS, losses[problem->predictor]);
	set_auto(settings, HP_OPTIMIZER, automatic_optimizer(problem, settings));
	if (!settings->given[HP_MINI_BATCH_SIZE])
		settings->value[HP_MINI_BATCH_SIZE] = fmin(
			settings->value[HP_MINI_BATCH_SIZE],
			fmax(LEAST_BATCH, floor((double) rows->count / LEAST_BATCHES)));
	batches = ceil((double) rows->count / settings->value[HP_MINI_BATCH_SIZE]);
	set_auto(settings, HP_LEARNING_RATE, rate_for_updates(
		automatic_rate((OptimizerKind) hp_integer(settings, HP_OPTIMIZER)),
		batches * settings->value[HP_EPOCHS]));
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
	set_auto(settings, HP_WD, automatic_wd(problem, settings));
	set_auto(settings, HP_L1, 0.0);
	set_auto(settings, HP_POSITIVE_EXAMPLE_WEIGHT_MULT, 1.0);
	set_auto(settings, HP_BIAS_LR_MULT, 1.0);
	set_auto(settings, HP_BIAS_WD_MULT, 0.0);
	set_auto(settings, HP_NORMALIZE_DATA, 1.0);
	set_auto(settings, HP_UNBIAS_DATA,
			 settings->value[HP_USE_BIAS] != 0 && !problem->mostly_zero);
	set_auto(settings, HP_NORMALIZE_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR);
	set_auto(settings, HP_UNBIAS_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR &&
				 settings->value[HP_USE_BIAS] != 0);
	set_auto(settings, HP_NUM_POINT_FOR_SCALER, (double) rows->count);
	if (!settings->given[HP_INIT_BIAS])
		settings->value[HP_INIT_BIAS] = automatic_bias(problem, settings);
}

/* How a candidate of num_models differs from the given settings. */
typedef struct Variation
{
	double rate;			/* factor on an automatic learning rate */
	double wd;				/* factor on an automatic wd */
} Variation;

/* The first four serve models of many weights; the order is by usefulness. */
static const Variation variations[] = {
	{1, 1},	  {1, 10}, {0.5, 10}, {0.5, 1}, {2, 10}, {2, 1},
	{1, 0.1}, {1, 0},  {2, 0},	  {0.5, 0}, {1, 100}, {2, 100}};

/* wd of a solved candidate: factors, or for the closed form values. */
static const double solver_wd_factors[] = {1, 10, 0.1, 100, 0};
static const double exact_wd[] = {0, 1e-4, 1e-3, 1e-2, 1e-1};

#define SOLVER_VARIATIONS (sizeof(exact_wd) / sizeof(exact_wd[0]))

/* An l1 that was given, as what candidates take it times. */
static const double l1_factors[] = {1, 0.5, 2};

#define L1_VARIATIONS (sizeof(l1_factors) / sizeof(l1_factors[0]))

/* Most weights of all automatic candidates together. */
#define MOST_CELLS ((size_t) 4000000)

#define VARIATIONS (sizeof(variations) / sizeof(variations[0]))

/* Whether candidates differ in l1: near one that was asked for. */
static bool
varies_l1(const Hyperparameters *settings)
{
	return settings->given[HP_L1] && settings->value[HP_L1] > 0;
}

/* Candidates of num_models = auto: fewer for many outputs. */
static size_t
automatic_count(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	size_t weights = (size_t) problem->dimension * problem->outputs;
	size_t count = VARIATIONS;
	Hyperparameters resolved = *settings;

	/* Without validation rows nothing could choose between them. */
	if (validation == NULL || validation->count == 0 || weights > MOST_CELLS)
		return 1;
	trainer_resolve(problem, &resolved);
	if (trainer_solves(&resolved))
		count = hp_is_auto(settings, HP_WD) ? SOLVER_VARIATIONS : 1;
	else if (!hp_is_auto(settings, HP_LEARNING_RATE) &&
			 !hp_is_auto(settings, HP_WD))
		count = 1;
	else if (problem->outputs > 1)
		count = 4;
	else if (weights > MOST_CELLS / VARIATIONS)
		count = 1 + MOST_CELLS / weights;
	if (varies_l1(settings))	/* each of the others with every l1 */
		count = (count + L1_VARIATIONS - 1) / L1_VARIATIONS * L1_VARIATIONS;
	if (hp_is_auto(settings, HP_POSITIVE_EXAMPLE_WEIGHT_MULT))
		count *= 2;
	return count;
}

/* Factor i of an endless list of different ones near 1, which comes first. */
static double
near_factor(size_t i)
{
	if (i < L1_VARIATIONS)
		return l1_factors[i];
	/* from a quarter to four times, spread evenly by the golden ratio */
	return exp2(4.0 * fmod((double) i * 0.618033988749895, 1.0) - 2.0);
}

/* Makes candidate i, counted without l1, of settings that leave nothing auto. */
static void
vary_given(Hyperparameters *settings, size_t i)
{
	double *wd = &settings->value[HP_WD];
	bool solves = trainer_solves(settings);

	if (*wd > 0 && solves)
		*wd *= i < SOLVER_VARIATIONS ? solver_wd_factors[i] :
			near_factor(i - SOLVER_VARIATIONS + 1);
	else if (*wd > 0 && i < VARIATIONS)
	{
		settings->value[HP_LEARNING_RATE] *= variations[i].rate;
		*wd *= variations[i].wd;
	}
	else	/* a wd of 0 is meant to be 0 */
		settings->value[solves ? HP_L1 : HP_LEARNING_RATE] *= near_factor(i);
}

/* Makes candidate i out of the given settings. */
static void
vary(const Hyperparameters *given, Hyperparameters *settings, size_t i)
{
	const Variation *variation;
	bool solves = trainer_solves(settings);
	double turn, further;

	if (hp_is_auto(given, HP_POSITIVE_EXAMPLE_WEIGHT_MULT))
	{
		/* Every setting with both weights of the positive class. */
		if (i % 2 == 1)
			settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
				WEIGHT_MULT_BALANCED;
		i /= 2;
	}
	if (varies_l1(given) && !(solves && settings->value[HP_WD] == 0 &&
							  !hp_is_auto(given, HP_WD)))
	{
		settings->value[HP_L1] *= l1_factors[i % L1_VARIATIONS];
		i /= L1_VARIATIONS;
	}
	if (!hp_is_auto(given, HP_WD) &&
		(solves || !hp_is_auto(given, HP_LEARNING_RATE)))
	{
		vary_given(settings, i);
		return;
	}
	if (solves)
	{
		turn = pow(1.618033988749895, (double) (i / SOLVER_VARIATIONS));
		i %= SOLVER_VARIATIONS;
		settings->value[HP_WD] = turn *
			(hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_EXACT ?
				 exact_wd[i] : settings->value[HP_WD] * solver_wd_factors[i]);
		return;
	}
	variation = &variations[i % VARIATIONS];
	/* Beyond the list the rates move on by the golden ratio's powers. */
	turn = pow(1.618033988749895, (double) (i / VARIATIONS));
	further = (i / VARIATIONS) % 2 == 0 ? turn : 1.0 / turn;
	if (hp_is_auto(given, HP_LEARNING_RATE))
		settings->value[HP_LEARNING_RATE] *= variation->rate * further;
	if (hp_is_auto(given, HP_WD))
		settings->value[HP_WD] *= variation->wd * turn;
}

Status
trainer_candidates(const Problem *problem, const Hyperparameters *settings,
				   Candidate **candidates, size_t *count, Failure *failure)
{
	*count = hp_is_auto(settings, HP_NUM_MODELS) ?
		automatic_count(problem, settings) :
		(size_t) settings->value[HP_NUM_MODELS];
	*candidates = runtime_allocate_zero(&problem->runtime, *count,
										sizeof(Candidate));
	if (*candidates == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < *count; i++)
	{
		Candidate *candidate = &(*candidates)[i];

		candidate->settings = *settings;
		candidate->fold = -1;
		trainer_resolve(problem, &candidate->settings);
		candidate->settings.value[HP_NUM_MODELS] = (double) *count;
		vary(settings, &candidate->settings, i);
	}
	return LL_OK;
}
