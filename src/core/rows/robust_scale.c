/*
 * robust_scale.c
 *		The robust scale of a feature, by its interquartile range.
 */
#include "core/rows/robust_scale.h"

#include <stdlib.h>

#include "core/math/sort.h"
#include "core/rows/spill.h"

#define SAMPLE_ROWS 500
#define LEAST_ROWS 50
/* Largest share of the sample that may have one value. */
#define MOST_TIED 0.05
/* Of a normal distribution, in deviations. */
#define INTERQUARTILE_RANGE 1.349
/* Features gathered in one pass over the sample. */
#define PASS_FEATURES 64u

/* The spread of one feature's values, which it sorts. */
static double
spread_of(double *values, size_t count)
{
	size_t run = 1, longest = 1;

	qsort(values, count, sizeof(double), compare_doubles);
	for (size_t i = 1; i < count; i++)
	{
		run = values[i] == values[i - 1] ? run + 1 : 1;
		longest = run > longest ? run : longest;
	}
	if ((double) longest > MOST_TIED * (double) count)
		return 0.0;
	return (values[count - 1 - count / 4] - values[count / 4]) /
		   INTERQUARTILE_RANGE;
}

/* Copies some features of the sample: values[feature][count]. */
static void
gather(const Rows *rows, size_t count, uint32_t first, uint32_t end,
	   double *values)
{
	for (size_t place = 0; place < count; place++)
	{
		const void *dense = rows_view(rows, rows_at(rows, place)).dense;

		for (uint32_t j = first; j < end; j++)
			values[(j - first) * count + place] =
				rows->format == ROWS_F32 ? ((const float *) dense)[j]
										 : ((const double *) dense)[j];
	}
}

Status
robust_spread(const Rows *rows, double *spread, const Runtime *runtime,
			  Failure *failure)
{
	size_t count = rows->count < SAMPLE_ROWS ? rows->count : SAMPLE_ROWS;
	double *values;
	size_t loaded;
	Status status;

	for (uint32_t j = 0; j < rows->dimension; j++)
		spread[j] = 0.0;
	if (rows->format == ROWS_U8 || rows->format == ROWS_SPARSE)
		return LL_OK;
	status = rows_load(rows, rows->order, count, &loaded, failure);
	if (status != LL_OK || loaded < LEAST_ROWS)
		return status;
	values =
		runtime_allocate(runtime, loaded * PASS_FEATURES * sizeof(double));
	if (values == NULL)
		return fail_no_memory(failure);
	for (uint32_t first = 0; first < rows->dimension; first += PASS_FEATURES)
	{
		uint32_t end = rows->dimension - first < PASS_FEATURES
						   ? rows->dimension
						   : first + PASS_FEATURES;

		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		gather(rows, loaded, first, end, values);
		for (uint32_t j = first; j < end; j++)
			spread[j] = spread_of(values + (j - first) * loaded, loaded);
	}
	runtime_release(runtime, values);
	return LL_OK;
}
