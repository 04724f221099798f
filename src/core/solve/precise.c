/*
 * precise.c
 *		Least squares on near-collinear features, to the digits that they have.
 *
 * Normal equations square the condition number.  Their sums are exact, however,
 * where they are made of whole numbers (gram_sums.h), and in pairs of doubles a
 * Cholesky factor has some 32 digits: what is left of them is more than an
 * orthogonal decomposition of the rows in doubles leaves of its 16.
 */
#include "core/solve/precise.h"

#include <math.h>
#include <string.h>

#include "core/rows/gram_sums.h"
#include "core/rows/spill.h"
#include "core/solve/inference.h"
#include "core/solve/inference_fill.h"

/* Most products of digits: a few seconds' work where it matters, else less. */
#define MOST_WORK 0x1p32
#define MOST_WORK_SPARED 0x1p28
/* Least part of a target's mean square that counts as a residual's. */
#define LEAST_RESIDUAL 1e-27

/* The features in their order, the bias first; those left out have no place. */
typedef struct Precise
{
	const SolverProblem *problem;
	const Runtime *runtime;
	const SolverControl *control;
	size_t n;		   /* dimension + 1 */
	Double2 *gram;	   /* [n + 1]^2 column-major, lower triangle */
	size_t *columns;   /* [n] of the matrix, by place */
	size_t count;	   /* of those in the factor */
	Double2 *factor;   /* [n][n] row by row, lower triangle */
	Double2 *right;	   /* [n] the factor's inverse times the right side */
	Double2 *solution; /* [n], by place */
	double residual;   /* mean square */
	double largest;	   /* of the target's */
	double weight;	   /* of all rows */
} Precise;

bool
precise_wanted(const SolverProblem *problem, const SolverControl *control,
			   const SolverResult *result)
{
	const Rows *rows = problem->rows;
	double count = problem->selection != NULL ? (double) problem->count
											  : (double) rows->count;
	double d = rows->dimension;

	return result->converged && problem->loss == LOSS_SQUARED &&
		   rows->shards == NULL && problem->wd == 0.0 &&
		   !solver_holds_weights(problem) && problem->outputs == 1 &&
		   control->initial == NULL && !result->stopped &&
		   result->independence < INDEPENDENT_ENOUGH &&
		   (rows->format == ROWS_U8 || rows->format == ROWS_F32 ||
			rows->format == ROWS_F64) &&
		   d <= GRAM_SUMS_MAX_DIMENSION &&
		   (rows->sums != NULL ||
			count * d * d <= (result->independence < HARDLY_INDEPENDENT
								  ? MOST_WORK
								  : MOST_WORK_SPARED));
}

/* Adds the rows that are kept to exact sums. */
static Status
sum_rows(const SolverProblem *problem, GramSums *sums, Failure *failure)
{
	const Rows *rows = problem->rows;
	const uint32_t *order =
		problem->selection != NULL ? problem->selection : rows->order;
	size_t count = problem->selection != NULL ? problem->count : rows->count;
	size_t loaded;
	Status status = LL_OK;

	for (size_t start = 0; start < count && status == LL_OK; start += loaded)
	{
		status =
			rows_load(rows, order + start, count - start, &loaded, failure);
		for (size_t i = start; status == LL_OK && i < start + loaded; i++)
		{
			size_t at = order[i];
			RowView view = rows_view(rows, at);
			float weight = rows_weight(rows, at);

			if (problem->class_weight != NULL)
				weight *= problem->class_weight[(size_t) rows->labels[at]];
			status = gram_sums_add(sums, &view,
								   rows->labels[at] - rows_offset(rows, at),
								   weight, failure);
		}
	}
	return status == LL_OK ? gram_sums_flush(sums, failure) : status;
}

/* The normalised mean products, in pairs. */
static Status
read_products(Precise *p, Failure *failure)
{
	const SolverProblem *problem = p->problem;
	GramSums *own = NULL;
	const GramSums *sums = problem->rows->sums;
	Status status = LL_OK;

	if (sums == NULL)
	{
		status = gram_sums_create(p->runtime, problem->rows->format,
								  problem->rows->dimension, &own, failure);
		if (status == LL_OK)
			status = sum_rows(problem, own, failure);
		sums = own;
	}
	if (status == LL_OK)
		status = gram_sums_normalised(
			sums, problem->mean, problem->inverse_deviation,
			problem->label_mean, problem->label_deviation, p->n + 1, NULL,
			p->gram, failure);
	if (status == LL_OK)
		p->weight = gram_sums_weight(sums);
	if (own != NULL)
		gram_sums_release(own);
	return status;
}

static Double2
gram_at(const Precise *p, size_t i, size_t j)
{
	size_t size = p->n + 1;

	return i > j ? p->gram[j * size + i] : p->gram[i * size + j];
}

/* a - row . before, the first count of both. */
static Double2
less_products(Double2 a, const Double2 *row, const Double2 *before,
			  size_t count)
{
	for (size_t k = 0; k < count; k++)
		a = double2_less(a, row[k], before[k]);
	return a;
}

