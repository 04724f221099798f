/*
 * fold_gradients.c
 *		Steps by conjugate gradients, of all folds at once.
 */
#include "core/solve/fold_gradients.h"

#include <math.h>

#include "core/solve/fold_head.h"

static void
begin_block(void *argument, size_t block)
{
	FoldState *s = argument;

	fold_state_do_columns(s, block, fold_vectors_begin,
						  fold_state_clear_sums(s, block));
}

static void
clear_rows_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	fold_margins_advance(&s->margins, at[0], at[1], NULL);
}

static void
along_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	if (runtime_interrupted(s->runtime))
		return;
	fold_entries_multiply(&s->matrix.rows, block, s->vectors.direction,
						  s->matrix.stride, s->margins.along);
	fold_margins_bend(&s->margins, at[0], at[1]);
}

static void
product_block(void *argument, size_t block)
{
	FoldState *s = argument;

	if (runtime_interrupted(s->runtime))
		return;
	fold_entries_multiply(&s->matrix.columns, block, s->margins.bent,
						  s->matrix.stride, s->vectors.product);
	fold_state_do_columns(s, block, fold_vectors_product,
						  fold_state_clear_sums(s, block));
}

static void
advance_columns_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.columns.block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	fold_vectors_advance(&v, at[1] - at[0], s->factor,
						 fold_state_clear_sums(s, block));
}

static void
advance_rows_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.rows.block + block;

	fold_margins_advance(&s->margins, at[0], at[1], s->factor);
}

static void
turn_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.columns.block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	fold_vectors_turn(&v, at[1] - at[0], s->factor);
}

static void
centre_block(void *argument, size_t block)
{
	FoldState *s = argument;
	const size_t *at = s->matrix.columns.block + block;
	FoldVectors v = fold_vectors_at(&s->vectors, at[0]);

	fold_vectors_centre(&v, at[1] - at[0], s->folds, s->outputs);
}

/* Brings a direction that the diagonal has scaled to what else scales it. */
static Status
scale_further(FoldState *s, Failure *failure)
{
	fold_head_turn(s);
	return s->centred ? fold_state_run_columns(s, centre_block, failure)
					  : LL_OK;
}

/* No step, and the first direction. */
static Status
begin_gradients(FoldState *s, Failure *failure)
{
	Status status = fold_state_run_rows(s, clear_rows_block, failure);

	if (status == LL_OK)
		status = fold_state_run_columns(s, begin_block, failure);
	fold_head_apply(s);
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		Fold *fold = &s->fold[k];

		fold->norm = fold_state_sum(s, 0, k) + fold_head_norm(s, k);
		fold->first_norm = fold->norm;
		fold->active = !fold->done && fold->norm > 0.0;
		fold->promise = 0.0;
	}
	return status == LL_OK ? scale_further(s, failure) : status;
}

/* Goes along the direction as far as the matrix says. */
static Status
advance(FoldState *s, Failure *failure)
{
	Status status = fold_state_run_rows(s, along_block, failure);

	if (status == LL_OK)
		status = fold_state_run_columns(s, product_block, failure);
	for (size_t k = 0; k < s->folds && status == LL_OK; k++)
	{
		Fold *fold = &s->fold[k];
		double alpha = fold->norm / fold_state_sum(s, 0, k);

		fold->active &= alpha > 0.0 && isfinite(alpha);
		fold_state_set_factor(s, k, fold->active ? alpha : 0.0);
		if (fold->active)
			fold->promise += 0.5 * alpha * fold->norm;
	}
	if (status == LL_OK)
		status = fold_state_run_rows(s, advance_rows_block, failure);
	return status == LL_OK
			   ? fold_state_run_columns(s, advance_columns_block, failure)
			   : status;
}

/* Chooses the next direction; *on: for a fold whose residual is still large. */
static Status
turn(FoldState *s, double tolerance, bool *on, Failure *failure)
{
	Status status = LL_OK;

	*on = false;
	fold_head_apply(s);
	for (size_t k = 0; k < s->folds; k++)
	{
		Fold *fold = &s->fold[k];
		double norm = fold_state_sum(s, 0, k) + fold_head_norm(s, k);

		fold->active &= norm > tolerance * tolerance * fold->first_norm;
		fold_state_set_factor(s, k, fold->active ? norm / fold->norm : 0.0);
		fold->norm = norm;
		*on |= fold->active;
	}
	if (*on)
		status = fold_state_run_columns(s, turn_block, failure);
	return *on && status == LL_OK ? scale_further(s, failure) : status;
}

/* Whether the time is up. */
static bool
is_late(const FoldState *s)
{
	return s->bounded && s->control->late != NULL &&
		   s->control->late(s->control->context);
}

Status
fold_gradients_find(FoldState *s, double tolerance, size_t steps,
					Failure *failure)
{
	Status status = begin_gradients(s, failure);
	bool on = true;

	for (size_t i = 0; status == LL_OK && on && i < steps; i++)
	{
		status = is_late(s) ? LL_LATE : advance(s, failure);
		if (status == LL_OK)
			status = turn(s, tolerance, &on, failure);
	}
	return status;
}
