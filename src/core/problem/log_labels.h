/*
 * log_labels.h
 *		Labels of losses with a log link: counts, amounts, rates.
 */
#ifndef LINLEARN_CORE_PROBLEM_LOG_LABELS_H
#define LINLEARN_CORE_PROBLEM_LOG_LABELS_H

#include "core/problem/candidate.h"

/*
 * The margin, but for their offsets, that all training rows have when nothing is
 * learned: the logarithm of the weighted sum of labels over that of the exposures,
 * which offsets are the logarithms of.  0 where labels have none.
 */
extern double log_labels_mean(const Problem *problem);

/*
 * Refuses labels, of any channel, that a candidate's loss has no meaning for, and
 * training labels that are all 0, whose mean no finite margin has.
 */
extern Status log_labels_check(const Problem *problem,
							   const Hyperparameters *settings,
							   Failure *failure);

/*
 * Whether training labels tell anything of a given loss's mean: of counts those
 * that are all 0 do not.
 */
extern bool log_labels_teach(const Problem *problem,
							 const Hyperparameters *settings);

/* Refuses a loss that cannot have the offsets that rows were given. */
extern Status log_offsets_check(const Problem *problem, LossKind loss,
								Failure *failure);

#endif
