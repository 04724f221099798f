/*
 * newton.c
 *		Newton's method with a line search, for losses of one margin.
 *
 * The gradient decides where it ends, the matrix only how fast.  On a large
 * dense problem the matrix is therefore a coarse one, of the rows whose
 * curvature counts, multiplied in float; it is kept as long as it makes the
 * gradient fall fast, and an exact one stands in where it does not.  On narrow
 * rows reading them is what takes the time: the matrix is that of the pass which
 * tries a step, unless that is likely to be the last, and of very many rows the
 * first, a sample since their order is that of hashes, lead near the optimum of
 * all: by the optimum of few, and one step more of four times as many each.
 */
#include "core/solve/newton.h"

#include <math.h>
#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/vector.h"

#define DEFAULT_ITERATIONS 50
#define MAX_HALVINGS 30
#define SUFFICIENT_DECREASE 1e-4
#define NOISE 1e-15 /* relative rounding error of an objective */
/*
 * The same of a mean over very many rows: within it the gradient decides, which
 * must fall to this share.
 */
#define MEAN_NOISE 1e-12
#define NOISE_FALL 0.5
/* Work of a pass from which coarse matrices pay; as for float tiles. */
#define COARSE_WORK ((double) (1 << 24))
/* Features up to which a pass with the matrix takes little longer than without. */
#define NARROW_DIMENSION 64
/*
 * A sample is one row in so many, to the power that leaves enough for each
 * parameter, of which the last sample has SAMPLE_GROWTH times as many at least.
 */
#define SAMPLE_GROWTH 4
#define SAMPLE_ROWS 256
/* Where a sample's optimum is as near to that of all as its rows can tell. */
#define SAMPLE_TOLERANCE 1e-3
#define SAMPLE_ITERATIONS 12
/* A larger sample's gradient, relative, from which a step of its own is safe. */
#define SAMPLE_NEAR 0.25
/* Rows of a coarse matrix for each feature while the gradient is large. */
#define SHARE_ROWS 8
#define ROUGH 0.02 /* relative, as all such norms here */
/*
 * Curvature from which rows count, relative to the greatest and to the root of
 * the gradient's norm: first and last.
 */
#define FIRST_FLOOR 0.1
#define LAST_FLOOR 2e-3
/* A matrix is kept while it makes the gradient's norm fall to this share. */
#define FAST 0.05
/* A coarse matrix, or one of the point before, must make it fall to this. */
#define SLOW 0.5

typedef struct Newton
{
	Pass *pass;
	Pass coarse;  /* in float, when its lanes are there */
	double floor; /* of the coarse matrix's curvatures; 0: the exact one */
	size_t n;
	bool narrow;	 /* passes that try a step make its matrix, too, ... */
	bool last;		 /* ... unless the step is likely to be the last */
	bool gram_ready; /* of the point that was found */
	double *gram;
	double *factor;
	double *gradient;
	double *next_gradient; /* scratch until the line search */
	double *direction;
	double *next_x;
	double data_loss;
	double objective;
	double next_data_loss;
	double next_objective;
} Newton;

/* Allocates the vectors and the two matrices. */
static Status
init_state(Newton *state, Pass *pass, const SolverControl *control,
		   Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	size_t n = pass->parameters;

	state->pass = pass;
	state->n = n;
	state->gram = runtime_allocate(runtime, n * n * sizeof(double));
	state->factor = runtime_allocate(runtime, n * n * sizeof(double));
	state->gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	state->next_gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	state->direction = runtime_allocate_zero(runtime, n, sizeof(double));
	state->next_x = runtime_allocate_zero(runtime, n, sizeof(double));
	if (state->gram == NULL || state->factor == NULL ||
		state->gradient == NULL || state->next_gradient == NULL ||
		state->direction == NULL || state->next_x == NULL)
		return fail_no_memory(failure);
	/* Nor do passes over rows elsewhere. */
	state->narrow = pass->problem->rows->shards != NULL ||
					(pass->stride > 0 && pass->dimension <= NARROW_DIMENSION);
	/* Without wd a flat direction must be found, which takes exactness. */
	if (pass->stride == 0 || state->narrow || pass->problem->wd == 0.0 ||
		(double) pass->rows * pass->dimension < COARSE_WORK)
		return LL_OK;
	state->floor = FIRST_FLOOR;
	return pass_init(&state->coarse, pass->problem, control, 1, true, failure);
}

