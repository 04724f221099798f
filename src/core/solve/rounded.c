/*
 * rounded.c
 *		Losses with kinks to their optimum: rounded, less and less.
 */
#include "core/solve/rounded.h"

#include <math.h>
#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/kink.h"
#include "core/solve/lbfgs.h"
#include "core/solve/vector.h"

/* Gaps that are wished for, by newton and by lbfgs, and that are enough. */
#define GAP_NEWTON 1e-6
#define GAP_LBFGS 5e-5
#define GAP_ENOUGH 1e-4
/* With many weights, where some thousand steps would bring little. */
#define MANY_WEIGHTS 10000
#define GAP_MANY 1e-3
/* Such a part of the loss of zero weights is no loss. */
#define NO_LOSS 1e-8
/* What smoothings are multiplied by, and where they end, of the first. */
#define NEWTON_RATIO 0.2
#define LBFGS_RATIO 0.25
#define LEAST_SMOOTHING 1e-13
#define MAX_HALVINGS 30
#define SUFFICIENT_DECREASE 1e-4
#define NOISE 1e-15 /* relative rounding error of an objective */
/* Of the mean diagonal, so that dependent features have a matrix, too. */
#define FIRST_DAMPING 1e-13
#define NEXT_DAMPING 100.0
#define MAX_DAMPINGS 7
#define MAX_FAILURES 3 /* searches in a row that find nothing */
#define DEFAULT_ITERATIONS 200
/*
 * Weights that l1 may hold at 0 are smaller than so many smoothings, and are
 * cleared if the objective grows by no more than this, relative.
 */
#define CLEAR_FIRST 64.0
#define CLEAR_LAST 0.05
#define CLEAR_GAP 1e-5

typedef struct Rounded
{
	Pass *pass;
	const SolverControl *control;
	SolverResult *result;
	uint32_t limit; /* iterations */
	double wished;	/* gap, relative */
	double enough;
	double zero_loss; /* of zero weights, not rounded */
	double first_smoothing;
	double *x;
	double data_loss; /* rounded, at x; the pass has what is not */
	double objective;
	double decrement;
	double bound; /* no objective is less; losses are not negative */

	/* Of l1 in the objective, where it is rounded: too much, and its gap. */
	double l1_above;
	double l1_gap;

	/* newton: */
	double *gram;
	double *factor;
	double *gradient;
	double *direction;
	double *next_x;
	double *next_gradient;
	double *weight_dual; /* of l1: [2] a weight */
} Rounded;

/* The objective at x with the loss as it is. */
static double
exact_objective(const Rounded *state)
{
	return state->pass->exact_loss +
		   (state->objective - state->data_loss - state->l1_above);
}

/* Measures the gap at x, which the pass has run at; true: it is small enough. */
static bool
is_done(Rounded *state)
{
	double exact = exact_objective(state);
	double gap =
		state->pass->gap + state->l1_gap + fmax(state->decrement, 0.0);
	SolverResult *result = state->result;

	/* Newton's promise is an estimate, lbfgs's bounds what is missing. */
	if (state->gram != NULL)
		state->bound = 0.0;
	state->bound = fmax(state->bound, exact - gap);
	result->gap = fmax(exact - state->bound, 0.0) / fmax(exact, 1e-300);
	if (exact <= NO_LOSS * state->zero_loss)
		result->gap = 0.0;
	result->converged = result->gap <= state->enough;
	return result->gap <= state->wished;
}

/* Where it starts, and how much the loss is rounded there. */
static Status
begin(Rounded *state, Failure *failure)
{
	Pass *pass = state->pass;
	size_t n = pass->parameters;
	double *zero = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	double *gradient = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	Status status;

	if (zero == NULL || gradient == NULL)
		return fail_no_memory(failure);
	pass->smoothing = 1.0;
	status = pass_objective(pass, zero, &state->data_loss, &state->objective,
							gradient, failure);
	state->zero_loss = pass->exact_loss;
	if (status == LL_OK && memcmp(zero, state->x, n * sizeof(double)) != 0)
		status = pass_objective(pass, state->x, &state->data_loss,
								&state->objective, gradient, failure);
	/* A start without loss says nothing of its size. */
	pass->smoothing = pass->exact_loss > NO_LOSS * state->zero_loss
						  ? pass->exact_loss
					  : state->zero_loss > 0.0 ? state->zero_loss
											   : 1.0;
	state->first_smoothing = pass->smoothing;
	runtime_release(pass->runtime, zero);
	runtime_release(pass->runtime, gradient);
	return status;
}

