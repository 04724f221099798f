/*
 * train_columns.h
 *		Rows of tables in the training aggregates' state.
 *
 * Their cells are kept as they come (ROWS_CELLS), and encoded as features when all
 * are there.
 */
#ifndef LINLEARN_PG_TRAIN_TRAIN_COLUMNS_H
#define LINLEARN_PG_TRAIN_TRAIN_COLUMNS_H

#include "pg/train/train_state.h"
#include "pg/values/row_roles.h"

/*
 * Begins for a state whose features are rows of a table: options and init_model
 * are set.  Errors for options that cannot be, and for a model of arrays.
 */
extern void train_columns_begin(TrainState *state);

/*
 * Warns, for a final function, of options of columns that arrays make idle, or keys
 * that no row has, and of feature_dim, which rows of a table do.
 */
extern void train_columns_warn(FunctionCallInfo fcinfo,
							   const TrainState *state,
							   const Hyperparameters *given);

/*
 * Packs a row for channel_append.  False, when a number is not finite and such
 * rows are skipped.  *roles are what the columns of roles say.
 */
extern bool train_columns_pack(TrainState *state, Datum features, Oid type,
							   RowView *view, RowRoles *roles);

/*
 * Checks the first row's options: a loss that takes no offset, as far as it is
 * known.  Rows with offsets are not summed.
 */
extern void train_columns_check_roles(TrainState *state,
									  const Hyperparameters *settings);

/* Whether an option names a column of a role. */
extern bool train_columns_have(const TrainState *state, RowRole role);

/* What a worker hands over beside its rows: columns and their levels. */
extern void train_columns_write(StringInfo out, const TrainState *state);

/* Reads that into a state of its own, whose rows are yet to be read. */
extern void train_columns_read(StateReader *reader, TrainState *state);

/*
 * Makes ready to take over a worker's rows: its columns and levels become those of
 * into as well.
 */
extern void train_columns_merge(TrainState *into, TrainState *from);

/* A record of from as one of into. */
extern void train_columns_translate(TrainState *into, TrainState *from,
									const void *record, Size size,
									RowView *view);

/*
 * Encodes all rows as the features that are learned; columns that only number the
 * rows get a NOTICE.  False when no column tells rows apart, and option on_invalid
 * is skip; else that is an error.
 */
extern bool train_columns_encode(TrainState *state,
								 const Hyperparameters *settings,
								 ThreadPool *pool, FunctionCallInfo fcinfo);

/* Whether categories are to give no term for one of their levels. */
extern bool train_columns_want_reference(const Hyperparameters *settings);

/* Tells a problem what the encoded rows are of; arrays have nothing to tell. */
extern void train_columns_describe(const TrainState *state, Problem *problem);

/* The columns of encoded rows, for the model; NULL: rows were arrays. */
extern Columns *train_columns_learned(const TrainState *state);

/* The model to go on from, with the terms of the rows; NULL: rows were arrays. */
extern const Model *train_columns_start(const TrainState *state);

#endif
