/*
 * fold_scale.h
 *		Sums of a fold's rows in its own scales.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_SCALE_H
#define LINLEARN_CORE_SOLVE_FOLD_SCALE_H

#include "core/solve/fold_path.h"

/* A fold's own scale of a feature, of the problem's. */
extern double fold_scale(const SolverProblem *problem, const FoldRows *folds,
						 size_t fold, size_t feature);

/*
 * Brings sums [d + 2][d + 2] of normalised features, 1 and target, lower triangle,
 * from a problem's scales to a fold's own, if there is such a fold.
 */
extern void fold_scale_sums(const SolverProblem *problem,
							const FoldRows *folds, size_t fold, double *sums);

/* Brings weights [d] back. */
extern void fold_scale_weights(const SolverProblem *problem,
							   const FoldRows *folds, size_t fold,
							   double *weights);

#endif
