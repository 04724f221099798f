/*
 * early_end.h
 *		The early end of a solve over rows elsewhere, whose passes tell the loss of
 *		validation rows: where it has not improved for some iterations.
 */
#ifndef LINLEARN_CORE_TRAIN_EARLY_END_H
#define LINLEARN_CORE_TRAIN_EARLY_END_H

#include "core/problem/candidate.h"
#include "core/solve/solver.h"

typedef struct EarlyEnd
{
	uint32_t patience; /* iterations; 0: it does not end early */
	double tolerance;
	double mark;	 /* the loss that is to be improved on */
	uint32_t waited; /* iterations since then */
	double best;	 /* the least loss ... */
	uint32_t epochs; /* ... after so many iterations ... */
	double *weights; /* ... with these weights, as progress has them */
	size_t cells;
	bool ended;
} EarlyEnd;

/* Options early_stopping_patience and early_stopping_tolerance ask for it. */
extern Status early_end_init(EarlyEnd *early, const Problem *problem,
							 const Candidate *candidate, Failure *failure);

/* Takes an iteration down; true: it is the last. */
extern bool early_end_note(EarlyEnd *early, uint32_t epochs, double loss,
						   const double *weights);

/* Makes the best iteration the last where the solve has ended early. */
extern void early_end_take(const EarlyEnd *early, const Problem *problem,
						   Candidate *candidate, SolverResult *result);

#endif
