/*
 * shard_train.c
 *		A training by passes over rows that stay where they are: the survey, a
 *		problem that knows of the rows no more than it says, and the solver's
 *		passes.
 */
#include "pg/cluster/shard_train.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/problem/shard_problem.h"
#include "core/train/train.h"
#include "miscadmin.h"
#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/cluster/survey.h"
#include "pg/train/bounded_features.h"
#include "pg/train/class_dictionary.h"
#include "pg/train/class_weights.h"
#include "pg/train/progress.h"
#include "pg/train/thread_pool.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "pg/train/train_state.h"
#include "utils/memutils.h"

/* ---- Options ---- */

pg_noreturn static void
refuse(Hyperparameter row, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("linlearn_train_distributed does not take this \"%s\"",
					hyperparameter_table[row].name),
			 errdetail("%s", why)));
	pg_unreachable();
}

/* What takes the rows themselves. */
static const struct
{
	Hyperparameter row;
	const char *why;
} needs_rows[] = {
	{HP_VALIDATION_FRACTION, "Say by a channel which rows validate."},
	{HP_NUM_POINT_FOR_SCALER, "All rows are looked at."},
	{HP_NUM_CALIBRATION_SAMPLES, "All rows are looked at."},
	{HP_NUM_MODELS, "One model is trained."},
};

void
shard_train_read(Jsonb *options, bool numbers, Hyperparameters *settings)
{
	options_read(options, train_options_other, settings);
	class_weights_check(options);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE) && numbers &&
		(hp_is_auto(settings, HP_LOSS) ||
		 loss_table[candidate_loss(settings)].predictors & APPLIES_REGRESSOR))
		settings->value[HP_PREDICTOR_TYPE] = PREDICTOR_REGRESSOR;
	for (int i = 0; i < lengthof(needs_rows); i++)
		if (settings->given[needs_rows[i].row] &&
			!(needs_rows[i].row == HP_NUM_MODELS &&
			  settings->value[HP_NUM_MODELS] == 1.0))
			refuse(needs_rows[i].row, needs_rows[i].why);
	if (!hp_is_auto(settings, HP_OPTIMIZER) && !hp_solves(settings))
		refuse(HP_OPTIMIZER, "Its values are newton and lbfgs, and exact for "
							 "a regressor with squared_loss.");
	if (!hp_is_auto(settings, HP_LOSS) &&
		loss_table[candidate_loss(settings)].kinked)
		refuse(HP_LOSS, "A loss with kinks is not trained by passes.");
	if (!hp_is_auto(settings, HP_OPTIMIZER) &&
		hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_NEWTON &&
		(hp_wants_l1(settings) || hp_is_nonnegative(settings)) &&
		(hp_is_auto(settings, HP_LOSS) ||
		 candidate_loss(settings) == LOSS_SQUARED) &&
		settings->value[HP_PREDICTOR_TYPE] == PREDICTOR_REGRESSOR)
		refuse(HP_OPTIMIZER, "Squared loss with weights that are held at 0 is "
							 "for lbfgs here.");
	if (hp_quantiles(settings) > 1)
		refuse(HP_QUANTILE, "A loss with kinks is not trained by passes.");
	if (hp_has_l1_path(settings))
		refuse(HP_L1, "A path is not trained by passes; give a number.");
	if (settings->value[HP_STANDARD_ERRORS] != ERRORS_MODEL)
		refuse(HP_STANDARD_ERRORS, "Those of the model are given alone.");
	if (hp_integer(settings, HP_ON_INVALID) == ON_INVALID_SKIP)
		refuse(HP_ON_INVALID, "Leave such rows out by a filter.");
	if (settings->given[HP_REFIT] && settings->value[HP_REFIT] == 1.0)
		refuse(HP_REFIT, "Train again with other rows as train.");
}

/* ---- The classes ---- */

/* The codes or numbers of the survey's labels, in their order. */
static ClassDictionary
read_dictionary(TrainState *state, ShardLabels *labels)
{
	ClassDictionary dictionary = {palloc((labels->count + 2) * sizeof(double)),
								  0};
	Failure failure = {0};
	Status status = LL_OK;

	/* A boolean has both of its values, seen or not. */
	for (int value = 0; value < 2 && state->labels.kind == LABEL_BOOLEAN;
		 value++)
	{
		(void) shard_labels_find(labels, value, NULL, 0, &status, &failure);
		CHECK_STATUS(status, failure);
	}
	shard_labels_sort(labels);
	for (uint32 i = 0; i < labels->count; i++)
	{
		const ShardLabel *label = &labels->labels[i];

		CHECK_FOR_INTERRUPTS();
		if (label->text == NULL)
			dictionary.labels[i] = label->value;
		else
		{
			const char *text = server_of_utf8(label->text, label->size);

			dictionary.labels[i] = label_reader_code(&state->labels, text);
		}
	}
	dictionary.count = labels->count;
	return dictionary;
}

