/*
 * spectrum.c
 *		What ridge regression does at every wd.
 */
#include "core/solve/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/solve/vector.h"

/* Wider matrices' eigenvectors take longer than a cancel may wait. */
#define WHOLE_MAX 512
/* Steps of Lanczos' method, and random vectors that stand for the trace. */
#define STEPS 64
#define PROBES 8
#define RUNS (1 + PROBES)
/* Seed of the random vectors. */
#define PROBE_KEY UINT64_C(0x70726f6265)
/* Columns of one product between looks at interrupts. */
#define PRODUCT_COLUMNS 256
/* A vector shorter than this part of the first is what rounding left. */
#define EXHAUSTED 1e-10

/* Of the sums' lower triangle. */
static inline double
sum_at(const double *sums, size_t size, size_t i, size_t j)
{
	return i >= j ? sums[j * size + i] : sums[i * size + j];
}

Status
spectrum_centre(const Pass *pass, const double *sums, double *matrix,
				double *products, Spectrum *spectrum, Failure *failure)
{
	size_t d = pass->dimension, size = d + 2, m = spectrum->size;
	bool bias = pass->problem->use_bias;
	double ones = bias ? sum_at(sums, size, d, d) : 1.0;
	double target = bias ? sum_at(sums, size, d + 1, d) : 0.0;

	for (size_t j = 0, column = 0; j < d; j++)
	{
		double mean = bias ? sum_at(sums, size, d, j) / ones : 0.0;

		if (!pass_learns(pass, j))
			continue;
		if (runtime_stops_wide(pass->runtime, column, d))
			return fail_cancelled(failure);
		for (size_t i = j, row = column; i < d; i++)
			if (pass_learns(pass, i))
			{
				double cell = sum_at(sums, size, i, j) -
							  (bias ? mean * sum_at(sums, size, d, i) : 0.0);

				matrix[column * m + row] = matrix[row * m + column] = cell;
				row++;
			}
		products[column] = sum_at(sums, size, d + 1, j) - mean * target;
		spectrum->scale += fmax(matrix[column * m + column], 0.0);
		column++;
	}
	spectrum->scale /= (double) m;
	spectrum->target =
		sum_at(sums, size, d + 1, d + 1) - target * target / ones;
	return LL_OK;
}

/* Room for so many nodes of either kind. */
static Status
make_room(const Runtime *runtime, Spectrum *spectrum, size_t count,
		  size_t trace_count, Failure *failure)
{
	double *room = runtime_allocate_zero(runtime, 2 * (count + trace_count),
										 sizeof(double));

	if (room == NULL)
		return fail_no_memory(failure);
	spectrum->count = count;
	spectrum->trace_count = trace_count;
	spectrum->value = room;
	spectrum->fit = room + count;
	spectrum->trace_value = room + 2 * count;
	spectrum->trace_weight = room + 2 * count + trace_count;
	return LL_OK;
}

/* Doubles of a cache line. */
#define LINE 8

/* The first double from `from` on that begins a cache line. */
static double *
line_of(double *from)
{
	return from + (LINE - (uintptr_t) from / sizeof(double) % LINE) % LINE;
}

/*
 * What some processors' routines round depends on where the numbers lie, and that
 * on what else is in memory: they work where a cache line begins.
 */
Status
spectrum_vectors(const Pass *pass, double *matrix, size_t size, double *values,
				 Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	int n = (int) size, lwork = -1, liwork = -1, iwork_size = 0, info = 0;
	double work_size = 0.0;
	double *room, *vectors, *found, *work;
	int *iwork;

	pass->blas->dsyevd("V", "L", &n, matrix, &n, values, &work_size, &lwork,
					   &iwork_size, &liwork, &info);
	lwork = (int) work_size;
	liwork = iwork_size;
	room = runtime_allocate_zero(
		runtime, size * size + size + (size_t) lwork + 3 * LINE,
		sizeof(double));
	iwork = runtime_allocate_zero(runtime, (size_t) liwork, sizeof(int));
	if (room == NULL || iwork == NULL)
		return fail_no_memory(failure);
	vectors = line_of(room);
	found = line_of(vectors + size * size);
	work = line_of(found + size);
	memcpy(vectors, matrix, size * size * sizeof(double));
	pass->blas->dsyevd("V", "L", &n, vectors, &n, found, work, &lwork, iwork,
					   &liwork, &info);
	memcpy(matrix, vectors, size * size * sizeof(double));
	memcpy(values, found, size * sizeof(double));
	runtime_release(runtime, room);
	runtime_release(runtime, iwork);
	return info == 0 ? LL_OK
					 : fail(failure, LL_INVALID,
							"the features' Gram matrix has no eigenvalues");
}

