/*
 * train_prepare.c
 *		From gathered rows to a problem to train on, and from a model to bytes.
 */
#include "pg/train/train_state.h"

#include <math.h>
#include <unistd.h>

#include "core/base/random.h"
#include "core/math/blas.h"
#include "core/rows/rows_order.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "pg/base/text_encoding.h"
#include "pg/train/progress.h"
#include "pg/train/train_check.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Stream of the seed that validation_fraction draws from. */
#define STREAM_VALIDATION 3

/* Windows of spilled rows that fit into linlearn.train_mem: one a channel. */
#define WINDOWS_IN_MEMORY (CHANNEL_COUNT + 1)

/* ---- Threads ---- */

/* How many threads a training may use. */
static int
thread_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (linlearn_threads > 0)
		return linlearn_threads;
	return Max(1, Min((int) cores, max_parallel_workers_per_gather + 1));
}

/* Ends the pool when its memory context goes, on success or error. */
static void
stop_pool(void *argument)
{
	threads_stop((ThreadPool *) argument);
}

/* Starts as many threads as OpenBLAS has memory for. */
static ThreadPool *
start_pool(const Runtime *runtime)
{
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	Failure failure = {0};
	const Blas *blas;
	ThreadPool *pool;
	size_t callers;

	CHECK_STATUS(blas_open(&blas, &failure), failure);
	CHECK_STATUS(blas_reserve((size_t) thread_count(), &callers, &failure),
				 failure);
	CHECK_STATUS(threads_start(&pool, (int) callers, runtime, &failure),
				 failure);
	callback->func = stop_pool;
	callback->arg = pool;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return pool;
}

/* ---- Progress ---- */

/* A loss to show: nothing yet is infinite. */
static double
shown_loss(double loss)
{
	return isfinite(loss) ? loss : NAN;
}

/*
 * Shows how far the training is.  The compute threads wait meanwhile, so what
 * else the server asks of this backend (barriers, memory logs) is served here;
 * an error raised now unwinds safely, since memory and threads belong to the
 * current memory context.
 */
static void
show_progress(void *host, const TrainerProgress *progress)
{
	const Problem *problem = host;

	CHECK_FOR_INTERRUPTS();
	progress_update(progress->phase, progress->epoch, progress->epochs,
					progress->trial, progress->trials,
					(int64) problem->rows[CHANNEL_TRAIN]->count,
					shown_loss(progress->train_loss),
					shown_loss(progress->validation_loss));
}

/* ---- Labels ---- */

/* Distinct labels, ascending: numbers and enums by value, texts by bytes. */
typedef struct Dictionary
{
	double *labels;				/* as the rows hold them */
	uint32 count;
} Dictionary;

/* May be interrupted: a sort of these in place holds nothing but memory. */
static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	CHECK_FOR_INTERRUPTS();
	return (x > y) - (x < y);
}

static int
compare_codes(const void *a, const void *b, void *reader)
{
	const LabelReader *labels = reader;

	CHECK_FOR_INTERRUPTS();
	return label_reader_compare(labels, (uint32) *(const double *) a,
								(uint32) *(const double *) b);
}

/* The distinct labels of all channels' rows. */
static Dictionary
collect_labels(const TrainState *state)
{
	Dictionary dictionary = {NULL, 0};
	size_t total = 0, at = 0;
	double *all;

	for (int i = 0; i < CHANNEL_COUNT; i++)
		total += state->rows[i].count;
	all = MemoryContextAllocHuge(CurrentMemoryContext,
								 Max(total, 2) * sizeof(double));
	for (int i = 0; i < CHANNEL_COUNT; i++)
		for (size_t row = 0; row < state->rows[i].count; row++)
		{
			CHECK_FOR_INTERRUPTS();
			all[at++] = state->rows[i].labels[row];
		}
	if (state->labels.kind == LABEL_BOOLEAN)
	{
		all[0] = 0.0;
		all[1] = 1.0;
		total = 2;
	}
	qsort(all, total, sizeof(double), compare_doubles);
	for (size_t i = 0; i < total; i++)
		if (i == 0 || all[i] != all[i - 1])
			all[dictionary.count++] = all[i];
	if (state->labels.kind == LABEL_TEXT)
		qsort_arg(all, dictionary.count, sizeof(double), compare_codes,
				  (void *) &state->labels);
	dictionary.labels = all;
	return dictionary;
}

