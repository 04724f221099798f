/*
 * fold_matrix.c
 *		The sparse rows of a cross-validation, packed for products that do all
 *		folds at once.
 */
#include "core/solve/fold_matrix.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/rows/spill.h"
#include "core/solve/fold_lane.h"

/* Entries, times strides of FOLD_LANES, of a block: some ten microseconds. */
#define BLOCK_WORK ((size_t) 1 << 14)
/* What a row or column costs beside its entries. */
#define BLOCK_EACH 4
/* Entries between two looks at interrupts, and those that a row counts as beside its own. */
#define LOOK_ENTRIES ((size_t) 1 << 18)
#define LOOK_EACH 256

/* What packs the rows. */
typedef struct Packing
{
	const SolverProblem *problem;
	const Runtime *runtime;
	const uint32_t *order;
	size_t count;
	uint32_t *counts; /* [dimension] rows of each feature */
	size_t numbered;
	FoldMatrix *matrix;
	double largest; /* value of all, of any sign */
	size_t looked;	/* entries since the last look at interrupts */
} Packing;

/* A value of a feature as it is learned from, times the matrix's unit. */
static double
scaled(const Packing *packing, uint32_t feature, float value)
{
	const double *inverse = packing->problem->inverse_deviation;

	return (inverse == NULL ? value : value * inverse[feature]) *
		   packing->matrix->unit;
}

/* Whether to end after so many entries more: rows may have millions. */
static bool
stops(Packing *packing, size_t entries)
{
	packing->looked += entries + LOOK_EACH;
	if (packing->looked < LOOK_ENTRIES)
		return false;
	packing->looked = 0;
	return runtime_interrupted(packing->runtime);
}

/* Calls what is to be done for each row, wherever it lies. */
static Status
for_each_row(Packing *packing, void (*take)(Packing *, size_t, RowView),
			 Failure *failure)
{
	const Rows *rows = packing->problem->rows;
	size_t loaded;

	for (size_t at = 0; at < packing->count; at += loaded)
	{
		Status status = rows_load(rows, packing->order + at,
								  packing->count - at, &loaded, failure);

		if (status != LL_OK)
			return status;
		for (size_t i = at; i < at + loaded; i++)
		{
			RowView row = rows_view(rows, packing->order[i]);

			rows_prefetch(rows, packing->order + at, i - at, loaded);
			take(packing, i, row);
			if (stops(packing, row.count))
				return fail_cancelled(failure);
		}
	}
	return LL_OK;
}

/* Counts the features of a row, and finds the largest value. */
static void
count_features(Packing *packing, size_t place, RowView row)
{
	(void) place;
	for (uint32_t e = 0; e < row.count; e++)
	{
		double value = fabs(scaled(packing, row.index[e], row.value[e]));

		packing->counts[row.index[e]] += value != 0.0;
		packing->largest = value > packing->largest ? value : packing->largest;
	}
}

/* Takes the power of two that brings the largest value to 1, or not above 2. */
static void
take_unit(Packing *packing)
{
	if (packing->largest > 0.0)
		packing->matrix->unit = ldexp(1.0, -ilogb(packing->largest));
}

/* Numbers the features of several rows by falling counts, by 32 sizes of them. */
static void
number_features(Packing *packing)
{
	size_t of_size[34] = {0};
	size_t dimension = packing->problem->rows->dimension;

	for (size_t j = 0; j < dimension; j++)
		if (packing->counts[j] > 1)
			of_size[__builtin_clz(packing->counts[j]) + 1]++;
	for (size_t size = 1; size < 34; size++)
		of_size[size] += of_size[size - 1];
	packing->numbered = of_size[33];
	for (size_t j = 0; j < dimension; j++)
	{
		bool many = packing->counts[j] > 1;

		packing->matrix->column[j] =
			many ? (uint32_t) of_size[__builtin_clz(packing->counts[j])]++
				 : FOLD_NOWHERE;
		packing->matrix->share[j] = many ? 1.0f : 0.0f;
	}
}

/* Gives the features of a row alone, of so much length, their column. */
static void
put_alone(Packing *packing, RowView row, uint32_t column, double length)
{
	FoldMatrix *matrix = packing->matrix;

	for (uint32_t e = 0; e < row.count; e++)
	{
		uint32_t feature = row.index[e];
		double value = scaled(packing, feature, row.value[e]);

		if (packing->counts[feature] != 1 || (float) value == 0.0f)
			continue;
		matrix->column[feature] = column;
		matrix->share[feature] = (float) (value / length);
	}
}

