/*
 * fold_gradients.h
 *		Steps by conjugate gradients, of all folds at once.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_GRADIENTS_H
#define LINLEARN_CORE_SOLVE_FOLD_GRADIENTS_H

#include "core/solve/fold_state.h"

/*
 * Finds a step for each fold that is not done, until this part of its gradient's
 * scaled norm is left or so many directions were gone, and what it promises to gain
 * there.  Margins' moved goes with it.
 */
extern Status fold_gradients_find(FoldState *state, double tolerance,
								  size_t steps, Failure *failure);

#endif