/*
 * The objective and its gradient at x, and on narrow rows the matrix as well if
 * x is likely to be the next point.
 */
static Status
look_at(Newton *state, const double *x, bool likely, double *data_loss,
		double *objective, double *gradient, Failure *failure)
{
	Status status;

	state->gram_ready = likely && state->narrow && !state->last;
	if (!state->gram_ready)
		return pass_objective(state->pass, x, data_loss, objective, gradient,
							  failure);
	status =
		pass_run(state->pass, x, data_loss, gradient, state->gram, failure);
	if (status != LL_OK)
		return status;
	*objective = *data_loss + pass_penalty(state->pass, x, gradient);
	pass_hold_outputs(state->pass, gradient);
	return LL_OK;
}

/* Makes and factors the matrix at x. */
static Status
update_matrix(Newton *state, const double *x, double norm, bool *damped,
			  Failure *failure)
{
	Pass *pass = state->floor > 0.0 ? &state->coarse : state->pass;
	size_t all = pass->rows;
	bool ignored = false;
	double loss;
	Status status = LL_OK;

	if (state->floor > 0.0)
		pass->curvature_floor = state->floor * sqrt(norm) *
								loss_table[pass->problem->loss].curvature;
	if (state->floor == FIRST_FLOOR && norm > ROUGH &&
		SHARE_ROWS * pass->dimension < all)
		pass_limit_rows(pass, SHARE_ROWS * pass->dimension);
	if (!state->gram_ready)
		status = pass_run(pass, x, &loss, state->next_gradient, state->gram,
						  failure);
	state->gram_ready = false;
	pass_limit_rows(pass, all);
	if (status != LL_OK)
		return status;
	return gram_factor_damped(pass, state->gram, state->n, state->factor,
							  state->floor > 0.0 ? &ignored : damped, failure);
}

/* Euclidean norm of a gradient. */
static double
norm_of(const Newton *state, const double *gradient)
{
	return sqrt(vector_dot(gradient, gradient, state->n));
}

/* Whether the next point is better by enough, slope being what a step promises. */
static bool
is_better(const Newton *state, double step, double slope)
{
	double size = fabs(state->objective);
	double rise = state->next_objective - state->objective;

	if (rise <= SUFFICIENT_DECREASE * step * slope + NOISE * size)
		return true;
	return -slope <= MEAN_NOISE * size && rise <= MEAN_NOISE * size &&
		   norm_of(state, state->next_gradient) <=
			   NOISE_FALL * norm_of(state, state->gradient);
}

/* Halves the step until the objective falls enough; *found tells if it does. */
static Status
search_line(Newton *state, const double *x, bool *found, Failure *failure)
{
	double slope = vector_dot(state->gradient, state->direction, state->n);
	double step = 1.0;

	*found = false;
	for (int i = 0; i < MAX_HALVINGS; i++, step *= 0.5)
	{
		Status status;

		for (size_t j = 0; j < state->n; j++)
			state->next_x[j] = x[j] + step * state->direction[j];
		status =
			look_at(state, state->next_x, i == 0, &state->next_data_loss,
					&state->next_objective, state->next_gradient, failure);
		if (status != LL_OK)
			return status;
		if (!is_better(state, step, slope))
			continue;
		*found = true;
		return LL_OK;
	}
	return LL_OK;
}

/* Moves to the point that the line search found. */
static void
advance(Newton *state, double *x)
{
	double *swap = state->gradient;

	memcpy(x, state->next_x, state->n * sizeof(double));
	state->gradient = state->next_gradient;
	state->next_gradient = swap;
	state->data_loss = state->next_data_loss;
	state->objective = state->next_objective;
}

/* direction = - inverse matrix times gradient. */
static void
find_direction(Newton *state)
{
	int size = (int) state->n;
	int one = 1;
	int info;

	for (size_t i = 0; i < state->n; i++)
		state->direction[i] = -state->gradient[i];
	state->pass->blas->dpotrs("L", &size, &one, state->factor, &size,
							  state->direction, &size, &info);
}

/*
 * Finds the next point by the matrix, a new one if the last is stale.  Where a
 * coarse one leads astray (rows it lacks held some weight back), the exact one
 * finds the way from the same point, and the next will be finer.
 */
