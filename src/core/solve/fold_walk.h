/*
 * fold_walk.h
 *		The folds of a cross-validation, solved and judged at one penalty after
 *		another.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_WALK_H
#define LINLEARN_CORE_SOLVE_FOLD_WALK_H

#include "core/solve/fold_dense.h"
#include "core/solve/fold_kept.h"
#include "core/solve/fold_newton.h"

/* The walk over the rows of all folds, beside those of the folds. */
#define FOLD_WHOLE PATH_FOLDS

typedef struct FoldWalk
{
	SolverProblem problem; /* of the fold and the point at work */
	const double *mean;	   /* of features of all rows, as a problem's ... */
	const double *inverse_deviation;
	const SolverControl *control;
	SolverControl own; /* tolerance and limits of a point */
	const SolverProblem *given;
	const FoldRows *given_folds;
	const FoldRows *folds; /* those, or by the matrix's rows */
	FoldDense dense; /* what passes read; of zeros: the rows as they are */
	bool spanned;	 /* it is in coordinates of the rows' span */
	size_t parameters;
	FoldState *together; /* solves all folds at once; NULL: one by one */
	bool keeps; /* solves one by one go on from what the last ones found */
	FoldKept *kept[FOLD_WHOLE + 1];
	double *weights[FOLD_WHOLE + 1]; /* feature major, as in passes; or NULL */
	double *gradient;				 /* scratch */
	double learned_loss; /* the folds' largest, of the rows they learn from */
	uint32_t *listed;	 /* rows of all folds ... */
	const uint32_t *whole; /* ... or by the matrix's rows */
	size_t whole_count;
	double zero_norm[FOLD_WHOLE + 1]; /* as a control's; 0: of zero weights */
} FoldWalk;

/* Makes ready what all points share, at zero weights. */
extern Status fold_walk_begin(FoldWalk *walk, const SolverProblem *problem,
							  const SolverControl *control,
							  const FoldRows *folds, Failure *failure);

/* Zero weights once more, from which folds are solved one by one, for an l1. */
extern Status fold_walk_restart(FoldWalk *walk, Failure *failure);

/*
 * One fold's weights, or those of all rows, at the problem's penalties from those
 * they have.
 */
extern Status fold_walk_solve(FoldWalk *walk, size_t fold, Failure *failure);

/* The gradient of the loss at a fold's weights and rows, into walk's. */
extern Status fold_walk_gradient(FoldWalk *walk, size_t fold,
								 Failure *failure);

/* Solves and judges all folds at some penalties; *late: the time is up before. */
extern Status fold_walk_judge(FoldWalk *walk, double l1, double wd,
							  FoldLosses *losses, bool *late,
							  Failure *failure);

extern void fold_walk_end(FoldWalk *walk);

#endif
