/*
 * tune_agg.c
 *		linlearn_tune: the aggregate's transition and final functions.
 *
 * Rows are gathered as by linlearn_train, whose combine and serial functions
 * it shares.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/model/checksum.h"
#include "pg/base/runtime.h"
#include "pg/train/bounded_features.h"
#include "pg/train/class_weights.h"
#include "pg/train/progress.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "pg/train/train_folds.h"
#include "pg/train/train_state.h"
#include "pg/train/tune_options.h"
#include "pg/train/tune_times.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(linlearn_tune_transition);
Datum
linlearn_tune_transition(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(train_state_add(fcinfo, tune_options_read_fixed, false,
									  OPTIONS_JSONB));
}

PG_FUNCTION_INFO_V1(linlearn_tune_transition_text);

/* The same with the tuning as text or json. */
Datum
linlearn_tune_transition_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(
		train_state_add(fcinfo, tune_options_read_fixed, false, OPTIONS_TEXT));
}

/* Warns of what a tuning takes no notice of. */
static void
warn_idle(FunctionCallInfo fcinfo, const TuneOptions *options,
		  const Hyperparameters *given, const Model *model)
{
	const TuneRequest *request = &options->request;
	bool hyperband = request->options.strategy == STRATEGY_HYPERBAND;
	Hyperparameters wished = *given;

	wished.given[HP_NUM_MODELS] = false;
	if (given->given[HP_NUM_MODELS] && given->value[HP_NUM_MODELS] != 1)
		train_warn_once(fcinfo, HP_NUM_MODELS, "num_models", "in a tuning");
	for (uint32 i = 0; i < request->space.count; i++)
	{
		Hyperparameter row = request->space.ranges[i].row;

		if (given->given[row])
			train_warn_once(fcinfo, row, hyperparameter_table[row].name,
							tune_starts_untuned(request)
								? "beside its range but on trial 0"
								: "beside its range");
		wished.given[row] = true;
		wished.value[row] = NAN;
	}
	if (options->min_resource_given && !hyperband)
		train_warn_once(fcinfo, WARNED_MIN_RESOURCE, "min_resource",
						"without the Hyperband strategy");
	if (request->max_resource > 0 && !hyperband)
		train_warn_once(fcinfo, WARNED_MAX_RESOURCE, "max_resource",
						"without the Hyperband strategy");
	if (request->options.max_parallel_jobs > 1 && hyperband)
		train_warn_once(fcinfo, WARNED_PARALLEL_JOBS, "max_parallel_jobs",
						"with the Hyperband strategy");
	train_warn_idle(fcinfo, &wished, model);
}

/*
 * Reads the request again and checks it, now that the rows are there; false when
 * these teach nothing.
 */
static bool
prepare(TrainState *state, FunctionCallInfo fcinfo, Problem *problem,
		TuneOptions *options, Hyperparameters *given)
{
	Failure failure = {0};

	if (!train_state_prepare(state, fcinfo, tune_options_read_fixed, NULL,
							 given, problem))
		return false;
	train_state_gather(state, problem);
	tune_options_read(state->options, options);
	options->request.fixed = *given;
	for (uint32 i = 0; i < options->request.space.count; i++)
	{
		Hyperparameter row = options->request.space.ranges[i].row;

		class_weights_refuse_range(state, row);
		bounded_features_refuse_range(state, row);
	}
	CHECK_STATUS(tune_check(&options->request, problem, &failure), failure);
	tune_options_check_warm_starts(options, problem);
	return true;
}

PG_FUNCTION_INFO_V1(linlearn_tune_final);
Datum
linlearn_tune_final(PG_FUNCTION_ARGS)
{
	TrainState *state = aggregate_state(fcinfo, 0, TRAIN_MAGIC);
	MemoryContext context, old;
	TuneOptions *options;
	TuneTimes times;
	Hyperparameters given;
	Failure failure = {0};
	Problem problem;
	Model model;
	bytea *result = NULL;

	if (state == NULL)
		PG_RETURN_NULL();
	if (state->finished)
		return train_state_return(fcinfo, state);
	context = AllocSetContextCreate(CurrentMemoryContext, "linlearn tuning",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	options = palloc(sizeof(TuneOptions));
	progress_begin(NULL);
	progress_update(PROGRESS_PREPARING, 0, 0, 0, 0, (int64) state->row_number,
					NAN, NAN);
	if (prepare(state, fcinfo, &problem, options, &given))
	{
		progress_begin(hyperparameter_table[HP_PREDICTOR_TYPE]
						   .choices[problem.predictor]);
		CHECK_STATUS(
			tune_model(&problem, &options->request, &model, &times, &failure),
			failure);
		warn_idle(fcinfo, options, &given, &model);
		train_notice_end(fcinfo, &model);
		train_columns_warn(fcinfo, state, &given);
		train_folds_warn(fcinfo, state, &problem);
		train_state_label_model(state, &problem, &model);
		tune_options_format(&options->request, model.tuning,
							sizeof(model.tuning));
		result = train_state_encode(&model);
		tune_times_keep(&model,
						model_checksum((const uint8 *) VARDATA(result),
									   VARSIZE(result) - VARHDRSZ),
						VARSIZE(result) - VARHDRSZ, times.seconds);
	}
	train_state_keep(state, result);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	progress_end();
	return train_state_return(fcinfo, state);
}
