/*
 * choose_solver.c
 *		What solves a candidate whose solver was not given.
 */
#include "core/train/choose_solver.h"

#include "core/solve/newton_cg.h"

/* Of no more weights lbfgs takes less time to as small a gap. */
#define FEW_WEIGHTS 10000

void
choose_solver(const Problem *problem, Candidate *candidate,
			  const SolverProblem *solver, SolverControl *control)
{
	size_t weights = ((size_t) problem->dimension + 1) * problem->outputs;

	control->room = problem_room(problem);
	if (!candidate->optimizer_open || control->optimizer != OPTIMIZER_LBFGS ||
		weights <= FEW_WEIGHTS || !newton_cg_suits(solver, control))
		return;
	control->optimizer = OPTIMIZER_NEWTON_CG;
	candidate->settings.value[HP_OPTIMIZER] = control->optimizer;
}
