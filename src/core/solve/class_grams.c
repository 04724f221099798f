/*
 * class_grams.c
 *		The second derivatives of softmax loss by each class's weights.
 *
 * They are of all rows: a share has too few of rare classes, where rare features
 * then seem to be flat.
 *
 * Steps of all classes alike change no probability.  The loss has no slope along
 * them, and of the penalty alone they are solved apart: else what is left out
 * between the classes would drive weights along them, which wd takes long to undo.
 * With margins less their mean, and probabilities p that all rows have, the
 * inverse of a block is nearly that of the whole, as diag(1 / p) is one of
 * diag(p) - p p^T.
 */
#include "core/solve/class_grams.h"

#include <math.h>
#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/pass_shards.h"
#include "core/solve/tile_fill.h"
#include "core/solve/tile_losses.h"
#include "core/solve/tile_products.h"

/* Features from which the products take longer than what they save. */
#define MAX_WIDTH 128
/* Elements of all matrices, 8 MB, and of a lane's sums, 4 MB. */
#define MAX_ELEMENTS ((size_t) 1 << 20)

bool
class_grams_pay(const Pass *solving)
{
	size_t width = solving->dimension + 1;

	return solving->problem->loss == LOSS_SOFTMAX && solving->stride > 0 &&
		   solving->problem->held_outputs == NULL && width <= MAX_WIDTH &&
		   width * width <= MAX_ELEMENTS / solving->outputs;
}

/* Allocates elements; false: out of memory. */
static bool
allocate(const Runtime *runtime, void *pointer, size_t count, size_t size)
{
	void **at = pointer;

	*at = runtime_allocate_zero(runtime, count, size);
	return *at != NULL;
}

Status
class_grams_init(ClassGrams *grams, const SolverProblem *problem,
				 const SolverControl *control, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	Pass *pass = &grams->pass;
	size_t square;
	Status status;

	memset(grams, 0, sizeof(*grams));
	status = pass_init(pass, problem, control, 0, true, failure);
	if (status != LL_OK)
		return status;
	grams->width = pass->dimension + 1;
	square = grams->width * grams->width;
	if (!allocate(runtime, &grams->scaled,
				  pass->lanes * pass->tile_rows * grams->width + 1,
				  sizeof(float)) ||
		!allocate(runtime, &grams->sums,
				  pass->lanes * pass->outputs * square + 1, sizeof(float)) ||
		!allocate(runtime, &grams->grams, pass->outputs * square,
				  sizeof(double)) ||
		!allocate(runtime, &grams->gradient, pass->parameters,
				  sizeof(double)) ||
		!allocate(runtime, &grams->column, grams->width, sizeof(double)) ||
		!allocate(runtime, &grams->common, grams->width, sizeof(double)))
		return fail_no_memory(failure);
	return LL_OK;
}

/* Scales a tile's rows by the roots of a class's curvatures; those of 0 are left out. */
static size_t
scale_rows(const Pass *pass, const PassLane *lane, size_t k, size_t rows,
		   float *scaled)
{
	const float *z = lane->margins;
	size_t n = pass->dimension, count = 0;

	for (size_t i = 0; i < rows; i++)
	{
		const float *x = (float *) lane->features + i * pass->stride;
		float *to = scaled + count * (n + 1);
		float w = lane->weight[i];
		float p = (w > 0.0f ? z[i * pass->outputs + k] / w : 0.0f) +
				  ((size_t) lane->target64[i] == k ? 1.0f : 0.0f);
		float root = sqrtf(fmaxf(w * p * (1.0f - p), 0.0f));

		if (root == 0.0f)
			continue;
		for (size_t j = 0; j < n; j++)
			to[j] = root * x[j];
		to[n] = root;
		count++;
	}
	return count;
}

/* Adds a tile's rows that lie side by side to a lane's matrices. */
static void
add_rows(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	const ClassGrams *grams = pass->tile_context;
	size_t width = grams->width;
	size_t index = (size_t) (lane - pass->lane);
	float *scaled = grams->scaled + index * pass->tile_rows * width;
	float *sum = grams->sums + index * pass->outputs * width * width;
	int n = (int) width;

	pass_fill_tile(pass, lane, first, rows);
	pass_dense_margins(pass, lane, rows);
	pass_derive_tile(pass, lane, first, rows);
	for (size_t k = 0; k < pass->outputs; k++, sum += width * width)
	{
		size_t count = scale_rows(pass, lane, k, rows, scaled);

		if (count > 0)
			pass->blas->ssyrk(BLAS_COL_MAJOR, BLAS_LOWER, BLAS_NO_TRANS, n,
							  (int) count, 1.0f, scaled, n, 1.0f, sum, n);
	}
}

