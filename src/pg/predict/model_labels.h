/*
 * model_labels.h
 *		The labels of a model, as it reads any label given to it.
 */
#ifndef LINLEARN_PG_PREDICT_MODEL_LABELS_H
#define LINLEARN_PG_PREDICT_MODEL_LABELS_H

#include "pg/base/version.h"

#include "core/model/model.h"

/*
 * Gives labels that are known by their texts their values: numbers, if the texts
 * are numbers, as those of a CSV file may be (each finite, no two the same); else
 * their places.
 */
extern void model_labels_number(Model *model);

#endif
