/*
 * log_labels.h
 *		Labels of losses with a log link: counts, amounts, rates.
 */
#ifndef LINLEARN_CORE_PROBLEM_LOG_LABELS_H
#define LINLEARN_CORE_PROBLEM_LOG_LABELS_H

#include "core/problem/candidate.h"

/*
 * The margin that every training row has when nothing is learned: the logarithm
 * of the weighted mean label.  0 where labels have none.
 */
extern double log_labels_mean(const Problem *problem);

/*
 * Refuses labels, of any channel, that a candidate's loss has no meaning for, and
 * training labels that are all 0, whose mean no finite margin has.
 */
extern Status log_labels_check(const Problem *problem,
							   const Hyperparameters *settings,
							   Failure *failure);

#endif