/* The same of all its rows. */
static void
add_tile(const Pass *pass, PassLane *lane, size_t first)
{
	size_t left = pass->end - first, count;
	size_t rows = left < pass->tile_rows ? left : pass->tile_rows;

	for (; rows > 0; first += count, rows -= count)
	{
		count = pass_side_by_side(pass, first, rows);
		add_rows(pass, lane, first, count);
	}
}

/* Sums the lanes' matrices in order and divides by the rows' weight. */
static void
sum_lanes(ClassGrams *grams)
{
	const Pass *pass = &grams->pass;
	size_t count = pass->outputs * grams->width * grams->width;
	double scale = 1.0 / pass_weight(pass);

	for (size_t i = 0; i < count; i++)
	{
		double sum = 0.0;

		for (size_t l = 0; l < pass->lanes; l++)
			sum += grams->sums[l * count + i];
		grams->grams[i] = sum * scale;
	}
}

/* Sums the rows' matrices at weights. */
static Status
sum_rows(ClassGrams *grams, const double *weights, Failure *failure)
{
	Pass *pass = &grams->pass;
	double loss;
	Status status;

	if (pass->problem->rows->shards != NULL)
		return pass_class_grams_shards(pass, weights, grams->gradient,
									   grams->grams, failure);
	memset(grams->sums, 0,
		   pass->lanes * pass->outputs * grams->width * grams->width *
			   sizeof(float));
	pass->tile = add_tile;
	pass->tile_context = grams;
	status = pass_run(pass, weights, &loss, grams->gradient, NULL, failure);
	if (status == LL_OK)
		sum_lanes(grams);
	return status;
}

Status
class_grams_update(ClassGrams *grams, const double *weights, double damping,
				   bool *definite, Failure *failure)
{
	Pass *pass = &grams->pass;
	size_t width = grams->width, square = width * width;
	Status status = sum_rows(grams, weights, failure);

	if (status != LL_OK)
		return status;
	*definite = true;
	for (size_t k = 0; k < pass->outputs && *definite; k++)
	{
		double *gram = grams->grams + k * square;
		double mean = 0.0;

		for (size_t j = 0; j < width; j++)
			mean += gram[j * width + j] / (double) width;
		/* A class that no row may be of has none. */
		status = gram_factor(pass, gram, width,
							 fmax(damping * mean, damping * damping), definite,
							 failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* Takes the mean over the classes from a weight's places; returns it. */
static double
center(double *values, size_t outputs)
{
	double mean = 0.0;

	for (size_t k = 0; k < outputs; k++)
		mean += values[k] / (double) outputs;
	for (size_t k = 0; k < outputs; k++)
		values[k] -= mean;
	return mean;
}

void
class_grams_solve(const ClassGrams *grams, double *vector)
{
	const SolverProblem *problem = grams->pass.problem;
	size_t width = grams->width, outputs = grams->pass.outputs;
	int n = (int) width, one = 1, info;

	for (size_t j = 0; j < width; j++)
	{
		double wd =
			j + 1 < width ? problem->wd : problem->wd * problem->bias_wd_mult;
		double mean = center(vector + j * outputs, outputs);

		grams->common[j] = wd > 0.0 ? mean / wd : 0.0;
	}

	for (size_t k = 0; k < outputs; k++)
	{
		for (size_t j = 0; j < width; j++)
			grams->column[j] = vector[j * outputs + k];
		grams->pass.blas->dpotrs("L", &n, &one,
								 grams->grams + k * width * width, &n,
								 grams->column, &n, &info);
		for (size_t j = 0; j < width; j++)
			vector[j * outputs + k] = grams->column[j];
	}
	for (size_t j = 0; j < width; j++)
	{
		(void) center(vector + j * outputs, outputs);
		for (size_t k = 0; k < outputs; k++)
			vector[j * outputs + k] += grams->common[j];
	}
}

void
class_grams_release(ClassGrams *grams)
{
	const Runtime *runtime = grams->pass.runtime;

	pass_release(&grams->pass);
	runtime_release(runtime, grams->scaled);
	runtime_release(runtime, grams->sums);
	runtime_release(runtime, grams->grams);
	runtime_release(runtime, grams->gradient);
	runtime_release(runtime, grams->column);
	runtime_release(runtime, grams->common);
}
