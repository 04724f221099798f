/*
 * train_agg.c
 *		linlearn_train: the aggregate's transition and final functions.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/problem/defaults.h"
#include "core/train/train.h"
#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/predict/magnitude_warning.h"
#include "pg/predict/model_cache.h"
#include "pg/train/class_weights.h"
#include "pg/train/progress.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "pg/train/train_folds.h"
#include "pg/train/train_state.h"
#include "utils/memutils.h"

/* Reads the hyperparameters, beside which others may stand. */
static void
read_settings(Jsonb *options, Hyperparameters *settings)
{
	options_read(options, train_options_other, settings);
}

PG_FUNCTION_INFO_V1(linlearn_train_transition);
Datum
linlearn_train_transition(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(
		train_state_add(fcinfo, read_settings, true, OPTIONS_JSONB));
}

PG_FUNCTION_INFO_V1(linlearn_train_transition_text);

/* The same with options as text or json. */
Datum
linlearn_train_transition_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(
		train_state_add(fcinfo, read_settings, true, OPTIONS_TEXT));
}

/* The model to go on from, if there is one. */
static const Model *
read_init_model(const TrainState *state)
{
	const Model *model;

	if (state->init_model.bytes == NULL)
		return NULL;
	model = &cached_model_create((struct varlena *) state->init_model.bytes,
								 CurrentMemoryContext)
				 ->model;
	if (model->columns != NULL && state->table == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("init_model was trained on rows of a table, not on "
						"arrays"),
				 errhint("Give the rows as features, or train without "
						 "init_model.")));
	return model;
}

/*
 * Gathers the rows.  Of sparse ones that takes the memory of a copy, which solvers,
 * whose passes go in order, pay back, and mini-batches do not.
 */
static void
gather_rows(TrainState *state, Problem *problem,
			const Hyperparameters *settings)
{
	Hyperparameters resolved = *settings;

	defaults_resolve(problem, &resolved);
	if (problem->rows[CHANNEL_TRAIN]->format != ROWS_SPARSE ||
		hp_solves(&resolved))
		train_state_gather(state, problem);
}

Datum
train_state_finish(FunctionCallInfo fcinfo, TrainState *state,
				   OptionsReader read_options)
{
	MemoryContext context, old;
	Hyperparameters settings;
	Failure failure = {0};
	Problem problem;
	const Model *init_model;
	Model model;
	bytea *result = NULL;

	if (state->finished)
		return train_state_return(fcinfo, state);
	context = AllocSetContextCreate(CurrentMemoryContext, "linlearn training",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	progress_begin(NULL);
	progress_update(PROGRESS_PREPARING, 0, 0, 0, 0, (int64) state->row_number,
					NAN, NAN);
	init_model = read_init_model(state);
	if (train_state_prepare(state, fcinfo, read_options, init_model, &settings,
							&problem))
	{
		/* A refit joins the rows of both. */
		if (problem.rows[CHANNEL_VALIDATION]->count == 0)
			rows_forget_hashes(&state->rows[CHANNEL_TRAIN]);
		gather_rows(state, &problem, &settings);
		progress_begin(hyperparameter_table[HP_PREDICTOR_TYPE]
						   .choices[problem.predictor]);
		if (state->table != NULL)
			init_model = train_columns_start(state);
		CHECK_STATUS(
			train_model(&problem, &settings, init_model, &model, &failure),
			failure);
		train_warn_idle(fcinfo, &settings, &model);
		train_notice_end(fcinfo, &model);
		train_columns_warn(fcinfo, state, &settings);
		train_folds_warn(fcinfo, state, &problem);
		if (init_model != NULL && state->table == NULL)
			warn_of_other_unit(init_model, &model);
		train_state_label_model(state, &problem, &model);
		result = train_state_encode(&model);
	}
	train_state_keep(state, result);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	progress_end();
	return train_state_return(fcinfo, state);
}

PG_FUNCTION_INFO_V1(linlearn_train_final);
Datum
linlearn_train_final(PG_FUNCTION_ARGS)
{
	TrainState *state = aggregate_state(fcinfo, 0, TRAIN_MAGIC);

	if (state == NULL)
		PG_RETURN_NULL();
	return train_state_finish(fcinfo, state, read_settings);
}