/* ---- newton ---- */

static Status
allocate(Rounded *state, Failure *failure)
{
	Pass *pass = state->pass;
	const Runtime *runtime = pass->runtime;
	size_t n = pass->parameters;
	double **vectors[] = {&state->gradient, &state->direction, &state->next_x,
						  &state->next_gradient};

	state->weight_dual = runtime_allocate_zero(runtime, 2 * n, sizeof(double));

	state->gram = runtime_allocate(runtime, n * n * sizeof(double));
	state->factor = runtime_allocate(runtime, n * n * sizeof(double));
	pass->dual = runtime_allocate_zero(runtime, pass->rows,
									   2 * kink_terms(pass->problem->loss) *
										   sizeof(double));
	if (state->weight_dual == NULL || state->gram == NULL ||
		state->factor == NULL || pass->dual == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		*vectors[i] = runtime_allocate_zero(runtime, n, sizeof(double));
		if (*vectors[i] == NULL)
			return fail_no_memory(failure);
	}
	return LL_OK;
}

static void
release(Rounded *state)
{
	Pass *pass = state->pass;
	double *pieces[] = {state->weight_dual,	  state->gram,		state->factor,
						state->gradient,	  state->direction, state->next_x,
						state->next_gradient, pass->dual};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(pass->runtime, pieces[i]);
	pass->dual = NULL;
}

/* Factors the matrix, damped as little as lets it be. */
static Status
factor(Rounded *state, Failure *failure)
{
	const Pass *pass = state->pass;
	size_t n = pass->parameters;
	double damping = 0.0;
	bool definite = false;
	Status status = LL_OK;

	for (size_t j = 0; j < n; j++)
		damping += state->gram[j * n + j] / (double) n;
	damping = FIRST_DAMPING * fmax(damping, 1e-300);
	for (int i = 0; i < MAX_DAMPINGS && status == LL_OK && !definite; i++)
	{
		status = gram_copy(pass, state->gram, n, state->factor, n, failure);
		if (status == LL_OK)
			status = gram_factor(pass, state->factor, n, damping, &definite,
								 failure);
		damping *= NEXT_DAMPING;
	}
	return status;
}

/*
 * Adds the rounded l1 to objective and gradient at weights, and with gram to its
 * diagonal.
 */
static void
add_l1(Rounded *state, const double *weights, double *objective,
	   double *gradient, double *gram)
{
	double l1 = state->pass->problem->l1;
	size_t n = state->pass->parameters;

	state->l1_above = state->l1_gap = 0.0;
	for (size_t j = 0; l1 > 0.0 && j < state->pass->dimension; j++)
	{
		KinkRow row;

		kink_weight(state->pass->smoothing, weights[j],
					gram != NULL ? state->weight_dual + 2 * j : NULL, &row);
		*objective += l1 * row.smooth;
		gradient[j] += l1 * row.derivative;
		state->l1_above += l1 * (row.smooth - row.loss);
		state->l1_gap += l1 * row.gap;
		if (gram != NULL)
			gram[j * n + j] += l1 * row.curvature;
	}
}

/* Makes the matrix at x and the direction that it gives. */
static Status
find_direction(Rounded *state, Failure *failure)
{
	Pass *pass = state->pass;
	int size = (int) pass->parameters, one = 1, info;
	Status status;

	pass->move_dual = true;
	status = pass_run(pass, state->x, &state->data_loss, state->gradient,
					  state->gram, failure);
	pass->move_dual = false;
	if (status != LL_OK)
		return status;
	state->objective =
		state->data_loss + pass_penalty(pass, state->x, state->gradient);
	add_l1(state, state->x, &state->objective, state->gradient, state->gram);
	pass_hold_outputs(pass, state->gradient);
	status = factor(state, failure);
	if (status != LL_OK)
		return status;
	for (int i = 0; i < size; i++)
		state->direction[i] = -state->gradient[i];
	pass->blas->dpotrs("L", &size, &one, state->factor, &size,
					   state->direction, &size, &info);
	state->decrement =
		-0.5 * vector_dot(state->gradient, state->direction, pass->parameters);
	return LL_OK;
}

