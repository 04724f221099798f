/*
 * row_matrix.h
 *		Dense rows normalised once, where many passes read them.
 *
 * A pass normalises each row anew into a tile of its own, which takes longer than
 * the tile's products.  Here rows lie as a tile has them, one after the other, so
 * that a pass in the matrix's own type multiplies them where they are.
 */
#ifndef LINLEARN_CORE_SOLVE_ROW_MATRIX_H
#define LINLEARN_CORE_SOLVE_ROW_MATRIX_H

#include "core/solve/solver.h"

typedef struct RowMatrix
{
	Rows rows; /* in the matrix's order */
	void *memory;
	SolverProblem problem; /* of those, without a selection */
} RowMatrix;

/* Elements from one row of a matrix, or of a tile, to the next. */
static inline size_t
row_matrix_stride(size_t dimension)
{
	return (dimension + 2 + 15) / 16 * 16;
}

/* Whether so many rows of a problem can be a matrix, whose memory is bounded. */
extern bool row_matrix_serves(const SolverProblem *problem, size_t count,
							  bool single);

/* Whether rows are so wide that any pass takes less time of a matrix. */
extern bool row_matrix_is_wide(const SolverProblem *problem);

/*
 * Makes the rows of an order, which are not in a file, floats or doubles: row i of
 * the matrix is order[i].
 */
extern Status row_matrix_make(const SolverProblem *problem,
							  const SolverControl *control,
							  const uint32_t *order, size_t count, bool single,
							  RowMatrix *matrix, Failure *failure);

/* Gives it back; one of zeros is none. */
extern void row_matrix_release(RowMatrix *matrix);

#endif