/* Puts a column of the matrix into the factor; false if it adds nothing. */
static bool
add_column(Precise *p, size_t column)
{
	size_t n = p->n, at = p->count;
	Double2 *row = p->factor + at * n;
	Double2 square = gram_at(p, column, column), rest;

	for (size_t j = 0; j < at; j++)
		row[j] =
			double2_divide(less_products(gram_at(p, column, p->columns[j]),
										 row, p->factor + j * n, j),
						   p->factor[j * n + j]);
	rest = less_products(square, row, row, at);
	if (!(rest.high > LEAST_PRECISE * square.high))
		return false;
	row[at] = double2_root(rest);
	p->right[at] = double2_divide(
		less_products(gram_at(p, n, column), row, p->right, at), row[at]);
	p->columns[p->count++] = column;
	return true;
}

/* Factors; *whole is whether no column was left out. */
static Status
factor(Precise *p, bool *whole, Failure *failure)
{
	const double *inverse = p->problem->inverse_deviation;
	const bool *comes_last = p->problem->comes_last;
	Double2 rest;

	*whole = true;
	if (p->problem->use_bias)
		(void) add_column(p, p->n - 1);
	for (int last = 0; last < 2; last++)
		for (size_t j = 0; j + 1 < p->n; j++)
		{
			if (runtime_stops_wide(p->runtime, j, (j + 1) * (j + 1)))
				return fail_cancelled(failure);
			if ((inverse == NULL || inverse[j] != 0.0) &&
				(comes_last != NULL && comes_last[j]) == (last == 1))
				*whole &= add_column(p, j);
		}
	rest = gram_at(p, p->n, p->n);
	p->largest = rest.high;
	p->residual = less_products(rest, p->right, p->right, p->count).high;
	if (!(p->residual > LEAST_RESIDUAL * p->largest))
		p->residual = 0.0;
	return LL_OK;
}

/* Solves with the factor's transpose. */
static void
solve_back(Precise *p)
{
	for (size_t i = p->count; i-- > 0;)
	{
		Double2 sum = p->right[i];

		for (size_t k = i + 1; k < p->count; k++)
			sum = double2_less(sum, p->factor[k * p->n + i], p->solution[k]);
		p->solution[i] = double2_divide(sum, p->factor[i * p->n + i]);
	}
}

/* Puts the inverse of the factor in its place. */
static Status
invert_factor(Precise *p, Failure *failure)
{
	size_t n = p->n;

	for (size_t i = 0; i < p->count; i++)
	{
		Double2 *row = p->factor + i * n;
		Double2 unit = double2_divide(double2_of(1.0), row[i]);

		if (runtime_stops_wide(p->runtime, i, (i + 1) * (i + 1)))
			return fail_cancelled(failure);
		for (size_t j = 0; j < i; j++)
		{
			Double2 sum = {0.0, 0.0};

			/* row[k] for k >= j has not been overwritten. */
			for (size_t k = j; k < i; k++)
				sum = double2_less(sum, row[k], p->factor[k * n + j]);
			row[j] = double2_multiply(sum, unit);
		}
		row[i] = unit;
	}
	return LL_OK;
}

/* The matrix's inverse, 0 for what was left out: lower triangle, by columns. */
static void
fill_inverse(const Precise *p, double *inverse)
{
	size_t n = p->n;

	for (size_t a = 0; a < p->count; a++)
		for (size_t b = 0; b <= a; b++)
		{
			size_t i = p->columns[a], j = p->columns[b];
			Double2 sum = {0.0, 0.0};

			for (size_t k = a; k < p->count; k++)
				sum = double2_add(sum, double2_multiply(p->factor[k * n + a],
														p->factor[k * n + b]));
			inverse[i > j ? j * n + i : i * n + j] = sum.high;
		}
}

/* The variance, over the dispersion, of the bias in the features' own units. */
static double
bias_variance(const Precise *p)
{
	const SolverProblem *problem = p->problem;
	Double2 total = {0.0, 0.0};

	for (size_t i = 0; i < p->count; i++)
	{
		Double2 sum = {0.0, 0.0};

		for (size_t k = 0; k <= i; k++)
		{
			size_t column = p->columns[k];
			Double2 change = double2_of(
				column + 1 == p->n ? 1.0
								   : inference_bias_change(problem, column));

			sum = double2_add(
				sum, double2_multiply(p->factor[i * p->n + k], change));
		}
		total = double2_add(total, double2_multiply(sum, sum));
	}
	return total.high;
}

/* The gradient's norm at the weights as they are kept, relative as others'. */
static double
gradient_norm(const Precise *p, const double *weights)
{
	double norm = 0.0, zero = 0.0;

	for (size_t a = 0; a < p->count; a++)
	{
		Double2 right = gram_at(p, p->n, p->columns[a]), sum = right;

		for (size_t j = 0; j < p->n; j++)
			sum = double2_less(sum, gram_at(p, p->columns[a], j),
							   double2_of(weights[j]));
		norm += sum.high * sum.high;
		zero += right.high * right.high;
	}
	return zero > 0.0 ? sqrt(norm / zero) : 0.0;
}