static Status
iterate(Newton *state, const double *x, bool stale, bool *found,
		SolverResult *result, Failure *failure)
{
	double floor = state->floor;
	bool good = stale && floor == 0.0;
	Status status = LL_OK;

	if (stale)
		status = update_matrix(state, x, result->gradient_norm,
							   &result->singular, failure);
	if (status == LL_OK)
	{
		find_direction(state);
		status = search_line(state, x, found, failure);
	}
	if (status != LL_OK || good ||
		(*found && norm_of(state, state->next_gradient) <=
					   SLOW * norm_of(state, state->gradient)))
		return status;
	state->floor = 0.0;
	state->last = state->gram_ready = false;
	status = iterate(state, x, true, found, result, failure);
	state->floor = floor > LAST_FLOOR ? floor / 10 : 0.0;
	return status;
}

/*
 * Whether the matrix at hand is to be made anew: not one that is fast, if it is a
 * coarse one, or if the pass that tried the last step, as the last, made none.
 */
static bool
is_stale(const Newton *state, double norm, double before)
{
	bool kept = state->floor > 0.0 || state->last;

	return before == 0.0 || !kept || norm > FAST * before;
}

/*
 * Whether the next step is likely to be the last: norms fall as their squares do,
 * once they are small.
 */
static bool
is_last(const Newton *state, double norm, double before, double tolerance)
{
	double fall = before > 0.0 ? norm / before : 1.0;

	return state->narrow && state->pass->problem->rows->shards == NULL &&
		   fall <= FAST && norm * fall * fall <= tolerance;
}

/* Iterates until the gradient is small enough. */
static Status
descend(Newton *state, const SolverControl *control, double *weights,
		double zero_norm, SolverResult *result, Failure *failure)
{
	double tolerance =
		control->tolerance > 0 ? control->tolerance : NEWTON_TOLERANCE;
	uint32_t limit = control->max_iterations > 0 ? control->max_iterations
												 : DEFAULT_ITERATIONS;
	double before = 0.0; /* the first matrix is due */

	for (;;)
	{
		SolverProgress progress = {result->iterations, state->objective,
								   state->data_loss, 0, weights};
		double norm = norm_of(state, state->gradient) / zero_norm;
		bool stale;
		bool found;
		Status status = LL_OK;

		result->gradient_norm = progress.gradient_norm = norm;
		result->converged = norm <= tolerance;
		if (result->iterations > 0)
			status = solver_tell(control, &progress, failure);
		result->stopped = status == LL_LATE;
		if (status == LL_LATE)
			return LL_OK;
		if (status != LL_OK || result->converged ||
			result->iterations >= limit)
			return status;
		state->pass->bounded = state->coarse.bounded =
			control->late != NULL && result->iterations > 0;
		stale = is_stale(state, norm, before);
		state->last = is_last(state, norm, before, tolerance);
		status = iterate(state, weights, stale, &found, result, failure);
		if (status != LL_OK || !found)
			return status;
		before = norm;
		advance(state, weights);
		result->iterations++;
	}
}

/* How many times the rows of the first sample are all; 1: no sample is worth it. */
static size_t
first_part(const Newton *state, const double *weights)
{
	const Pass *pass = state->pass;
	size_t least = SAMPLE_ROWS * state->n, part = 1;

	for (size_t i = 0; i < state->n; i++)
		if (weights[i] != 0.0)
			return 1;
	if (!state->narrow || pass->problem->rows->shards != NULL)
		return 1;
	while (pass->rows / (part * SAMPLE_GROWTH) >= least)
		part *= SAMPLE_GROWTH;
	return part;
}

/* Descends on the first rows from 0; finds the gradient's norm there, too. */
static Status
descend_sample(Newton *state, const SolverControl *control, double *weights,
			   double *zero_norm, Failure *failure)
{
	SolverControl own = {.runtime = control->runtime,
						 .max_iterations = SAMPLE_ITERATIONS,
						 .tolerance = SAMPLE_TOLERANCE};
	SolverResult ignored = {0};
	Status status = look_at(state, weights, true, &state->data_loss,
							&state->objective, state->gradient, failure);

	*zero_norm = solver_zero_norm(state->pass->problem,
								  norm_of(state, state->gradient));
	return status == LL_OK
			   ? descend(state, &own, weights, *zero_norm, &ignored, failure)
			   : status;
}