/* Writes a row's entries. */
static void
put_row(Packing *packing, size_t place, RowView row)
{
	FoldEntries *rows = &packing->matrix->rows;
	size_t at = rows->start[place];
	double alone = 0.0;

	for (uint32_t e = 0; e < row.count; e++)
	{
		uint32_t column = packing->matrix->column[row.index[e]];
		float value = (float) scaled(packing, row.index[e], row.value[e]);

		if (value == 0.0f)
			continue;
		if (column == FOLD_NOWHERE)
			alone += (double) value * value;
		else
		{
			rows->index[at] = column;
			rows->value[at++] = value;
		}
	}
	if (alone > 0.0)
	{
		put_alone(packing, row, (uint32_t) packing->numbered, sqrt(alone));
		rows->index[at] = (uint32_t) packing->numbered++;
		rows->value[at++] = (float) sqrt(alone);
	}
	rows->start[place + 1] = at;
}

/* Room for entries by rows or by columns. */
static bool
allocate_entries(const Runtime *runtime, FoldEntries *entries, size_t count,
				 size_t room)
{
	entries->count = count;
	entries->start = runtime_allocate_zero(runtime, count + 2, sizeof(size_t));
	entries->block = runtime_allocate_zero(runtime, count + 2, sizeof(size_t));
	entries->index = runtime_allocate(runtime, (room + 1) * sizeof(uint32_t));
	entries->value = runtime_allocate(runtime, (room + 1) * sizeof(float));
	return entries->start != NULL && entries->block != NULL &&
		   entries->index != NULL && entries->value != NULL;
}

/* Gives each row the column of the biases, which features' go before. */
static Status
put_biases(Packing *packing, Failure *failure)
{
	FoldEntries *rows = &packing->matrix->rows;

	for (size_t i = rows->count; i > 0; i--)
	{
		size_t from = rows->start[i - 1], n = rows->start[i] - from;
		size_t to = from + i - 1;

		if (stops(packing, n))
			return fail_cancelled(failure);
		memmove(rows->index + to, rows->index + from, n * sizeof(uint32_t));
		memmove(rows->value + to, rows->value + from, n * sizeof(float));
		rows->index[to + n] = (uint32_t) packing->numbered;
		rows->value[to + n] = 1.0f;
		rows->start[i] = to + n + 1;
	}
	return LL_OK;
}

