/*
 * orthant.c
 *		L-BFGS within an orthant, for weights that l1 or a bound may hold at 0.
 */
#include "core/solve/orthant.h"

#include <math.h>
#include <string.h>

#include "core/solve/vector.h"

#define MAX_STEPS_TRIED 25
/* Of what the slope promises: a step that keeps less has gone too far. */
#define SUFFICIENT_DECREASE 0.1
/* Of an objective's noise: what a step that promises less may add. */
#define ROUNDING 100.0
/* Steps in a row that promise less and lead to no lower slope, before the end. */
#define MOST_IDLE 5
/* How much shorter the next step tried is, at most and at least. */
#define SHORTEST 0.1
#define LONGEST 0.5
/* Curvature along a pair that rounding leaves, relative. */
#define LEAST_CURVATURE 1e-12
/* Weights so near 0 that are pulled there go there at once: at most. */
#define NEAR 1e-4

/* Weights but biases, which are never held. */
static size_t
count_weights(const Lbfgs *state)
{
	return state->pass->dimension * state->pass->outputs;
}

static bool
is_bounded(const Lbfgs *state, size_t i)
{
	return solver_bounds_feature(state->pass->problem,
								 i / state->pass->outputs);
}

/* Whether a weight may be held at 0. */
static bool
is_held(const Lbfgs *state, size_t i)
{
	return i < count_weights(state) &&
		   (state->l1 > 0.0 || is_bounded(state, i));
}

/* The subgradient of least norm at x. */
static void
find_pseudo(const Lbfgs *state, const double *x, const double *gradient,
			double *pseudo)
{
	size_t weights = count_weights(state);
	double l1 = state->l1;

	memcpy(pseudo, gradient, state->n * sizeof(double));
	for (size_t i = 0; i < weights; i++)
	{
		double g = gradient[i];

		if (x[i] > 0.0)
			pseudo[i] = g + l1;
		else if (x[i] < 0.0)
			pseudo[i] = g - l1;
		else if (is_bounded(state, i))
			pseudo[i] = fmin(g + l1, 0.0);
		else
			pseudo[i] = g + l1 < 0.0 ? g + l1 : g - l1 > 0.0 ? g - l1 : 0.0;
	}
	pass_hold_outputs(state->pass, pseudo);
}

const double *
orthant_gradient(Lbfgs *state, const double *x, const double *gradient)
{
	if (state->free == NULL)
		return gradient;
	find_pseudo(state, x, gradient, state->pseudo);
	return state->pseudo;
}

void
orthant_choose_free(Lbfgs *state, const double *pseudo)
{
	double norm, near;

	if (state->free == NULL)
		return;
	norm = sqrt(pass_dot(state->pass, pseudo, pseudo));
	near = fmin(NEAR, norm);
	for (size_t i = 0; i < state->n; i++)
	{
		double x = state->x[i];

		state->free[i] = !is_held(state, i) ||
						 (x == 0.0 ? pseudo[i] != 0.0
								   : fabs(x) > near || x * pseudo[i] <= 0.0);
	}
}

bool
orthant_hold(Lbfgs *state, const double *pseudo)
{
	size_t weights = count_weights(state);
	bool found = false;

	for (size_t i = 0; state->free != NULL && i < weights; i++)
		if (state->free[i] && is_held(state, i) && state->x[i] == 0.0 &&
			state->direction[i] * pseudo[i] >= 0.0)
		{
			state->free[i] = false;
			found = true;
		}
	return found;
}

void
orthant_keep(const Lbfgs *state, double *vector)
{
	if (state->free == NULL)
		return;
	for (size_t i = 0; i < state->n; i++)
		if (!state->free[i])
			vector[i] = 0.0;
}

void
orthant_restrict(Lbfgs *state)
{
	if (state->free == NULL)
		return;
	state->scaling = -1;
	for (int k = 0; k < state->pairs; k++)
	{
		int p = (state->newest + state->memory - k) % state->memory;
		double sy, yy;

		memcpy(state->scratch, state->y[p], state->n * sizeof(double));
		orthant_keep(state, state->scratch);
		sy = pass_dot(state->pass, state->s[p], state->scratch);
		yy = pass_dot(state->pass, state->y[p], state->scratch);
		state->rho[p] = sy > LEAST_CURVATURE * yy ? 1.0 / sy : 0.0;
		if (state->scaling < 0 && state->rho[p] != 0.0)
			state->scaling = p;
	}
}

/* Where each weight goes that a step takes; how much the slope promises. */
static double
take_step(Lbfgs *state, const double *pseudo, double step)
{
	double decrease = 0.0;

	for (size_t i = 0; i < state->n; i++)
	{
		double x = state->x[i];
		double sign = x != 0.0 ? x : -pseudo[i];
		double moved = x + step * state->direction[i];

		if (!state->free[i])
			moved = x * fmax(1.0 - step, 0.0); /* those near 0 */
		if (moved * sign <= 0.0 && is_held(state, i))
			moved = 0.0;
		state->next_x[i] = moved;
		decrease += pseudo[i] * (moved - x);
	}
	return decrease;
}

/* Whether the next point's subgradient is less. */
static bool
is_flatter(Lbfgs *state, const double *pseudo)
{
	double *next = state->scratch;

	find_pseudo(state, state->next_x, state->next_gradient, next);
	return pass_dot(state->pass, next, next) <
		   pass_dot(state->pass, pseudo, pseudo);
}

Status
orthant_search(Lbfgs *state, const double *pseudo, double step, bool *found,
			   Failure *failure)
{
	double noise = state->noise * fabs(state->objective);

	*found = false;
	for (int tried = 0; tried < MAX_STEPS_TRIED; tried++)
	{
		double decrease = take_step(state, pseudo, step);
		double shorter, change;
		Status status = lbfgs_evaluate(
			state, state->next_x, &state->next_data_loss,
			&state->next_objective, state->next_gradient, failure);

		if (status != LL_OK)
			return status;
		change = state->next_objective - state->objective;
		/* What promises less than rounding goes by its slope, if it can. */
		if (-decrease <= noise && change <= ROUNDING * noise &&
			is_flatter(state, pseudo))
		{
			*found = true;
			return LL_OK;
		}
		if (change <= SUFFICIENT_DECREASE * decrease + noise)
		{
			state->idle = -decrease <= noise && !state->pass->single
							  ? state->idle + 1
							  : 0;
			*found = decrease < 0.0 && state->idle < MOST_IDLE;
			return LL_OK;
		}
		/* The least of a parabola through what is known. */
		shorter = 0.5 * decrease / (decrease - change);
		if (!(shorter >= SHORTEST)) /* NaN, too */
			shorter = SHORTEST;
		step *= fmin(shorter, LONGEST);
	}
	return LL_OK;
}
