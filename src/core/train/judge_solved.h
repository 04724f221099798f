/*
 * judge_solved.h
 *		How good a solved candidate is, on the rows it is judged on.
 */
#ifndef LINLEARN_CORE_TRAIN_JUDGE_SOLVED_H
#define LINLEARN_CORE_TRAIN_JUDGE_SOLVED_H

#include "core/problem/candidate.h"

/* Judges it on validation rows if there are any; its history has an epoch. */
extern Status judge_solved(Problem *problem, Candidate *candidate,
						   Failure *failure);

#endif
