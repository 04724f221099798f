/*
 * model_weights.h
 *		What a model predicts by, and what it knows of it, out of a candidate.
 */
#ifndef LINLEARN_CORE_TRAIN_MODEL_WEIGHTS_H
#define LINLEARN_CORE_TRAIN_MODEL_WEIGHTS_H

#include "core/problem/candidate.h"

/*
 * Fills weights and biases in the user's units, means and deviations of features
 * and label, magnitudes, gradient norm and standard errors of a model whose shape
 * is set.  LL_INVALID names a feature whose weight no double holds.
 */
extern Status model_weights_fill(Problem *problem, const Candidate *candidate,
								 Model *model, Failure *failure);

#endif