/* Adds the numbers that num_classes has beyond those that rows have. */
static void
add_numbers(ShardLabels *labels, const ClassDictionary *dictionary)
{
	Failure failure = {0};
	Status status;

	for (uint32 i = 0; i < dictionary->count; i++)
	{
		(void) shard_labels_find(labels, dictionary->labels[i], NULL, 0,
								 &status, &failure);
		CHECK_STATUS(status, failure);
	}
	shard_labels_sort(labels);
}

/* Learning from one class is none. */
static void
check_both_classes(const ShardLabels *labels)
{
	if (labels->labels[0].rows[CHANNEL_TRAIN] > 0 &&
		labels->labels[1].rows[CHANNEL_TRAIN] > 0)
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("all training rows have the same class"),
					errdetail("A binary_classifier learns from rows of "
							  "both.")));
}

/* Sets the problem's predictor and classes. */
static void
prepare_classes(FunctionCallInfo fcinfo, TrainState *state,
				ShardSurvey *survey, Hyperparameters *settings,
				Problem *problem)
{
	ShardLabels *labels = &survey->labels;
	ClassDictionary dictionary = {NULL, 0};
	bool open = hp_is_auto(settings, HP_PREDICTOR_TYPE);

	if (!open)
		problem->predictor =
			(PredictorType) hp_integer(settings, HP_PREDICTOR_TYPE);
	if (open || problem->predictor != PREDICTOR_REGRESSOR)
	{
		if (labels->too_many)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("labels have more than %d values",
								   SHARD_MAX_CLASSES),
							errhint("Numbers to predict need predictor_type "
									"\"regressor\".")));
		dictionary = read_dictionary(state, labels);
	}
	if (open)
		problem->predictor =
			train_choose_predictor(&state->labels, dictionary.count, settings);
	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	train_check_settings(&state->labels, settings);
	if (problem->predictor != PREDICTOR_REGRESSOR)
	{
		if (problem->predictor == PREDICTOR_MULTICLASS &&
			!hp_is_auto(settings, HP_NUM_CLASSES))
		{
			class_dictionary_check_range(fcinfo, state, settings, &dictionary);
			if (!survey->texts)
				add_numbers(labels, &dictionary);
		}
		(void) class_dictionary_check(state, problem->predictor, &dictionary);
		problem->classes = dictionary.count;
		if (problem->predictor == PREDICTOR_BINARY)
			check_both_classes(labels);
	}
	class_weights_apply(state, fcinfo, &dictionary, settings, problem);
	state->class_labels = dictionary.labels;
	state->class_count = dictionary.count;
}

/* ---- The problem ---- */

/* The rows of each channel as a problem sees them. */
static void
describe_rows(const ShardSurvey *survey, Shards *shards,
			  const uint8_t *scaling, const Runtime *runtime, Rows *rows,
			  Problem *problem)
{
	FeatureSpread *spreads = shards_spreads(survey, runtime);

	if (spreads == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (int c = 0; c < CHANNEL_COUNT; c++)
	{
		rows[c] = (Rows){.runtime = *runtime,
						 .format = survey->format,
						 .dimension = survey->dimension,
						 .count = survey->channels[c].rows,
						 .fingerprint = survey->channels[c].fingerprint,
						 .scaling = scaling,
						 .magnitudes = survey->magnitudes,
						 .shards = shards,
						 .spreads = spreads};
		problem->rows[c] = &rows[c];
	}
}

/* What a training cannot do without. */
static void
check_rows(const ShardSurvey *survey, const Hyperparameters *settings)
{
	if (!hp_is_auto(settings, HP_FEATURE_DIM) &&
		hp_integer(settings, HP_FEATURE_DIM) != survey->dimension)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows have %u features, not %d", survey->dimension,
						(int) hp_integer(settings, HP_FEATURE_DIM)),
				 errdetail("Option feature_dim says so.")));
	if (survey->channels[CHANNEL_TRAIN].rows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND), errmsg("no training rows"),
				 errdetail("Rows of other channels: " UINT64_FORMAT
						   ", rows with a NULL label: " UINT64_FORMAT ".",
						   survey->channels[CHANNEL_VALIDATION].rows +
							   survey->channels[CHANNEL_TEST].rows,
						   survey->unlabelled)));
	if (survey->channels[CHANNEL_TRAIN].rows > PG_UINT32_MAX * (uint64) 1024)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows")));
}

/* A model has so many weights that passes can sum. */
static void
check_width(const ShardSurvey *survey, const Problem *problem)
{
	Size outputs =
		problem->predictor == PREDICTOR_MULTICLASS ? problem->classes : 1;

	if (((Size) survey->dimension + 1) * outputs > SHARD_MAX_WEIGHTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a model of %zu weights is too large for passes",
						((Size) survey->dimension + 1) * outputs),
				 errdetail("It may have %zu.", SHARD_MAX_WEIGHTS)));
}

