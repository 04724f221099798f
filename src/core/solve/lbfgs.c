/*
 * lbfgs.c
 *		Limited-memory BFGS (Liu and Nocedal, 1989); of weights that may be held
 *		at 0 within an orthant (orthant.h).
 */
#include "core/solve/lbfgs.h"

#include <math.h>
#include <string.h>

#include "core/solve/bias_shift.h"
#include "core/solve/lbfgs_state.h"
#include "core/solve/orthant.h"
#include "core/solve/vector.h"

#define MAX_STEPS_TRIED 25 /* by one line search */
#define SUFFICIENT_DECREASE 1e-4
#define CURVATURE 0.9
/* A step's least point beyond so many of it is told by rounding. */
#define MOST_PARTS 3.0
#define DEFAULT_ITERATIONS 200
/*
 * Of much work: what the rounding of float tiles leaves of a gradient is about
 * 1e-6.  With few weights the objective is then as near to its least as this,
 * relative, so that it is the same wherever the rows are.
 */
#define TOLERANCE_LARGE 5e-6
#define NEAR 5e-9
/* Float tiles tell objectives apart down to about this. */
#define NEAR_IN_FLOATS 5e-7
#define MAX_STEPS_IN_FLOATS 4
#define TOLERANCE_DOUBLE 1e-8
/* Many weights take many iterations for digits that no prediction shows. */
#define TOLERANCE_MANY 1e-6
/* Of a rounded loss's gap: a step that promises less is its last. */
#define ROUNDED_SHARE 0.3

/*
 * Applies the inverse Hessian that the recursion starts from, scaled so that
 * it fits the newest pair.
 */
static void
apply_initial(Lbfgs *state, double *d)
{
	double *hy = state->scratch;
	double scale = 1.0;

	if (state->scaling >= 0)
	{
		memcpy(hy, state->y[state->scaling], state->n * sizeof(double));
		orthant_keep(state, hy);
	}
	if (state->preconditioner.ready)
	{
		preconditioner_apply(&state->preconditioner, d);
		orthant_keep(state, d);
		if (state->scaling >= 0)
			preconditioner_apply(&state->preconditioner, hy);
		if (state->scaling >= 0)
			orthant_keep(state, hy);
	}
	else if (state->shift != NULL)
	{
		bias_shift_apply(state, d);
		if (state->scaling >= 0)
			bias_shift_apply(state, hy);
	}
	if (state->scaling >= 0)
		scale = 1.0 / (state->rho[state->scaling] *
					   pass_dot(state->pass, state->y[state->scaling], hy));
	pass_scale(state->pass, scale, d, d);
}

/*
 * direction = - inverse Hessian estimate times gradient (two-loop recursion).
 */
static void
find_direction(Lbfgs *state, const double *gradient)
{
	double *d = state->direction;
	double alpha[LBFGS_PAIRS];

	state->scaling = state->pairs > 0 ? state->newest : -1;
	orthant_restrict(state);
	pass_scale(state->pass, -1.0, gradient, d);
	orthant_keep(state, d);
	for (int k = 0; k < state->pairs; k++)
	{
		int p = (state->newest + state->memory - k) % state->memory;

		if (state->rho[p] == 0.0)
			continue;
		alpha[p] = state->rho[p] * pass_dot(state->pass, state->s[p], d);
		pass_add(state->pass, d, -alpha[p], state->y[p], d);
		orthant_keep(state, d);
	}
	apply_initial(state, d);
	for (int k = state->pairs - 1; k >= 0; k--)
	{
		int p = (state->newest + state->memory - k) % state->memory;
		double beta;

		if (state->rho[p] == 0.0)
			continue;
		beta = state->rho[p] * pass_dot(state->pass, state->y[p], d);
		pass_add(state->pass, d, alpha[p] - beta, state->s[p], d);
		orthant_keep(state, d);
	}
}

/* Keeps the step just made if it shows positive curvature. */
static void
remember(Lbfgs *state)
{
	int p = (state->newest + 1) % state->memory;
	double sy;
	double yy;

	pass_add(state->pass, state->next_x, -1.0, state->x, state->s[p]);
	pass_add(state->pass, state->next_gradient, -1.0, state->gradient,
			 state->y[p]);
	sy = pass_dot(state->pass, state->s[p], state->y[p]);
	yy = pass_dot(state->pass, state->y[p], state->y[p]);
	if (!(sy > 1e-12 * yy))
		return;
	state->rho[p] = 1.0 / sy;
	state->newest = p;
	if (state->pairs < state->memory)
		state->pairs++;
}

