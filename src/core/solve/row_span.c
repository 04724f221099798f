/*
 * row_span.c
 *		Fewer rows than features in coordinates of the rows' span.
 */
#include "core/solve/row_span.h"

#include <string.h>

#include "core/solve/gram.h"

/* Features whose products are added at once. */
#define BLOCK 512
/* Rows of a product, and entries of sparse rows, between two looks at interrupts. */
#define STRIP 128
#define LOOK_ENTRIES ((size_t) 1 << 18)
/* Of the mean square length, added to each, so that dependent rows have a triangle. */
#define FIRST_DAMPING 1e-13
#define NEXT_DAMPING 100.0
#define MAX_DAMPINGS 5

/* The products of the rows with each other, lower triangle, column-major. */
typedef struct Products
{
	const SolverProblem *problem;
	const uint32_t *order;
	size_t count;
	double *sums; /* [count][count] */
	double
		*block; /* [count][BLOCK] normalised, or [dimension] of a sparse row */
} Products;

bool
row_span_serves(const SolverProblem *problem, double rows)
{
	return rows < (double) problem->rows->dimension && problem->l1 == 0.0 &&
		   problem->bounded == NULL && problem->rows->shards == NULL &&
		   problem->rows->sums == NULL;
}

/* One value of a dense row as it came. */
static double
value_at(RowFormat format, const void *dense, size_t j)
{
	return format == ROWS_U8	? ((const uint8_t *) dense)[j]
		   : format == ROWS_F32 ? (double) ((const float *) dense)[j]
								: ((const double *) dense)[j];
}

/* Fills a block with features [from, from + width) of all rows. */
static void
fill_block(const Products *products, size_t from, size_t width)
{
	const SolverProblem *problem = products->problem;
	const Rows *rows = problem->rows;

	for (size_t i = 0; i < products->count; i++)
	{
		const void *dense = rows->records[products->order[i]];
		double *out = products->block + i * width;

		for (size_t j = 0; j < width; j++)
		{
			double x = value_at(rows->format, dense, from + j);

			if (problem->mean != NULL)
				x -= problem->mean[from + j];
			if (problem->inverse_deviation != NULL)
				x *= problem->inverse_deviation[from + j];
			out[j] = x;
		}
	}
}

/* Adds the products of dense rows, strip by strip. */
static Status
add_dense(const Products *products, const Pass *pass, Failure *failure)
{
	size_t n = products->count, dimension = pass->dimension;

	memset(products->sums, 0, n * n * sizeof(double));
	for (size_t from = 0; from < dimension; from += BLOCK)
	{
		size_t width = dimension - from < BLOCK ? dimension - from : BLOCK;

		fill_block(products, from, width);
		for (size_t j = 0; j < n; j += STRIP)
		{
			size_t columns = n - j < STRIP ? n - j : STRIP;

			if (runtime_interrupted(pass->runtime))
				return fail_cancelled(failure);
			pass->blas->dgemm(BLAS_COL_MAJOR, BLAS_TRANS, BLAS_NO_TRANS,
							  (int) (n - j), (int) columns, (int) width, 1.0,
							  products->block + j * width, (int) width,
							  products->block + j * width, (int) width, 1.0,
							  products->sums + j * n + j, (int) n);
		}
	}
	return LL_OK;
}

/* Puts a sparse row's normalised values into the block, or takes them out. */
static void
scatter(const Products *products, const RowView *row, bool in)
{
	const double *inverse = products->problem->inverse_deviation;

	for (uint32_t e = 0; e < row->count; e++)
	{
		uint32_t j = row->index[e];
		double scale = inverse != NULL ? inverse[j] : 1.0;

		/* squared, as the other row's are as they came */
		products->block[j] = in ? row->value[e] * scale * scale : 0.0;
	}
}

/* Finds the products of sparse rows. */
static Status
add_sparse(const Products *products, const Pass *pass, Failure *failure)
{
	const Rows *rows = products->problem->rows;
	size_t n = products->count, looked = LOOK_ENTRIES - 1;

	memset(products->block, 0, pass->dimension * sizeof(double));
	for (size_t j = 0; j < n; j++)
	{
		RowView row = rows_view(rows, products->order[j]);

		scatter(products, &row, true);
		for (size_t i = j; i < n; i++)
		{
			RowView other = rows_view(rows, products->order[i]);
			double sum = 0.0;

			looked += other.count;
			if (looked >= LOOK_ENTRIES && runtime_interrupted(pass->runtime))
				return fail_cancelled(failure);
			looked %= LOOK_ENTRIES;
			for (uint32_t e = 0; e < other.count; e++)
				sum += other.value[e] * products->block[other.index[e]];
			products->sums[j * n + i] = sum;
		}
		scatter(products, &row, false);
	}
	return LL_OK;
}

