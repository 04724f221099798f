/*
 * class_dictionary.h
 *		The classes of a training: its distinct labels.
 */
#ifndef LINLEARN_PG_TRAIN_CLASS_DICTIONARY_H
#define LINLEARN_PG_TRAIN_CLASS_DICTIONARY_H

#include "pg/train/train_state.h"

#define NOTHING_HINT                                                          \
	"With option on_invalid = skip such rows give NULL, "                     \
	"which helps with GROUP BY."

/* Distinct labels, ascending: numbers and enums by value, texts by bytes. */
typedef struct ClassDictionary
{
	double *labels; /* as the rows hold them */
	uint32 count;
} ClassDictionary;

/* The distinct labels of all channels' rows. */
extern ClassDictionary class_dictionary_collect(const TrainState *state);

/*
 * With num_classes given, labels are 0 .. num_classes - 1, or so many texts at
 * most; a warning where they are fewer.
 */
extern void class_dictionary_check_range(FunctionCallInfo fcinfo,
										 const TrainState *state,
										 const Hyperparameters *settings,
										 ClassDictionary *dictionary);

/*
 * Going on from a model, the classes are the model's and keep their places:
 * rows may lack some of them, but bring no other.
 */
extern void class_dictionary_take(TrainState *state, const Model *model,
								  ClassDictionary *dictionary);

/*
 * Checks the number of classes against the predictor type; false when there is
 * only one and such rows are to be skipped.
 */
extern bool class_dictionary_check(const TrainState *state,
								   PredictorType predictor,
								   const ClassDictionary *dictionary);

/* Rewrites labels as class indexes. */
extern void class_dictionary_index(const TrainState *state,
								   const ClassDictionary *dictionary,
								   Rows *rows);

#endif
