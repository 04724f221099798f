/*
 * sandwich.c
 *		Covariances of weights whose rows need not have the model's variance.
 */
#include "core/solve/sandwich.h"

#include <math.h>
#include <string.h>

#include "core/math/transpose.h"
#include "core/solve/tile_fill.h"
#include "core/solve/tile_losses.h"
#include "core/solve/tile_products.h"
#include "core/solve/vector.h"

/* What a leverage lacks of 1 that rounding may leave. */
#define LEAST_FREE 1e-10
/* Columns that are solved for between looks at interrupts. */
#define BLOCK 32

/* What tiles take of a run. */
typedef struct Sandwich
{
	const Whitening *whitening;
	ErrorKind kind;
} Sandwich;

bool
whitening_is_learned(const Whitening *whitening, const SolverProblem *problem,
					 size_t place)
{
	size_t column =
		whitening->columns != NULL ? whitening->columns[place] : place;

	if (place >= whitening->count)
		return false;
	if (column == problem->rows->dimension)
		return problem->use_bias;
	return problem->inverse_deviation == NULL ||
		   problem->inverse_deviation[column] != 0.0;
}

/* Puts a row's elements at the factor's places. */
static void
place_row(const Whitening *whitening, size_t n, double *row, double *scratch)
{
	memcpy(scratch, row, n * sizeof(double));
	for (size_t i = 0; i < n; i++)
		row[i] = i < whitening->count ? scratch[whitening->columns[i]] : 0.0;
}

/* Turns a tile's rows x, which 1 is added to, into z. */
static void
whiten_tile(const Pass *pass, PassLane *lane, const Whitening *whitening,
			size_t rows)
{
	double *features = lane->features;
	int n = (int) pass->dimension + 1;
	int count = (int) rows;
	int ld = (int) pass->stride;
	int info;

	for (size_t i = 0; i < rows; i++)
	{
		double *row = features + i * pass->stride;

		row[pass->dimension] = pass->problem->use_bias ? 1.0 : 0.0;
		if (whitening->columns != NULL)
			place_row(whitening, (size_t) n, row, lane->tile_gradient);
	}
	pass->blas->dtrtrs("L", "N", "N", &n, &count, whitening->factor, &n,
					   features, &ld, &info);
}

/* What a row's products weigh: its squared score, made up for its leverage. */
static double
row_weight(ErrorKind kind, double score, double leverage, size_t *decisive)
{
	double free = 1.0 - leverage;

	if (kind != ERRORS_HC2 && kind != ERRORS_HC3)
		return score * score;
	if (free < LEAST_FREE)
	{
		(*decisive)++;
		return 0.0;
	}
	score /= kind == ERRORS_HC3 ? free : sqrt(free);
	return score * score;
}

/* Adds the rows' products to those that wait. */
static void
add_products(const Pass *pass, PassLane *lane, const Sandwich *sandwich,
			 size_t rows)
{
	size_t n = pass->dimension + 1;
	double *waiting = lane->waiting;
	const double *scores = lane->margins;

	for (size_t i = 0; i < rows; i++)
	{
		const double *z = (double *) lane->features + i * pass->stride;
		double *out = waiting + lane->waiting_rows * pass->stride;
		double leverage = lane->curvature[i] * vector_dot(z, z, n) /
						  sandwich->whitening->weight;
		double root = sqrt(
			row_weight(sandwich->kind, scores[i], leverage, &lane->decisive));

		if (root == 0.0)
			continue;
		for (size_t j = 0; j < n; j++)
			out[j] = z[j] * root;
		if (++lane->waiting_rows == pass->gram_rows)
			pass_flush_gram(pass, lane);
	}
}

/* One tile of rows. */
static void
run_tile(const Pass *pass, PassLane *lane, size_t first)
{
	const Sandwich *sandwich = pass->tile_context;
	const Whitening *whitening = sandwich->whitening;
	size_t left = pass->end - first;
	size_t rows = left < pass->tile_rows ? left : pass->tile_rows;
	double *margins = lane->margins;

	pass_fill_tile(pass, lane, first, rows);
	if (whitening->coordinates == NULL)
		pass_dense_margins(pass, lane, rows);
	whiten_tile(pass, lane, whitening, rows);
	for (size_t i = 0; i < rows && whitening->coordinates != NULL; i++)
		margins[i] = vector_dot((double *) lane->features + i * pass->stride,
								whitening->coordinates, pass->dimension + 1);
	if (pass->problem->rows->offsets != NULL)
		pass_offset_margins(pass, lane, first, rows);
	pass_derive(pass, lane, rows);
	add_products(pass, lane, sandwich, rows);
}

Status
sandwich_meat(const SolverProblem *problem, const SolverControl *control,
			  const Whitening *whitening, const double *weights, double *meat,
			  size_t *decisive, Failure *failure)
{
	Sandwich sandwich = {whitening, control->error_kind};
	size_t n = (size_t) problem->rows->dimension + 1;
	double *gradient =
		runtime_allocate_zero(control->runtime, n, sizeof(double));
	double loss;
	Pass pass;
	Status status = gradient == NULL
						? fail_no_memory(failure)
						: pass_init_dense(&pass, problem, control, 1, failure);

	if (status != LL_OK)
		return status;
	pass.fisher = loss_is_log_link(problem->loss);
	pass.tile = run_tile;
	pass.tile_context = &sandwich;
	status = pass_run(&pass, weights, &loss, gradient, meat, failure);
	*decisive = 0;
	for (size_t l = 0; l < pass.lanes; l++)
		*decisive += pass.lane[l].decisive;
	pass_release(&pass);
	runtime_release(control->runtime, gradient);
	return status;
}

/* matrix[n][n] = L^-T matrix, by columns. */
static Status
solve_transposed(const SolverControl *control, const Blas *blas,
				 const double *factor, double *matrix, size_t n,
				 Failure *failure)
{
	int size = (int) n;
	int info;

	for (size_t j = 0; j < n; j += BLOCK)
	{
		int columns = (int) (n - j < BLOCK ? n - j : BLOCK);

		if (runtime_interrupted(control->runtime))
			return fail_cancelled(failure);
		blas->dtrtrs("L", "T", "N", &size, &columns, factor, &size,
					 matrix + j * n, &size, &info);
	}
	return LL_OK;
}

Status
sandwich_close(const SolverControl *control, const Whitening *whitening,
			   size_t n, const double *meat, double *covariance,
			   Failure *failure)
{
	const Blas *blas;
	double *half = runtime_allocate(control->runtime, n * n * sizeof(double));
	Status status =
		half == NULL ? fail_no_memory(failure) : blas_open(&blas, failure);

	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < n; j++)
		for (size_t i = j; i < n; i++)
			half[i * n + j] = half[j * n + i] = meat[j * n + i];
	status =
		solve_transposed(control, blas, whitening->factor, half, n, failure);
	transpose(half, n, n, covariance);
	if (status == LL_OK)
		status = solve_transposed(control, blas, whitening->factor, covariance,
								  n, failure);
	runtime_release(control->runtime, half);
	return status;
}