/* Factors the products, damped as little as lets them be. */
static Status
factor(const Products *products, const Pass *pass, double *triangle,
	   Failure *failure)
{
	size_t n = products->count;
	double damping = 0.0;
	bool definite = false;
	Status status = LL_OK;

	for (size_t i = 0; i < n; i++)
		damping += products->sums[i * n + i] / (double) n;
	damping = FIRST_DAMPING * (damping > 0.0 ? damping : 1.0);
	for (int i = 0; i < MAX_DAMPINGS && status == LL_OK && !definite; i++)
	{
		status = gram_copy(pass, products->sums, n, triangle, n, failure);
		for (size_t j = 0; j < n; j++)
			triangle[j * n + j] += damping;
		if (status == LL_OK)
			status = gram_cholesky(pass, triangle, n, &definite, failure);
		damping *= NEXT_DAMPING;
	}
	if (status == LL_OK && !definite)
		return fail(failure, LL_INVALID, "rows have no finite products");
	return status;
}

/* Appends row i of a triangle, with what the row it stands for has beside features. */
static Status
append_row(const Products *products, const double *triangle, size_t i,
		   RowSpan *span, Failure *failure)
{
	const Rows *rows = products->problem->rows;
	size_t n = products->count, row = products->order[i];
	RowView view = {.dense = products->block};
	Status status;

	memset(products->block, 0, n * sizeof(double));
	for (size_t j = 0; j <= i; j++)
		products->block[j] = triangle[j * n + i];
	status = rows_append(&span->rows, &view, rows->labels[row], 0,
						 rows_weight(rows, row), failure);
	return status == LL_OK
			   ? rows_give_offset(&span->rows, rows_offset(rows, row), failure)
			   : status;
}

/* The rows' products, their triangle, and rows of it. */
static Status
make(Products *products, const Pass *pass, RowSpan *span, Failure *failure)
{
	size_t n = products->count;
	double *triangle = runtime_allocate(pass->runtime, n * n * sizeof(double));
	bool sparse = products->problem->rows->format == ROWS_SPARSE;
	Status status;

	if (triangle == NULL)
		return fail_no_memory(failure);
	status = sparse ? add_sparse(products, pass, failure)
					: add_dense(products, pass, failure);
	if (status == LL_OK)
		status = factor(products, pass, triangle, failure);
	for (size_t i = 0; i < n && status == LL_OK; i++)
		status = append_row(products, triangle, i, span, failure);
	runtime_release(pass->runtime, triangle);
	return status;
}

Status
row_span_make(const SolverProblem *problem, const SolverControl *control,
			  const uint32_t *order, size_t count, RowSpan *span,
			  Failure *failure)
{
	const Runtime *runtime = control->runtime;
	size_t room = count * BLOCK;
	Products products = {problem, order, count, NULL, NULL};
	Pass pass = {.problem = problem,
				 .runtime = runtime,
				 .dimension = problem->rows->dimension};
	Status status = blas_open(&pass.blas, failure);

	if (status != LL_OK)
		return status;
	if (room < pass.dimension)
		room = pass.dimension;
	rows_init(&span->rows, runtime, ROWS_F64, (uint32_t) count);
	products.sums = runtime_allocate(runtime, count * count * sizeof(double));
	products.block = runtime_allocate(runtime, room * sizeof(double));
	status = products.sums == NULL || products.block == NULL
				 ? fail_no_memory(failure)
				 : make(&products, &pass, span, failure);
	span->problem = *problem;
	span->problem.rows = &span->rows;
	span->problem.selection = NULL;
	span->problem.mean = span->problem.inverse_deviation = NULL;
	span->problem.center = NULL;
	span->problem.comes_last = NULL;
	runtime_release(runtime, products.sums);
	runtime_release(runtime, products.block);
	return status;
}

void
row_span_release(RowSpan *span)
{
	rows_release(&span->rows);
}
