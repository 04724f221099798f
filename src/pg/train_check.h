/*
 * train_check.h
 *		What options and the labels' type do not go together with.
 */
#ifndef LINLEARN_PG_TRAIN_CHECK_H
#define LINLEARN_PG_TRAIN_CHECK_H

#include "linlearn.h"

#include "core/hyperparameters.h"
#include "pg/labels.h"

/*
 * What to learn when the user did not say, of labels of so many values; an error
 * when numbers leave it open.
 */
extern PredictorType train_choose_predictor(const LabelReader *labels,
											uint32 count);

/* Raises an error for settings, predictor_type among them, that cannot be. */
extern void train_check_settings(const LabelReader *labels,
								 const Hyperparameters *settings);

/*
 * The same at the first row, as far as the labels' values and the model to go on
 * from do not matter: a mistake must not wait for millions of rows.
 */
extern void train_check_first(const LabelReader *labels,
							  const Hyperparameters *settings,
							  bool init_model);

#endif