/* Goes one step on a larger sample, near whose optimum the weights are. */
static Status
step_sample(Newton *state, double *weights, double zero_norm, Failure *failure)
{
	bool ignored = false;
	Status status = look_at(state, weights, true, &state->data_loss,
							&state->objective, state->gradient, failure);

	if (status != LL_OK ||
		!(norm_of(state, state->gradient) <= SAMPLE_NEAR * zero_norm))
		return status;
	status = update_matrix(state, weights, 0.0, &ignored, failure);
	if (status != LL_OK)
		return status;
	find_direction(state);
	for (size_t j = 0; j < state->n; j++)
		weights[j] += state->direction[j];
	return LL_OK;
}

/* Goes from 0 to near the optimum by samples, of which each is a part of the next. */
static Status
walk_samples(Newton *state, const SolverControl *control, size_t part,
			 double *weights, Failure *failure)
{
	size_t all = state->pass->rows;
	double zero_norm;
	Status status;

	pass_limit_rows(state->pass, all / part);
	status = descend_sample(state, control, weights, &zero_norm, failure);
	state->last = false;
	for (part /= SAMPLE_GROWTH; part > 1 && status == LL_OK;
		 part /= SAMPLE_GROWTH)
	{
		pass_limit_rows(state->pass, all / part);
		status = step_sample(state, weights, zero_norm, failure);
	}
	pass_limit_rows(state->pass, all);
	return status;
}

/* What the state says of the weights, and at the same time of 0. */
static Status
look_at_both(Newton *state, const double *weights, double *zero_norm,
			 double *zero_objective, Failure *failure)
{
	Status status;

	state->gram_ready = state->narrow;
	status = pass_run_with_zero(state->pass, weights, &state->data_loss,
								state->gradient,
								state->gram_ready ? state->gram : NULL,
								zero_objective, state->next_gradient, failure);
	if (status != LL_OK)
		return status;
	*zero_norm = norm_of(state, state->next_gradient);
	state->objective =
		state->data_loss + pass_penalty(state->pass, weights, state->gradient);
	return LL_OK;
}

/*
 * Finds the point to start from, and what the state says of it: that which is
 * given or that of a sample, unless 0 is better.
 */
static Status
start(Newton *state, const SolverControl *control, double *weights,
	  double *zero_norm, Failure *failure)
{
	size_t bytes = state->n * sizeof(double);
	size_t part = first_part(state, weights);
	bool given = memcmp(weights, state->next_x, bytes) != 0;
	double zero_objective;
	Status status;

	if (part > 1)
	{
		status = walk_samples(state, control, part, weights, failure);
		if (status == LL_OK)
			status = look_at_both(state, weights, zero_norm, &zero_objective,
								  failure);
		if (status != LL_OK || state->objective < zero_objective)
			return status;
		memset(weights, 0, bytes);
		return look_at(state, weights, true, &state->data_loss,
					   &state->objective, state->gradient, failure);
	}
	status = look_at(state, state->next_x, !given, &state->data_loss,
					 &state->objective, state->gradient, failure);
	*zero_norm = norm_of(state, state->gradient);
	if (status != LL_OK || !given)
		return status;
	return look_at(state, weights, true, &state->data_loss, &state->objective,
				   state->gradient, failure);
}

Status
newton_solve(Pass *pass, const SolverControl *control, double *weights,
			 SolverResult *result, Failure *failure)
{
	Newton state = {0};
	double zero_norm = 0.0;
	Status status = init_state(&state, pass, control, failure);

	if (status == LL_OK)
		status = start(&state, control, weights, &zero_norm, failure);
	zero_norm = solver_zero_norm(pass->problem, zero_norm);
	if (status == LL_OK)
		status = descend(&state, control, weights, zero_norm, result, failure);
	if (status == LL_LATE) /* weights are as before the iteration */
		status = LL_OK;
	result->objective = state.objective;
	result->data_loss = state.data_loss;
	if (state.coarse.lane != NULL)
		pass_release(&state.coarse);
	runtime_release(pass->runtime, state.gram);
	runtime_release(pass->runtime, state.factor);
	return status;
}
