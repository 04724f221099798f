/*
 * fold_margins.h
 *		The losses of sparse rows by the margins of all folds at once.
 *
 * Margins are [rows][stride], a lane for each output of each fold (fold_matrix.h).
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_MARGINS_H
#define LINLEARN_CORE_SOLVE_FOLD_MARGINS_H

#include "core/solve/fold_curve.h"

typedef struct FoldMargins
{
	const SolverProblem *problem;
	size_t folds;
	size_t outputs;
	size_t stride;
	LossBatch batch; /* of all rows */
	LossParameters parameters[FOLDS_MOST];
	int16_t model_fold[FOLDS_MOST];
	float *target; /* [rows] */
	float *weight;
	int16_t *row_fold; /* negative: learned from by all */

	/* [rows][stride]: at the weights, along a step from there, along a direction,
	 * and what that is with the second derivatives. */
	float *margin;
	float *moved;
	float *along;
	float *bent;
	float *slope; /* first derivatives, weighted */
	/* second ones; of several outputs each class's weighted probability */
	float *curvature;
} FoldMargins;

/*
 * Labels, weights and offsets of rows, and the fold that holds each out; whole is
 * as fold_state_open() takes it.
 */
extern Status fold_margins_make(FoldMargins *margins,
								const SolverProblem *problem,
								const Runtime *runtime, const FoldRows *folds,
								const uint32_t *whole, size_t count,
								size_t stride, Failure *failure);

extern void fold_margins_release(FoldMargins *margins, const Runtime *runtime);

/*
 * Of rows [first, end): slopes at margin + part moved of each lane, adding losses
 * and weights of the rows that folds learn from to loss[folds] and weight[folds].
 */
extern void fold_margins_try(const FoldMargins *margins, size_t first,
							 size_t end, const float *part, double *loss,
							 double *weight);

/* Goes there; slopes and second derivatives times a factor of each lane. */
extern void fold_margins_move(const FoldMargins *margins, size_t first,
							  size_t end, const float *part,
							  const float *factor);

/* The losses and weights of the rows that folds hold out. */
extern void fold_margins_judge(const FoldMargins *margins, size_t first,
							   size_t end, double *loss, double *weight);

/* bent = along with the second derivatives. */
extern void fold_margins_bend(const FoldMargins *margins, size_t first,
							  size_t end);

/* bent = the second derivatives by each margin alone. */
extern void fold_margins_spread(const FoldMargins *margins, size_t first,
								size_t end);

/* moved += alpha along, or = 0 where there is no alpha. */
extern void fold_margins_advance(const FoldMargins *margins, size_t first,
								 size_t end, const float *alpha);

#endif
