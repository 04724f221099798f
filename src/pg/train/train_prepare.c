/*
 * train_prepare.c
 *		From gathered rows to a problem to train on, and from a model to bytes.
 */
#include "pg/train/train_state.h"

#include <math.h>

#include "core/base/random.h"
#include "core/problem/log_labels.h"
#include "core/rows/rows_order.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "pg/base/text_encoding.h"
#include "pg/train/bounded_features.h"
#include "pg/train/class_weights.h"
#include "pg/train/pages_ahead.h"
#include "pg/train/progress.h"
#include "pg/train/thread_pool.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "pg/train/train_folds.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Stream of the seed that validation_fraction draws from. */
#define STREAM_VALIDATION 3

/* Windows of spilled rows that fit into linlearn.train_mem: one a channel. */
#define WINDOWS_IN_MEMORY (CHANNEL_COUNT + 1)

/* ---- Progress ---- */

/* A loss to show: nothing yet is infinite. */
static double
shown_loss(double loss)
{
	return isfinite(loss) ? loss : NAN;
}

/* What show_news shows. */
typedef struct News
{
	const Problem *problem;
	const TrainingProgress *progress;
} News;

static void
show_news(void *argument)
{
	const News *news = argument;
	const TrainingProgress *progress = news->progress;

	CHECK_FOR_INTERRUPTS();
	progress_update(progress->phase, progress->epoch, progress->epochs,
					progress->trial, progress->trials,
					(int64) news->problem->rows[CHANNEL_TRAIN]->count,
					shown_loss(progress->train_loss),
					shown_loss(progress->validation_loss));
}

Status
train_show_progress(void *host, const TrainingProgress *progress,
					Failure *failure)
{
	const Problem *problem = host;
	News news = {problem, progress};

	if (runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return call_host(show_news, &news, failure);
}

/*
 * Both classes must be there to learn from, unless a model has learnt them;
 * false when they are not and such rows are to be skipped.
 */
static bool
check_both_classes(const TrainState *state)
{
	const Rows *rows = &state->rows[CHANNEL_TRAIN];
	bool seen[2] = {false, false};

	for (size_t i = 0; i < rows->count && !(seen[0] && seen[1]); i++)
	{
		CHECK_FOR_INTERRUPTS();
		seen[rows->labels[i] != 0] = true;
	}
	if (seen[0] && seen[1])
		return true;
	if (state->on_invalid == ON_INVALID_SKIP)
		return false;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("all training rows have the same class"),
					errdetail("A binary_classifier learns from rows of both."),
					errhint(NOTHING_HINT)));
	pg_unreachable();
}

/* ---- The problem ---- */

/* Moves a part of the training rows to validation. */
static void
split_validation(TrainState *state, const Hyperparameters *settings)
{
	double fraction = settings->value[HP_VALIDATION_FRACTION];
	Rows *validation = &state->rows[CHANNEL_VALIDATION];
	Failure failure = {0};

	if (fraction <= 0)
		return;
	if (validation->count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("validation_fraction and a validation channel exclude "
						"each other")));
	CHECK_STATUS(rows_split(&state->rows[CHANNEL_TRAIN], fraction,
							random_key((uint64) settings->value[HP_SEED],
									   STREAM_VALIDATION),
							train_folds_key(state), validation, &failure),
				 failure);
}

/*
 * Tells apart the ways in which there is nothing to train on; false when such
 * rows are to be skipped.
 */
static bool
check_any_rows(const TrainState *state)
{
	if (state->rows_ready && state->rows[CHANNEL_TRAIN].count > 0)
		return true;
	if (state->on_invalid == ON_INVALID_SKIP)
		return false;
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no training rows"),
		 errdetail("Of " UINT64_FORMAT " rows, " UINT64_FORMAT " had a "
				   "weight of 0, " UINT64_FORMAT " were skipped as invalid "
				   "and " UINT64_FORMAT " had a NULL label.",
				   state->row_number, state->weightless, state->skipped,
				   state->unlabelled),
		 errhint(NOTHING_HINT)));
	pg_unreachable();
}

