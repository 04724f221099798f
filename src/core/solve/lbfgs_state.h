/*
 * lbfgs_state.h
 *		Where an L-BFGS solve is, for its parts.
 */
#ifndef LINLEARN_CORE_SOLVE_LBFGS_STATE_H
#define LINLEARN_CORE_SOLVE_LBFGS_STATE_H

#include "core/solve/nearness.h"
#include "core/solve/preconditioner.h"

/* Pairs kept, at most: of rows elsewhere, whose passes cost more than pairs do. */
#define LBFGS_PAIRS 100
/* Of more weights fewer pairs are kept, to a tolerance that is less fine. */
#define LBFGS_MANY_WEIGHTS 10000

typedef struct Lbfgs
{
	Pass *pass;
	Preconditioner preconditioner;
	size_t n;
	double l1;
	double noise; /* relative rounding error of an objective */
	double *x;
	double *gradient; /* of the smooth part */
	double *direction;
	double *next_x;
	double *next_gradient;
	double *pseudo; /* l1: minimum-norm subgradient */
	double *scratch;
	bool *free; /* held weights: which a step moves by the estimate; or NULL */
	double *shift; /* [n] means of features, of each output; or NULL */
	int memory;	   /* pairs kept */
	double *s[LBFGS_PAIRS];
	double *y[LBFGS_PAIRS];
	double rho
		[LBFGS_PAIRS]; /* 1 / s y; held weights: of those at liberty, 0: none */
	int pairs;
	int newest;
	int scaling; /* the pair that the estimate's first matrix fits; -1: none */
	double data_loss;
	double objective; /* with the l1 term */
	double next_data_loss;
	double next_objective;
	int idle;	/* held weights: steps in a row that rounding may have made */
	double gap; /* of a rounded loss */
	bool to_be_near; /* it ends where little is left of the objective */
	Nearness nearness;
} Lbfgs;

/* Allocates the state's vectors, and gives them back. */
extern bool lbfgs_open(Lbfgs *state, Pass *pass);
extern void lbfgs_close(Lbfgs *state);

/* Goes on in doubles from x. */
extern Status lbfgs_refine(Lbfgs *state, Failure *failure);

/* Objective and smooth gradient at x. */
extern Status lbfgs_evaluate(Lbfgs *state, const double *x, double *data_loss,
							 double *objective, double *gradient,
							 Failure *failure);

#endif
