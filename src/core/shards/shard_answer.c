/*
 * shard_answer.c
 *		What one row answers to a point.
 */
#include "core/shards/shard_answer.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/base/random.h"
#include "core/math/kernels.h"
#include "core/shards/shard_judge.h"

Status
shard_evaluator_init(ShardEvaluator *evaluator, const ShardPoint *point,
					 const Runtime *runtime, Failure *failure)
{
	size_t n = point->dimension, k = point->outputs;

	memset(evaluator, 0, sizeof(*evaluator));
	evaluator->point = point;
	evaluator->numbers = runtime_allocate(runtime, n * sizeof(double));
	evaluator->whole = runtime_allocate(runtime, n * sizeof(int32_t));
	evaluator->margins = runtime_allocate(runtime, k * sizeof(double));
	evaluator->derivatives = runtime_allocate(runtime, k * sizeof(double));
	evaluator->residuals = runtime_allocate(runtime, k * sizeof(int64_t));
	evaluator->roots = runtime_allocate_zero(runtime, k, sizeof(double));
	if (evaluator->numbers == NULL || evaluator->whole == NULL ||
		evaluator->margins == NULL || evaluator->derivatives == NULL ||
		evaluator->residuals == NULL || evaluator->roots == NULL)
		return fail_no_memory(failure);
	if (!point->judges)
		return LL_OK;
	evaluator->model = (Model){.predictor = point->predictor,
							   .loss = point->loss,
							   .format = point->format,
							   .byte_unit = point->byte_unit,
							   .dimension = point->dimension,
							   .outputs = point->outputs,
							   .weights = (double *) point->weights,
							   .bias = (double *) point->bias};
	return predictor_init(&evaluator->predictor, &evaluator->model, runtime,
						  failure);
}

/* A feature as a whole number. */
KERNEL_INLINE double
round_feature(double x, double center, double unit)
{
	return rint((x - center) / unit);
}

/* Features as whole numbers, in doubles. */
UNFUSED_CLONES
static void
round_f64(const double *x, const double *center, const double *unit,
		  double *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = round_feature(x[j], center[j], unit[j]);
}

UNFUSED_CLONES
static void
round_f32(const float *x, const double *center, const double *unit,
		  double *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = round_feature(x[j], center[j], unit[j]);
}

UNFUSED_CLONES
static void
widen_u8(const uint8_t *x, double *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = x[j];
}

/* Whole numbers as integers; false: some are out of range. */
UNFUSED_CLONES
static bool
narrow_f64(const double *x, int32_t *out, size_t n)
{
	double most = 0.0;

	for (size_t j = 0; j < n; j++)
		most = fabs(x[j]) > most ? fabs(x[j]) : most;
	/* One more, as the center is rounded. */
	if (!(most <= (double) (1 << SHARD_FEATURE_BITS) + 1.0))
		return false;
	for (size_t j = 0; j < n; j++)
		out[j] = (int32_t) x[j];
	return true;
}

/* The entries of a sparse row. */
static void
round_entries(ShardEvaluator *evaluator, const RowView *row)
{
	const double *unit = evaluator->point->unit;

	for (uint32_t i = 0; i < row->count; i++)
		evaluator->numbers[i] =
			round_feature(row->value[i], 0.0, unit[row->index[i]]);
}

static void
round_features(ShardEvaluator *evaluator, const ShardRow *row)
{
	const ShardPoint *point = evaluator->point;
	size_t n = point->dimension;

	if (row->format == ROWS_SPARSE)
	{
		round_entries(evaluator, &row->view);
		return;
	}
	if (row->format == ROWS_U8)
		widen_u8(row->view.dense, evaluator->numbers, n);
	else if (row->format == ROWS_F32)
		round_f32(row->view.dense, point->center, point->unit,
				  evaluator->numbers, n);
	else
		round_f64(row->view.dense, point->center, point->unit,
				  evaluator->numbers, n);
}

/* p (1 - p) of a class whose derivative is given. */
static double
class_curvature(double derivative, bool truth)
{
	double p = derivative + (truth ? 1.0 : 0.0);

	return p * (1.0 - p);
}

/* Loss, derivatives and curvature at the margins. */
static void
derive(ShardEvaluator *evaluator, double target, double *loss,
	   double *curvature)
{
	const ShardPoint *point = evaluator->point;
	const LossParameters *p = &point->parameters;
	const double *z = evaluator->margins;
	double *d = evaluator->derivatives;
	size_t outputs = point->outputs;
	double sum = 0.0;

	if (!loss_is_multiclass(point->loss))
	{
		*loss = point->fisher ? loss_pearson(point->loss, p, z[0], target)
							  : loss_value(point->loss, p, z[0], target);
		d[0] = loss_derivative(point->loss, p, z[0], target);
		*curvature = loss_second_derivative(
			point->loss, p, z[0],
			point->fisher ? loss_mean(point->loss, z[0]) : target);
		return;
	}
	*loss = loss_value_multi(point->loss, p, z, outputs, (size_t) target);
	loss_gradient_multi(point->loss, p, z, outputs, (size_t) target, d);
	for (size_t k = 0; k < outputs && point->grams == 1; k++)
		sum += class_curvature(d[k], k == (size_t) target);
	*curvature = fmax(sum, 0.0) / (double) outputs;
}

