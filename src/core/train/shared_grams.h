/*
 * shared_grams.h
 *		Sums of rows that the exact solves of several candidates share.
 */
#ifndef LINLEARN_CORE_TRAIN_SHARED_GRAMS_H
#define LINLEARN_CORE_TRAIN_SHARED_GRAMS_H

#include "core/problem/candidate.h"

/* The sums that exact solves share, and of what they are. */
typedef struct SharedGram
{
	SolverGram sums;
	const Candidate *candidate; /* the first of those that share them */
} SharedGram;

/* Those of the last solves that differ, as of the folds of a tuning. */
typedef struct SharedGrams
{
	SharedGram *shared; /* [count] */
	size_t count;
	size_t next; /* that gives way to others */
} SharedGrams;

extern Status shared_grams_open(const Problem *problem, size_t candidates,
								SharedGrams *grams, Failure *failure);

extern void shared_grams_close(const Problem *problem, SharedGrams *grams);

/* Finds the sums of candidates alike, or makes room for them. */
extern Status shared_grams_find(const Problem *problem,
								const Candidate *candidate, SharedGrams *grams,
								SolverGram **sums, Failure *failure);

#endif