/* With num_classes given, labels are 0 .. num_classes - 1. */
static void
check_class_range(const TrainState *state, const Hyperparameters *settings,
				  Dictionary *dictionary)
{
	uint32 classes = (uint32) settings->value[HP_NUM_CLASSES];

	if (state->labels.kind == LABEL_TEXT)
	{
		if (dictionary->count > classes)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("labels have %u values, more than num_classes %u",
							dictionary->count, classes)));
		return;
	}
	for (uint32 i = 0; i < dictionary->count; i++)
	{
		double label = dictionary->labels[i];

		if (!(label >= 0 && label < classes && label == floor(label)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("label %g is out of range", label),
					 errdetail("With num_classes %u given, labels are the "
							   "integers from 0 to %u.", classes, classes - 1)));
	}
	dictionary->labels = MemoryContextAllocHuge(CurrentMemoryContext,
												classes * sizeof(double));
	for (uint32 i = 0; i < classes; i++)
		dictionary->labels[i] = i;
	dictionary->count = classes;
}

/* Marks a label that no class has. */
#define NO_CLASS UINT32_MAX

/* The class of each code of a text label. */
static uint32 *
classes_by_code(const TrainState *state, const Dictionary *dictionary)
{
	uint32 *classes = MemoryContextAllocHuge(
		CurrentMemoryContext, Max(state->labels.texts.count, 1) * sizeof(uint32));

	for (uint32 i = 0; i < state->labels.texts.count; i++)
		classes[i] = NO_CLASS;
	for (uint32 i = 0; i < dictionary->count; i++)
		classes[(uint32) dictionary->labels[i]] = i;
	return classes;
}

/* The class of a label; by_code is NULL unless labels are codes of texts. */
static uint32
class_of_label(const Dictionary *dictionary, const uint32 *by_code,
			   double label)
{
	const double *found;

	if (by_code != NULL)
		return by_code[(uint32) label];
	found = bsearch(&label, dictionary->labels, dictionary->count,
					sizeof(double), compare_doubles);
	return found == NULL ? NO_CLASS : (uint32) (found - dictionary->labels);
}

/* The dictionary of a model to go on from. */
static Dictionary
model_dictionary(TrainState *state, const Model *model)
{
	Dictionary dictionary = {NULL, model->label_count};

	dictionary.labels = MemoryContextAllocHuge(
		CurrentMemoryContext, Max(dictionary.count, 1) * sizeof(double));
	for (uint32 i = 0; i < dictionary.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		dictionary.labels[i] = state->labels.kind == LABEL_TEXT ?
			label_reader_code(&state->labels, model->labels[i].text) :
			model->labels[i].value;
		if (i > 0 && state->labels.kind != LABEL_TEXT &&
			!(dictionary.labels[i - 1] < dictionary.labels[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("classes of init_model are out of order")));
	}
	return dictionary;
}

/*
 * Going on from a model, the classes are the model's and keep their places:
 * rows may lack some of them, but bring no other.
 */
static void
take_dictionary(TrainState *state, const Model *model, Dictionary *dictionary)
{
	Dictionary known;
	uint32 *by_code = NULL;

	if (label_kind(model->label_type) != state->labels.kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("labels of type %s do not fit init_model",
						state->labels.type_name),
				 errdetail("Its labels are of type %s.", model->label_type),
				 errhint("Cast the labels to %s.", model->label_type)));
	known = model_dictionary(state, model);
	if (state->labels.kind == LABEL_TEXT)
		by_code = classes_by_code(state, &known);
	for (uint32 i = 0; i < dictionary->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (class_of_label(&known, by_code, dictionary->labels[i]) == NO_CLASS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("label \"%s\" is not a class of init_model",
							label_reader_text(&state->labels,
											  dictionary->labels[i])),
					 errdetail("It has %u classes, \"%s\" to \"%s\".",
							   model->label_count, model->labels[0].text,
							   model->labels[model->label_count - 1].text),
					 errhint("Leave such rows out, or train without "
							 "init_model.")));
	}
	*dictionary = known;
}

/* A label as one writes it in SQL. */
static char *
label_literal(const LabelReader *reader, double label)
{
	char *text = label_reader_text(reader, label);

	return reader->kind == LABEL_TEXT ? quote_literal_cstr(text) : text;
}

#define NOTHING_HINT "With option on_invalid = skip such rows give NULL, " \
	"which helps with GROUP BY."

/*
 * Checks the number of classes against the predictor type; false when there is
 * only one and such rows are to be skipped.
 */
