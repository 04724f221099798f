/*
 * choose_solver.h
 *		What solves a candidate whose solver was not given.
 */
#ifndef LINLEARN_CORE_TRAIN_CHOOSE_SOLVER_H
#define LINLEARN_CORE_TRAIN_CHOOSE_SOLVER_H

#include "core/problem/candidate.h"

/*
 * Says what room there is for copies of rows, and takes newton_cg in lbfgs's place
 * where penalties, chosen by now, and rows suit it.
 */
extern void choose_solver(const Problem *problem, Candidate *candidate,
						  const SolverProblem *solver, SolverControl *control);

#endif
