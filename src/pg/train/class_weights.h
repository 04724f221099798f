/*
 * class_weights.h
 *		Option class_weights: what a row weighs in the training by its class.
 *
 *		"class_weights": {"fraud": 10, "fair": 1}     labels as text; others 1
 */
#ifndef LINLEARN_PG_TRAIN_CLASS_WEIGHTS_H
#define LINLEARN_PG_TRAIN_CLASS_WEIGHTS_H

#include "pg/train/class_dictionary.h"

/* Whether a key of options is of the rows' columns or classes. */
extern bool train_options_other(const char *key, Size size);

/* Raises an error for a value that the option does not take. */
extern void class_weights_check(Jsonb *options);

/*
 * Reads the classes' weights into the state, and for training into settings (a
 * binary classifier's are a weight of the positive class) or problem.  An error
 * beside other options that weigh classes; a WARNING for labels of no row, and
 * for a regressor.
 */
extern void class_weights_apply(TrainState *state, FunctionCallInfo fcinfo,
								const ClassDictionary *dictionary,
								Hyperparameters *settings, Problem *problem);

/* Raises an error for a range of what the classes' weights have set. */
extern void class_weights_refuse_range(const TrainState *state,
									   Hyperparameter row);

#endif
