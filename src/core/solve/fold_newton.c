/*
 * fold_newton.c
 *		Folds of sparse rows solved together.
 *
 * Margins move with the weights, so that a step is tried, a path goes on and rows
 * held out are judged without a product; a product each is for what conjugate
 * gradients ask, and for the gradient and the diagonal that scales them.
 */
#include "core/solve/fold_newton.h"

#include <math.h>

#include "core/solve/fold_gradients.h"

#define NEWTON_STEPS 30
#define CG_STEPS 100
/* Conjugate gradients end at this part of the gradient's scaled norm. */
#define CG_TOLERANCE 0.1
#define MAX_HALVINGS 10
#define SUFFICIENT_DECREASE 1e-4
/* Rounding of a mean of floats, relative. */
#define NOISE 1e-6

bool
fold_newton_suits(const SolverProblem *problem)
{
	const LossDescriptor *loss = &loss_table[problem->loss];

	return problem->rows->format == ROWS_SPARSE &&
		   problem->rows->shards == NULL && problem->bounded == NULL &&
		   problem->held_outputs == NULL && !loss->kinked &&
		   !loss->goes_flat &&
		   (problem->loss == LOSS_SOFTMAX || problem->outputs == 1);
}

/* ---- Losses ---- */

static void
try_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;
	double *sums = fold_state_clear_sums(s, block);

	if (!runtime_interrupted(s->runtime))
		fold_margins_try(&s->margins, at[0], at[1], s->factor, sums,
						 sums + s->matrix.stride);
}

static void
judge_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;
	double *sums = fold_state_clear_sums(s, block);

	if (!runtime_interrupted(s->runtime))
		fold_margins_judge(&s->margins, at[0], at[1], sums,
						   sums + s->matrix.stride);
}

static void
move_rows_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	if (runtime_interrupted(s->runtime))
		return;
	fold_margins_move(&s->margins, at[0], at[1], s->factor, s->mean);
	fold_margins_spread(&s->margins, at[0], at[1]);
}

static void
move_columns_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const FoldEntries *columns = &s->matrix.columns;
	const size_t *at = columns->block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	if (runtime_interrupted(s->runtime))
		return;
	fold_vectors_move(&v, at[1] - at[0], s->factor);
	fold_entries_multiply(columns, block, s->margins.slope, v.stride,
						  s->vectors.gradient);
	fold_entries_multiply_squares(columns, block, s->margins.bent, v.stride,
								  s->vectors.diagonal);
}

/* A mean loss that blocks of rows have summed, and the weight. */
static double
mean_loss(const FoldState *s, size_t fold, double *weight)
{
	*weight = fold_state_sum_rows(s, 1, fold);
	*weight = *weight > 0.0 ? *weight : 1.0;
	return fold_state_sum_rows(s, 0, fold) / *weight;
}

/* Goes to the margins tried, and makes gradient and diagonal there. */
static Status
move(FoldState *s, Failure *failure)
{
	Status status;

	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];

		fold->loss = fold->tried_loss;
		for (size_t o = 0; o < s->outputs; o++)
			s->mean[k * s->outputs + o] = (float) (1.0 / fold->weight);
	}
	status = fold_state_run_rows(s, move_rows_block, failure);
	return status == LL_OK
			   ? fold_state_run_columns(s, move_columns_block, failure)
			   : status;
}

/* ---- The line search ---- */

static void
penalty_block(void *argument, size_t block)
{
	FoldState *s = argument;

	fold_state_do_columns(s, block, fold_vectors_penalty,
						  fold_state_clear_sums(s, block));
}

static Status
sum_penalties(FoldState *s, Failure *failure)
{
	Status status = fold_state_run_columns(s, penalty_block, failure);

	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		s->fold[k].penalty = fold_state_sum(s, 0, k);
		s->fold[k].penalty_slope = fold_state_sum(s, 1, k);
		s->fold[k].penalty_bend = fold_state_sum(s, 2, k);
	}
	return status;
}

/* Takes the losses just tried; whether all folds' steps are settled. */
static bool
take_tried(FoldState *s, bool last)
{
	bool all = true;

	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];
		double part = fold->part;
		double objective = fold->loss + fold->penalty, limit, next;

		fold->tried_loss = mean_loss(s, k, &fold->weight);
		next = fold->tried_loss + fold->penalty + part * fold->penalty_slope +
			   part * part * fold->penalty_bend;
		/* The slope along a step of conjugate gradients is twice its promise. */
		limit = objective - SUFFICIENT_DECREASE * 2.0 * part * fold->promise +
				NOISE * fabs(objective);
		fold->settled = !s->started || part == 0.0 || next <= limit;
		if (!fold->settled)
			fold->part = last ? 0.0 : 0.5 * part;
		all &= fold->settled;
	}
	return all;
}

/* Tries steps until each fold's lowers its objective, and goes there. */
static Status
take_step(FoldState *s, Failure *failure)
{
	Status status = sum_penalties(s, failure);
	bool all = false;

	for (int i = 0; status == LL_OK && !all; i++)
	{
		for (size_t k = 0; k < s->folds; k++)
			fold_state_set_factor(s, k, s->fold[k].part);
		status = fold_state_run_rows(s, try_block, failure);
		all = status == LL_OK && take_tried(s, i >= MAX_HALVINGS);
	}
	return status == LL_OK ? move(s, failure) : status;
}

/* ---- Solving ---- */

/* Losses and derivatives at no weights. */
static Status
start(FoldState *s, Failure *failure)
{
	Status status;

	for (size_t k = 0; k < s->folds; k++)
		s->fold[k].part = 0.0;
	status = take_step(s, failure);
	s->started = true;
	return status;
}

static Status
solve(FoldState *s, double tolerance, Failure *failure)
{
	Status status = s->started ? LL_OK : start(s, failure);
	bool all = false;

	for (size_t k = 0; k < s->folds; k++)
		s->fold[k].done = false;
	for (int i = 0; status == LL_OK && !all && i < NEWTON_STEPS; i++)
	{
		status = fold_gradients_find(s, CG_TOLERANCE, CG_STEPS, failure);
		for (size_t k = 0; k < s->folds; k++)
			s->fold[k].part = s->fold[k].promise > 0.0 ? 1.0 : 0.0;
		if (status == LL_OK)
			status = take_step(s, failure);
		all = true;
		for (size_t k = 0; k < s->folds; k++)
		{
			Fold *fold = &s->fold[k];

			/* No part of a step: rounding hides what it would gain. */
			fold->done |=
				fold->part == 0.0 ||
				(fold->part == 1.0 &&
				 fold->promise <= tolerance * (fold->loss + fold->penalty));
			all &= fold->done;
		}
	}
	return status;
}

Status
fold_newton_judge(FoldState *s, double wd, double tolerance,
				  FoldLosses *losses, Failure *failure)
{
	double weight;
	Status status;

	fold_state_take_wd(s, wd);
	status = solve(s, tolerance, failure);
	if (status == LL_OK)
		status = fold_state_run_rows(s, judge_block, failure);
	*losses = (FoldLosses){.count = (uint32_t) s->folds};
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
		losses->of[k] = mean_loss(s, k, &weight);
	fold_losses_sum(losses);
	return status;
}
