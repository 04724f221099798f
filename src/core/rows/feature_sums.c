/*
 * feature_sums.c
 *		Sums and ranges of every feature over rows that are there.
 */
#include "core/rows/feature_sums.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/rows/spill.h"

/* Rows summed between two looks at the interrupt flag. */
#define TILE 4096

/*
 * Sums that run side by side, each over every LANES-th tile of the canonical order,
 * and are added at the end: on however many threads the same ones.  Of bytes,
 * whose sums are integers, there is one, and of sparse rows with more features or
 * fewer rows a feature.
 */
#define LANES 4
#define SPARSE_LANE_FEATURES 65536

/* Features that one thread sums: some cache lines of a row of bytes. */
#define TASK_FEATURES 128u

Status
feature_sums_init(FeatureSums *sums, uint32_t dimension,
				  const Runtime *runtime, Failure *failure)
{
	double *all =
		runtime_allocate_zero(runtime, (size_t) dimension * 7, sizeof(double));

	if (all == NULL)
		return fail_no_memory(failure);
	sums->sum = all;
	sums->square = all + dimension;
	sums->minimum = all + 2 * (size_t) dimension;
	sums->maximum = all + 3 * (size_t) dimension;
	sums->pivot = all + 4 * (size_t) dimension;
	sums->inverse_unit = all + 5 * (size_t) dimension;
	sums->entries = all + 6 * (size_t) dimension;
	sums->weight = 0.0;
	for (uint32_t j = 0; j < dimension; j++)
		sums->inverse_unit[j] = 1.0;
	return LL_OK;
}

/* Adds one value; the plain loop over a row's features vectorises. */
#define ADD_ROW(type, row)                                                    \
	do                                                                        \
	{                                                                         \
		const type *values = (row);                                           \
		for (uint32_t j = from; j < to; j++)                                  \
		{                                                                     \
			double value = (double) values[j];                                \
			double difference = value * unit[j] - pivot[j] * unit[j];         \
			sum[j] += weight * difference;                                    \
			square[j] += weight * difference * difference;                    \
			minimum[j] = value < minimum[j] ? value : minimum[j];             \
			maximum[j] = value > maximum[j] ? value : maximum[j];             \
		}                                                                     \
	} while (0)

UNFUSED_CLONES static void
add_dense(FeatureSums *sums, const Rows *rows, size_t row, double weight,
		  uint32_t from, uint32_t to)
{
	double *restrict sum = sums->sum, *restrict square = sums->square;
	double *restrict minimum = sums->minimum;
	double *restrict maximum = sums->maximum;
	const double *restrict pivot = sums->pivot;
	const double *restrict unit = sums->inverse_unit;

	if (rows->format == ROWS_U8)
		ADD_ROW(uint8_t, (const void *) rows->records[row]);
	else if (rows->format == ROWS_F32)
		ADD_ROW(float, (const void *) rows->records[row]);
	else
		ADD_ROW(double, (const void *) rows->records[row]);
}

/* Features whose sums stay in registers over some rows, and those rows. */
#define FOUR 4
#define ROWS_AT_ONCE 64

/* The same of four features of many rows of doubles, to the bit. */
UNFUSED_CLONES static void
add_doubles(FeatureSums *sums, const double *const *dense,
			const double *weights, size_t rows, uint32_t first)
{
	double sum[FOUR], square[FOUR], minimum[FOUR], maximum[FOUR];
	double unit[FOUR], pivot[FOUR];

	for (int k = 0; k < FOUR; k++)
	{
		sum[k] = sums->sum[first + k];
		square[k] = sums->square[first + k];
		minimum[k] = sums->minimum[first + k];
		maximum[k] = sums->maximum[first + k];
		unit[k] = sums->inverse_unit[first + k];
		pivot[k] = sums->pivot[first + k] * unit[k];
	}
	for (size_t i = 0; i < rows; i++)
	{
		const double *values = dense[i] + first;
		double weight = weights[i];

		for (int k = 0; k < FOUR; k++)
		{
			double difference = values[k] * unit[k] - pivot[k];

			sum[k] += weight * difference;
			square[k] += weight * difference * difference;
			minimum[k] = values[k] < minimum[k] ? values[k] : minimum[k];
			maximum[k] = values[k] > maximum[k] ? values[k] : maximum[k];
		}
	}
	for (int k = 0; k < FOUR; k++)
	{
		sums->sum[first + k] = sum[k];
		sums->square[first + k] = square[k];
		sums->minimum[first + k] = minimum[k];
		sums->maximum[first + k] = maximum[k];
	}
}

