/*
 * class_grams.h
 *		The second derivatives of softmax loss by each class's weights.
 */
#ifndef LINLEARN_CORE_SOLVE_CLASS_GRAMS_H
#define LINLEARN_CORE_SOLVE_CLASS_GRAMS_H

#include "core/solve/pass.h"

/*
 * Of class k the Gram matrix sum_i w_i p_ik (1 - p_ik) x_i x_i^T, so that classes
 * of any frequency get steps of their own, which one matrix for all does not give
 * them; what two classes have in common is left out.
 */
typedef struct ClassGrams
{
	Pass pass;	   /* in float */
	size_t width;  /* of a matrix: the features, and 1 for the bias */
	float *scaled; /* [lanes][tile rows][width] */
	float *sums;   /* [lanes][classes][width][width] */
	double *grams; /* [classes][width][width], then factors, lower triangle */
	double *gradient; /* a by-product */
	double *column;	  /* [width] */
	double *common;	  /* [width] steps of all classes alike */
} ClassGrams;

/* Whether making them takes no longer than the passes that they save. */
extern bool class_grams_pay(const Pass *solving);

extern Status class_grams_init(ClassGrams *grams, const SolverProblem *problem,
							   const SolverControl *control, Failure *failure);

/*
 * Makes them at weights, adds penalties and damping, relative to a matrix's mean
 * diagonal, and factors them; *definite tells whether they are.
 */
extern Status class_grams_update(ClassGrams *grams, const double *weights,
								 double damping, bool *definite,
								 Failure *failure);

/* Overwrites vector[parameters] by the inverse times it. */
extern void class_grams_solve(const ClassGrams *grams, double *vector);

extern void class_grams_release(ClassGrams *grams);

#endif
