/*
 * preconditioner.h
 *		What L-BFGS starts its inverse Hessian from.
 */
#ifndef LINLEARN_CORE_SOLVE_PRECONDITIONER_H
#define LINLEARN_CORE_SOLVE_PRECONDITIONER_H

#include "core/solve/class_grams.h"

/*
 * What L-BFGS starts its inverse Hessian from: the Gram matrix of the curvatures
 * at some point, plus wd, factored; of sparse rows its diagonal, and of softmax
 * with few features a matrix for each class.
 */
typedef struct Preconditioner
{
	bool wanted; /* the problem is sparse, or large enough */
	bool ready;
	bool classwise; /* by the class's own matrices: */
	ClassGrams grams;
	Pass *solving;	  /* sparse: the solver's own */
	double *diagonal; /* [parameters], inverse; NULL: the matrix below */
	Pass pass;		  /* for Gram matrices */
	double *gram;	  /* [size][size], then its factor */
	double *gradient; /* [parameters], a by-product */
	double *column;	  /* [parameters], output major */
} Preconditioner;

extern Status preconditioner_init(Preconditioner *preconditioner, Pass *pass,
								  const SolverControl *control,
								  Failure *failure);

/*
 * Makes it anew at weights before an iteration (from 0) if that one is due.
 * The first takes a share of the rows, later ones those whose curvature counts.
 */
extern Status preconditioner_update(Preconditioner *preconditioner,
									uint32_t iteration, const double *weights,
									Failure *failure);

/*
 * Has passes over rows elsewhere bring along what an iteration will begin with, if
 * one is due.
 */
extern void preconditioner_foresee(const Preconditioner *preconditioner,
								   uint32_t iteration, Pass *pass);

/* Overwrites vector[parameters] by the inverse times it. */
extern void preconditioner_apply(const Preconditioner *preconditioner,
								 double *vector);

extern void preconditioner_release(Preconditioner *preconditioner);

#endif
