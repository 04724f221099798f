/*
 * natural_margin.h
 *		The threshold of a binary candidate where rows do not tell which is best.
 */
#ifndef LINLEARN_CORE_PROBLEM_NATURAL_MARGIN_H
#define LINLEARN_CORE_PROBLEM_NATURAL_MARGIN_H

#include "core/problem/problem.h"

/*
 * A loss's own, or that of a model that is kept.  With costs of wrong decisions a
 * loss of probabilities has that at which both cost the same: where classes weighed
 * differently in the training, of the odds before that.
 */
extern double natural_margin(const Problem *problem,
							 const Hyperparameters *settings);

#endif
