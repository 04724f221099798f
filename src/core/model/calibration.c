/*
 * calibration.c
 *		Platt scaling and isotonic regression.
 */
#include "core/model/calibration.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/judge/ranking.h"
#include "core/math/sort.h"

#define PLATT_ITERATIONS 100
#define PLATT_HALVINGS 40
#define PLATT_RIDGE 1e-12 /* keeps the 2 x 2 Hessian regular */
/*
 * A step that promises less of the loss is the last, and taken whole: the sums'
 * rounding, some 1e-15, could not tell whether the loss fell.
 */
#define PLATT_GAIN 1e-11
#define PLATT_BLOCK 4096 /* rows summed by themselves */

/* One row, or a pool of rows with one value. */
typedef struct Pool
{
	double first; /* margins from ... */
	double last;  /* ... to */
	double weight;
	double value; /* weighted mean label */
} Pool;

typedef struct PlattSums
{
	double loss;
	double g_slope;
	double g_offset;
	double h_slope;
	double h_cross;
	double h_offset;
} PlattSums;

/* What Platt's fit works on; margins are divided by their deviation. */
typedef struct PlattData
{
	const double *margins;
	const double *labels;
	const float *weights;
	size_t rows;
	double center;
	double scale;
	double target[2]; /* smoothed, of negatives and positives */
	double total;
	double slope;
	double offset;
	PlattSums *blocks; /* of each PLATT_BLOCK rows */
	const Runtime *runtime;
} PlattData;

static double
weight_of(const float *weights, size_t i)
{
	return weights == NULL ? 1.0 : weights[i];
}

/* A block's part of the mean loss and of its derivatives. */
static void
sum_block(void *argument, size_t block)
{
	const PlattData *data = argument;
	size_t from = block * PLATT_BLOCK;
	size_t left = data->rows - from;
	size_t to = from + (left < PLATT_BLOCK ? left : PLATT_BLOCK);
	PlattSums s = {0};

	if (runtime_interrupted(data->runtime))
		return;
	for (size_t i = from; i < to; i++)
	{
		double x = (data->margins[i] - data->center) * data->scale;
		double w = weight_of(data->weights, i) / data->total;
		double t = data->target[data->labels[i] > 0.5];
		double z = data->slope * x + data->offset;
		double e = portable_exp(-fabs(z));
		double p = portable_sigmoid(z);
		double h = w * e / ((1.0 + e) * (1.0 + e));

		/* -t log p - (1 - t) log(1 - p) */
		s.loss += w * (portable_softplus(z) - t * z);
		s.g_slope += w * (p - t) * x;
		s.g_offset += w * (p - t);
		s.h_slope += h * x * x;
		s.h_cross += h * x;
		s.h_offset += h;
	}
	data->blocks[block] = s;
}

/* Mean loss and its derivatives at (slope, offset). */
static PlattSums
platt_sums(PlattData *data, ThreadPool *pool, double slope, double offset)
{
	size_t blocks = (data->rows + PLATT_BLOCK - 1) / PLATT_BLOCK;
	PlattSums s = {0};

	data->slope = slope;
	data->offset = offset;
	threads_run(pool, sum_block, data, blocks);
	for (size_t i = 0; i < blocks; i++)
	{
		s.loss += data->blocks[i].loss;
		s.g_slope += data->blocks[i].g_slope;
		s.g_offset += data->blocks[i].g_offset;
		s.h_slope += data->blocks[i].h_slope;
		s.h_cross += data->blocks[i].h_cross;
		s.h_offset += data->blocks[i].h_offset;
	}
	return s;
}

/* Centre, scale and smoothed targets; false if a class is missing. */
static bool
platt_prepare(PlattData *data)
{
	double sum = 0.0;
	double squares = 0.0;
	double class_weight[2] = {0.0, 0.0};

	for (size_t i = 0; i < data->rows && !runtime_stops(data->runtime, i); i++)
	{
		class_weight[data->labels[i] > 0.5] += weight_of(data->weights, i);
		sum += weight_of(data->weights, i) * data->margins[i];
	}
	data->total = class_weight[0] + class_weight[1];
	if (!(class_weight[0] > 0.0 && class_weight[1] > 0.0))
		return false;
	data->center = sum / data->total;
	for (size_t i = 0; i < data->rows && !runtime_stops(data->runtime, i); i++)
	{
		double d = data->margins[i] - data->center;

		squares += weight_of(data->weights, i) * d * d;
	}
	data->scale = squares > 0.0 ? 1.0 / sqrt(squares / data->total) : 1.0;
	data->target[1] = (class_weight[1] + 1.0) / (class_weight[1] + 2.0);
	data->target[0] = 1.0 / (class_weight[0] + 2.0);
	return true;
}