/* Moves the next point into the current one. */
static void
advance(Lbfgs *state)
{
	double *swap = state->x;

	remember(state);
	state->x = state->next_x;
	state->next_x = swap;
	swap = state->gradient;
	state->gradient = state->next_gradient;
	state->next_gradient = swap;
	state->data_loss = state->next_data_loss;
	state->objective = state->next_objective;
	state->gap = state->pass->gap;
}

/* Whether doubles can go on where floats find nothing. */
static bool
in_floats(const Lbfgs *state)
{
	return state->to_be_near && state->pass->single;
}

/*
 * Where between two points a cubic through values and slopes is least, kept
 * off the ends.
 */
static double
interpolate(double a, double fa, double da, double b, double fb, double db)
{
	double slope = 3.0 * (fa - fb) / (b - a) + da + db;
	double root = slope * slope - da * db;
	double t = 0.5 * (a + b);
	double low = a + 0.1 * (b - a);
	double high = b - 0.1 * (b - a);

	if (root >= 0.0)
	{
		root = copysign(sqrt(root), b - a);
		t = b - (b - a) * (db + root - slope) / (db - da + 2.0 * root);
	}
	if (!isfinite(t))
		t = 0.5 * (a + b);
	return a < b ? fmin(fmax(t, low), high) : fmin(fmax(t, high), low);
}

/*
 * Goes to where a quadratic objective is least along the direction, whose slope is
 * known at both ends of a step: gradients are straight between them, so that it
 * takes no pass.  Steps are then those of conjugate gradients (Nazareth 1979).
 * False: rounding hides where that is, as what servers answer with is rounded.
 */
static bool
go_to_least(Lbfgs *state, double step, double slope, double next_slope)
{
	Pass *pass = state->pass;
	double part = slope / (slope - next_slope);
	double gain = -0.5 * part * step * slope;

	if (pass->problem->loss != LOSS_SQUARED || pass->single ||
		pass->problem->rows->shards != NULL ||
		!(part > 0.0 && part < MOST_PARTS) ||
		!(gain > state->noise * fabs(state->objective)))
		return false;
	pass_add(pass, state->x, part * step, state->direction, state->next_x);
	pass_add(pass, state->next_gradient, -1.0, state->gradient,
			 state->next_gradient);
	pass_add(pass, state->gradient, part, state->next_gradient,
			 state->next_gradient);
	state->next_objective = state->objective - gain;
	state->next_data_loss = state->next_objective -
							pass_penalty(pass, state->next_x, state->scratch);
	return true;
}

/*
 * Line search for the weak Wolfe conditions by bracketing.  *found is false if
 * no step lowers the objective by more than its rounding error.
 */
static Status
search_line(Lbfgs *state, double step, bool *found, Failure *failure)
{
	double slope = pass_dot(state->pass, state->gradient, state->direction);
	double low = 0.0;
	double low_value = state->objective;
	double low_slope = slope;
	double high = INFINITY;
	double high_value = 0.0;
	double high_slope = 0.0;
	int most = in_floats(state) ? MAX_STEPS_IN_FLOATS : MAX_STEPS_TRIED;

	*found = false;
	for (int tried = 0; tried < most; tried++)
	{
		Status status;
		double d;
		double limit = state->objective + SUFFICIENT_DECREASE * step * slope +
					   state->noise * fabs(state->objective);

		pass_add(state->pass, state->x, step, state->direction, state->next_x);
		status = lbfgs_evaluate(state, state->next_x, &state->next_data_loss,
								&state->next_objective, state->next_gradient,
								failure);
		if (status != LL_OK)
			return status;
		d = pass_dot(state->pass, state->next_gradient, state->direction);
		if (tried == 0 && go_to_least(state, step, slope, d))
		{
			*found = true;
			return LL_OK;
		}
		if (!(state->next_objective <= limit))
		{
			high = step;
			high_value = state->next_objective;
			high_slope = d;
		}
		else if (d < CURVATURE * slope)
		{
			low = step;
			low_value = state->next_objective;
			low_slope = d;
		}
		else
		{
			*found = true;
			return LL_OK;
		}
		if (isinf(high))
			step *= 3.0;
		else if (isfinite(high_value) && isfinite(high_slope))
			step = interpolate(low, low_value, low_slope, high, high_value,
							   high_slope);
		else
			step = low + 0.1 * (high - low);
	}
	return LL_OK;
}

