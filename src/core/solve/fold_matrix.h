/*
 * fold_matrix.h
 *		The sparse rows of a cross-validation, packed for products that do all
 *		folds at once.
 *
 * Features are numbered anew, frequent ones first.  Those of one row alone become
 * one feature of that row, as long as they all are: of them wd leaves nothing but
 * what lies along the row.  Entries lie both by rows and by features, so that each
 * sum is written by one task, and any number of threads gives the same bits.
 *
 * A vector is [columns][stride] and margins are [rows][stride]: a lane for each
 * output of each fold, and zeros up to 1, 4 or a multiple of FOLD_LANES.  The last
 * column is 1, the biases', if there are any.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_MATRIX_H
#define LINLEARN_CORE_SOLVE_FOLD_MATRIX_H

#include "core/solve/solver.h"

#define FOLD_LANES 8
#define FOLD_FEW_LANES 4
#define FOLD_MANY_LANES 16
/* The column of a feature that no row has, or that is not learned. */
#define FOLD_NOWHERE UINT32_MAX

/* One of the two ways in which entries lie. */
typedef struct FoldEntries
{
	size_t count;	 /* of rows, or of columns */
	size_t *start;	 /* [count + 1] */
	uint32_t *index; /* columns of a row, or rows of a column */
	float *value;
	size_t blocks;
	size_t *block; /* [blocks + 1]: where the blocks of tasks begin */
} FoldEntries;

typedef struct FoldMatrix
{
	const Runtime *runtime;
	size_t stride;
	double unit; /* what features are multiplied by, a power of two */
	bool has_bias;
	uint32_t *column; /* [dimension] of each feature, or FOLD_NOWHERE */
	float *share; /* [dimension] its value in that column, over the column's */
	FoldEntries rows;
	FoldEntries columns;
} FoldMatrix;

/*
 * Packs rows (arrival numbers) of a problem for so many lanes, times the features'
 * inverse deviations, and a unit that keeps squares within floats.
 */
extern Status fold_matrix_make(FoldMatrix *matrix,
							   const SolverProblem *problem,
							   const Runtime *runtime, const uint32_t *rows,
							   size_t count, size_t lanes, Failure *failure);

extern void fold_matrix_release(FoldMatrix *matrix);

/*
 * One block of a product: of the rows with a vector, margins, or of the columns
 * with margins, a vector; or the latter with the entries' squares.
 */
extern void fold_entries_multiply(const FoldEntries *entries, size_t block,
								  const float *in, size_t stride, float *out);
extern void fold_entries_multiply_squares(const FoldEntries *entries,
										  size_t block, const float *in,
										  size_t stride, float *out);

#endif
