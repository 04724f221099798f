/*
 * orthant.h
 *		L-BFGS within an orthant, for weights that l1 or a bound may hold at 0.
 *
 * Weights at 0 that nothing pulls away stay there; the others are free, and the
 * inverse Hessian is estimated for them alone, from what the pairs say of them
 * (Bertsekas 1982: two metrics; as Schmidt 2010 has it for l1).  A step ends where
 * it would leave the orthant.
 */
#ifndef LINLEARN_CORE_SOLVE_ORTHANT_H
#define LINLEARN_CORE_SOLVE_ORTHANT_H

#include "core/solve/lbfgs_state.h"

/* The subgradient of least norm; without such weights the gradient itself. */
extern const double *orthant_gradient(Lbfgs *state, const double *x,
									  const double *gradient);

/* Chooses which weights are free at x, whose pseudo-gradient is given. */
extern void orthant_choose_free(Lbfgs *state, const double *pseudo);

/*
 * Holds weights at 0 that the direction would take the wrong way; whether there
 * are any.
 */
extern bool orthant_hold(Lbfgs *state, const double *pseudo);

/* Makes rho and scaling those of the free weights. */
extern void orthant_restrict(Lbfgs *state);

/* Clears what of a vector is not of free weights. */
extern void orthant_keep(const Lbfgs *state, double *vector);

/* Backtracks along the direction, bent where it would leave the orthant of x. */
extern Status orthant_search(Lbfgs *state, const double *pseudo, double step,
							 bool *found, Failure *failure);

#endif