/* Adds a sparse row; finish_sparse knows of the zeros between. */
static void
add_sparse(FeatureSums *sums, const Rows *rows, size_t row, double weight)
{
	RowView view = rows_view(rows, row);

	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t j = view.index[i];
		double value = (double) view.value[i];
		double scaled = value * sums->inverse_unit[j];

		sums->entries[j]++;
		sums->sum[j] += weight * scaled;
		sums->square[j] += weight * scaled * scaled;
		if (value < sums->minimum[j])
			sums->minimum[j] = value;
		if (value > sums->maximum[j])
			sums->maximum[j] = value;
	}
}

/* The range of sparse features: with 0, unless all rows have an entry. */
static void
finish_sparse(FeatureSums *sums, const Rows *rows)
{
	for (uint32_t j = 0; rows->format == ROWS_SPARSE && j < rows->dimension;
		 j++)
		if (sums->entries[j] < (double) rows->count)
		{
			sums->minimum[j] = fmin(sums->minimum[j], 0.0);
			sums->maximum[j] = fmax(sums->maximum[j], 0.0);
		}
}

/* Starts minimum, maximum and pivot at the first row; sparse ones at none. */
static void
start_sums(FeatureSums *sums, const Rows *rows)
{
	const void *first = rows_view(rows, rows_at(rows, 0)).dense;

	for (uint32_t j = 0; rows->format == ROWS_SPARSE && j < rows->dimension;
		 j++)
	{
		sums->minimum[j] = INFINITY;
		sums->maximum[j] = -INFINITY;
	}
	for (uint32_t j = 0; rows->format != ROWS_SPARSE && j < rows->dimension;
		 j++)
	{
		double value = rows->format == ROWS_U8 ? ((const uint8_t *) first)[j]
					   : rows->format == ROWS_F32
						   ? ((const float *) first)[j]
						   : ((const double *) first)[j];

		sums->pivot[j] = sums->minimum[j] = sums->maximum[j] = value;
	}
}

/* Rows of bytes whose squares fit into 32 bits. */
#define BYTE_ROWS 65536

/* Sums of some features over rows of bytes that all weigh 1: integers. */
typedef struct ByteSums
{
	uint32_t sum[TASK_FEATURES];
	uint32_t square[TASK_FEATURES];
	uint8_t minimum[TASK_FEATURES];
	uint8_t maximum[TASK_FEATURES];
} ByteSums;

UNFUSED_CLONES static void
add_bytes(ByteSums *restrict sums, const uint8_t *restrict values,
		  uint32_t count)
{
	for (uint32_t j = 0; j < count; j++)
	{
		uint32_t value = values[j];

		sums->sum[j] += value;
		sums->square[j] += value * value;
		sums->minimum[j] =
			values[j] < sums->minimum[j] ? values[j] : sums->minimum[j];
		sums->maximum[j] =
			values[j] > sums->maximum[j] ? values[j] : sums->maximum[j];
	}
}

/* Moves the sums over so many rows to those about the pivots; all exact. */
static void
take_bytes(FeatureSums *sums, const ByteSums *bytes, uint32_t first,
		   uint32_t count, double rows)
{
	for (uint32_t j = 0; j < count; j++)
	{
		double sum = bytes->sum[j], square = bytes->square[j];
		double pivot = sums->pivot[first + j];

		sums->sum[first + j] += sum - rows * pivot;
		sums->square[first + j] +=
			square - 2.0 * pivot * sum + rows * pivot * pivot;
		sums->minimum[first + j] =
			fmin(sums->minimum[first + j], bytes->minimum[j]);
		sums->maximum[first + j] =
			fmax(sums->maximum[first + j], bytes->maximum[j]);
	}
}

/* The plain case of sum_features: bytes without weights. */
static void
sum_bytes(FeatureSums *sums, const Rows *rows, size_t from, size_t to,
		  uint32_t first, uint32_t count, const Runtime *runtime)
{
	for (size_t start = from; start < to; start += BYTE_ROWS)
	{
		size_t end = to - start < BYTE_ROWS ? to : start + BYTE_ROWS;
		ByteSums bytes = {{0}, {0}, {0}, {0}};

		memset(bytes.minimum, UINT8_MAX, sizeof(bytes.minimum));
		for (size_t place = start; place < end; place++)
		{
			if (place % TILE == 0 && runtime_interrupted(runtime))
				return;
			if (place + 1 < end)
				__builtin_prefetch(rows->records[rows_at(rows, place + 1)] +
								   first);
			add_bytes(&bytes,
					  (const uint8_t *) rows->records[rows_at(rows, place)] +
						  first,
					  count);
		}
		take_bytes(sums, &bytes, first, count, (double) (end - start));
	}
}

