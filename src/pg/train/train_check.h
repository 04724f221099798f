/*
 * train_check.h
 *		What options and the labels' type do not go together with.
 */
#ifndef LINLEARN_PG_TRAIN_TRAIN_CHECK_H
#define LINLEARN_PG_TRAIN_TRAIN_CHECK_H

#include "pg/base/version.h"

#include "core/model/model.h"
#include "pg/values/label_reader.h"

/*
 * What to learn when the user did not say, of labels of so many values; an error
 * when numbers, and the loss, leave it open.
 */
extern PredictorType train_choose_predictor(const LabelReader *labels,
											uint32 count,
											const Hyperparameters *settings);

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

/*
 * Raises an error for a model that cannot be returned, or that nobody would wait
 * for unless how long was given, before it is trained: of so many outputs and
 * features, over so many rows.
 */
extern void train_check_size(uint32 outputs, uint32 dimension, uint64 rows,
							 const Hyperparameters *settings);

/*
 * Warns of each option that was given and had no effect on any candidate or
 * trial of the model, once a call site.
 */
extern void train_warn_idle(FunctionCallInfo fcinfo,
							const Hyperparameters *given, const Model *model);

/* Places of warnings that are not of a hyperparameter. */
enum
{
	WARNED_MIN_RESOURCE = HP_COUNT,
	WARNED_MAX_RESOURCE,
	WARNED_PARALLEL_JOBS,
	WARNED_COLUMNS,
	WARNED_CLASS_WEIGHTS,
	NOTICED_END,
	WARNED_COLUMN_OPTIONS,
	WARNED_INCLUDE,
	WARNED_FOLD_KEY,
	WARNED_COUNT
};

/* Tells of a solver that stopped short of the optimum, once a call site. */
extern void train_notice_end(FunctionCallInfo fcinfo, const Model *model);

/* Warns that something given has no effect, why, once a call site and place. */
extern void train_warn_once(FunctionCallInfo fcinfo, int place,
							const char *name, const char *why);

#endif
