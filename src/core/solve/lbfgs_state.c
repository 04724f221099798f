/*
 * lbfgs_state.c
 *		Where an L-BFGS solve is, for its parts.
 */
#include "core/solve/lbfgs_state.h"

#include <math.h>
#include <string.h>

/* Pairs kept, of many weights and of fewer; of rows elsewhere LBFGS_PAIRS. */
#define MEMORY 10
#define MEMORY_FEW 40
#define NOISE_SINGLE 3e-9
#define NOISE_DOUBLE 1e-15

/* The l1 term; biases are free of it. */
static double
l1_norm(const Lbfgs *state, const double *x)
{
	size_t weights = state->pass->dimension * state->pass->outputs;
	double sum = 0.0;

	if (state->l1 > 0.0)
		for (size_t i = 0; i < weights; i++)
			sum += fabs(x[i]);
	return state->l1 * sum;
}

Status
lbfgs_evaluate(Lbfgs *state, const double *x, double *data_loss,
			   double *objective, double *gradient, Failure *failure)
{
	Status status = pass_objective(state->pass, x, data_loss, objective,
								   gradient, failure);

	if (status == LL_OK)
		*objective += l1_norm(state, x);
	return status;
}

bool
lbfgs_open(Lbfgs *state, Pass *pass)
{
	const Runtime *runtime = pass->runtime;
	double **vectors[] = {
		&state->x,		&state->gradient,	   &state->direction,
		&state->next_x, &state->next_gradient, &state->pseudo,
		&state->scratch};

	memset(state, 0, sizeof(*state));
	state->pass = pass;
	state->n = pass->parameters;
	state->l1 = pass->problem->l1;
	state->memory = state->n > LBFGS_MANY_WEIGHTS		  ? MEMORY
					: pass->problem->rows->shards != NULL ? LBFGS_PAIRS
														  : MEMORY_FEW;
	state->noise = pass->single ? NOISE_SINGLE : NOISE_DOUBLE;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		*vectors[i] = runtime_allocate_zero(runtime, state->n, sizeof(double));
		if (*vectors[i] == NULL)
			return false;
	}
	if (solver_holds_weights(pass->problem))
	{
		state->free = runtime_allocate_zero(runtime, state->n, sizeof(bool));
		if (state->free == NULL)
			return false;
	}
	for (int p = 0; p < state->memory; p++)
	{
		state->s[p] = runtime_allocate_zero(runtime, state->n, sizeof(double));
		state->y[p] = runtime_allocate_zero(runtime, state->n, sizeof(double));
		if (state->s[p] == NULL || state->y[p] == NULL)
			return false;
	}
	return true;
}

/* Lets the pass, in floats so far, go on in doubles. */
static Status
refine_pass(Pass *pass, Failure *failure)
{
	Pass before = *pass;
	Status status;

	pass_release(pass);
	status =
		pass_init(pass, before.problem, before.control, 0, false, failure);
	pass->large = before.large;
	pass->bounded = before.bounded;
	return status;
}

Status
lbfgs_refine(Lbfgs *state, Failure *failure)
{
	double before = state->objective;
	Status status = refine_pass(state->pass, failure);

	state->noise = NOISE_DOUBLE;
	if (status == LL_OK)
		status = lbfgs_evaluate(state, state->x, &state->data_loss,
								&state->objective, state->gradient, failure);
	nearness_shift(&state->nearness, state->objective - before);
	return status;
}

void
lbfgs_close(Lbfgs *state)
{
	const Runtime *runtime = state->pass->runtime;
	double *vectors[] = {state->x,		state->gradient,	  state->direction,
						 state->next_x, state->next_gradient, state->pseudo,
						 state->scratch};

	preconditioner_release(&state->preconditioner);
	runtime_release(runtime, state->free);
	runtime_release(runtime, state->shift);
	runtime_release(runtime, state->nearness.values);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		runtime_release(runtime, vectors[i]);
	for (int p = 0; p < state->memory; p++)
	{
		runtime_release(runtime, state->s[p]);
		runtime_release(runtime, state->y[p]);
	}
}
