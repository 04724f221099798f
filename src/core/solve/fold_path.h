/*
 * fold_path.h
 *		The wd of a loss but the squared one by cross-validation.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_PATH_H
#define LINLEARN_CORE_SOLVE_FOLD_PATH_H

#include "core/model/l1_path.h"
#include "core/model/wd_path.h"
#include "core/rows/normalizer.h"
#include "core/solve/solver.h"

/* Folds of an internal cross-validation whose points are passes over rows ... */
#define PATH_FOLDS 5
/* ... and of one by their sums. */
#define SUM_FOLDS 10
#define FOLDS_MOST SUM_FOLDS

/* The rows of a cross-validation, arrival numbers in canonical order. */
typedef struct FoldRows
{
	uint32_t count; /* of folds */
	/* By time fold k learns from what fold k - 1 learns from and holds out, else
	 * from what it does not hold out. */
	FoldKey key;
	uint32_t *row; /* all of them */
	size_t row_count;
	uint32_t *learned[FOLDS_MOST]; /* rows that fold k is learned from ... */
	size_t learned_count[FOLDS_MOST];
	uint32_t *held[FOLDS_MOST]; /* ... and judged on */
	size_t held_count[FOLDS_MOST];
	/* Of the rows that fold k is learned from; scale NULL: as the problem's. */
	Normalizer normalizer[FOLDS_MOST];
	/* So many standard errors less wd, or an l1 for it, has to gain; 0: any. */
	double caution;
} FoldRows;

/*
 * Solves each fold along a falling path of wd from a first one on, each point
 * beginning where the last ended, until the mean loss of the rows held out has
 * left its least behind or control's late() says so, and fills path's points and
 * chosen, in the target's units.  sparse, unless it is NULL, is filled if its best
 * loses clearly less than that (fold_l1.h); held, unless it is NULL, with the folds'
 * losses at the best wd.  problem's selection and wd do not matter;
 * control says optimizer, threads and limits.
 */
extern Status fold_path_walk(const SolverProblem *problem,
							 const SolverControl *control,
							 const FoldRows *folds, double first_wd,
							 WdPath *path, L1Path *sparse,
							 struct FoldLosses *held, Failure *failure);

#endif
