/*
 * tune_trials.h
 *		What a tuned model remembers of its tuning.
 */
#ifndef LINLEARN_PG_LOOK_TUNE_TRIALS_H
#define LINLEARN_PG_LOOK_TUNE_TRIALS_H

#include "pg/base/version.h"

#include "core/model/model.h"

/*
 * Most columns of a history; more trials share them, the best of each shown.
 */
#define HISTORY_COLUMNS 60

/*
 * The objectives of a tuned model's trials in their order as a line of blocks,
 * the better the higher; x is a trial that failed.  Digits 0 to 7 where the
 * database's encoding is not UTF8.  NULL for a model that was not tuned.
 */
extern char *tuning_history(const Model *model);

#endif
