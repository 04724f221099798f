/*
 * coordinate.h
 *		A quadratic with l1 by coordinate descent on its matrix.
 *
 * Minimises
 *
 *	w' G w / 2 - r' w + wd / 2 |w|^2 + l1 |w|_1
 *
 * over all w, or over those that are not negative, or some of whose weights are
 * not (Lawson and Hanson 1974), (Friedman, Hastie and Tibshirani 2010: covariance updates).  Sweeps find which
 * weights are not 0 and their signs; given those, the rest is a linear system,
 * which is solved outright (as by Lee, Battle, Raina and Ng 2007).  A solve
 * begins at the weights of the last one, with those weights alone that the
 * sequential strong rule keeps (Tibshirani et al. 2012), and ends when the
 * conditions of the optimum hold for all.
 */
#ifndef LINLEARN_CORE_SOLVE_COORDINATE_H
#define LINLEARN_CORE_SOLVE_COORDINATE_H

#include "core/math/blas.h"

typedef struct Quadratic
{
	const Runtime *runtime;
	const Blas *blas;
	/* Whether to end a solve after a round of sweeps.  May be NULL. */
	bool (*late)(void *context);
	void *context;
	size_t size;
	const bool *bounded; /* [size] weights that may not be below 0, or NULL */
	double *gram;		 /* [size][size], whole */
	double *right;		 /* [size] r */
	double *weights;	 /* [size], in and out */
	double *residual;	 /* [size] r - G w */

	/* What the last solve found. */
	double norm; /* of the least subgradient, relative to that at weights 0 */
	uint32_t rounds;
	bool stopped;

	/* Scratch of a solve. */
	double wd;
	double l1;
	uint32_t *working; /* weights that are swept */
	size_t working_count;
	bool *is_working;
	uint32_t *support; /* weights that the factor is of */
	size_t support_count;
	double *factor; /* [room][room] */
	size_t factor_room;
	double factor_wd;
	bool tried;	   /* to factor support's matrix for factor_wd ... */
	bool factored; /* ... and could ... */
	bool damped;   /* ... with something added, as it is dependent */
	double *solution;
	size_t work; /* multiply-adds since the last look at interrupts */
} Quadratic;

/* Makes room; gram and right are zeros, and so are weights. */
extern Status quadratic_init(Quadratic *q, size_t size, const Blas *blas,
							 const Runtime *runtime, Failure *failure);

extern void quadratic_release(Quadratic *q);

/* To be called when gram is another. */
extern void quadratic_changed(Quadratic *q);

/*
 * The greatest |r|, or, of weights that may not be negative, r above 0:
 * the least l1 at which all weights are 0.
 */
extern double quadratic_largest(const Quadratic *q);

/*
 * Solves from the weights at hand, which are those for an l1 of before (or
 * infinity: no rule screens), until the norm is at most tolerance or no sweep
 * leads on.
 */
extern Status quadratic_solve(Quadratic *q, double l1, double wd,
							  double before, double tolerance,
							  Failure *failure);

#endif