/* An eigenvalue, or 0 where rounding alone may have made it. */
static double
present(const Spectrum *spectrum, double value)
{
	return value > (double) spectrum->size * DBL_EPSILON * spectrum->largest
			   ? value
			   : 0.0;
}

/* Nodes from all eigenvectors. */
static Status
decompose(const Pass *pass, double *matrix, const double *products,
		  Spectrum *spectrum, Failure *failure)
{
	size_t m = spectrum->size;
	Status status = make_room(pass->runtime, spectrum, m, m, failure);

	if (status == LL_OK)
		status = spectrum_vectors(pass, matrix, m, spectrum->value, failure);
	if (status != LL_OK)
		return status;
	spectrum->estimated = false;
	spectrum->largest = spectrum->value[m - 1];
	for (size_t i = 0; i < m; i++)
	{
		double part = vector_dot(matrix + i * m, products, m);

		spectrum->value[i] = present(spectrum, spectrum->value[i]);
		spectrum->fit[i] = part * part;
		spectrum->trace_value[i] = spectrum->value[i];
		spectrum->trace_weight[i] = 1.0;
	}
	return LL_OK;
}

/* One run of Lanczos' method. */
typedef struct Run
{
	double *basis; /* [STEPS][m] */
	double *next;  /* [m] */
	double diagonal[STEPS];
	double beside[STEPS]; /* between step k and k + 1 */
	size_t steps;
	double norm; /* of the first vector */
	bool ended;
} Run;

/* next[RUNS][m] = matrix times the newest vector of each run. */
static Status
multiply_runs(const Pass *pass, const double *matrix, size_t m,
			  const double *newest, double *next, Failure *failure)
{
	for (size_t at = 0; at < m; at += PRODUCT_COLUMNS)
	{
		int rows = (int) (m - at < PRODUCT_COLUMNS ? m - at : PRODUCT_COLUMNS);

		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		pass->blas->dgemm(BLAS_COL_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, rows,
						  RUNS, (int) m, 1.0, matrix + at * m, (int) m, newest,
						  (int) m, 0.0, next + at, (int) m);
	}
	return LL_OK;
}

/*
 * Makes the next vector of a run orthogonal to those before it, twice, as
 * rounding would bring them back.
 */
static void
advance_run(Run *run, double *next, size_t m)
{
	size_t k = run->steps - 1;
	double norm;

	run->diagonal[k] = vector_dot(run->basis + k * m, next, m);
	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i <= k; i++)
		{
			double part = vector_dot(run->basis + i * m, next, m);

			for (size_t j = 0; j < m; j++)
				next[j] -= part * run->basis[i * m + j];
		}
	norm = sqrt(vector_dot(next, next, m));
	run->beside[k] = norm;
	run->ended = run->steps == STEPS || run->steps == m ||
				 !(norm > EXHAUSTED * fabs(run->diagonal[0]));
	if (run->ended)
		return;
	for (size_t j = 0; j < m; j++)
		run->basis[run->steps * m + j] = next[j] / norm;
	run->steps++;
}

/* Sets the first vectors: the products with the target, and random signs. */
static void
begin_runs(Run *runs, const double *products, size_t m)
{
	for (size_t r = 0; r < RUNS; r++)
	{
		double *first = runs[r].basis;

		for (size_t j = 0; j < m; j++)
			first[j] = r == 0							   ? products[j]
					   : random_bits(PROBE_KEY + r, j) & 1 ? 1.0
														   : -1.0;
		runs[r].norm = sqrt(vector_dot(first, first, m));
		runs[r].ended = runs[r].norm == 0.0;
		runs[r].steps = runs[r].ended ? 0 : 1;
		for (size_t j = 0; j < m && !runs[r].ended; j++)
			first[j] /= runs[r].norm;
	}
}

/* All runs side by side, as one product serves them. */
static Status
run_lanczos(const Pass *pass, const double *matrix, Run *runs, size_t m,
			Failure *failure)
{
	double *newest =
		runtime_allocate_zero(pass->runtime, RUNS * m, sizeof(double));
	double *next =
		runtime_allocate_zero(pass->runtime, RUNS * m, sizeof(double));
	Status status = LL_OK;

	if (newest == NULL || next == NULL)
		return fail_no_memory(failure);
	for (size_t step = 0; step < STEPS && status == LL_OK; step++)
	{
		for (size_t r = 0; r < RUNS; r++)
			if (!runs[r].ended)
				memcpy(newest + r * m, runs[r].basis + (runs[r].steps - 1) * m,
					   m * sizeof(double));
		status = multiply_runs(pass, matrix, m, newest, next, failure);
		for (size_t r = 0; r < RUNS && status == LL_OK; r++)
			if (!runs[r].ended)
				advance_run(&runs[r], next + r * m, m);
	}
	runtime_release(pass->runtime, newest);
	runtime_release(pass->runtime, next);
	return status;
}