/* Halves the step until the objective falls enough, and goes there. */
static Status
search_line(Rounded *state, bool *found, Failure *failure)
{
	size_t n = state->pass->parameters;
	double slope = -2.0 * state->decrement;
	double step = 1.0;

	*found = false;
	for (int i = 0; i < MAX_HALVINGS && slope < 0.0; i++, step *= 0.5)
	{
		double data_loss, objective;
		Status status;

		for (size_t j = 0; j < n; j++)
			state->next_x[j] = state->x[j] + step * state->direction[j];
		status = pass_objective(state->pass, state->next_x, &data_loss,
								&objective, state->next_gradient, failure);
		if (status != LL_OK)
			return status;
		add_l1(state, state->next_x, &objective, state->next_gradient, NULL);
		if (!(objective <= state->objective +
							   SUFFICIENT_DECREASE * step * slope +
							   NOISE * fabs(state->objective)))
			continue;
		*found = true;
		state->data_loss = data_loss;
		state->objective = objective;
		memcpy(state->x, state->next_x, n * sizeof(double));
		return LL_OK;
	}
	return LL_OK;
}

/* Tells of an iteration. */
static Status
tell(const Rounded *state, Failure *failure)
{
	SolverProgress progress = {state->result->iterations,
							   exact_objective(state), state->pass->exact_loss,
							   NAN, state->x};

	return solver_tell(state->control, &progress, failure);
}

static Status
descend_newton(Rounded *state, Failure *failure)
{
	Pass *pass = state->pass;
	SolverResult *result = state->result;
	int failures = 0;

	while (result->iterations < state->limit &&
		   pass->smoothing > LEAST_SMOOTHING * state->first_smoothing)
	{
		bool found, done;
		Status status;

		pass->bounded = result->iterations > 0;
		status = find_direction(state, failure);
		if (status == LL_OK)
			status = search_line(state, &found, failure);
		if (status != LL_OK)
			return status;
		failures = found ? 0 : failures + 1;
		if (failures == MAX_FAILURES)
			return LL_OK;
		if (found)
		{
			result->iterations++;
			result->objective = exact_objective(state);
			result->data_loss = pass->exact_loss;
			done = is_done(state);
			status = tell(state, failure);
			if (status != LL_OK || done)
				return status;
		}
		if (!found || state->decrement <= pass->gap + state->l1_gap)
			pass->smoothing *= NEWTON_RATIO;
	}
	return LL_OK;
}

/* The objective, not rounded, without the weights that are below a size. */
static Status
measure_cleared(Rounded *state, double size, double *exact, Failure *failure)
{
	Pass *pass = state->pass;
	double data_loss, objective, sum = 0.0;
	Status status;

	memcpy(state->next_x, state->x, pass->parameters * sizeof(double));
	for (size_t j = 0; j < pass->dimension; j++)
	{
		if (fabs(state->next_x[j]) < size)
			state->next_x[j] = 0.0;
		sum += fabs(state->next_x[j]);
	}
	status = pass_objective(pass, state->next_x, &data_loss, &objective,
							state->next_gradient, failure);
	*exact =
		pass->exact_loss + (objective - data_loss) + pass->problem->l1 * sum;
	return status;
}

/*
 * Clears the weights that are of the smoothing's size: l1 holds them at 0.  As
 * many as leave the objective where it is, nearly.
 */
static Status
clear_weights(Rounded *state, Failure *failure)
{
	SolverResult *result = state->result;
	double least = result->objective * (1.0 - result->gap);
	double most = result->objective * (1.0 + CLEAR_GAP);
	double exact = INFINITY;

	state->pass->bounded = false;
	for (double size = CLEAR_FIRST; size >= CLEAR_LAST && exact > most;
		 size *= 0.5)
	{
		Status status = measure_cleared(state, size * state->pass->smoothing,
										&exact, failure);

		if (status != LL_OK)
			return status;
	}
	if (exact > most)
		return LL_OK;
	memcpy(state->x, state->next_x, state->pass->parameters * sizeof(double));
	result->objective = exact;
	result->data_loss = state->pass->exact_loss;
	result->gap = fmax(exact - least, 0.0) / fmax(exact, 1e-300);
	return LL_OK;
}

