/*
 * fold_work.c
 *		How many multiply-adds a path over folds takes.
 */
#include "core/solve/fold_work.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/solve/row_span.h"

/* Passes that a path of a loss with kinks takes, about. */
#define KINK_PATH_NEWTON 1500.0
#define KINK_PATH_LBFGS 6000.0
/* ... with one of l1, as many times more. */
#define KINK_L1_TIMES 3.0
/* A multiply-add of matrices' products beside one of a vector's. */
#define PRODUCT_COST 0.25
/* Widest Gram matrices that are faster than L-BFGS's many steps. */
#define NEWTON_MAX_DIMENSION 96
#define KINK_MAX_DIMENSION 1024 /* those of L-BFGS are very many then */

/* All passes by newton or lbfgs over rows of so many features, and values that are there. */
static double
passes_work(const SolverProblem *problem, bool newton, double features,
			double values, double rows)
{
	double weights = (features + 1.0) * problem->outputs;
	double row = (2.0 * values + ROW_WORK) * problem->outputs;

	if (!newton)
		return KINK_PATH_LBFGS * (STEP_VECTORS * weights + rows * row);
	return KINK_PATH_NEWTON *
		   (PRODUCT_COST * weights * weights * weights / 3.0 +
			rows * (row + PRODUCT_COST * weights * weights / 2.0));
}

/* Whether newton takes a problem's loss with kinks, of so many features. */
static bool
newton_fits(const SolverProblem *problem, double features)
{
	return solver_supports(OPTIMIZER_NEWTON, problem->loss, false) &&
		   problem->bounded == NULL && features <= KINK_MAX_DIMENSION;
}

/* The same over rows in coordinates of their span, which have to be found first. */
static double
span_work(const SolverProblem *problem, double rows)
{
	double values = rows_mean_entries(problem->rows);
	double made = PRODUCT_COST * rows * rows * (values / 2.0 + rows / 3.0);
	double work = newton_fits(problem, rows)
					  ? passes_work(problem, true, rows, rows, rows)
					  : INFINITY;

	if (work > KINK_PATH_WORK)
		work = passes_work(problem, false, rows, rows, rows);
	return made + work;
}

double
fold_kink_work(const SolverProblem *problem, KinkWay way, double rows)
{
	double features = problem->rows->dimension;
	double values = rows_mean_entries(problem->rows);

	switch (way)
	{
		case KINK_BY_NEWTON:
			if (problem->rows->format != ROWS_SPARSE &&
				newton_fits(problem, features))
				return passes_work(problem, true, features, values, rows);
			break;
		case KINK_BY_LBFGS:
			return passes_work(problem, false, features, values, rows);
		case KINK_BY_SPAN:
			if (row_span_serves(problem, rows))
				return span_work(problem, rows);
			break;
		case KINK_WITH_L1:
			return KINK_L1_TIMES *
				   passes_work(problem, false, features, values, rows);
	}
	return INFINITY;
}

size_t
fold_kink_rows(const SolverProblem *problem, KinkWay way, double work,
			   size_t limit)
{
	size_t least = 0;

	while (least < limit)
	{
		size_t middle = limit - (limit - least) / 2;

		if (fold_kink_work(problem, way, (double) middle) <= work)
			least = middle;
		else
			limit = middle - 1;
	}
	return least;
}

bool
fold_path_takes_newton(const SolverProblem *problem, double rows)
{
	const LossDescriptor *loss = &loss_table[problem->loss];

	if (loss->kinked)
		return fold_kink_work(problem, KINK_BY_NEWTON, rows) <= KINK_PATH_WORK;
	return solver_supports(OPTIMIZER_NEWTON, problem->loss, false) &&
		   problem->bounded == NULL && problem->rows->format != ROWS_SPARSE &&
		   problem->rows->dimension <= NEWTON_MAX_DIMENSION &&
		   !loss->goes_flat;
}