/* Takes the solution over. */
static void
fill_result(const Precise *p, SolverResult *result)
{
	memset(result->weights, 0, p->n * sizeof(double));
	for (size_t a = 0; a < p->count; a++)
		result->weights[p->columns[a]] = p->solution[a].high;
	result->data_loss = result->objective = 0.5 * p->residual;
	result->gradient_norm = gradient_norm(p, result->weights);
	result->iterations = 1;
	result->converged = true;
	result->singular = result->dependent = false;
	result->precise = true;
	result->standard_errors = NULL;
	result->reason[0] = '\0';
}

/* What each feature has of information beside the bias. */
static void
read_information(const Precise *p, double *information)
{
	size_t bias = p->n - 1;
	Double2 whole = gram_at(p, bias, bias);

	for (size_t j = 0; j < p->n; j++)
	{
		Double2 with_bias = gram_at(p, j, bias), rest = gram_at(p, j, j);

		if (p->problem->use_bias)
			rest = double2_less(rest, with_bias,
								double2_divide(with_bias, whole));
		information[j] = rest.high;
	}
}

/*
 * Keeps the factor in doubles, and that times the weights: margins are then as
 * exact as those of an orthogonal decomposition.
 */
static Status
keep_factor(Precise *p, Whitening *whitening, Failure *failure)
{
	size_t n = p->n, place = p->count;
	double *factor = runtime_allocate_zero(p->runtime, n * n, sizeof(double));
	double *coordinates = runtime_allocate_zero(p->runtime, n, sizeof(double));
	bool *used = runtime_allocate_zero(p->runtime, n, sizeof(bool));

	if (factor == NULL || coordinates == NULL || used == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			factor[j * n + i] = i < p->count ? p->factor[i * n + j].high
								: i == j	 ? 1.0
											 : 0.0;
	for (size_t i = 0; i < p->count; i++)
	{
		coordinates[i] = p->right[i].high;
		used[p->columns[i]] = true;
	}
	for (size_t j = 0; j < n; j++)
		if (!used[j])
			p->columns[place++] = j;
	runtime_release(p->runtime, used);
	whitening->factor = factor;
	whitening->coordinates = coordinates;
	whitening->columns = p->columns;
	whitening->count = p->count;
	return LL_OK;
}

/* Standard errors, and what else inference has. */
static Status
infer(Precise *p, SolverResult *result, Failure *failure)
{
	size_t n = p->n;
	size_t rows = p->problem->selection != NULL ? p->problem->count
												: p->problem->rows->count;
	bool refused;
	InferenceSums sums = {.weights = result->weights,
						  .whitening.weight = p->weight,
						  .parameters = p->count};
	Status status = inference_refused(p->problem, p->count, result, &refused);

	if (status != LL_OK || refused)
		return status;
	sums.inverse = runtime_allocate_zero(p->runtime, n * n, sizeof(double));
	sums.information = runtime_allocate(p->runtime, n * sizeof(double));
	if (sums.inverse == NULL || sums.information == NULL)
		return fail_no_memory(failure);
	read_information(p, sums.information);
	if (inference_whitens(p->problem, p->control))
		status = keep_factor(p, &sums.whitening, failure);
	if (status == LL_OK)
		status = invert_factor(p, failure);
	if (status != LL_OK)
		return status;
	fill_inverse(p, sums.inverse);
	sums.bias_variance = bias_variance(p);
	sums.scale = p->residual / (double) (rows - p->count);
	return inference_fill(p->problem, p->control, &sums, result, failure);
}

static Status
run(Precise *p, bool drop, SolverResult *result, Failure *failure)
{
	bool whole;
	Status status = read_products(p, failure);

	if (status == LL_OK)
		status = factor(p, &whole, failure);
	if (status != LL_OK || (!whole && !drop))
		return status;
	solve_back(p);
	fill_result(p, result);
	return p->control->standard_errors ? infer(p, result, failure) : LL_OK;
}

Status
precise_solve(const SolverProblem *problem, const SolverControl *control,
			  bool drop, SolverResult *result, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	size_t n = (size_t) problem->rows->dimension + 1;
	Precise p = {
		.problem = problem, .runtime = runtime, .control = control, .n = n};
	Status status;

	p.gram = runtime_allocate(runtime, (n + 1) * (n + 1) * sizeof(Double2));
	p.factor = runtime_allocate_zero(runtime, n * n, sizeof(Double2));
	p.right = runtime_allocate(runtime, n * sizeof(Double2));
	p.solution = runtime_allocate(runtime, n * sizeof(Double2));
	p.columns = runtime_allocate(runtime, n * sizeof(size_t));
	if (p.gram == NULL || p.factor == NULL || p.right == NULL ||
		p.solution == NULL || p.columns == NULL)
		status = fail_no_memory(failure);
	else
		status = run(&p, drop, result, failure);
	runtime_release(runtime, p.gram);
	runtime_release(runtime, p.factor);
	runtime_release(runtime, p.right);
	runtime_release(runtime, p.solution);
	runtime_release(runtime, p.columns);
	return status;
}
