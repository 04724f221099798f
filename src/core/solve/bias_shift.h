/*
 * bias_shift.h
 *		What L-BFGS starts its inverse Hessian from where features have means.
 *
 * Features whose means are not 0, as flags that are left as they are, all pull at
 * the bias, which takes more pairs of steps to tell than there are.  Biases that
 * move with the weights, so that margins keep their means, know nothing of that.
 */
#ifndef LINLEARN_CORE_SOLVE_BIAS_SHIFT_H
#define LINLEARN_CORE_SOLVE_BIAS_SHIFT_H

#include "core/solve/lbfgs_state.h"

/*
 * Sees by a step of the biases how the weights' gradients move with theirs, at x
 * whose gradient is known; nothing where a matrix tells it, or a pass is dear.
 */
extern Status bias_shift_find(Lbfgs *state, Failure *failure);

/* Multiplies by that inverse Hessian, of free weights. */
extern void bias_shift_apply(const Lbfgs *state, double *vector);

#endif
