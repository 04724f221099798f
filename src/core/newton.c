/*
 * newton.c
 *		Newton's method with a line search, for losses of one margin.
 */
#include "core/solver_pass.h"

#include <math.h>
#include <string.h>

#define DEFAULT_ITERATIONS 50
#define DEFAULT_TOLERANCE 1e-8
#define MAX_HALVINGS 30
#define SUFFICIENT_DECREASE 1e-4
#define NOISE 1e-15 /* relative rounding error of an objective */
/* First damping of a singular matrix, relative to its mean diagonal. */
#define FIRST_DAMPING 1e-10
#define MAX_DAMPINGS 16

/* Mean of a matrix's diagonal. */
static double
mean_diagonal(const double *gram, size_t size)
{
	double sum = 0.0;

	for (size_t j = 0; j < size; j++)
		sum += gram[j * size + j];
	return sum / (double) size;
}

/*
 * Solves (gram + penalties) direction = -gradient, damping a matrix that is
 * not positive definite as little as makes it so; *damped tells that.
 */
static Status
find_direction(const Pass *pass, const double *gram, double *factor,
			   const double *gradient, double *direction, bool *damped,
			   Failure *failure)
{
	size_t n = pass->parameters;
	double damping = 0.0;
	double first = FIRST_DAMPING * fmax(mean_diagonal(gram, n), 1e-300);
	int size = (int) n;
	int one = 1;
	int info;

	for (int attempt = 0; attempt < MAX_DAMPINGS; attempt++)
	{
		bool definite;
		Status status;

		memcpy(factor, gram, n * n * sizeof(double));
		status = gram_factor(pass, factor, n, damping, &definite, failure);
		if (status != LL_OK)
			return status;
		if (definite)
			break;
		*damped = true;
		damping = damping == 0.0 ? first : damping * 10.0;
	}
	for (size_t i = 0; i < n; i++)
		direction[i] = -gradient[i];
	pass->blas->dpotrs("L", &size, &one, factor, &size, direction, &size,
					   &info);
	return LL_OK;
}

typedef struct Newton
{
	Pass *pass;
	size_t n;
	double *gram;
	double *factor;
	double *gradient;
	double *next_gradient;
	double *direction;
	double *next_x;
	double data_loss;
	double objective;
} Newton;

/* Allocates the vectors and the two matrices. */
static bool
init_state(Newton *state, Pass *pass)
{
	const Runtime *runtime = pass->runtime;
	size_t n = pass->parameters;

	state->pass = pass;
	state->n = n;
	state->gram = runtime_allocate_zero(runtime, n * n, sizeof(double));
	state->factor = runtime_allocate_zero(runtime, n * n, sizeof(double));
	state->gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	state->next_gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	state->direction = runtime_allocate_zero(runtime, n, sizeof(double));
	state->next_x = runtime_allocate_zero(runtime, n, sizeof(double));
	return state->gram != NULL && state->factor != NULL &&
		   state->gradient != NULL && state->next_gradient != NULL &&
		   state->direction != NULL && state->next_x != NULL;
}

/* Objective, gradient and Gram matrix at x. */
static Status
evaluate(Newton *state, const double *x, double *gradient, double *gram,
		 double *data_loss, double *objective, Failure *failure)
{
	Status status =
		pass_run(state->pass, x, data_loss, gradient, gram, failure);

	if (status == LL_OK)
		*objective = *data_loss + pass_penalty(state->pass, x, gradient);
	return status;
}

/* Halves the step until the objective falls enough; moves x if it does. */
static Status
search_line(Newton *state, double *x, bool *found, Failure *failure)
{
	double slope = vector_dot(state->gradient, state->direction, state->n);
	double step = 1.0;

	*found = false;
	for (int i = 0; i < MAX_HALVINGS; i++, step *= 0.5)
	{
		double data_loss;
		double objective;
		Status status;

		for (size_t j = 0; j < state->n; j++)
			state->next_x[j] = x[j] + step * state->direction[j];
		status = evaluate(state, state->next_x, state->next_gradient, NULL,
						  &data_loss, &objective, failure);
		if (status != LL_OK)
			return status;
		if (!(objective <= state->objective +
							   SUFFICIENT_DECREASE * step * slope +
							   NOISE * fabs(state->objective)))
			continue;
		memcpy(x, state->next_x, state->n * sizeof(double));
		*found = true;
		return LL_OK;
	}
	return LL_OK;
}

Status
newton_solve(Pass *pass, const SolverControl *control, double *weights,
			 SolverResult *result, Failure *failure)
{
	Newton state = {0};
	double tolerance =
		control->tolerance > 0 ? control->tolerance : DEFAULT_TOLERANCE;
	uint32_t limit = control->max_iterations > 0 ? control->max_iterations
												 : DEFAULT_ITERATIONS;
	double zero_norm;
	Status status;

	if (!init_state(&state, pass))
		return fail_no_memory(failure);
	status = evaluate(&state, state.next_x, state.gradient, NULL,
					  &state.data_loss, &state.objective, failure);
	zero_norm = sqrt(vector_dot(state.gradient, state.gradient, state.n));
	if (zero_norm == 0.0)
		zero_norm = 1.0;
	while (status == LL_OK)
	{
		SolverProgress progress = {result->iterations, 0, 0, 0, weights};
		bool found;

		status = evaluate(&state, weights, state.gradient, state.gram,
						  &state.data_loss, &state.objective, failure);
		if (status != LL_OK)
			break;
		result->gradient_norm =
			sqrt(vector_dot(state.gradient, state.gradient, state.n)) /
			zero_norm;
		result->converged = result->gradient_norm <= tolerance;
		progress.objective = state.objective;
		progress.data_loss = state.data_loss;
		progress.gradient_norm = result->gradient_norm;
		if (result->iterations > 0 && control->progress != NULL &&
			!control->progress(control->context, &progress))
			break;
		if (result->converged || result->iterations >= limit)
			break;
		status = find_direction(pass, state.gram, state.factor, state.gradient,
								state.direction, &result->singular, failure);
		if (status != LL_OK)
			break;
		status = search_line(&state, weights, &found, failure);
		if (status != LL_OK || !found)
			break;
		result->iterations++;
	}
	result->objective = state.objective;
	result->data_loss = state.data_loss;
	runtime_release(pass->runtime, state.gram);
	runtime_release(pass->runtime, state.factor);
	return status;
}
