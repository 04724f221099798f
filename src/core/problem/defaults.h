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

/* Gives every auto that depends on the problem its value. */
extern void defaults_resolve(const Problem *problem,
							 Hyperparameters *settings);

#endif
