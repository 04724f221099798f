/*
 * fold_work.h
 *		How many multiply-adds a path over folds takes.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_WORK_H
#define LINLEARN_CORE_SOLVE_FOLD_WORK_H

#include "core/solve/solver.h"

/* What a row's loss costs beside its products, for each output. */
#define ROW_WORK 100.0
/* Vectors as long as the weights that an L-BFGS step multiplies. */
#define STEP_VECTORS 40.0
/* Of a loss with kinks all passes of newton: about two seconds; it is not taken for more. */
#define KINK_PATH_WORK 3e9

/* How the points of a loss with kinks are solved. */
typedef enum KinkWay
{
	KINK_BY_NEWTON,
	KINK_BY_LBFGS,
	KINK_BY_SPAN, /* either, over rows in coordinates of their span (row_span.h) */
	KINK_WITH_L1 /* by lbfgs, and a path of l1 after that of wd */
} KinkWay;

/* Whether a path's points over so many rows are solved by Newton's method, else by L-BFGS. */
extern bool fold_path_takes_newton(const SolverProblem *problem, double rows);

/* What all passes of a path of a loss with kinks take; infinity: there is no such way. */
extern double fold_kink_work(const SolverProblem *problem, KinkWay way,
							 double rows);

/* The most rows, up to a limit, that take no more than some work. */
extern size_t fold_kink_rows(const SolverProblem *problem, KinkWay way,
							 double work, size_t limit);

#endif
