/*
 * normalizer.c
 *		Means and deviations of features.
 */
#include "core/rows/normalizer.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/math/kernels.h"
#include "core/rows/feature_sums.h"
#include "core/rows/gram_sums.h"

/* Smallest deviation, as a part of a dense feature's range. */
#define DEVIATION_FLOOR 0.1

static Status
allocate(Normalizer *normalizer, uint32_t dimension, const Runtime *runtime,
		 Failure *failure)
{
	double *doubles =
		runtime_allocate_zero(runtime, (size_t) dimension * 4, sizeof(double));
	float *floats =
		runtime_allocate_zero(runtime, (size_t) dimension * 2, sizeof(float));

	if (doubles == NULL || floats == NULL)
		return fail_no_memory(failure);
	normalizer->dimension = dimension;
	normalizer->mean = doubles;
	normalizer->deviation = doubles + dimension;
	normalizer->center = doubles + 2 * (size_t) dimension;
	normalizer->scale = doubles + 3 * (size_t) dimension;
	normalizer->scale_f32 = floats;
	normalizer->shift_f32 = floats + dimension;
	return LL_OK;
}

/* So many rows in evenly spaced places of the canonical order. */
static Status
sample_rows(const Rows *rows, size_t points, Rows *sample, Failure *failure)
{
	uint32_t *order =
		runtime_allocate(&rows->runtime, points * sizeof(uint32_t));

	if (order == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < points; i++)
		order[i] = (uint32_t) rows_sampled(rows, i, points);
	*sample = *rows;
	sample->order = order;
	sample->count = points;
	return LL_OK;
}

/* What one over the scale of a feature is. */
typedef enum Scaling
{
	BY_DEVIATION,	   /* of a dense feature, which may be centered, too */
	BY_DEVIATION_ONLY, /* of one that comes centered in sparse rows */
	BY_LARGEST,		   /* of any other in sparse rows, but for ... */
	PLAIN			   /* ... those that come scaled: 1 */
} Scaling;

static Scaling
scaling_of(const Rows *rows, uint32_t j)
{
	if (rows->format != ROWS_SPARSE)
		return BY_DEVIATION;
	if (rows->scaling == NULL || rows->scaling[j] == SCALE_BY_LARGEST)
		return BY_LARGEST;
	return rows->scaling[j] == SCALE_PLAIN ? PLAIN : BY_DEVIATION_ONLY;
}

/* Sets how a feature is normalised; plain: the scale of all, or 0. */
static void
set_feature(Normalizer *normalizer, uint32_t j, Scaling how, double mean,
			double deviation, double minimum, double maximum, double plain,
			bool unbias)
{
	/* the range itself may be infinite */
	double floor = DEVIATION_FLOOR * maximum - DEVIATION_FLOOR * minimum;

	if (!(deviation > 0.0 && maximum > minimum))
		deviation = 0.0;
	if (maximum == minimum)
		mean = minimum; /* the sums may have rounded */
	normalizer->mean[j] = mean;
	normalizer->deviation[j] = deviation;
	normalizer->center[j] = unbias && how == BY_DEVIATION ? mean : 0.0;
	normalizer->scale[j] = deviation == 0 ? 0.0
						   : plain != 0.0 ? plain
						   : how == PLAIN ? 1.0
						   : how == BY_LARGEST
							   ? 1.0 / fmax(fabs(minimum), fabs(maximum))
							   : 1.0 / fmax(deviation, floor);
	normalizer->scale_f32[j] = (float) normalizer->scale[j];
	normalizer->shift_f32[j] =
		(float) (-normalizer->center[j] * normalizer->scale[j]);
}

/* Learns from rows that are there. */
static Status
fit_rows(Normalizer *normalizer, const Rows *rows, size_t points, double plain,
		 bool unbias, ThreadPool *pool, const Runtime *runtime,
		 Failure *failure)
{
	FeatureSums sums = {0};
	Rows sample;
	Status status =
		feature_sums_init(&sums, rows->dimension, runtime, failure);

	if (status != LL_OK)
		return status;
	if (points == 0 || points >= rows->count)
		sample = *rows;
	else
		status = sample_rows(rows, points, &sample, failure);
	if (status == LL_OK && sample.count > 0)
		status = feature_sums_take(&sums, &sample, pool, runtime, failure);
	if (status != LL_OK)
		return status;
	if (sample.order != rows->order)
		runtime_release(&rows->runtime, sample.order);
	for (uint32_t j = 0; j < rows->dimension; j++)
	{
		double weight = sums.weight > 0 ? sums.weight : 1.0;
		double unit = 1.0 / sums.inverse_unit[j];
		double shift = sums.sum[j] / weight;
		double variance = sums.square[j] / weight - shift * shift;

		set_feature(normalizer, j, scaling_of(rows, j),
					sums.pivot[j] + shift * unit,
					sqrt(fmax(variance, 0.0)) * unit, sums.minimum[j],
					sums.maximum[j], plain, unbias);
	}
	runtime_release(runtime, sums.sum);
	return LL_OK;
}