static Status
solve_newton(Rounded *state, Failure *failure)
{
	Status status = allocate(state, failure);

	if (status == LL_OK)
		status = descend_newton(state, failure);
	if (status == LL_OK && state->pass->problem->l1 > 0.0 &&
		state->result->converged)
		status = clear_weights(state, failure);
	state->result->stopped = status == LL_LATE;
	release(state);
	return status == LL_LATE ? LL_OK : status;
}

/* ---- lbfgs ---- */

/* Hands what lbfgs tells on, with the loss as it is. */
static Status
hand_on(void *context, const SolverProgress *progress, Failure *failure)
{
	const Rounded *state = context;
	SolverProgress own = *progress;

	own.objective += state->pass->exact_loss - progress->data_loss;
	own.data_loss = state->pass->exact_loss;
	own.gradient_norm = NAN;
	return solver_tell(state->control, &own, failure);
}

static bool
is_late(void *context)
{
	const SolverControl *control = ((const Rounded *) context)->control;

	return control->late != NULL && control->late(control->context);
}

static Status
solve_lbfgs(Rounded *state, Failure *failure)
{
	Pass *pass = state->pass;
	SolverResult *result = state->result;
	SolverControl own = *state->control;
	double *gradient =
		runtime_allocate(pass->runtime, pass->parameters * sizeof(double));
	Status status = LL_OK;
	bool done = gradient == NULL;

	if (gradient == NULL)
		return fail_no_memory(failure);
	own.max_iterations = state->limit;
	own.tolerance = 1e-12; /* how near is enough, the gap says */
	own.progress = hand_on;
	own.late = is_late;
	own.context = state;
	pass->control = &own;
	while (!done && status == LL_OK && !result->stopped &&
		   result->iterations < state->limit &&
		   pass->smoothing > LEAST_SMOOTHING * state->first_smoothing)
	{
		pass->decrement = 0.0;
		status = lbfgs_solve(pass, &own, state->x, result, failure);
		if (status != LL_OK)
			break;
		state->objective = result->objective;
		state->data_loss = result->data_loss;
		state->decrement = pass->decrement;
		pass->bounded = false;
		status = pass_run(pass, state->x, &result->data_loss, gradient, NULL,
						  failure);
		done = is_done(state);
		result->objective = exact_objective(state);
		result->data_loss = pass->exact_loss;
		pass->smoothing *= LBFGS_RATIO;
	}
	pass->control = state->control;
	runtime_release(pass->runtime, gradient);
	return status;
}

Status
rounded_solve(Pass *pass, const SolverControl *control, double *weights,
			  SolverResult *result, Failure *failure)
{
	bool newton = control->optimizer == OPTIMIZER_NEWTON;
	double own = newton							   ? GAP_NEWTON
				 : pass->parameters > MANY_WEIGHTS ? GAP_MANY
												   : GAP_LBFGS;
	Rounded state = {
		.pass = pass,
		.control = control,
		.result = result,
		.limit = control->max_iterations > 0 ? control->max_iterations
											 : DEFAULT_ITERATIONS,
		.wished = control->tolerance > 0.0 ? control->tolerance : own,
		.x = weights};
	Status status;

	state.enough = fmax(state.wished, GAP_ENOUGH);
	result->gradient_norm = NAN;
	status = begin(&state, failure);
	if (status != LL_OK)
		return status;
	result->objective = exact_objective(&state);
	result->data_loss = pass->exact_loss;
	if (result->objective <= NO_LOSS * state.zero_loss)
	{
		result->gap = 0.0;
		result->converged = true;
		return LL_OK;
	}
	status =
		newton ? solve_newton(&state, failure) : solve_lbfgs(&state, failure);
	result->gradient_norm = NAN;
	return status;
}