/* Cuts spilled rows into windows that take little of the memory. */
static void
finish_spill(TrainState *state)
{
	size_t window = (size_t) linlearn_train_mem * 1024 / WINDOWS_IN_MEMORY;
	Failure failure = {0};

	if (!state->spilled)
		return;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		CHECK_STATUS(rows_spill_finish(&state->rows[i], window, &failure),
					 failure);
}

/* Seals every channel. */
static void
seal_rows(TrainState *state, Problem *problem)
{
	Failure failure = {0};

	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		CHECK_STATUS(
			rows_seal_on_threads(&state->rows[i], problem->pool, &failure),
			failure);
		CHECK_FOR_INTERRUPTS();
		problem->rows[i] = &state->rows[i];
	}
}

void
train_state_gather(TrainState *state, Problem *problem)
{
	Size most = (Size) linlearn_train_mem * 1024, held = 0;
	Rows *stores[CHANNEL_COUNT];
	Failure failure = {0};

	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		stores[i] = &state->rows[i];
		held += state->rows[i].bytes;
	}
	if (held < most)
		CHECK_STATUS(problem_gather(problem, stores, most - held, &failure),
					 failure);
}

/* Remembers the dictionary for train_state_label_model. */
static void
keep_dictionary(TrainState *state, const ClassDictionary *dictionary)
{
	state->class_labels = dictionary->labels;
	state->class_count = dictionary->count;
}

bool
train_state_prepare(TrainState *state, FunctionCallInfo fcinfo,
					OptionsReader read_options, const Model *init_model,
					Hyperparameters *settings, Problem *problem)
{
	ClassDictionary dictionary = {NULL, 0};
	Failure failure = {0};

	read_options(state->options, settings);
	if (!check_any_rows(state))
		return false;
	memset(problem, 0, sizeof(*problem));
	problem->runtime = pg_runtime(CurrentMemoryContext);
	pages_ahead_end();
	problem->pool = thread_pool_start(&problem->runtime);
	if (state->table != NULL &&
		!train_columns_encode(state, settings, problem->pool, fcinfo))
		return false;
	train_folds_rank(state);
	finish_spill(state);
	if (init_model != NULL && hp_is_auto(settings, HP_PREDICTOR_TYPE))
		settings->value[HP_PREDICTOR_TYPE] = init_model->predictor;
	if (!hp_is_auto(settings, HP_PREDICTOR_TYPE))
		problem->predictor =
			(PredictorType) hp_integer(settings, HP_PREDICTOR_TYPE);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE) ||
		problem->predictor != PREDICTOR_REGRESSOR)
		dictionary = class_dictionary_collect(state);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE))
		problem->predictor =
			train_choose_predictor(&state->labels, dictionary.count, settings);
	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	train_check_settings(&state->labels, settings);
	if (problem->predictor != PREDICTOR_REGRESSOR)
	{
		if (init_model != NULL && init_model->predictor == problem->predictor)
			class_dictionary_take(state, init_model, &dictionary);
		if (problem->predictor == PREDICTOR_MULTICLASS &&
			!hp_is_auto(settings, HP_NUM_CLASSES))
			class_dictionary_check_range(fcinfo, state, settings, &dictionary);
		if (!class_dictionary_check(state, problem->predictor, &dictionary))
			return false;
		problem->classes = dictionary.count;
		/* Before rows are ordered: the codes of texts depend on their order. */
		for (int i = 0; i < CHANNEL_COUNT; i++)
			class_dictionary_index(state, &dictionary, &state->rows[i]);
	}
	class_weights_apply(state, fcinfo, &dictionary, settings, problem);
	keep_dictionary(state, &dictionary);
	train_check_size(
		problem->predictor == PREDICTOR_MULTICLASS ? dictionary.count : 1,
		state->feature_dim, state->rows[CHANNEL_TRAIN].count, settings);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		CHECK_STATUS(rows_hash(&state->rows[i], problem->pool, &failure),
					 failure);
	split_validation(state, settings);
	if (!check_any_rows(state))
		return false;
	seal_rows(state, problem);
	if (problem->predictor == PREDICTOR_BINARY && init_model == NULL &&
		!check_both_classes(state))
		return false;
	if (state->on_invalid == ON_INVALID_SKIP &&
		!log_labels_teach(problem, settings))
		return false;
	problem->host = problem;
	problem->progress = train_show_progress;
	problem->memory_limit = (size_t) linlearn_train_mem * 1024;
	if (!hp_is_auto(settings, HP_NUM_POINT_FOR_SCALER))
		problem->scaler_points =
			(size_t) settings->value[HP_NUM_POINT_FOR_SCALER];
	if (!hp_is_auto(settings, HP_MAX_SECONDS))
		problem->deadline = clock_seconds() + settings->value[HP_MAX_SECONDS];
	train_columns_describe(state, problem);
	bounded_features_apply(state, settings, problem);
	problem->fold_key_used = settings->value[HP_VALIDATION_FRACTION] > 0;
	CHECK_STATUS(problem_prepare(problem, &failure), failure);
	return true;
}