/* Newton with halving; slope and offset of the scaled margins. */
static void
platt_newton(PlattData *data, ThreadPool *pool, double *slope, double *offset)
{
	PlattSums s;

	*slope = 0.0;
	*offset = 0.0;
	s = platt_sums(data, pool, *slope, *offset);
	for (int i = 0; i < PLATT_ITERATIONS; i++)
	{
		double a = s.h_slope + PLATT_RIDGE;
		double c = s.h_offset + PLATT_RIDGE;
		double determinant = a * c - s.h_cross * s.h_cross;
		double step_slope =
			-(c * s.g_slope - s.h_cross * s.g_offset) / determinant;
		double step_offset =
			-(a * s.g_offset - s.h_cross * s.g_slope) / determinant;
		double fall = s.g_slope * step_slope + s.g_offset * step_offset;
		double step = 1.0;
		PlattSums next;

		if (!(fall < 0.0))
			return;
		if (-fall <= PLATT_GAIN * s.loss)
		{
			*slope += step_slope;
			*offset += step_offset;
			return;
		}
		for (int k = 0; k < PLATT_HALVINGS; k++, step *= 0.5)
		{
			next = platt_sums(data, pool, *slope + step * step_slope,
							  *offset + step * step_offset);
			if (runtime_interrupted(data->runtime))
				return;
			if (next.loss <= s.loss + 1e-4 * step * fall)
				break;
		}
		if (!(next.loss < s.loss))
			return;
		*slope += step * step_slope;
		*offset += step * step_offset;
		s = next;
	}
}

/* Fits Platt's two numbers. */
static Status
fit_platt(PlattData *data, ThreadPool *pool, Calibration *calibration,
		  Failure *failure)
{
	const Runtime *runtime = data->runtime;
	double slope;
	double offset;

	if (!platt_prepare(data))
		return runtime_interrupted(runtime) ? fail_cancelled(failure) : LL_OK;
	data->blocks = runtime_allocate_zero(runtime, data->rows / PLATT_BLOCK + 1,
										 sizeof(PlattSums));
	calibration->x = runtime_allocate_zero(runtime, 2, sizeof(double));
	calibration->y = runtime_allocate_zero(runtime, 2, sizeof(double));
	if (data->blocks == NULL || calibration->x == NULL ||
		calibration->y == NULL)
		return fail_no_memory(failure);
	platt_newton(data, pool, &slope, &offset);
	runtime_release(runtime, data->blocks);
	if (runtime_interrupted(runtime))
		return fail_cancelled(failure);
	calibration->kind = CALIBRATE_PLATT;
	calibration->count = 2;
	calibration->x[0] = slope * data->scale;
	calibration->x[1] = offset - slope * data->scale * data->center;
	return LL_OK;
}

/*
 * Sorts rows by margin, label and weight, with as many to spare behind them.  Each
 * comes by label and weight, whose bits are in their order as neither is negative,
 * and leaves by margin; false: interrupted.
 */
static bool
sort_by_margin(SortPair *rows, size_t count, const Runtime *runtime)
{
	if (!sort_pairs(rows, rows + count, count, runtime))
		return false;
	for (size_t i = 0; i < count; i++)
	{
		uint64_t margin = rows[i].with.word;

		if (runtime_stops(runtime, i))
			return false;
		rows[i].with.word = rows[i].key;
		rows[i].key = margin;
	}
	return sort_pairs(rows, rows + count, count, runtime);
}

/* A row for that sort; scores' keys fall as margins rise. */
static SortPair
margin_row(double margin, bool positive, float weight)
{
	uint32_t bits;

	memcpy(&bits, &weight, sizeof(bits));
	return (SortPair){(uint64_t) positive << 32 | bits,
					  {.word = ~score_to_key(margin)}};
}

/* The pool of a row that has been sorted. */
static Pool
row_pool(const SortPair *row)
{
	double margin = key_to_score(~row->key);
	uint32_t bits = (uint32_t) row->with.word;
	float weight;

	memcpy(&weight, &bits, sizeof(weight));
	return (Pool){margin, margin, weight,
				  row->with.word >> 32 != 0 ? 1.0 : 0.0};
}

/* Joins b into a. */
static void
pool_merge(Pool *a, const Pool *b)
{
	double weight = a->weight + b->weight;

	a->value += (b->value - a->value) * (b->weight / weight);
	a->weight = weight;
	a->last = b->last;
}

/*
 * Pools equal margins of sorted rows, then adjacent violators; returns how many
 * are left, of no meaning when interrupted.
 */
static size_t
pool_violators(const SortPair *rows, size_t count, Pool *pools,
			   const Runtime *runtime)
{
	size_t distinct = 0;
	size_t kept = 0;

	for (size_t i = 0; i < count && !runtime_stops(runtime, i); i++)
	{
		Pool row = row_pool(&rows[i]);

		if (distinct > 0 && pools[distinct - 1].first == row.first)
			pool_merge(&pools[distinct - 1], &row);
		else
			pools[distinct++] = row;
	}
	for (size_t i = 0; i < distinct && !runtime_stops(runtime, i); i++)
	{
		pools[kept++] = pools[i];
		while (kept > 1 && pools[kept - 2].value >= pools[kept - 1].value)
		{
			pool_merge(&pools[kept - 2], &pools[kept - 1]);
			kept--;
		}
	}
	return kept;
}

