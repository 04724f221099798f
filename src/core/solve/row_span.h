/*
 * row_span.h
 *		Fewer rows than features in coordinates of the rows' span.
 *
 * Margins and |w|^2 of weights that a wd leaves depend on the rows' products with
 * each other alone (the representer theorem): with X X' = L L' the rows of the
 * triangle L stand for those of X, and have as many features as there are rows.
 */
#ifndef LINLEARN_CORE_SOLVE_ROW_SPAN_H
#define LINLEARN_CORE_SOLVE_ROW_SPAN_H

#include "core/solve/fold_path.h"

/* Rows in memory of their own, and what reads them. */
typedef struct RowSpan
{
	Rows rows;
	SolverProblem problem; /* without a selection */
} RowSpan;

/*
 * Whether so many rows are fewer than the features, and nothing but wd, the same
 * for all of them, holds their weights.
 */
extern bool row_span_serves(const SolverProblem *problem, double rows);

/*
 * Makes the rows of an order, whose records are in memory, row i of the span that
 * of order[i].
 */
extern Status row_span_make(const SolverProblem *problem,
							const SolverControl *control,
							const uint32_t *order, size_t count, RowSpan *span,
							Failure *failure);

extern void row_span_release(RowSpan *span);

#endif
