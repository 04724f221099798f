/*
 * pass_shards.c
 *		A pass over rows that are elsewhere: weights for normalised features
 *		become weights for whole numbers, and the sums of these a gradient and a
 *		matrix for normalised features.
 *
 * With x = center + unit q and x' = (x - mean) inverse, a margin is
 * b + sum_j w_j inverse_j (center_j - mean_j) + sum_j (w_j inverse_j unit_j) q_j.
 */
#include "core/solve/pass_shards.h"

#include <math.h>
#include <string.h>

#include "core/shards/shards.h"

/* Passes again, in larger units, where residuals are larger than was thought. */
#define MOST_TRIES 6
/* Room for residuals to grow from one pass to the next. */
#define GROWTH 4.0

static double
power_above(double number)
{
	return ldexp(1.0, (int) ceil(logb(fmax(number, 0x1p-900))) + 1);
}

/* What turns whole numbers of a feature into normalised ones. */
typedef struct FeatureScale
{
	double factor; /* of the whole number */
	double shift;
} FeatureScale;

static FeatureScale
scale_of(const SolverProblem *problem, size_t j)
{
	const Shards *shards = problem->rows->shards;
	double mean = problem->mean == NULL ? 0.0 : problem->mean[j];
	double inverse = problem->inverse_deviation == NULL
						 ? 1.0
						 : problem->inverse_deviation[j];
	double unit = shards->unit == NULL ? 1.0 : shards->unit[j];
	double center = shards->center == NULL ? 0.0 : shards->center[j];

	return (FeatureScale){inverse * unit, inverse * (center - mean)};
}

/* What a row's weight is at most, its class's included. */
static double
largest_weight(const SolverProblem *problem, uint32_t classes)
{
	double most = problem->class_weight == NULL ? 1.0 : 0.0;

	for (uint32_t k = 0; k < classes && problem->class_weight != NULL; k++)
		most = fmax(most, problem->class_weight[k]);
	return most * problem->rows->shards->survey->largest_weight;
}

/* The labels' size in the units that are trained in. */
static double
largest_target(const SolverProblem *problem)
{
	const ShardChannel *train =
		&problem->rows->shards->survey->channels[CHANNEL_TRAIN];
	double unit = problem->label_unit > 0.0 ? problem->label_unit
											: problem->label_deviation;
	double most = fmax(fabs(train->label_minimum - problem->label_mean),
					   fabs(train->label_maximum - problem->label_mean));

	return isfinite(most) ? 1.0 + most / unit : 2.0;
}

/*
 * The units of a first try: of a loss whose derivative is bounded by its bound, of
 * others by what the last pass found, or what the labels are.
 */
static void
choose_units(const Pass *pass, double weight, ShardPoint *point)
{
	const SolverProblem *problem = pass->problem;
	const Shards *shards = problem->rows->shards;
	LossKind loss = problem->loss;
	bool bounded = loss_is_probable(loss);
	double residual = bounded ? weight
					  : shards->residual_unit > 0.0
						  ? shards->residual_unit
						  : weight * largest_target(problem);
	double curvature = loss_table[loss].curvature;
	double root = sqrt(weight * (curvature > 0.0 ? curvature : 0.25));

	if (!bounded && shards->root_unit > 0.0)
		root = shards->root_unit;
	point->residual_unit =
		power_above(residual) / (double) (INT64_C(1) << SHARD_RESIDUAL_BITS);
	point->root_unit = root;
}

/* The unit of roots whose largest is given. */
static double
root_unit(RowFormat format, double largest)
{
	int bits = format == ROWS_U8 ? 8 : SHARD_FEATURE_BITS;

	return power_above(largest) * ldexp(1.0, bits - SHARD_ROOT_BITS);
}

/* Weights [outputs][dimension] for whole numbers, biases behind them. */
static double *
scale_weights(const Pass *pass, const double *weights)
{
	size_t n = pass->dimension, outputs = pass->outputs;
	double *scaled =
		runtime_allocate(pass->runtime, (n + 1) * outputs * sizeof(double));
	double *bias = scaled == NULL ? NULL : scaled + n * outputs;

	for (size_t k = 0; k < outputs && scaled != NULL; k++)
		bias[k] = weights[n * outputs + k];
	for (size_t j = 0; j < n && scaled != NULL; j++)
	{
		FeatureScale scale = scale_of(pass->problem, j);

		for (size_t k = 0; k < outputs; k++)
		{
			double w = weights[j * outputs + k];

			scaled[k * n + j] = w * scale.factor;
			bias[k] += w * scale.shift;
		}
	}
	return scaled;
}

