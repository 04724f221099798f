/*
 * train_folds.h
 *		What folds go by, in the training aggregates' state: the groups of rows, or
 *		their times.
 *
 * A group is known by its value's text, as labels are, and numbered as rows come;
 * once all are there numbers follow the order of the texts' bytes.
 */
#ifndef LINLEARN_PG_TRAIN_TRAIN_FOLDS_H
#define LINLEARN_PG_TRAIN_TRAIN_FOLDS_H

#include "pg/train/train_state.h"
#include "pg/values/row_roles.h"

/* What folds of a state's rows go by. */
extern FoldKey train_folds_key(const TrainState *state);

/* Gives the row that was appended last the key that its roles say. */
extern void train_folds_take(TrainState *state, Rows *rows,
							 const RowRoles *roles);

/* The same of a key that another store of the state has; none: nothing. */
extern void train_folds_give(TrainState *state, Rows *rows, double key);

/* Numbers the groups by their values, when all rows are there. */
extern void train_folds_rank(TrainState *state);

/* What a worker hands over beside its rows, and a key of it as one of into. */
extern void train_folds_write(StringInfo out, const TrainState *state);
extern void train_folds_read(StateReader *reader, TrainState *state);
extern double train_folds_translate(TrainState *into, const TrainState *from,
									double key);

/* Warns, for a final function, of a key that nothing went by. */
extern void train_folds_warn(FunctionCallInfo fcinfo, const TrainState *state,
							 const Problem *problem);

#endif