/* Learns from the sums of all rows. */
static void
fit_sums(Normalizer *normalizer, const GramSums *sums, double plain,
		 bool unbias)
{
	for (uint32_t j = 0; j < normalizer->dimension; j++)
	{
		double mean, deviation, minimum, maximum;

		gram_sums_spread(sums, j, &mean, &deviation);
		gram_sums_range(sums, j, &minimum, &maximum);
		set_feature(normalizer, j, BY_DEVIATION, mean, deviation, minimum,
					maximum, plain, unbias);
	}
}

/* Learns from what is known of rows that are elsewhere. */
static void
fit_spreads(Normalizer *normalizer, const Rows *rows, double plain,
			bool unbias)
{
	const FeatureSpread *spreads = rows->spreads;

	for (uint32_t j = 0; j < normalizer->dimension; j++)
		set_feature(normalizer, j, scaling_of(rows, j), spreads[j].mean,
					spreads[j].deviation, spreads[j].minimum,
					spreads[j].maximum, plain, unbias);
}

/* Larger values' differences, and the inverse of less, may be infinite. */
#define LARGEST_SIZE (DBL_MAX / 4)

/* Sizes that floats hold, where features are taken as they are. */
#define LEAST_PLAIN 1e-30
#define LARGEST_PLAIN 1e30

/* Refuses features that cannot be computed with, by their number from 1. */
static Status
check_scales(const Normalizer *normalizer, const Rows *rows, bool normalize,
			 Failure *failure)
{
	bool single = rows->format == ROWS_U8 || rows->format == ROWS_SPARSE;

	for (uint32_t j = 0; j < normalizer->dimension; j++)
	{
		double deviation = normalizer->deviation[j];
		double largest = normalize ? LARGEST_SIZE : LARGEST_PLAIN;
		bool small =
			!isfinite(normalizer->scale[j]) ||
			(single && !isfinite(normalizer->scale_f32[j])) ||
			(!normalize && deviation > 0.0 && deviation < LEAST_PLAIN);

		if (normalizer->scale[j] == 0.0 ||
			(!small && deviation <= largest &&
			 fabs(normalizer->mean[j]) <= largest))
			continue;
		fail(failure, LL_INVALID, "feature %u is too %s to compute with",
			 j + 1, small ? "small" : "large");
		fail_detail(failure, "Its mean is %g, its standard deviation %g.",
					normalizer->mean[j], deviation);
		fail_hint(failure, normalize
							   ? "Multiply the feature by a power of ten."
							   : "Leave normalize_data on.");
		return LL_INVALID;
	}
	return LL_OK;
}

Status
normalizer_fit(Normalizer *normalizer, const Rows *rows, size_t points,
			   bool normalize, double unit, bool unbias, ThreadPool *pool,
			   const Runtime *runtime, Failure *failure)
{
	Status status = allocate(normalizer, rows->dimension, runtime, failure);
	double plain = normalize ? 0.0 : unit;

	if (status == LL_OK && rows->spreads != NULL)
		fit_spreads(normalizer, rows, plain, unbias);
	else if (status == LL_OK && rows->sums != NULL)
		fit_sums(normalizer, rows->sums, plain, unbias);
	else if (status == LL_OK)
		status = fit_rows(normalizer, rows, points, plain, unbias, pool,
						  runtime, failure);
	return status == LL_OK ? check_scales(normalizer, rows, normalize, failure)
						   : status;
}

void
normalizer_release(Normalizer *normalizer, const Runtime *runtime)
{
	runtime_release(runtime, normalizer->mean);
	runtime_release(runtime, normalizer->scale_f32);
	*normalizer = (Normalizer){0};
}

void
normalizer_apply(const Normalizer *normalizer, const Rows *rows, size_t row,
				 float *out)
{
	const void *dense = rows->records[row];
	size_t dimension = rows->dimension;

	switch (rows->format)
	{
		case ROWS_U8:
			kernel_normalize_u8(dense, normalizer->scale_f32,
								normalizer->shift_f32, out, dimension);
			break;
		case ROWS_F32:
			kernel_normalize_f32(dense, normalizer->center, normalizer->scale,
								 out, dimension);
			break;
		case ROWS_F64:
			kernel_normalize_f64(dense, normalizer->center, normalizer->scale,
								 out, dimension);
			break;
		case ROWS_SPARSE:
		{
			RowView view = rows_view(rows, row);

			memset(out, 0, dimension * sizeof(float));
			for (uint32_t i = 0; i < view.count; i++)
				out[view.index[i]] =
					view.value[i] * normalizer->scale_f32[view.index[i]];
			break;
		}
		case ROWS_CELLS: /* no features yet */
			break;
	}
}
