/*
 * trainer.h
 *		Trains many candidate models over the same packed rows at once.
 *
 * Candidates that share mini-batch size, optimizer, loss and normalisation are
 * columns of one weight matrix [features + 1][models * outputs], the bias last:
 * a mini-batch is one SGEMM forward and one back.  Groups are at most
 * WIDE_GROUP_COLUMNS wide, whatever the number of threads, and run on the pool; so
 * the same rows give the same bits on any number of threads.
 *
 * After each epoch a candidate is judged by the average of its weights over that
 * epoch's updates (Polyak and Juditsky 1992), which is less noisy than the last.
 */
#ifndef LINLEARN_CORE_TRAIN_TRAINER_H
#define LINLEARN_CORE_TRAIN_TRAINER_H

#include "core/problem/candidate.h"

/*
 * Trains candidates; fills what each found.  LL_CANCELLED when the host asked
 * to stop.  At the deadline an epoch ends with the mini-batch in which it is,
 * and is left out, unless it is the first: then a candidate is what it has
 * learnt.  A solver ends with its last whole iteration, but for the first;
 * candidates that it has not begun by then have no epochs.
 */
extern Status trainer_run(Problem *problem, Candidate *candidates,
						  size_t count, Failure *failure);

/* Tells the host that a phase begins in which a candidate is finished. */
extern Status trainer_tell(const Problem *problem, const char *phase,
						   const Candidate *candidate, Failure *failure);

#endif