/* Rows of doubles of some places of one tile: the plain case of sum_features. */
static void
sum_doubles(FeatureSums *sums, const Rows *rows, size_t from, size_t to,
			uint32_t first, uint32_t end)
{
	for (size_t place = from, count; place < to; place += count)
	{
		const double *dense[ROWS_AT_ONCE];
		double weights[ROWS_AT_ONCE];
		uint32_t j = first;

		count = to - place < ROWS_AT_ONCE ? to - place : ROWS_AT_ONCE;
		for (size_t i = 0; i < count; i++)
		{
			size_t row = rows_at(rows, place + i);

			rows_prefetch(rows, rows->order, place + i, to);
			dense[i] = (const double *) (const void *) rows->records[row];
			weights[i] = rows_weight(rows, row);
		}
		for (; j + FOUR <= end; j += FOUR)
			add_doubles(sums, dense, weights, count, j);
		for (size_t i = 0; i < count && j < end; i++)
			add_dense(sums, rows, rows_at(rows, place + i), weights[i], j,
					  end);
	}
}

/* Places [from, to) to sum over, a lane's range of features a task. */
typedef struct SumJob
{
	FeatureSums *lane;
	size_t lanes;
	size_t ranges; /* of features */
	const Rows *rows;
	const Runtime *runtime;
	size_t from;
	size_t to;
} SumJob;

/* Sums some features over the rows: each of them in the same order ever. */
static void
sum_features(void *argument, size_t task)
{
	const SumJob *job = argument;
	const Rows *rows = job->rows;
	size_t lane = task / job->ranges;
	FeatureSums *sums = &job->lane[lane];
	uint32_t first = (uint32_t) (task % job->ranges) * TASK_FEATURES;
	uint32_t end = rows->dimension - first < TASK_FEATURES
					   ? rows->dimension
					   : first + TASK_FEATURES;

	if (rows->format == ROWS_U8 && rows->weights == NULL)
	{
		sum_bytes(sums, rows, job->from, job->to, first, end - first,
				  job->runtime);
		return;
	}
	for (size_t place = job->from; place < job->to; place++)
	{
		size_t row, tile = place / TILE;

		if (tile % job->lanes != lane)
		{
			place = (tile + 1) * TILE - 1;
			continue;
		}
		if (place % TILE == 0 && runtime_interrupted(job->runtime))
			return;
		if (rows->format == ROWS_F64)
		{
			size_t next = (tile + 1) * TILE;

			next = next < job->to ? next : job->to;
			sum_doubles(sums, rows, place, next, first, end);
			place = next - 1;
			continue;
		}
		row = rows_at(rows, place);
		rows_prefetch(rows, rows->order, place, job->to);
		if (rows->format == ROWS_SPARSE)
			add_sparse(sums, rows, row, rows_weight(rows, row));
		else
			add_dense(sums, rows, row, rows_weight(rows, row), first, end);
	}
}

