/*
 * solve_candidates.h
 *		Candidates whose optimizer is newton, lbfgs or exact: solved over all rows
 *		to the optimum rather than trained by mini-batches.
 */
#ifndef LINLEARN_CORE_TRAIN_SOLVE_CANDIDATES_H
#define LINLEARN_CORE_TRAIN_SOLVE_CANDIDATES_H

#include "core/problem/candidate.h"

/* How many iterations such a candidate may take. */
extern uint32_t solve_iterations(const Hyperparameters *settings);

/*
 * Solves each such candidate of an array and fills what it found; the others are
 * left alone.  Candidates that differ in learning rate only are solved once.
 */
extern Status solve_candidates(Problem *problem, Candidate *candidates,
							   size_t count, Failure *failure);

#endif
