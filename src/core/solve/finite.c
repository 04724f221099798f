/*
 * finite.c
 *		Whether weights that may run off have a finite estimate.
 */
#include "core/solve/finite.h"

#include <math.h>
#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/inference_fill.h"
#include "core/solve/vector.h"

/*
 * A step of the normalised weights as the direction along which rows are separated,
 * in the features' own units.
 */
static Status
keep_direction(Pass *pass, const double *step, SolverResult *result,
			   Failure *failure)
{
	const double *inverse = pass->problem->inverse_deviation;
	size_t n = pass->parameters;
	double *direction =
		runtime_allocate_zero(pass->runtime, n, sizeof(double));

	if (direction == NULL)
		return fail_no_memory(failure);
	direction[n - 1] = step[n - 1];
	for (size_t j = 0; j + 1 < n; j++)
	{
		direction[j] = step[j] * (inverse == NULL ? 1.0 : inverse[j]);
		direction[n - 1] += step[j] * inference_bias_change(pass->problem, j);
	}
	result->direction = direction;
	return LL_OK;
}

/* Newton steps that tell a finite estimate from one that runs off. */
#define STEPS_TRIED 3
/* What they leave to gain, of the mean loss, and relative to the first. */
#define LEAST_GAIN 1e-20
#define LEAST_GAIN_LEFT 1e-2

/*
 * Adds the Newton step at x, by the factored matrix; returns gradient times
 * step, twice what it gains where the loss is quadratic.
 */
static double
take_step(const Pass *pass, const double *factor, const double *gradient,
		  double *step, double *x)
{
	int n = (int) pass->parameters;
	int one = 1;
	int info;

	memcpy(step, gradient, n * sizeof(double));
	pass->blas->dpotrs("L", &n, &one, factor, &n, step, &n, &info);
	for (int i = 0; i < n; i++)
		x[i] -= step[i];
	return vector_dot(gradient, step, n);
}

/*
 * Whether the logistic estimate is finite, from the gradient and the factored
 * matrix at the solution.  It is not when some direction parts the rows that it
 * moves at all by their classes (Albert and Anderson 1984).  There the loss of
 * those rows falls as exp(-margin), so that each Newton step lifts their margins
 * by one and gains 1/e of what the step before gained, for ever; at a finite
 * optimum, where this starts, the gain falls quadratically to nothing.  Neither
 * depends on the scale of the features or on how near to dependent they are.
 */
Status
finite_find(Pass *pass, const double *weights, double *gradient,
			double *factor, bool *finite, SolverResult *result,
			Failure *failure)
{
	size_t n = pass->parameters;
	double *x = runtime_allocate(pass->runtime, n * sizeof(double));
	double *step = runtime_allocate(pass->runtime, n * sizeof(double));
	double first = 0.0;
	Status status = LL_OK;

	if (x == NULL || step == NULL)
		return fail_no_memory(failure);
	memcpy(x, weights, n * sizeof(double));
	*finite = true;
	for (int taken = 0; status == LL_OK && *finite; taken++)
	{
		double gain = take_step(pass, factor, gradient, step, x);
		double loss;

		first = taken == 0 ? gain : first;
		if (!(gain > LEAST_GAIN) ||
			(taken > 0 && gain < LEAST_GAIN_LEFT * first))
			break;
		*finite = taken < STEPS_TRIED;
		if (!*finite)
		{
			status = keep_direction(pass, step, result, failure);
			break;
		}
		status = pass_run(pass, x, &loss, gradient, factor, failure);
		if (status == LL_OK)
			status = gram_factor(pass, factor, n, 0.0, finite, failure);
	}
	runtime_release(pass->runtime, x);
	runtime_release(pass->runtime, step);
	return status;
}

/* The part of a feature's information at zero weights that counts as none. */
#define LEAST_INFORMATION 1e-11

/*
 * Whether some feature's information, the diagonal of the matrix at the
 * solution, has vanished beside that at zero weights, which gram is: all rows that
 * it moves are then so sure of their classes that the gains of Newton steps drown
 * in rounding.
 */
Status
finite_find_vanished(Pass *pass, const double *information, const double *gram,
					 bool *vanished, SolverResult *result, Failure *failure)
{
	size_t n = pass->parameters;
	double *direction =
		runtime_allocate_zero(pass->runtime, n, sizeof(double));

	*vanished = false;
	if (direction == NULL)
		return fail_no_memory(failure);
	for (size_t j = 0; j < n; j++)
		if (information[j] < LEAST_INFORMATION * gram[j * n + j])
		{
			direction[j] = INFINITY;
			*vanished = true;
		}
	if (*vanished)
		result->direction = direction;
	else
		runtime_release(pass->runtime, direction);
	return LL_OK;
}

/* What the diagonal gains, of its largest, before a singular matrix is factored. */
#define NULL_RIDGE 1e-12
/* Steps of inverse iteration, each of which gains many digits. */
#define NULL_STEPS 3

/*
 * Keeps the direction along which the singular matrix at the solution has nothing:
 * rows that are not separated do not move by it.  It is found by inverse iteration
 * from the weights, which have run off along it.  factor[n * n] is scratch.
 */
Status
finite_find_null(Pass *pass, const double *weights, const double *gram,
				 double *factor, SolverResult *result, Failure *failure)
{
	size_t n = pass->parameters;
	double *x = runtime_allocate(pass->runtime, n * sizeof(double));
	int size = (int) n, one = 1, info;
	double most = 0.0;
	bool definite;
	Status status;

	if (x == NULL)
		return fail_no_memory(failure);
	for (size_t j = 0; j < n; j++)
		most = fmax(most, gram[j * n + j]);
	memcpy(x, weights, n * sizeof(double));
	status = gram_copy(pass, gram, n, factor, n, failure);
	if (status == LL_OK)
		status = gram_factor(pass, factor, n, NULL_RIDGE * most, &definite,
							 failure);
	for (int i = 0; i < NULL_STEPS && status == LL_OK && definite; i++)
	{
		double length = sqrt(vector_dot(x, x, n));

		for (size_t j = 0; j < n; j++)
			x[j] /= length > 0.0 ? length : 1.0;
		pass->blas->dpotrs("L", &size, &one, factor, &size, x, &size, &info);
	}
	if (status == LL_OK && definite)
		status = keep_direction(pass, x, result, failure);
	runtime_release(pass->runtime, x);
	return status;
}