/* Describes what is asked for. */
static Status
describe(const Pass *pass, const double *weights, size_t grams,
		 ShardPoint *point, Failure *failure)
{
	const SolverProblem *problem = pass->problem;
	const Rows *rows = problem->rows;
	const Shards *shards = rows->shards;
	bool classes = problem->loss == LOSS_LOGISTIC || pass->outputs > 1 ||
				   shards->classes > 0;
	double *scaled = scale_weights(pass, weights);

	if (scaled == NULL)
		return fail_no_memory(failure);
	*point = (ShardPoint){
		.format = rows->format,
		.dimension = (uint32_t) pass->dimension,
		.outputs = (uint32_t) pass->outputs,
		.predictor = !classes			 ? PREDICTOR_REGRESSOR
					 : pass->outputs > 1 ? PREDICTOR_MULTICLASS
										 : PREDICTOR_BINARY,
		.loss = problem->loss,
		.parameters = problem->parameters,
		.label_mean = problem->label_mean,
		.label_unit = problem->label_unit > 0.0 ? problem->label_unit
												: problem->label_deviation,
		.class_weight = problem->class_weight,
		.weights = scaled,
		.bias = scaled + pass->dimension * pass->outputs,
		.center = shards->center,
		.unit = shards->unit,
		.floor = pass->curvature_floor,
		.fisher = pass->fisher,
		.sample = pass->rows >= rows->count
					  ? UINT64_MAX
					  : (uint64_t) ldexp(
							(double) pass->rows / (double) rows->count, 64)};
	choose_units(pass, largest_weight(problem, shards->classes), point);
	point->grams = (uint32_t) grams;
	point->root_unit = root_unit(rows->format, point->root_unit);
	return shards_name_classes(shards, pass->runtime, shards->classes, point,
							   failure);
}

/* Whether a run is to go on. */
static Status
look_up(const Pass *pass, Failure *failure)
{
	const SolverControl *control = pass->control;

	if (runtime_interrupted(pass->runtime))
		return fail_cancelled(failure);
	return pass->bounded && control->late != NULL &&
				   control->late(control->context)
			   ? LL_LATE
			   : LL_OK;
}

/* Asks, again where units were too small for what was found. */
static Status
ask(Pass *pass, ShardPoint *point, ShardSums *sums, Failure *failure)
{
	Shards *shards = pass->problem->rows->shards;

	for (int tries = 0; tries < MOST_TRIES; tries++)
	{
		Status status = look_up(pass, failure);

		if (status == LL_OK)
			status = shards_ask(shards, point, sums, failure);
		if (status != LL_OK || sums->broken || !sums->over)
			return status;
		point->residual_unit =
			fmax(point->residual_unit,
				 power_above(sums->most_residual) /
					 (double) (INT64_C(1) << SHARD_RESIDUAL_BITS));
		if (point->grams > 0)
			point->root_unit = fmax(point->root_unit,
									root_unit(point->format, sums->most_root));
	}
	sums->broken = true;
	return LL_OK;
}

/* The gradient for normalised features out of sums. */
static void
read_gradient(const Pass *pass, const ShardPoint *point, const ShardSums *sums,
			  double scale, double *gradient)
{
	const SolverProblem *problem = pass->problem;
	size_t n = pass->dimension, outputs = pass->outputs;

	scale *= point->residual_unit;
	for (size_t k = 0; k < outputs; k++)
	{
		const Whole *from = sums->gradient + k * (n + 1);
		double bias = shard_whole(from[n]) * scale;

		gradient[n * outputs + k] = problem->use_bias ? bias : 0.0;
		for (size_t j = 0; j < n; j++)
		{
			FeatureScale feature = scale_of(problem, j);

			gradient[j * outputs + k] =
				feature.factor * (shard_whole(from[j]) * scale) +
				feature.shift * bias;
		}
	}
}

/* A sum of the matrix, by its places; the last is that of 1. */
static double
gram_cell(const Whole *gram, size_t i, size_t j)
{
	return shard_whole(gram[i * (i + 1) / 2 + j]);
}

/* The matrix for normalised features, lower triangle by columns. */
static void
read_gram(const Pass *pass, const ShardPoint *point, const Whole *from,
		  double scale, double *gram)
{
	size_t n = pass->dimension;
	double one = point->format == ROWS_U8 ? SHARD_ONE_BYTES : SHARD_ONE;
	double all;

	scale *= point->root_unit * point->root_unit;
	all = gram_cell(from, n, n) * scale / (one * one);
	gram[n * (n + 1) + n] = all;
	for (size_t j = 0; j < n; j++)
	{
		FeatureScale a = scale_of(pass->problem, j);
		double first = gram_cell(from, n, j) * scale / one;

		gram[j * (n + 1) + n] = a.factor * first + a.shift * all;
		for (size_t i = j; i < n; i++)
		{
			FeatureScale b = scale_of(pass->problem, i);
			double second = gram_cell(from, n, i) * scale / one;

			gram[j * (n + 1) + i] =
				a.factor * b.factor * (gram_cell(from, i, j) * scale) +
				a.factor * b.shift * first + a.shift * b.factor * second +
				a.shift * b.shift * all;
		}
	}
}