/* What survives of the training until the model is written. */
typedef struct FarTraining
{
	Survey *survey;
	TrainState *state;
	const uint8_t *scaling; /* of sparse terms of columns; else NULL */
	Shards shards;
	Rows rows[CHANNEL_COUNT];
	Problem problem;
	Hyperparameters settings;
} FarTraining;

/* Whether the rows are as many as those that their columns were surveyed of. */
static void
check_same_rows(const ShardSurvey *survey, const FarColumns *columns)
{
	for (int c = 0; c < CHANNEL_COUNT; c++)
		if (survey->channels[c].rows != columns->rows[c])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rows have changed during the training"),
					 errdetail("Pass 2 saw " UINT64_FORMAT " rows of a "
							   "channel, the first one " UINT64_FORMAT ".",
							   survey->channels[c].rows, columns->rows[c]),
					 errhint("Train when nobody writes to the tables, or on "
							 "copies.")));
}

static void
prepare(FunctionCallInfo fcinfo, FarTraining *training, Passes *passes,
		FarColumns *columns, Jsonb *options)
{
	Survey *survey = training->survey;
	Problem *problem = &training->problem;
	Hyperparameters *settings = &training->settings;
	TrainState *state = train_state_create(CurrentMemoryContext);
	Failure failure = {0};

	training->state = state;
	training->scaling = columns != NULL ? columns->scaling : NULL;
	state->options = options;
	state->unlabelled = survey->shards.unlabelled;
	if (columns != NULL)
	{
		check_same_rows(&survey->shards, columns);
		state->table = columns->table;
	}
	label_reader_init(&state->labels, survey->label_type, state->context);
	check_rows(&survey->shards, settings);
	problem->runtime = pg_runtime(CurrentMemoryContext);
	problem->pool = thread_pool_start(&problem->runtime);
	prepare_classes(fcinfo, state, &survey->shards, settings, problem);
	check_width(&survey->shards, problem);
	CHECK_STATUS(shards_init(&training->shards, &survey->shards,
							 &problem->runtime, &failure),
				 failure);
	training->shards.classes = problem->classes;
	training->shards.ask = passes_ask;
	training->shards.context = passes;
	describe_rows(&survey->shards, &training->shards, training->scaling,
				  &problem->runtime, training->rows, problem);
	problem->host = problem;
	problem->progress = train_show_progress;
	if (!hp_is_auto(settings, HP_MAX_SECONDS))
		problem->deadline = clock_seconds() + settings->value[HP_MAX_SECONDS];
	state->rows[CHANNEL_TRAIN].dimension = survey->shards.dimension;
	train_columns_describe(state, problem);
	bounded_features_apply(state, settings, problem);
	CHECK_STATUS(problem_prepare(problem, &failure), failure);
}

/* Warns of options without an effect; passes tell when to end early. */
static void
warn_idle(FunctionCallInfo fcinfo, const Hyperparameters *settings,
		  const Model *model)
{
	Hyperparameters given = *settings;

	if (model->channels[CHANNEL_VALIDATION].rows > 0)
		given.given[HP_EARLY_STOPPING_PATIENCE] =
			given.given[HP_EARLY_STOPPING_TOLERANCE] = false;
	train_warn_idle(fcinfo, &given, model);
}

Datum
shard_train(FunctionCallInfo fcinfo, Passes *passes, FarColumns *columns,
			Jsonb *options, const Hyperparameters *settings)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(
		outer, "linlearn training by passes", ALLOCSET_DEFAULT_SIZES);
	FarTraining *training;
	Failure failure = {0};
	Model model;
	bytea *bytes, *result;

	MemoryContextSwitchTo(context);
	progress_begin(NULL);
	progress_update(PROGRESS_PREPARING, 0, 0, 0, 0, 0, NAN, NAN);
	bytes = passes_run(passes, passes->survey, NULL);
	if (bytes == NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("source has no row to train on")));
	training = palloc0(sizeof(FarTraining));
	training->settings = *settings;
	training->survey = survey_read(bytes, context);
	prepare(fcinfo, training, passes, columns, options);
	progress_begin(hyperparameter_table[HP_PREDICTOR_TYPE]
					   .choices[training->problem.predictor]);
	CHECK_STATUS(train_model(&training->problem, &training->settings, NULL,
							 &model, &failure),
				 failure);
	warn_idle(fcinfo, settings, &model);
	train_notice_end(fcinfo, &model);
	if (columns != NULL)
		train_columns_warn(fcinfo, training->state, settings);
	train_state_label_model(training->state, &training->problem, &model);
	result = train_state_encode(&model);
	MemoryContextSwitchTo(outer);
	bytes = palloc(VARSIZE(result));
	memcpy(bytes, result, VARSIZE(result));
	MemoryContextDelete(context);
	progress_end();
	PG_RETURN_BYTEA_P(bytes);
}
