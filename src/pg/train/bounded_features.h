/*
 * bounded_features.h
 *		Option nonnegative as a list: features whose weights are not below 0.
 *
 *		"nonnegative": ["area", "rooms"]     columns of rows, with all their terms
 *		"nonnegative": [1, 3]                features of arrays, from 1
 */
#ifndef LINLEARN_PG_TRAIN_BOUNDED_FEATURES_H
#define LINLEARN_PG_TRAIN_BOUNDED_FEATURES_H

#include "pg/train/train_state.h"

/*
 * Finds the features that the option names, for the training and the model.  An
 * error for one that there is not.
 */
extern void bounded_features_apply(TrainState *state,
								   const Hyperparameters *settings,
								   Problem *problem);

/* Raises an error for a range of the option beside a list. */
extern void bounded_features_refuse_range(const TrainState *state,
										  Hyperparameter row);

#endif
