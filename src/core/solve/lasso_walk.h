/*
 * lasso_walk.h
 *		What the walks down a path of l1 share.  For the path's files, not for others.
 */
#ifndef LINLEARN_CORE_SOLVE_LASSO_WALK_H
#define LINLEARN_CORE_SOLVE_LASSO_WALK_H

#include "core/solve/lasso_path.h"
#include "core/solve/proximal.h"

/* The walk over all rows, beside those of the folds. */
#define LASSO_WHOLE FOLDS_MOST
#define LASSO_WALKS (FOLDS_MOST + 1)
/* The rows that all folds learn from, beside those that they hold out. */
#define LASSO_COMMON FOLDS_MOST
#define LASSO_PARTS (FOLDS_MOST + 1)

typedef struct LassoWalk LassoWalk;

/* One of the walks of squared loss. */
typedef struct LassoSquares
{
	LassoWalk *walk;
	Quadratic q;
	double *learned; /* [size][size] sums that it learns from */
	double *weights; /* [size] with the bias, and -1 of the target */
	double *right;
	double before; /* the last point's l1; 0: there is none */
	Status status;
	Failure failure;
} LassoSquares;

/* One of those of another loss. */
typedef struct LassoCurved
{
	SolverControl control;
	SolverProblem problem; /* its penalties are those of the point */
	SolverProblem held_problem;
	Pass pass; /* over what it learns from ... */
	Pass held; /* ... and is judged on */
	Proximal p;
	double *weights;
	double *gradient; /* scratch */
	Status status;
	Failure failure;
} LassoCurved;

struct LassoWalk
{
	SolverProblem problem; /* its penalties are those of the point */
	const SolverControl *control;
	SolverControl own;
	const FoldRows *folds;
	L1Path *path;
	double whole; /* penalties of all rows, of those of the folds */
	size_t size;  /* of sums: features, 1, target */
	double loss[FOLDS_MOST][L1_PATH_POINTS];
	uint32_t reached[LASSO_WALKS];	   /* points that a walk has done */
	uint32_t until;					   /* the point that walks go to before */
	LassoSquares squares[LASSO_WALKS]; /* of the folds, and of all rows */
	LassoCurved curved[LASSO_WALKS];   /* likewise */
	double *parts
		[LASSO_PARTS]; /* [size][size] sums of what folds hold out, and LASSO_COMMON */
	double part_weight[LASSO_PARTS];
};

/* Whether there is a walk of a number: folds may be fewer. */
extern bool lasso_is_walked(const LassoWalk *walk, size_t index);

extern bool lasso_is_late(const LassoWalk *walk);

/* Writes the penalties down, from the greatest gradient at no weights on. */
extern void lasso_lay_out(L1Path *path, double largest, size_t rows,
						  size_t features);

/* A walk's penalties of a point: the first leaves exactly nothing. */
extern void lasso_set_penalties(const LassoWalk *walk, size_t index,
								uint32_t point, double *l1, double *wd);

/* How many weights are not 0. */
extern uint32_t lasso_count_weights(const double *weights, size_t count);

/* What a point's folds lose. */
extern FoldLosses lasso_losses_at(const LassoWalk *walk, uint32_t point);

#endif
