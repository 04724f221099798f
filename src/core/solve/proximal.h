/*
 * proximal.h
 *		Newton's method with l1 (Lee, Sun and Saunders 2014): each step minimises
 *		the quadratic model with l1 by coordinate descent, or without by Cholesky's
 *		factor.  Of squared loss the model is the loss itself, and one step is all.
 */
#ifndef LINLEARN_CORE_SOLVE_PROXIMAL_H
#define LINLEARN_CORE_SOLVE_PROXIMAL_H

#include "core/solve/coordinate.h"
#include "core/solve/pass.h"

typedef struct Proximal
{
	Pass *pass;
	const SolverControl *control;
	Quadratic model;
	size_t n;		/* features and bias */
	size_t size;	/* of matrix */
	double *matrix; /* of squared loss the sums, elsewhere */
	bool has_matrix;
	double fast;  /* it is kept while the gradient falls to this share */
	bool reduced; /* the model's is of it, for this wd of the bias */
	double reduced_wd;
	double *factor; /* [n][n] of it and wd's; made where there is no l1 */
	bool factored;
	double factor_wd;
	double before; /* an l1 that the weights are the optimum for */
	bool measured; /* what is below is of the weights, for this wd */
	double penalty_wd;
	double *right;
	double *gradient; /* of the objective but for l1 */
	double *next_gradient;
	double *direction;
	double *next;
	double zero_norm; /* what norms are relative to */
	double data_loss;
	double objective; /* with l1 */
} Proximal;

/*
 * A path of solves of any other loss: penalties are those of the pass's problem,
 * which may change from point to point.
 */
extern Status proximal_begin(Proximal *p, Pass *pass,
							 const SolverControl *control, Failure *failure);
extern void proximal_end(Proximal *p);

/*
 * The norm at zero weights that others are relative to, unless the control has it;
 * zero: weights are, and what is found of them is kept.
 */
extern Status proximal_start(Proximal *p, bool zero, Failure *failure);

/* Forgets what is known of the weights, which are others. */
extern void proximal_restart(Proximal *p);

/*
 * The bias alone, which takes an l1 that no weight withstands, and the greatest
 * gradient of a feature there.  To be called first.
 */
extern Status proximal_constant(Proximal *p, double *weights, double *largest,
								Failure *failure);

/* Goes on from weights to the optimum. */
extern Status proximal_point(Proximal *p, double *weights, double tolerance,
							 SolverResult *result, Failure *failure);

/*
 * Weights in and out, feature major, of a loss with one margin that has a second
 * derivative; of squared loss the pass sums the target as well, as for an exact
 * solve, and shares those sums.
 */
extern Status proximal_solve(Pass *pass, const SolverControl *control,
							 double *weights, SolverResult *result,
							 Failure *failure);

/*
 * Takes the bias, which no l1 holds, out of a model's matrix[size][size], lower
 * triangle, of features and bias, and its right[dimension + 1]: q is then of the
 * features alone.  bias is the weight of a bias that is not learned.
 */
extern void proximal_reduce(const SolverProblem *problem, const double *matrix,
							size_t size, const double *right, double bias,
							Quadratic *q);

/* The bias that goes with q's weights. */
extern double proximal_bias(const SolverProblem *problem, const double *matrix,
							size_t size, const double *right, double bias,
							const Quadratic *q);

#endif
