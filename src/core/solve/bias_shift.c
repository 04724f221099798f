/*
 * bias_shift.c
 *		What L-BFGS starts its inverse Hessian from where features have means.
 */
#include "core/solve/bias_shift.h"

#include <math.h>
#include <string.h>

/* A bias's gradient that moves less tells nothing. */
#define LEAST_MOVED 1e-6

/* Of weights and biases the ratio of the gradients' moves, into the shift. */
static void
take_shift(Lbfgs *state)
{
	size_t outputs = state->pass->outputs;
	size_t bias = state->pass->dimension * outputs;

	for (size_t i = 0; i < bias; i++)
	{
		size_t own = bias + i % outputs;
		double moved = state->next_gradient[own] - state->gradient[own];
		double with = state->next_gradient[i] - state->gradient[i];

		state->shift[i] =
			fabs(moved) > LEAST_MOVED && isfinite(with) ? with / moved : 0.0;
	}
}

Status
bias_shift_find(Lbfgs *state, Failure *failure)
{
	const SolverProblem *problem = state->pass->problem;
	size_t outputs = state->pass->outputs;
	size_t bias = state->pass->dimension * outputs;
	double gap = state->pass->gap;
	Status status;

	if (state->preconditioner.wanted || !problem->use_bias ||
		problem->rows->shards != NULL)
		return LL_OK;
	state->shift =
		runtime_allocate_zero(state->pass->runtime, state->n, sizeof(double));
	if (state->shift == NULL)
		return fail_no_memory(failure);
	memcpy(state->next_x, state->x, state->n * sizeof(double));
	/* Up or down: probabilities that sum to 1 move together else. */
	for (size_t k = 0; k < outputs; k++)
		state->next_x[bias + k] += k % 2 == 0 ? 1.0 : -1.0;
	status =
		lbfgs_evaluate(state, state->next_x, &state->next_data_loss,
					   &state->next_objective, state->next_gradient, failure);
	state->pass->gap = gap;
	if (status == LL_OK)
		take_shift(state);
	return status;
}

void
bias_shift_apply(const Lbfgs *state, double *vector)
{
	size_t outputs = state->pass->outputs;
	size_t bias = state->pass->dimension * outputs;

	if (state->shift == NULL)
		return;
	for (size_t i = 0; i < bias; i++)
		if (state->free == NULL || state->free[i])
			vector[i] -= state->shift[i] * vector[bias + i % outputs];
	for (size_t i = 0; i < bias; i++)
		vector[bias + i % outputs] -= state->shift[i] * vector[i];
}
