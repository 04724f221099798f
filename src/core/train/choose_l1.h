/*
 * choose_l1.h
 *		l1 where it is to be chosen on a path.
 */
#ifndef LINLEARN_CORE_TRAIN_CHOOSE_L1_H
#define LINLEARN_CORE_TRAIN_CHOOSE_L1_H

#include "core/problem/candidate.h"
#include "core/solve/solver.h"

/*
 * Chooses l1 and wd by folds of the training rows for a candidate whose l1 is a
 * path, and sets the solver's problem, the candidate's settings and its path;
 * others are left alone.  LL_INVALID where the rows are too few.
 */
extern Status choose_l1(Problem *problem, Candidate *candidate,
						SolverProblem *solver, const SolverControl *control,
						Failure *failure);

/* Sets all three to a path's chosen point; its units are the solver's. */
extern void take_l1_path(const Problem *problem, Candidate *candidate,
						 SolverProblem *solver, L1Path *path);

#endif
