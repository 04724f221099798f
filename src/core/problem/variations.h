/*
 * variations.h
 *		The candidates of num_models.
 */
#ifndef LINLEARN_CORE_PROBLEM_VARIATIONS_H
#define LINLEARN_CORE_PROBLEM_VARIATIONS_H

#include "core/problem/candidate.h"

/*
 * The candidates of num_models: the given settings first, then near ones in
 * what the user left auto of learning_rate and wd, and in an l1 that is given
 * and not 0.  Allocates them.
 */
extern Status variations_make(const Problem *problem,
							  const Hyperparameters *settings,
							  Candidate **candidates, size_t *count,
							  Failure *failure);

#endif