/* Lays the entries out by columns. */
static Status
transpose_entries(Packing *packing, size_t columns, Failure *failure)
{
	FoldMatrix *matrix = packing->matrix;
	const FoldEntries *from = &matrix->rows;
	FoldEntries *to = &matrix->columns;
	size_t entries = from->start[from->count];

	if (!allocate_entries(matrix->runtime, to, columns, entries))
		return fail_no_memory(failure);
	for (size_t e = 0; e < entries && !runtime_stops(matrix->runtime, e); e++)
		to->start[from->index[e] + 2]++;
	if (runtime_interrupted(matrix->runtime))
		return fail_cancelled(failure);
	for (size_t j = 2; j < columns + 2; j++)
		to->start[j] += to->start[j - 1];
	for (size_t i = 0; i < from->count; i++)
	{
		for (size_t e = from->start[i]; e < from->start[i + 1]; e++)
		{
			size_t at = to->start[from->index[e] + 1]++;

			to->index[at] = (uint32_t) i;
			to->value[at] = from->value[e];
		}
		if (stops(packing, from->start[i + 1] - from->start[i]))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* Cuts rows or columns into blocks of about as much work. */
static void
cut_blocks(FoldEntries *entries, size_t stride)
{
	size_t most = BLOCK_WORK * FOLD_LANES / stride + 1, work = 0;

	entries->blocks = 0;
	for (size_t i = 0; i < entries->count; i++)
	{
		if (work == 0)
			entries->block[entries->blocks++] = i;
		work += entries->start[i + 1] - entries->start[i] + BLOCK_EACH;
		if (work >= most)
			work = 0;
	}
	entries->block[entries->blocks] = entries->count;
}

/* Packs the rows, whose features are counted. */
static Status
pack(Packing *packing, size_t room, Failure *failure)
{
	FoldMatrix *matrix = packing->matrix;
	size_t columns;
	Status status;

	if (!allocate_entries(packing->runtime, &matrix->rows, packing->count,
						  room + packing->count))
		return fail_no_memory(failure);
	status = for_each_row(packing, put_row, failure);
	if (status != LL_OK)
		return status;
	columns = packing->numbered + (matrix->has_bias ? 1 : 0);
	if (matrix->has_bias)
		status = put_biases(packing, failure);
	if (status == LL_OK)
		status = transpose_entries(packing, columns, failure);
	if (status != LL_OK)
		return status;
	cut_blocks(&matrix->rows, matrix->stride);
	cut_blocks(&matrix->columns, matrix->stride);
	return LL_OK;
}

/* What so many lanes are stored as. */
static size_t
stride_of(size_t lanes)
{
	return lanes == 1 ? 1
		   : lanes <= FOLD_FEW_LANES
			   ? FOLD_FEW_LANES
			   : (lanes + FOLD_LANES - 1) / FOLD_LANES * FOLD_LANES;
}

Status
fold_matrix_make(FoldMatrix *matrix, const SolverProblem *problem,
				 const Runtime *runtime, const uint32_t *rows, size_t count,
				 size_t lanes, Failure *failure)
{
	size_t dimension = problem->rows->dimension, room = 0;
	Packing packing = {.problem = problem,
					   .runtime = runtime,
					   .order = rows,
					   .count = count,
					   .matrix = matrix};
	Status status;

	*matrix = (FoldMatrix){.runtime = runtime,
						   .stride = stride_of(lanes),
						   .unit = 1.0,
						   .has_bias = problem->use_bias};
	packing.counts =
		runtime_allocate_zero(runtime, dimension + 1, sizeof(uint32_t));
	matrix->column =
		runtime_allocate(runtime, (dimension + 1) * sizeof(uint32_t));
	matrix->share = runtime_allocate(runtime, (dimension + 1) * sizeof(float));
	if (packing.counts == NULL || matrix->column == NULL ||
		matrix->share == NULL)
		return fail_no_memory(failure);
	status = for_each_row(&packing, count_features, failure);
	for (size_t j = 0; j < dimension; j++)
		room += packing.counts[j];
	if (status == LL_OK)
	{
		take_unit(&packing);
		number_features(&packing);
		status = pack(&packing, room, failure);
	}
	runtime_release(runtime, packing.counts);
	return status;
}

static void
release_entries(const Runtime *runtime, FoldEntries *entries)
{
	runtime_release(runtime, entries->start);
	runtime_release(runtime, entries->block);
	runtime_release(runtime, entries->index);
	runtime_release(runtime, entries->value);
}

void
fold_matrix_release(FoldMatrix *matrix)
{
	runtime_release(matrix->runtime, matrix->column);
	runtime_release(matrix->runtime, matrix->share);
	release_entries(matrix->runtime, &matrix->rows);
	release_entries(matrix->runtime, &matrix->columns);
}

KERNEL_INLINE float
factor_of(float value, bool squares)
{
	return squares ? value * value : value;
}

/*
 * out[lanes] = sum of value in[index][..]: two sums do not wait for each other.
 */
KERNEL_INLINE void
gather(const uint32_t *restrict index, const float *restrict value,
	   size_t count, const float *restrict in, size_t stride, size_t lanes,
	   bool squares, float *restrict out)
{
	float a[FOLD_MANY_LANES] = {0}, b[FOLD_MANY_LANES] = {0};
	size_t e = 0;

	for (; e + 2 <= count; e += 2)
	{
		const float *x = in + index[e] * stride;
		const float *y = in + index[e + 1] * stride;
		float v = factor_of(value[e], squares);
		float w = factor_of(value[e + 1], squares);

		for (size_t k = 0; k < lanes; k++)
			a[k] += v * x[k];
		for (size_t k = 0; k < lanes; k++)
			b[k] += w * y[k];
	}
	if (e < count)
	{
		const float *x = in + index[e] * stride;
		float v = factor_of(value[e], squares);

		for (size_t k = 0; k < lanes; k++)
			a[k] += v * x[k];
	}
	for (size_t k = 0; k < lanes; k++)
		out[k] = a[k] + b[k];
}

KERNEL_INLINE void
multiply(const FoldEntries *entries, size_t block, const float *in,
		 size_t stride, size_t lanes, bool squares, float *out)
{
	for (size_t i = entries->block[block]; i < entries->block[block + 1]; i++)
	{
		size_t from = entries->start[i];
		size_t count = entries->start[i + 1] - from;
		const uint32_t *index = entries->index + from;
		const float *value = entries->value + from;

		for (size_t l = 0; l < stride; l += lanes)
			gather(index, value, count, in + l, stride, lanes, squares,
				   out + i * stride + l);
	}
}

/* With the strides that compilers know. */
KERNEL_INLINE void
multiply_any(const FoldEntries *entries, size_t block, const float *in,
			 size_t stride, bool squares, float *out)
{
	if (stride == 1)
		fold_lane_multiply(entries, block, in, squares, out);
	else if (stride == FOLD_FEW_LANES)
		multiply(entries, block, in, FOLD_FEW_LANES, FOLD_FEW_LANES, squares,
				 out);
	else if (stride == FOLD_LANES)
		multiply(entries, block, in, FOLD_LANES, FOLD_LANES, squares, out);
	else if (stride % FOLD_MANY_LANES == 0)
		multiply(entries, block, in, stride, FOLD_MANY_LANES, squares, out);
	else
		multiply(entries, block, in, stride, FOLD_LANES, squares, out);
}

UNFUSED_CLONES void
fold_entries_multiply(const FoldEntries *entries, size_t block,
					  const float *in, size_t stride, float *out)
{
	multiply_any(entries, block, in, stride, false, out);
}

UNFUSED_CLONES void
fold_entries_multiply_squares(const FoldEntries *entries, size_t block,
							  const float *in, size_t stride, float *out)
{
	multiply_any(entries, block, in, stride, true, out);
}