void
train_state_label_model(const TrainState *state, const Problem *problem,
						Model *model)
{
	const char *type_name = utf8_of_server(state->labels.type_name,
										   strlen(state->labels.type_name));

	memcpy(model->label_type, type_name,
		   pg_encoding_mbcliplen(PG_UTF8, type_name, (int) strlen(type_name),
								 sizeof(model->label_type) - 1));
	model->texts_are_utf8 = true;
	model->columns = train_columns_learned(state);
	model->bounded = state->bounded;
	model->bounded_count = state->bounded_count;
	model->skipped_rows = state->skipped;
	model->unlabelled_rows = state->unlabelled;
	if (problem->predictor == PREDICTOR_REGRESSOR)
		return;
	model->label_count = state->class_count;
	model->class_weights = state->class_weights;
	model->labels = palloc0(state->class_count * sizeof(ModelLabel));
	for (uint32 i = 0; i < state->class_count; i++)
	{
		double label = state->class_labels[i];

		CHECK_FOR_INTERRUPTS();
		model->labels[i].text =
			state->labels.kind == LABEL_TEXT
				? label_reader_utf8(&state->labels, (uint32) label)
				: label_reader_text(&state->labels, label);
		model->labels[i].value = state->labels.kind == LABEL_TEXT ? i : label;
	}
}

bytea *
train_state_encode(const Model *model)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure = {0};
	uint8 *bytes;
	size_t size;
	bytea *result;

	CHECK_STATUS(model_encode(model, &runtime, &bytes, &size, &failure),
				 failure);
	if (size > MaxAllocSize - VARHDRSZ - 1)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the model's %zu bytes exceed 1 GB", size)));
	CHECK_FOR_INTERRUPTS();
	result = palloc(size + VARHDRSZ);
	SET_VARSIZE(result, size + VARHDRSZ);
	memcpy(VARDATA(result), bytes, size);
	return result;
}

/* A copy of a model's bytes. */
static bytea *
copy_model(const bytea *model, MemoryContext context)
{
	bytea *copy = MemoryContextAlloc(context, VARSIZE(model));

	CHECK_FOR_INTERRUPTS();
	memcpy(copy, model, VARSIZE(model));
	return copy;
}

void
train_state_keep(TrainState *state, const bytea *model)
{
	state->finished = true;
	if (model != NULL)
		state->model = copy_model(model, state->context);
}

Datum
train_state_return(FunctionCallInfo fcinfo, const TrainState *state)
{
	if (state->model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(copy_model(state->model, CurrentMemoryContext));
}
