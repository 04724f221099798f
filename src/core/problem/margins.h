/*
 * margins.h
 *		Margins of a finished candidate, block by block.
 */
#ifndef LINLEARN_CORE_PROBLEM_MARGINS_H
#define LINLEARN_CORE_PROBLEM_MARGINS_H

#include "core/problem/candidate.h"

/*
 * Takes margins[n][outputs] of the rows at the n places from a place of the
 * canonical order on.  What it does when interrupted means nothing.
 */
typedef void MarginTaker(void *context, const double *margins, size_t place,
						 size_t n);

/*
 * Hands the margins of rows over block by block, in canonical order: those of
 * all rows at once would be as large as the classes are many.  They are in the
 * label's units and, to the bit, those of predictions from the candidate's model.
 */
extern Status margins_by_block(Problem *problem, const Candidate *candidate,
							   const Rows *rows, MarginTaker *take,
							   void *context, Failure *failure);

/*
 * The same of a model of the problem's features as the rows hold them, of which
 * dimension, outputs, weights and bias are looked at; byte_unit must be 1.
 */
extern Status margins_of_model(Problem *problem, const Model *model,
							   const Rows *rows, MarginTaker *take,
							   void *context, Failure *failure);

/* The first margin of each row, in arrival order: margins[row]. */
extern Status margins_of_rows(Problem *problem, const Candidate *candidate,
							  const Rows *rows, double *margins,
							  Failure *failure);

#endif
