/*
 * fold_state.h
 *		Where a solve of sparse rows by conjugate gradients is, of one fold or of
 *		several at once, for its parts.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_STATE_H
#define LINLEARN_CORE_SOLVE_FOLD_STATE_H

#include "core/solve/fold_margins.h"
#include "core/solve/fold_matrix.h"
#include "core/solve/fold_vectors.h"

typedef struct Fold
{
	double loss; /* mean, of the rows that it learns from */
	double tried_loss;
	double weight;	/* of those rows */
	double penalty; /* wd x^2 / 2, and how it goes along a step */
	double penalty_slope;
	double penalty_bend;
	double promise; /* what a step gains by the matrix */
	double norm;	/* residual scale residual, and before any step */
	double first_norm;
	double part; /* of the step that is taken */
	bool done;
	bool active;  /* in the conjugate gradients */
	bool settled; /* the line search */
} Fold;

/*
 * The matrix of the most frequent features and the bias, which conjugate gradients
 * are scaled by in the place of its diagonal (fold_head.h).
 */
typedef struct FoldHead
{
	bool ready;		/* it is there, and used */
	size_t columns; /* the first ones, and the bias as the last place */
	float *sums;	/* [parts][lanes][places][places], lower triangles */
	double *factor; /* [lanes][places][places] */
	double *more; /* [lanes][places] than the diagonal gives of the residual */
} FoldHead;

typedef struct FoldState
{
	SolverProblem problem;
	const SolverControl *control;
	const Runtime *runtime;
	ThreadPool *pool;
	bool bounded; /* control's late() ends conjugate gradients, by LL_LATE */
	FoldMatrix matrix;
	FoldMargins margins;
	FoldVectors vectors;
	FoldHead head;
	bool centred; /* a column's classes sum up to 0, wherever it goes */
	size_t folds;
	size_t outputs;
	double wd;		/* of features in the matrix's unit ... */
	double bias_wd; /* ... and of biases */
	Fold fold[FOLDS_MOST];
	float *factor; /* [stride]: a fold's number, for each of its lanes */
	float *mean;   /* [stride]: 1 / weight */
	double *sums;  /* [blocks][BLOCK_SUMS][stride] */
	bool started;
} FoldState;

/*
 * Makes ready at zero weights.  whole lists the rows of all folds, those that the
 * last holds out at its end, and else in the order of the folds' lists.
 */
extern Status fold_state_open(FoldState **state, const SolverProblem *problem,
							  const SolverControl *control,
							  const FoldRows *folds, const uint32_t *whole,
							  size_t count, Failure *failure);

extern void fold_state_close(FoldState *state);

/* Takes a wd, and that of biases, in the matrix's unit. */
extern void fold_state_take_wd(FoldState *state, double wd);

/* A task's block of rows or of columns. */
typedef void (*FoldTask)(void *state, size_t block);

extern Status fold_state_run_rows(FoldState *state, FoldTask task,
								  Failure *failure);
extern Status fold_state_run_columns(FoldState *state, FoldTask task,
									 Failure *failure);

/* A block's sums, cleared. */
extern double *fold_state_clear_sums(const FoldState *state, size_t block);

/* Adds the blocks' sums for a fold's lanes up, of columns, or for one lane of rows. */
extern double fold_state_sum(const FoldState *state, size_t which,
							 size_t fold);
extern double fold_state_sum_rows(const FoldState *state, size_t which,
								  size_t fold);

/* Gives a fold's lanes its number. */
extern void fold_state_set_factor(FoldState *state, size_t fold, double value);

typedef void (*FoldKernel)(const FoldVectors *v, size_t columns, float wd,
						   double *sums);

/* Does something to a block's columns, the biases with a wd of their own. */
extern void fold_state_do_columns(const FoldState *state, size_t block,
								  FoldKernel kernel, double *sums);

#endif
