/*
 * warm_candidate.h
 *		Going on from a model: first weights of candidates and solvers, in the
 *		units that they are trained in.
 */
#ifndef LINLEARN_CORE_PROBLEM_WARM_CANDIDATE_H
#define LINLEARN_CORE_PROBLEM_WARM_CANDIDATE_H

#include "core/problem/candidate.h"
#include "core/problem/warm_start.h"

/* The model's weights as the first ones of a candidate. */
extern Status warm_start_candidate(Problem *problem, Candidate *candidate,
								   Failure *failure);

/*
 * For solvers, which see the training rows only: there held features merely shift
 * the bias.  The scales of those that are learned, held ones' being 0; scale
 * itself without a warm start.
 */
extern Status warm_start_scales(const Problem *problem, const double *scale,
								const double **learned, Failure *failure);

/* First weights of a solver, [outputs][features + 1]: held ones in the bias. */
extern Status warm_start_unheld(Problem *problem, const Candidate *candidate,
								double *initial, Failure *failure);

/* Undoes that in a candidate's exact weights, which began at initial. */
extern void warm_start_restore(const Problem *problem, Candidate *candidate,
							   const double *initial);

#endif