/* Remembers what the next pass begins with. */
static void
remember(Pass *pass, const ShardSums *sums)
{
	const ShardChannelSums *validation = &sums->channels[CHANNEL_VALIDATION];
	Shards *shards = pass->problem->rows->shards;
	double weight = exact_sum_value(&validation->figures[SHARD_WEIGHT], NULL);

	shards->residual_unit = GROWTH * sums->most_residual;
	if (sums->most_root > 0.0)
		shards->root_unit = GROWTH * sums->most_root;
	shards->validation_loss =
		weight > 0.0
			? exact_sum_value(&validation->figures[SHARD_LOSS], NULL) / weight
			: NAN;
}

/* Reads so many matrices, which lie one behind the other. */
static void
read_grams(const Pass *pass, const ShardPoint *point, const ShardSums *sums,
		   double *grams)
{
	size_t square = (pass->dimension + 1) * (pass->dimension + 1);

	for (size_t k = 0; k < point->grams; k++)
		read_gram(pass, point,
				  sums->gram + k * shard_gram_cells(point->dimension),
				  1.0 / pass->shard_weight, grams + k * square);
}

/* Keeps the matrices that a pass has brought along. */
static Status
keep_grams(Pass *pass, const double *weights, const ShardPoint *point,
		   const ShardSums *sums, Failure *failure)
{
	Shards *shards = pass->problem->rows->shards;
	size_t cells =
		point->grams * (pass->dimension + 1) * (pass->dimension + 1);

	runtime_release(pass->runtime, shards->kept);
	shards->kept_count = 0;
	shards->kept = runtime_allocate(pass->runtime, (cells + pass->parameters) *
													   sizeof(double));
	if (shards->kept == NULL)
		return fail_no_memory(failure);
	read_grams(pass, point, sums, shards->kept);
	memcpy(shards->kept + cells, weights, pass->parameters * sizeof(double));
	shards->kept_count = point->grams;
	shards->kept_floor = point->floor;
	return LL_OK;
}

/* Takes matrices that a pass has brought along; false: there are none such. */
static bool
take_kept(Pass *pass, const double *weights, double *grams, size_t count)
{
	Shards *shards = pass->problem->rows->shards;
	size_t cells = count * (pass->dimension + 1) * (pass->dimension + 1);

	if (count == 0 || shards->kept_count != count ||
		shards->kept_floor != pass->curvature_floor ||
		pass->rows < pass->problem->rows->count ||
		memcmp(shards->kept + cells, weights,
			   pass->parameters * sizeof(double)) != 0)
		return false;
	memcpy(grams, shards->kept, cells * sizeof(double));
	return true;
}

/* Runs, and reads so many matrices, or keeps those that are foreseen. */
static Status
run(Pass *pass, const double *weights, double *loss, double *gradient,
	double *grams, size_t count, Failure *failure)
{
	size_t foreseen = count > 0 ? 0 : pass->foreseen;
	ShardPoint point;
	ShardSums sums = {0};
	const ShardChannelSums *train = &sums.channels[CHANNEL_TRAIN];
	double weight;
	Status status =
		describe(pass, weights, count > 0 ? count : foreseen, &point, failure);

	if (foreseen > 0)
		point.floor = pass->foreseen_floor;
	if (status == LL_OK)
		status = ask(pass, &point, &sums, failure);
	if (status != LL_OK)
		return status;
	pass->exact_loss = pass->gap = 0.0;
	weight = exact_sum_value(&train->figures[SHARD_WEIGHT], NULL);
	pass->shard_weight = weight > 0.0 ? weight : 1.0;
	*loss = sums.broken ? NAN
						: exact_sum_value(&train->figures[SHARD_LOSS], NULL) /
							  pass->shard_weight;
	read_gradient(pass, &point, &sums, 1.0 / pass->shard_weight, gradient);
	if (foreseen > 0)
		status = keep_grams(pass, weights, &point, &sums, failure);
	else
		read_grams(pass, &point, &sums, grams);
	remember(pass, &sums);
	shard_sums_release(&sums);
	runtime_release(pass->runtime, (void *) point.weights);
	runtime_release(pass->runtime, (void *) point.values);
	runtime_release(pass->runtime, (void *) point.texts);
	return status;
}

Status
pass_run_shards(Pass *pass, const double *weights, double *loss,
				double *gradient, double *gram, Failure *failure)
{
	return run(pass, weights, loss, gradient, gram, gram != NULL, failure);
}

bool
pass_take_gram(Pass *pass, const double *weights, double *gram)
{
	return pass->problem->rows->shards != NULL &&
		   take_kept(pass, weights, gram, 1);
}

Status
pass_class_grams_shards(Pass *pass, const double *weights, double *gradient,
						double *grams, Failure *failure)
{
	double loss;

	if (take_kept(pass, weights, grams, pass->outputs))
		return LL_OK;
	return run(pass, weights, &loss, gradient, grams, pass->outputs, failure);
}