/* The nodes and weights of a run: weight is all of them together. */
static Status
take_nodes(const Pass *pass, const Run *run, double weight, double *value,
		   double *share, Failure *failure)
{
	size_t k = run->steps;
	double *matrix =
		runtime_allocate_zero(pass->runtime, k * k + 1, sizeof(double));
	Status status;

	if (matrix == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < k; i++)
	{
		matrix[i * k + i] = run->diagonal[i];
		if (i + 1 < k)
			matrix[i * k + i + 1] = run->beside[i];
	}
	status =
		k == 0 ? LL_OK : spectrum_vectors(pass, matrix, k, value, failure);
	for (size_t i = 0; i < k && status == LL_OK; i++)
		share[i] = weight * matrix[i * k] * matrix[i * k];
	runtime_release(pass->runtime, matrix);
	return status;
}

/* Nodes from runs of Lanczos' method. */
static Status
approximate(const Pass *pass, const double *matrix, const double *products,
			Spectrum *spectrum, Failure *failure)
{
	size_t m = spectrum->size, at = 0, nodes = 0;
	Run *runs = runtime_allocate_zero(pass->runtime, RUNS, sizeof(Run));
	double *basis =
		runtime_allocate_zero(pass->runtime, RUNS * STEPS * m, sizeof(double));
	Status status = LL_OK;

	if (runs == NULL || basis == NULL)
		return fail_no_memory(failure);
	spectrum->estimated = true;
	for (size_t r = 0; r < RUNS; r++)
		runs[r].basis = basis + r * STEPS * m;
	begin_runs(runs, products, m);
	status = run_lanczos(pass, matrix, runs, m, failure);
	for (size_t r = 1; r < RUNS; r++)
		nodes += runs[r].steps;
	if (status == LL_OK)
		status =
			make_room(pass->runtime, spectrum, runs[0].steps, nodes, failure);
	if (status == LL_OK)
		status = take_nodes(pass, &runs[0], runs[0].norm * runs[0].norm,
							spectrum->value, spectrum->fit, failure);
	for (size_t r = 1; r < RUNS && status == LL_OK; at += runs[r++].steps)
		status = take_nodes(pass, &runs[r], (double) m / PROBES,
							spectrum->trace_value + at,
							spectrum->trace_weight + at, failure);
	for (size_t i = 0; i < spectrum->trace_count; i++)
		spectrum->largest = fmax(spectrum->largest, spectrum->trace_value[i]);
	for (size_t i = 0; i < spectrum->count; i++)
		spectrum->value[i] = present(spectrum, spectrum->value[i]);
	for (size_t i = 0; i < spectrum->trace_count; i++)
		spectrum->trace_value[i] = present(spectrum, spectrum->trace_value[i]);
	runtime_release(pass->runtime, basis);
	runtime_release(pass->runtime, runs);
	return status;
}

Status
spectrum_make(const Pass *pass, const double *sums, Spectrum *spectrum,
			  Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	double *matrix, *products;
	Status status;

	memset(spectrum, 0, sizeof(*spectrum));
	for (size_t j = 0; j < pass->dimension; j++)
		spectrum->size += pass_learns(pass, j);
	if (spectrum->size == 0)
		return LL_OK;
	matrix = runtime_allocate(runtime, spectrum->size * spectrum->size *
										   sizeof(double));
	products = runtime_allocate(runtime, spectrum->size * sizeof(double));
	if (matrix == NULL || products == NULL)
		return fail_no_memory(failure);
	status = spectrum_centre(pass, sums, matrix, products, spectrum, failure);
	if (status == LL_OK)
		status = spectrum->size <= WHOLE_MAX
					 ? decompose(pass, matrix, products, spectrum, failure)
					 : approximate(pass, matrix, products, spectrum, failure);
	runtime_release(runtime, matrix);
	runtime_release(runtime, products);
	return status;
}

double
spectrum_residual(const Spectrum *spectrum, double wd)
{
	double sum = spectrum->target;

	for (size_t i = 0; i < spectrum->count; i++)
	{
		double s = spectrum->value[i];

		if (s > 0.0)
			sum -= spectrum->fit[i] * (s + 2.0 * wd) / ((s + wd) * (s + wd));
	}
	return fmax(sum, 0.0);
}

double
spectrum_freedom(const Spectrum *spectrum, double wd)
{
	double sum = 0.0;

	for (size_t i = 0; i < spectrum->trace_count; i++)
		if (spectrum->trace_value[i] > 0.0)
			sum += spectrum->trace_weight[i] * spectrum->trace_value[i] /
				   (spectrum->trace_value[i] + wd);
	return sum;
}
