/*
 * shard_problem.h
 *		What a problem knows of rows that are elsewhere, by their survey.
 */
#ifndef LINLEARN_CORE_PROBLEM_SHARD_PROBLEM_H
#define LINLEARN_CORE_PROBLEM_SHARD_PROBLEM_H

#include "core/problem/problem.h"

/* Whether a problem's rows are elsewhere. */
static inline bool
problem_is_far(const Problem *problem)
{
	return problem->rows[CHANNEL_TRAIN]->shards != NULL;
}

/* Mean and deviation of train labels; 0 and 1 of a classifier's. */
extern void shard_problem_labels(Problem *problem);

/* Whether most features of train rows are 0. */
extern bool shard_problem_zeros(const Problem *problem);

/* The logarithm of train labels' mean, of labels above 0; else 0. */
extern double shard_problem_log_mean(const Problem *problem);

/* Row weights of each class. */
extern Status shard_problem_classes(Problem *problem, Failure *failure);

#endif