/* Rounds the residuals; those of a row that is out of range are 0. */
static void
round_residuals(ShardEvaluator *evaluator, ShardAnswer *answer)
{
	const ShardPoint *point = evaluator->point;
	double most = 0.0;

	for (uint32_t k = 0; k < point->outputs; k++)
	{
		double residual = answer->weight * evaluator->derivatives[k];

		if (!isfinite(residual))
			answer->broken = true;
		most = fmax(most, fabs(residual));
		evaluator->derivatives[k] = residual;
	}
	answer->most_residual = answer->broken ? 0.0 : most;
	answer->over |= !(most / point->residual_unit <=
					  (double) (INT64_C(1) << SHARD_RESIDUAL_BITS));
	for (uint32_t k = 0; k < point->outputs; k++)
		evaluator->residuals[k] =
			answer->broken || answer->over
				? 0
				: (int64_t) rint(evaluator->derivatives[k] /
								 point->residual_unit);
	answer->residuals = evaluator->residuals;
}

/* The root of a row's curvature, for a matrix. */
static void
take_root(ShardEvaluator *evaluator, uint32_t gram, double curvature,
		  ShardAnswer *answer)
{
	const ShardPoint *point = evaluator->point;
	double largest =
		ldexp(1.0, SHARD_ROOT_BITS -
					   (answer->format == ROWS_U8 ? 8 : SHARD_FEATURE_BITS));
	double root;

	evaluator->roots[gram] = 0.0;
	if (!(curvature > 0.0) || curvature < point->floor)
		return;
	root = sqrt(curvature * answer->weight);
	answer->own_root = fmax(answer->own_root, root);
	if (root / point->root_unit <= largest)
		evaluator->roots[gram] = root / point->root_unit;
	else
		answer->over = true;
}

/* Those of all matrices. */
static void
take_roots(ShardEvaluator *evaluator, double curvature, ShardAnswer *answer)
{
	const ShardPoint *point = evaluator->point;

	answer->roots = evaluator->roots;
	if (point->grams == 1)
		take_root(evaluator, 0, curvature, answer);
	for (uint32_t k = 0; k < point->grams && point->grams > 1; k++)
		take_root(
			evaluator, k,
			class_curvature(evaluator->derivatives[k], k == answer->truth),
			answer);
}

/* A margin without its bias, by whole numbers. */
static double
sum_margin(const ShardEvaluator *evaluator, const ShardRow *row,
		   const double *weights)
{
	double sum = 0.0;

	if (row->format != ROWS_SPARSE)
		return kernel_dot_f64(evaluator->numbers, weights,
							  evaluator->point->dimension);
	for (uint32_t i = 0; i < row->view.count; i++)
		sum += evaluator->numbers[i] * weights[row->view.index[i]];
	return sum;
}

/* Margins by whole numbers, and all that follows. */
static void
answer_gradient(ShardEvaluator *evaluator, const ShardRow *row, double target,
				ShardAnswer *answer)
{
	const ShardPoint *point = evaluator->point;
	size_t n = point->dimension;
	double loss, curvature;

	if (row->channel == CHANNEL_TEST ||
		random_mix(row->hash ^ UINT64_C(0x73616d706c65)) > point->sample)
	{
		answer->weight = 0.0;
		return;
	}
	round_features(evaluator, row);
	for (uint32_t k = 0; k < point->outputs; k++)
		evaluator->margins[k] =
			point->bias[k] +
			sum_margin(evaluator, row, point->weights + k * n);
	derive(evaluator, target, &loss, &curvature);
	answer->loss = answer->weight * loss;
	if (!isfinite(answer->loss))
	{
		answer->loss = 0.0;
		answer->broken = true;
	}
	if (row->channel != CHANNEL_TRAIN)
		return;
	answer->features = row->view.dense;
	if (row->format == ROWS_SPARSE)
	{
		answer->index = row->view.index;
		answer->count = row->view.count;
		n = answer->count;
	}
	if (row->format != ROWS_U8)
	{
		answer->features = evaluator->whole;
		if (!narrow_f64(evaluator->numbers, evaluator->whole, n))
		{
			memset(evaluator->whole, 0, n * sizeof(int32_t));
			answer->broken = true;
		}
	}
	take_roots(evaluator, curvature, answer);
	round_residuals(evaluator, answer);
}

/* A label in the units trained in; a class is itself. */
static double
scaled_target(const ShardPoint *point, double target)
{
	if (point->classes > 0)
		return target;
	return (loss_is_log_link(point->loss) ? target
										  : target - point->label_mean) /
		   point->label_unit;
}

Status
shard_evaluate(ShardEvaluator *evaluator, const ShardRow *row,
			   ShardAnswer *answer, Failure *failure)
{
	const ShardPoint *point = evaluator->point;
	double class = 0.0, target = row->label;
	double weight = row->weight;

	if (row->format != point->format || row->dimension != point->dimension)
		return fail(failure, LL_INVALID,
					"rows differ in the types or the number of their "
					"features");
	if (point->classes > 0 &&
		!shard_class(point, row->label, row->text, row->text_size, &class))
		return fail(failure, LL_INVALID,
					"a row has a label that no row had before");
	if (point->classes == 0 && row->text != NULL)
		return fail(failure, LL_INVALID, "labels are no numbers");
	if (point->class_weight != NULL)
		weight *= point->class_weight[(uint32_t) class];
	*answer = (ShardAnswer){.digest = point->digest,
							.judges = point->judges,
							.grams = point->grams,
							.format = point->format,
							.dimension = point->dimension,
							.outputs = point->outputs,
							.classes = point->classes,
							.channel = row->channel,
							.hash = row->hash,
							.weight = weight,
							.truth = (uint32_t) class};
	if (point->classes > 0)
		target = class;
	if (point->judges)
		shard_judge_row(evaluator, row, target, answer);
	else
		answer_gradient(evaluator, row, scaled_target(point, target), answer);
	return LL_OK;
}
