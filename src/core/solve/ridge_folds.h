/*
 * ridge_folds.h
 *		What ridge regression loses on rows that it has not learned from, at every
 *		wd, from the Gram sums of each fold.
 */
#ifndef LINLEARN_CORE_SOLVE_RIDGE_FOLDS_H
#define LINLEARN_CORE_SOLVE_RIDGE_FOLDS_H

#include "core/solve/fold_curve.h"

/* One fold's solutions, and the rows that it holds out, about the learned means. */
typedef struct RidgeFold
{
	double *vectors;   /* [m][m] of the learned rows' matrix ... */
	double *value;	   /* [m] its eigenvalues, 0 where absent */
	double *product;   /* [m] of each eigenvector with the target's products */
	double *held;	   /* [m][m] mean products of the features held out ... */
	double *held_with; /* [m] ... with the target ... */
	double target;	   /* ... and of the target with itself */
	double *scale;	   /* [m] the fold's own scales, of the held products' */
} RidgeFold;

typedef struct RidgeFolds
{
	const Runtime *runtime;
	size_t size; /* m, features that are learned */
	uint32_t count;
	RidgeFold fold[FOLDS_MOST];
	double *weights; /* [m] of one fold at one wd */
} RidgeFolds;

/* Widest rows that it does for: their eigenvectors take some tenths of a second. */
#define RIDGE_FOLDS_MAX_DIMENSION 384

/* Sums up and decomposes; problem's selection does not matter. */
extern Status ridge_folds_make(const SolverProblem *problem,
							   const SolverControl *control,
							   const FoldRows *rows, RidgeFolds *folds,
							   Failure *failure);

extern void ridge_folds_release(RidgeFolds *folds);

/*
 * Half the mean squares of the residuals of the rows held out, in the normalised
 * target's unit.
 */
extern void ridge_folds_judge(const RidgeFolds *folds, double wd,
							  FoldLosses *losses);

#endif