/* Makes the lanes, or takes the sums as the only one. */
static Status
open_lanes(SumJob *job, FeatureSums *sums, Failure *failure)
{
	const Rows *rows = job->rows;

	job->lane = sums;
	job->lanes = job->ranges = 1;
	if (rows->format == ROWS_SPARSE &&
		(rows->dimension > SPARSE_LANE_FEATURES ||
		 rows->count < LANES * (size_t) rows->dimension))
		return LL_OK;
	/* a sparse row's features are not found by their numbers */
	if (rows->format != ROWS_SPARSE)
		job->ranges = (rows->dimension + TASK_FEATURES - 1) / TASK_FEATURES;
	if (job->ranges == 0 || (rows->format == ROWS_U8 && rows->weights == NULL))
		return LL_OK;
	job->lanes = LANES;
	job->lane =
		runtime_allocate_zero(job->runtime, LANES, sizeof(FeatureSums));
	if (job->lane == NULL)
		return fail_no_memory(failure);
	for (size_t l = 0; l < LANES; l++)
	{
		Status status = feature_sums_init(&job->lane[l], rows->dimension,
										  job->runtime, failure);

		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* Lets the lanes begin as the sums do. */
static void
start_lanes(const SumJob *job, FeatureSums *sums)
{
	size_t size = job->rows->dimension * sizeof(double);

	start_sums(sums, job->rows);
	for (size_t l = 0; l < job->lanes && job->lane != sums; l++)
	{
		memcpy(job->lane[l].pivot, sums->pivot, size);
		memcpy(job->lane[l].minimum, sums->minimum, size);
		memcpy(job->lane[l].maximum, sums->maximum, size);
		memcpy(job->lane[l].inverse_unit, sums->inverse_unit, size);
	}
}

/* The weight of so many rows in canonical order, of those without weights theirs. */
static double
sum_weights(const Rows *rows, size_t points, const Runtime *runtime)
{
	double weight = 0.0;

	if (rows->weights == NULL)
		return (double) points;
	for (size_t place = 0; place < points && !runtime_stops(runtime, place);
		 place++)
		weight += rows_weight(rows, rows_at(rows, place));
	return weight;
}

/* Adds the lanes to the sums, in order. */
static void
close_lanes(const SumJob *job, FeatureSums *sums)
{
	for (size_t l = 0; l < job->lanes && job->lane != sums; l++)
	{
		const FeatureSums *lane = &job->lane[l];

		for (uint32_t j = 0; j < job->rows->dimension; j++)
		{
			sums->sum[j] += lane->sum[j];
			sums->square[j] += lane->square[j];
			sums->entries[j] += lane->entries[j];
			sums->minimum[j] = fmin(sums->minimum[j], lane->minimum[j]);
			sums->maximum[j] = fmax(sums->maximum[j], lane->maximum[j]);
		}
		runtime_release(job->runtime, lane->sum);
	}
	if (job->lane != sums)
		runtime_release(job->runtime, job->lane);
}

static Status
sum_rows(FeatureSums *sums, const Rows *rows, size_t points, ThreadPool *pool,
		 const Runtime *runtime, Failure *failure)
{
	SumJob job = {.rows = rows, .runtime = runtime};
	Status status = open_lanes(&job, sums, failure);

	if (status != LL_OK)
		return status;
	sums->weight = sum_weights(rows, points, runtime);
	for (job.from = 0; job.from < points; job.from = job.to)
	{
		size_t loaded, tasks = job.lanes * job.ranges;

		status = rows_load(rows, rows->order + job.from, points - job.from,
						   &loaded, failure);
		if (status != LL_OK)
			return status;
		if (job.from == 0)
			start_lanes(&job, sums);
		job.to = job.from + loaded;
		if (pool != NULL)
			threads_run(pool, sum_features, &job, tasks);
		else
			for (size_t task = 0; task < tasks; task++)
				sum_features(&job, task);
		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
	}
	close_lanes(&job, sums);
	return LL_OK;
}

/*
 * Features with a largest size outside of this have squares that a double does
 * not hold.
 */
#define LEAST_SQUARED 0x1p-400
#define LARGEST_SQUARED 0x1p400

static bool
is_extreme(const FeatureSums *sums, uint32_t j)
{
	double size = fmax(fabs(sums->minimum[j]), fabs(sums->maximum[j]));

	/* Of a sparse feature without an entry there is no size. */
	return isfinite(size) && size > 0.0 &&
		   (size > LARGEST_SQUARED || size < LEAST_SQUARED);
}

/* Sets units for such features; whether there are any. */
static bool
choose_units(FeatureSums *sums, uint32_t dimension)
{
	bool any = false;

	for (uint32_t j = 0; j < dimension; j++)
		if (is_extreme(sums, j))
		{
			double size = fmax(fabs(sums->minimum[j]), fabs(sums->maximum[j]));

			/* A subnormal size's inverse would be infinite. */
			sums->inverse_unit[j] = ldexp(1.0, (int) fmin(-logb(size), 1000));
			any = true;
		}
	return any;
}

Status
feature_sums_take(FeatureSums *sums, const Rows *rows, ThreadPool *pool,
				  const Runtime *runtime, Failure *failure)
{
	Status status = sum_rows(sums, rows, rows->count, pool, runtime, failure);

	if (status == LL_OK && choose_units(sums, rows->dimension))
	{
		memset(sums->sum, 0, rows->dimension * sizeof(double));
		memset(sums->square, 0, rows->dimension * sizeof(double));
		memset(sums->entries, 0, rows->dimension * sizeof(double));
		status = sum_rows(sums, rows, rows->count, pool, runtime, failure);
	}
	if (status == LL_OK)
		finish_sparse(sums, rows);
	return status;
}