/* One iteration; *found is false when no progress is possible any more. */
static Status
iterate(Lbfgs *state, bool *found, Failure *failure)
{
	const double *gradient =
		orthant_gradient(state, state->x, state->gradient);
	int attempts = in_floats(state) ? 1 : 2;
	Status status = LL_OK;

	*found = false;
	for (int attempt = 0; attempt < attempts && !*found; attempt++)
	{
		double norm = sqrt(pass_dot(state->pass, gradient, gradient));
		bool scaled = state->pairs > 0 || state->preconditioner.ready;
		double step = scaled || norm == 0.0 ? 1.0 : 1.0 / norm;

		if (attempt > 0 && state->pairs == 0)
			break;
		if (attempt > 0)
			state->pairs = 0; /* forget what misled us, go down the slope */
		if (attempt > 0)
			step = 1.0 / norm;
		orthant_choose_free(state, gradient);
		find_direction(state, gradient);
		for (int again = 0; again < 3 && orthant_hold(state, gradient);
			 again++)
			find_direction(state, gradient);
		if (solver_holds_weights(state->pass->problem))
			status = orthant_search(state, gradient, step, found, failure);
		else if (pass_dot(state->pass, gradient, state->direction) < 0.0)
			status = search_line(state, step, found, failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* Norm of the (sub)gradient at zero weights, what others are relative to. */
static Status
norm_at_zero(Lbfgs *state, double *norm, Failure *failure)
{
	const double *gradient;
	Status status =
		lbfgs_evaluate(state, state->next_x, &state->next_data_loss,
					   &state->next_objective, state->next_gradient, failure);

	if (status != LL_OK)
		return status;
	gradient = orthant_gradient(state, state->next_x, state->next_gradient);
	*norm = sqrt(pass_dot(state->pass, gradient, gradient));
	*norm = solver_zero_norm(state->pass->problem, *norm);
	return LL_OK;
}

/* Objective and gradient at the start, of which those at zero are known. */
static Status
evaluate_start(Lbfgs *state, Failure *failure)
{
	size_t size = state->n * sizeof(double);

	if (memcmp(state->x, state->next_x, size) != 0)
		return lbfgs_evaluate(state, state->x, &state->data_loss,
							  &state->objective, state->gradient, failure);
	memcpy(state->gradient, state->next_gradient, size);
	state->data_loss = state->next_data_loss;
	state->objective = state->next_objective;
	return LL_OK;
}

/* Objective and gradient at the start, and what gradients are relative to. */
static Status
start(Lbfgs *state, const SolverControl *control, double *zero_norm,
	  Failure *failure)
{
	Status status;

	*zero_norm = control->zero_norm;
	if (*zero_norm > 0.0)
		return lbfgs_evaluate(state, state->x, &state->data_loss,
							  &state->objective, state->gradient, failure);
	status = norm_at_zero(state, zero_norm, failure);
	return status == LL_OK ? evaluate_start(state, failure) : status;
}

/* The relative gradient norm to reach. */
static double
own_tolerance(const Lbfgs *state, const SolverControl *control)
{
	if (control->tolerance > 0.0)
		return control->tolerance;
	if (state->pass->large && !state->to_be_near)
		return TOLERANCE_LARGE;
	return state->n > LBFGS_MANY_WEIGHTS ? TOLERANCE_MANY : TOLERANCE_DOUBLE;
}

/*
 * Whether a rounded loss is as near to its optimum as rounding leaves worth: a
 * gradient g gains no more than g (x - x*), and |g|^2 / (2 wd) where all weights
 * have wd.  How far x* is nobody knows; as far as 0 is a guess.
 */
static bool
is_enough(const Lbfgs *state, double norm)
{
	Pass *pass = state->pass;
	double wd = pass->problem->wd;
	double size = sqrt(pass_dot(pass, state->x, state->x));
	double far = size > 0.0 ? norm * size : INFINITY;

	pass->decrement = wd > 0.0 ? fmin(far, 0.5 * norm * norm / wd) : far;
	return pass->smoothing > 0.0 &&
		   pass->decrement <= ROUNDED_SHARE * state->gap;
}

/* Whether the objective itself is to be near its least. */
static bool
wants_near(const Pass *pass, const SolverControl *control)
{
	return pass->large && control->tolerance == 0.0 &&
		   pass->parameters <= LBFGS_MANY_WEIGHTS &&
		   !solver_holds_weights(pass->problem);
}

/* Whether x is near enough; left: of the objective, or infinity. */
static bool
has_converged(const Lbfgs *state, const SolverControl *control, double norm,
			  double relative, double left)
{
	if (is_enough(state, norm))
		return true;
	if (state->to_be_near && relative <= TOLERANCE_LARGE &&
		left <= NEAR * fabs(state->objective))
		return true;
	return !in_floats(state) && relative <= own_tolerance(state, control);
}

/*
 * Makes a step to the next point, in doubles from where floats bring little or
 * find nothing.
 */
static Status
move(Lbfgs *state, double relative, double left, bool *found, Failure *failure)
{
	bool floats = in_floats(state);
	Status status = LL_OK;

	if (floats && relative <= TOLERANCE_LARGE &&
		left <= NEAR_IN_FLOATS * fabs(state->objective))
	{
		status = lbfgs_refine(state, failure);
		floats = false;
	}
	if (status == LL_OK)
		status = iterate(state, found, failure);
	if (status != LL_OK || *found || !floats)
		return status;
	status = lbfgs_refine(state, failure);
	return status == LL_OK ? iterate(state, found, failure) : status;
}

/* Iterates until x is near enough. */
static Status
descend(Lbfgs *state, const SolverControl *control, double zero_norm,
		SolverResult *result, Failure *failure)
{
	Pass *pass = state->pass;
	Preconditioner *preconditioner = &state->preconditioner;
	uint32_t limit = control->max_iterations > 0 ? control->max_iterations
												 : DEFAULT_ITERATIONS;
	uint32_t before = result->iterations;

	for (;;)
	{
		const double *gradient =
			orthant_gradient(state, state->x, state->gradient);
		double norm = sqrt(pass_dot(pass, gradient, gradient));
		uint32_t done = result->iterations - before;
		SolverProgress progress = {result->iterations, state->objective,
								   state->data_loss, norm / zero_norm,
								   state->x};
		double left = INFINITY;
		Status status = LL_OK;
		bool found;

		if (state->to_be_near &&
			!nearness_note(&state->nearness, pass->runtime, state->objective))
			return fail_no_memory(failure);
		if (state->to_be_near)
			left = nearness_left(&state->nearness, done);
		result->gradient_norm = progress.gradient_norm;
		result->converged =
			has_converged(state, control, norm, result->gradient_norm, left);
		if (done > 0)
			status = solver_tell(control, &progress, failure);
		if (status != LL_OK || result->converged ||
			result->iterations >= limit)
			return status;
		pass->bounded = preconditioner->pass.bounded = result->iterations > 0;
		status =
			preconditioner_update(preconditioner, done, state->x, failure);
		if (status != LL_OK)
			return status;
		preconditioner_foresee(preconditioner, done + 1, pass);
		status = move(state, result->gradient_norm, left, &found, failure);
		if (status != LL_OK || !found)
			return status;
		advance(state);
		result->iterations++;
	}
}

Status
lbfgs_solve(Pass *pass, const SolverControl *control, double *weights,
			SolverResult *result, Failure *failure)
{
	Lbfgs state;
	double zero_norm;
	Status status;

	if (!lbfgs_open(&state, pass))
		return fail_no_memory(failure);
	state.to_be_near = wants_near(pass, control);
	memcpy(state.x, weights, state.n * sizeof(double));
	status =
		preconditioner_init(&state.preconditioner, pass, control, failure);
	preconditioner_foresee(&state.preconditioner, 0, pass);
	if (status == LL_OK)
		status = start(&state, control, &zero_norm, failure);
	state.gap = pass->gap;
	if (status == LL_OK)
		status = bias_shift_find(&state, failure);
	if (status == LL_OK)
		status = descend(&state, control, zero_norm, result, failure);
	result->stopped = status == LL_LATE;
	if (status == LL_LATE) /* x is as before the iteration */
		status = LL_OK;
	memcpy(weights, state.x, state.n * sizeof(double));
	result->objective = state.objective;
	result->data_loss = state.data_loss;
	lbfgs_close(&state);
	return status;
}
