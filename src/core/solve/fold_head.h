/*
 * fold_head.h
 *		What conjugate gradients are scaled by where many rows have features in
 *		common: the matrix of the most frequent features and the bias, factored.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_HEAD_H
#define LINLEARN_CORE_SOLVE_FOLD_HEAD_H

#include "core/solve/fold_state.h"

/* Features, and the bias, at most. */
#define FOLD_HEAD_PLACES 32

/* Room for the matrix, which is not there yet. */
extern Status fold_head_open(FoldState *state, Failure *failure);

extern void fold_head_close(FoldState *state);

/* Makes it of the second derivatives that margins' bent has, if it has a factor. */
extern Status fold_head_make(FoldState *state, Failure *failure);

/* Scales the residuals, if it is there. */
extern void fold_head_apply(FoldState *state);

/* What a fold's scaled norm is more by that. */
extern double fold_head_norm(const FoldState *state, size_t fold);

/* Adds what is more to the direction. */
extern void fold_head_turn(FoldState *state);

/*
 * sums[lanes][places][places] += factor[lane] values values^T, those rows of it
 * whose places are listed: a row's part of the matrix.
 */
extern void fold_head_add_products(const float *values, const size_t *places,
								   size_t count, const float *factor,
								   size_t lanes, float *sums);

#endif
