/*
 * defaults.h
 *		The values of what the user left "auto".
 */
#ifndef LINLEARN_CORE_PROBLEM_DEFAULTS_H
#define LINLEARN_CORE_PROBLEM_DEFAULTS_H

#include "core/problem/problem.h"

/*
 * Whether a training of settings as they were given needs no more of its rows,
 * if these are not too wide, than their sums: least squares in closed form.
 */
extern bool defaults_need_sums_only(const Hyperparameters *settings);

/*
 * Whether there are so many training rows for each weight that no wd is worth a
 * long search: it can gain a part of weights / (2 rows) of a nat.
 */
extern bool defaults_rows_abound(const Problem *problem);

/*
 * How long rows of words, which have length 1, are while they are learned from; of
 * settings that are resolved, at least their loss.  A row's weights know the row,
 * of others they know less: wd that makes them smooth enough to tell the class of
 * others makes them too small for its probability, and the biases, which have no
 * wd, weigh too much.  Rows that are shorter in training give the weights that
 * length back.
 */
extern double defaults_word_length(const Problem *problem,
								   const Hyperparameters *settings);

/* Gives every auto that depends on the problem its value. */
extern void defaults_resolve(const Problem *problem,
							 Hyperparameters *settings);

#endif