/* Writes each pool as one or two knots. */
static Status
write_knots(const Pool *pools, size_t count, const Runtime *runtime,
			Calibration *calibration, Failure *failure)
{
	uint32_t knots = 0;

	for (size_t i = 0; i < count; i++)
		knots += pools[i].last > pools[i].first ? 2 : 1;
	calibration->x = runtime_allocate_zero(runtime, knots, sizeof(double));
	calibration->y = runtime_allocate_zero(runtime, knots, sizeof(double));
	if (calibration->x == NULL || calibration->y == NULL)
		return fail_no_memory(failure);
	calibration->kind = CALIBRATE_ISOTONIC;
	calibration->count = knots;
	knots = 0;
	for (size_t i = 0; i < count; i++)
	{
		calibration->x[knots] = pools[i].first;
		calibration->y[knots++] = pools[i].value;
		if (!(pools[i].last > pools[i].first))
			continue;
		calibration->x[knots] = pools[i].last;
		calibration->y[knots++] = pools[i].value;
	}
	return LL_OK;
}

/* Fits the step function. */
static Status
fit_isotonic(const double *margins, const double *labels, const float *weights,
			 size_t rows, const Runtime *runtime, Calibration *calibration,
			 Failure *failure)
{
	double class_weight[2] = {0.0, 0.0};
	size_t count = 0;
	SortPair *pairs = runtime_allocate(runtime, rows * 2 * sizeof(SortPair));
	Pool *pools = runtime_allocate(runtime, rows * sizeof(Pool));
	Status status = LL_OK;

	if (pairs == NULL || pools == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows; i++)
	{
		double w = weight_of(weights, i);

		if (runtime_stops(runtime, i))
			return fail_cancelled(failure);
		if (!(w > 0.0))
			continue;
		class_weight[labels[i] > 0.5] += w;
		pairs[count++] = margin_row(margins[i], labels[i] > 0.5, (float) w);
	}
	if (class_weight[0] > 0.0 && class_weight[1] > 0.0)
	{
		if (!sort_by_margin(pairs, count, runtime))
			return fail_cancelled(failure);
		count = pool_violators(pairs, count, pools, runtime);
		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		status = write_knots(pools, count, runtime, calibration, failure);
	}
	runtime_release(runtime, pools);
	runtime_release(runtime, pairs);
	return status;
}

Status
calibration_fit(CalibrationKind kind, const double *margins,
				const double *labels, const float *weights, size_t rows,
				const Runtime *runtime, ThreadPool *pool,
				Calibration *calibration, Failure *failure)
{
	PlattData data = {.margins = margins,
					  .labels = labels,
					  .weights = weights,
					  .rows = rows,
					  .runtime = runtime};

	memset(calibration, 0, sizeof(*calibration));
	calibration->kind = CALIBRATE_NONE;
	if (rows == 0 || kind == CALIBRATE_NONE)
		return LL_OK;
	if (kind == CALIBRATE_PLATT)
		return fit_platt(&data, pool, calibration, failure);
	return fit_isotonic(margins, labels, weights, rows, runtime, calibration,
						failure);
}

/* The last of some knots at or below a margin; the first if all are above. */
static uint32_t
knot_below(const double *x, uint32_t count, double margin)
{
	uint32_t low = 0;
	uint32_t end = count;

	while (end - low > 1)
	{
		uint32_t middle = low + (end - low) / 2;

		if (margin >= x[middle])
			low = middle;
		else
			end = middle;
	}
	return low;
}

/* Whether a margin lies on the slope between a knot and the next. */
static bool
on_slope(const double *x, const double *y, uint32_t count, uint32_t knot,
		 double margin)
{
	return knot + 1 < count && margin > x[knot] && y[knot + 1] > y[knot];
}

double
calibration_isotonic(const double *x, const double *y, uint32_t count,
					 double margin)
{
	uint32_t k = knot_below(x, count, margin);

	if (!on_slope(x, y, count, k, margin))
		return y[k];
	/* The sum's rounding must not lift it above the knot that follows. */
	return fmin(y[k] + (y[k + 1] - y[k]) * (margin - x[k]) / (x[k + 1] - x[k]),
				y[k + 1]);
}

double
calibration_apply(const Calibration *calibration, double margin)
{
	double z = margin;

	if (calibration->kind == CALIBRATE_ISOTONIC)
		return calibration_isotonic(calibration->x, calibration->y,
									calibration->count, margin);
	if (calibration->kind == CALIBRATE_PLATT)
		z = calibration->x[0] * margin + calibration->x[1];
	return portable_sigmoid(z);
}