static bool
check_classes(const TrainState *state, PredictorType predictor,
			  const Dictionary *dictionary)
{
	if (dictionary->count < 2 && state->on_invalid == ON_INVALID_SKIP)
		return false;
	if (predictor == PREDICTOR_BINARY && dictionary->count != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a binary_classifier needs labels of two values, not "
						"%u", dictionary->count),
				 dictionary->count > 2 ?
					 errhint("Use \"multiclass_classifier\", or a boolean "
							 "expression such as label = %s.",
							 label_literal(&state->labels,
										   dictionary->labels[0])) :
					 errhint(NOTHING_HINT)));
	if (predictor == PREDICTOR_MULTICLASS && dictionary->count < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a multiclass_classifier needs labels of two or more "
						"values"),
				 errhint(NOTHING_HINT)));
	if (dictionary->count > 1000000)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("labels have %u values, more than 1000000",
						dictionary->count),
				 errhint("Numbers to predict need predictor_type "
						 "\"regressor\".")));
	return true;
}

/* Rewrites labels as class indexes. */
static void
index_labels(const TrainState *state, const Dictionary *dictionary, Rows *rows)
{
	uint32 *by_code = NULL;

	if (state->labels.kind == LABEL_TEXT)
		by_code = classes_by_code(state, dictionary);
	for (size_t i = 0; i < rows->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows->labels[i] = class_of_label(dictionary, by_code, rows->labels[i]);
	}
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
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
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
							validation, &failure),
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
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("no training rows"),
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
		CHECK_STATUS(rows_seal(&state->rows[i], &failure), failure);
		CHECK_FOR_INTERRUPTS();
		problem->rows[i] = &state->rows[i];
	}
}

/* Remembers the dictionary for train_state_label_model. */
static void
keep_dictionary(TrainState *state, const Dictionary *dictionary)
{
	state->class_labels = dictionary->labels;
	state->class_count = dictionary->count;
}

bool
train_state_prepare(TrainState *state, OptionsReader read_options,
					const Model *init_model, Hyperparameters *settings,
					Problem *problem)
{
	Dictionary dictionary = {NULL, 0};
	Failure failure = {0};

	read_options(state->options, settings);
	if (!check_any_rows(state))
		return false;
	finish_spill(state);
	memset(problem, 0, sizeof(*problem));
	problem->runtime = pg_runtime(CurrentMemoryContext);
	if (init_model != NULL && hp_is_auto(settings, HP_PREDICTOR_TYPE))
		settings->value[HP_PREDICTOR_TYPE] = init_model->predictor;
	if (!hp_is_auto(settings, HP_PREDICTOR_TYPE))
		problem->predictor =
			(PredictorType) hp_integer(settings, HP_PREDICTOR_TYPE);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE) ||
		problem->predictor != PREDICTOR_REGRESSOR)
		dictionary = collect_labels(state);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE))
		problem->predictor = train_choose_predictor(&state->labels,
													dictionary.count);
	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	train_check_settings(&state->labels, settings);
	if (problem->predictor != PREDICTOR_REGRESSOR)
	{
		if (init_model != NULL && init_model->predictor == problem->predictor)
			take_dictionary(state, init_model, &dictionary);
		if (problem->predictor == PREDICTOR_MULTICLASS &&
			!hp_is_auto(settings, HP_NUM_CLASSES))
			check_class_range(state, settings, &dictionary);
		if (!check_classes(state, problem->predictor, &dictionary))
			return false;
		problem->classes = dictionary.count;
		/* Before rows are ordered: the codes of texts depend on their order. */
		for (int i = 0; i < CHANNEL_COUNT; i++)
			index_labels(state, &dictionary, &state->rows[i]);
	}
	keep_dictionary(state, &dictionary);
	train_check_size(problem->predictor == PREDICTOR_MULTICLASS ?
					 dictionary.count : 1, state->feature_dim,
					 state->rows[CHANNEL_TRAIN].count, settings);
	problem->pool = start_pool(&problem->runtime);
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
	problem->host = problem;
	problem->progress = show_progress;
	problem->memory_limit = (size_t) linlearn_train_mem * 1024;
	if (!hp_is_auto(settings, HP_NUM_POINT_FOR_SCALER))
		problem->scaler_points =
			(size_t) settings->value[HP_NUM_POINT_FOR_SCALER];
	if (!hp_is_auto(settings, HP_MAX_SECONDS))
		problem->deadline = clock_seconds() + settings->value[HP_MAX_SECONDS];
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
	model->skipped_rows = state->skipped;
	model->unlabelled_rows = state->unlabelled;
	if (problem->predictor == PREDICTOR_REGRESSOR)
		return;
	model->label_count = state->class_count;
	model->labels = palloc0(state->class_count * sizeof(ModelLabel));
	for (uint32 i = 0; i < state->class_count; i++)
	{
		double label = state->class_labels[i];

		CHECK_FOR_INTERRUPTS();
		model->labels[i].text = state->labels.kind == LABEL_TEXT ?
			label_reader_utf8(&state->labels, (uint32) label) :
			label_reader_text(&state->labels, label);
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
