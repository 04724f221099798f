/*
 * choose_wd.h
 *		wd where neither it nor rows to choose it by were given.
 */
#ifndef LINLEARN_CORE_TRAIN_CHOOSE_WD_H
#define LINLEARN_CORE_TRAIN_CHOOSE_WD_H

#include "core/problem/candidate.h"
#include "core/solve/solver.h"

/*
 * Chooses wd for a candidate whose wd is open: of least squares by generalised
 * cross-validation, of other losses by folds of the training rows, which of
 * classifiers may choose an l1 in its place.  Sets
 * the solver's problem, the candidate's settings and its path.  Where the rule
 * of thumb has to do, that stays and the path says that nothing was chosen.
 */
extern Status choose_wd(Problem *problem, Candidate *candidate,
						SolverProblem *solver, SolverControl *control,
						Failure *failure);

#endif
