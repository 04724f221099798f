/*
 * normalizer.c
 *		Means and deviations of features.
 */
#include "core/normalizer.h"

#include <math.h>
#include <string.h>

#include "core/kernels.h"
#include "core/spill.h"

/* Smallest deviation, as a part of the feature's range. */
#define DEVIATION_FLOOR 0.1

/* Rows summed between two looks at the interrupt flag. */
#define TILE 4096

/* Running sums of every feature, about a pivot so that nothing cancels. */
typedef struct FeatureSums
{
	double *sum;
	double *square;
	double *minimum;
	double *maximum;
	double *pivot;
	double weight;
} FeatureSums;

static Status
sums_init(FeatureSums *sums, uint32_t dimension, const Runtime *runtime,
		  Failure *failure)
{
	double *all = runtime_allocate_zero(runtime, (size_t) dimension * 5,
										sizeof(double));

	if (all == NULL)
		return fail_no_memory(failure);
	sums->sum = all;
	sums->square = all + dimension;
	sums->minimum = all + 2 * (size_t) dimension;
	sums->maximum = all + 3 * (size_t) dimension;
	sums->pivot = all + 4 * (size_t) dimension;
	sums->weight = 0.0;
	return LL_OK;
}

/* Adds one value; the plain loop over a row's features vectorises. */
#define ADD_ROW(type, row)                                                    \
	do                                                                        \
	{                                                                         \
		const type *values = (row);                                           \
		for (uint32_t j = 0; j < dimension; j++)                              \
		{                                                                     \
			double value = (double) values[j];                                \
			double difference = value - pivot[j];                             \
			sum[j] += weight * difference;                                    \
			square[j] += weight * difference * difference;                    \
			minimum[j] = value < minimum[j] ? value : minimum[j];             \
			maximum[j] = value > maximum[j] ? value : maximum[j];             \
		}                                                                     \
	} while (0)

static void
add_dense(FeatureSums *sums, const Rows *rows, size_t row, double weight)
{
	double *restrict sum = sums->sum, *restrict square = sums->square;
	double *restrict minimum = sums->minimum;
	double *restrict maximum = sums->maximum;
	const double *restrict pivot = sums->pivot;
	uint32_t dimension = rows->dimension;

	if (rows->format == ROWS_U8)
		ADD_ROW(uint8_t, rows_view(rows, row).dense);
	else if (rows->format == ROWS_F32)
		ADD_ROW(float, rows_view(rows, row).dense);
	else
		ADD_ROW(double, rows_view(rows, row).dense);
}

/* Adds a sparse row; the zeros between are counted by sums_finish. */
static void
add_sparse(FeatureSums *sums, const Rows *rows, size_t row, double weight)
{
	RowView view = rows_view(rows, row);

	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t j = view.index[i];
		double value = (double) view.value[i];

		sums->sum[j] += weight * value;
		sums->square[j] += weight * value * value;
		sums->minimum[j] = fmin(sums->minimum[j], value);
		sums->maximum[j] = fmax(sums->maximum[j], value);
	}
}

/* Starts minimum, maximum and pivot at the first row (sparse rows: at 0). */
static void
start_sums(FeatureSums *sums, const Rows *rows)
{
	const void *first = rows_view(rows, rows_at(rows, 0)).dense;

	if (rows->format == ROWS_SPARSE)
		return;
	for (uint32_t j = 0; j < rows->dimension; j++)
	{
		double value = rows->format == ROWS_U8 ? ((const uint8_t *) first)[j] :
			rows->format == ROWS_F32 ? ((const float *) first)[j] :
			((const double *) first)[j];

		sums->pivot[j] = sums->minimum[j] = sums->maximum[j] = value;
	}
}

static Status
sum_rows(FeatureSums *sums, const Rows *rows, size_t points,
		 const Runtime *runtime, Failure *failure)
{
	size_t loaded = 0;

	for (size_t place = 0; place < points; place++)
	{
		size_t row = rows_at(rows, place);
		double weight = rows_weight(rows, row);

		if (place == loaded)
		{
			size_t more;
			Status status = rows_load(rows, rows->order + place,
									  points - place, &more, failure);

			if (status != LL_OK)
				return status;
			loaded += more;
		}
		if (place == 0)
			start_sums(sums, rows);
		if (place % TILE == 0 && runtime_interrupted(runtime))
			return fail_cancelled(failure);
		if (rows->format == ROWS_SPARSE)
			add_sparse(sums, rows, row, weight);
		else
			add_dense(sums, rows, row, weight);
		sums->weight += weight;
	}
	return LL_OK;
}

static Status
allocate(Normalizer *normalizer, uint32_t dimension, const Runtime *runtime,
		 Failure *failure)
{
	double *doubles = runtime_allocate_zero(runtime, (size_t) dimension * 4,
											sizeof(double));
	float *floats = runtime_allocate_zero(runtime, (size_t) dimension * 2,
										  sizeof(float));

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

Status
normalizer_fit(Normalizer *normalizer, const Rows *rows, size_t points,
			   bool normalize, bool unbias, const Runtime *runtime,
			   Failure *failure)
{
	uint32_t dimension = rows->dimension;
	FeatureSums sums = {0};
	Status status = allocate(normalizer, dimension, runtime, failure);

	if (status == LL_OK)
		status = sums_init(&sums, dimension, runtime, failure);
	if (status != LL_OK)
		return status;
	if (points == 0 || points > rows->count)
		points = rows->count;
	if (points > 0)
		status = sum_rows(&sums, rows, points, runtime, failure);
	if (status != LL_OK)
		return status;
	for (uint32_t j = 0; j < dimension; j++)
	{
		double weight = sums.weight > 0 ? sums.weight : 1.0;
		double shift = sums.sum[j] / weight;
		double variance = sums.square[j] / weight - shift * shift;
		double range = sums.maximum[j] - sums.minimum[j];
		double deviation = variance > 0 && range > 0 ? sqrt(variance) : 0.0;

		normalizer->mean[j] = sums.pivot[j] + shift;
		normalizer->deviation[j] = deviation;
		normalizer->center[j] =
			unbias && rows->format != ROWS_SPARSE ? normalizer->mean[j] : 0.0;
		if (deviation == 0)
			normalizer->scale[j] = 0.0;
		else
			normalizer->scale[j] = !normalize ? 1.0 :
				1.0 / fmax(deviation, DEVIATION_FLOOR * range);
		normalizer->scale_f32[j] = (float) normalizer->scale[j];
		normalizer->shift_f32[j] =
			(float) (-normalizer->center[j] * normalizer->scale[j]);
	}
	runtime_release(runtime, sums.sum);
	return LL_OK;
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
					out[view.index[i]] = view.value[i] *
						normalizer->scale_f32[view.index[i]];
				break;
			}
	}
}
