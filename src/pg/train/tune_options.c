/*
 * tune_options.c
 *		Tuning requests out of jsonb: the keys.
 *
 * Beside ours the keys of SageMaker's SDK and of its API are read, the latter
 * with their objects, so that a request can be carried over as it is.
 */
#include "pg/train/tune_options.h"

#include "nodes/pg_list.h"
#include "pg/base/options.h"
#include "pg/base/other_names.h"
#include "pg/base/runtime.h"
#include "pg/train/class_weights.h"
#include "pg/train/tune_values.h"

/* A key of a request beside the hyperparameters. */
typedef struct TuneKey
{
	const char *name;
	/* Reads its value; or members are those of an object. */
	void (*read)(TuneOptions *options, const char *key, JsonbValue *value);
	const struct TuneKey *members;
} TuneKey;

/* ---- One value each ---- */

static void
read_objective(TuneOptions *options, const char *key, JsonbValue *value)
{
	Failure failure = {0};

	CHECK_STATUS(
		tune_set_objective(&options->request, tune_text(key, value), &failure),
		failure);
}

static void
read_objective_type(TuneOptions *options, const char *key, JsonbValue *value)
{
	static const char *const directions[] = {"Minimize", "Maximize", NULL};

	options->request.options.maximize =
		tune_choice(key, value, directions) == 1;
	options->request.direction_given = true;
}

static void
read_strategy(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.strategy =
		(TunerStrategy) tune_choice(key, value, strategy_names);
	options->request.strategy_given = true;
}

static void
read_early_stopping(TuneOptions *options, const char *key, JsonbValue *value)
{
	static const char *const types[] = {"Off", "Auto", NULL};

	options->request.options.median_stopping =
		tune_choice(key, value, types) == 1;
}

static void
read_max_jobs(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.max_jobs =
		tune_integer(key, value, 1, TUNER_MAX_JOBS);
}

static void
read_max_parallel_jobs(TuneOptions *options, const char *key,
					   JsonbValue *value)
{
	options->request.options.max_parallel_jobs =
		tune_integer(key, value, 1, 100);
}

static void
read_target(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.target = tune_number(key, value);
}

static void
read_not_improving(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.max_not_improving =
		tune_integer(key, value, TUNER_LEAST_NOT_IMPROVING, TUNER_MAX_JOBS);
}

static void
read_convergence(TuneOptions *options, const char *key, JsonbValue *value)
{
	static const char *const states[] = {"Disabled", "Enabled", "false",
										 "true", NULL};

	options->request.options.complete_on_convergence =
		value->type == jbvBool ? value->val.boolean
							   : tune_choice(key, value, states) % 2 == 1;
}

static void
read_folds(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.folds = tune_integer(key, value, 2, TUNE_MAX_FOLDS);
}

static void
read_min_resource(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.min_resource = tune_integer(key, value, 1, 20000);
	options->min_resource_given = true;
}

static void
read_max_resource(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.max_resource = tune_integer(key, value, 1, 20000);
}

/* Sets a hyperparameter of all trials, which nothing else may set otherwise. */
static void
set_fixed(void *context, Hyperparameter row, const JsonbValue *value)
{
	TuneOptions *options = context;
	Hyperparameters *fixed = &options->request.fixed;
	double before = fixed->value[row];
	bool given = fixed->given[row];

	options_set(fixed, row, value);
	if (given && memcmp(&before, &fixed->value[row], sizeof(before)) != 0)
		ereport(ERROR, (INVALID, errmsg("\"%s\" is given twice, with "
										"different values",
										hyperparameter_table[row].name)));
}

static void
read_seed(TuneOptions *options, const char *key, JsonbValue *value)
{
	set_fixed(options, HP_SEED, value);
}

static void
read_max_seconds(TuneOptions *options, const char *key, JsonbValue *value)
{
	set_fixed(options, HP_MAX_SECONDS, value);
}

static void
read_fixed(void *context, char *key, JsonbValue *value)
{
	options_each(key, value, set_fixed, context);
}

/* Hyperparameters of all trials in an object of their own. */
static void
read_all_fixed(TuneOptions *options, const char *key, JsonbValue *value)
{
	tune_each(tune_object(key, value, "an object of hyperparameters"),
			  read_fixed, options);
}

/* ---- The keys ---- */

static const TuneKey objective_keys[] = {
	{"Type", read_objective_type}, {"MetricName", read_objective}, {NULL}};
static const TuneKey limit_keys[] = {
	{"MaxNumberOfTrainingJobs", read_max_jobs},
	{"MaxParallelTrainingJobs", read_max_parallel_jobs},
	{"MaxRuntimeInSeconds", read_max_seconds},
	{NULL}};
static const TuneKey not_improving_keys[] = {
	{"MaxNumberOfTrainingJobsNotImproving", read_not_improving}, {NULL}};
static const TuneKey convergence_keys[] = {
	{"CompleteOnConvergence", read_convergence}, {NULL}};
static const TuneKey completion_keys[] = {
	{"TargetObjectiveMetricValue", read_target},
	{"BestObjectiveNotImproving", NULL, not_improving_keys},
	{"ConvergenceDetected", NULL, convergence_keys},
	{"target_objective_metric_value", read_target},
	{"max_number_of_training_jobs_not_improving", read_not_improving},
	{"complete_on_convergence", read_convergence},
	{NULL}};
static const TuneKey hyperband_keys[] = {{"MinResource", read_min_resource},
										 {"MaxResource", read_max_resource},
										 {"min_resource", read_min_resource},
										 {"max_resource", read_max_resource},
										 {NULL}};
static const TuneKey strategy_keys[] = {
	{"HyperbandStrategyConfig", NULL, hyperband_keys},
	{"hyperband_strategy_config", NULL, hyperband_keys},
	{NULL}};

/* What the API has in HyperParameterTuningJobConfig. */
#define API_KEYS                                                              \
	{"Strategy", read_strategy}, {"StrategyConfig", NULL, strategy_keys},     \
		{"HyperParameterTuningJobObjective", NULL, objective_keys},           \
		{"ResourceLimits", NULL, limit_keys},                                 \
		{"ParameterRanges", tune_read_ranges},                                \
		{"TrainingJobEarlyStoppingType", read_early_stopping},                \
		{"TuningJobCompletionCriteria", NULL, completion_keys},               \
	{                                                                         \
		"RandomSeed", read_seed                                               \
	}

static const TuneKey config_keys[] = {API_KEYS, {NULL}};

static const TuneKey keys[] = {
	{"objective", read_objective},
	{"objective_type", read_objective_type},
	{"strategy", read_strategy},
	{"ranges", tune_read_ranges},
	{"max_jobs", read_max_jobs},
	{"max_parallel_jobs", read_max_parallel_jobs},
	{"early_stopping_type", read_early_stopping},
	{"target_objective_metric_value", read_target},
	{"max_not_improving", read_not_improving},
	{"complete_on_convergence", read_convergence},
	{"folds", read_folds},
	{"warm_start", tune_read_warm_start},
	{"min_resource", read_min_resource},
	{"max_resource", read_max_resource},
	/* the SDK's */
	{"objective_metric_name", read_objective},
	{"hyperparameter_ranges", tune_read_ranges},
	{"max_runtime_in_seconds", read_max_seconds},
	{"random_seed", read_seed},
	{"strategy_config", NULL, strategy_keys},
	{"completion_criteria_config", NULL, completion_keys},
	/* the API's */
	{"HyperParameterTuningJobConfig", NULL, config_keys},
	{"StaticHyperParameters", read_all_fixed},
	API_KEYS,
	{NULL}};

/* Reports a key that is neither of a table nor a hyperparameter. */
static void
unknown_key(const char *key, const TuneKey *table)
{
	const char *nearest = NULL;
	int best = (int) strlen(key) / 2 + 1;
	const char *note;

	if (table == keys && option_by_other_name(key, &note) != NULL)
		ereport(ERROR, (INVALID, errmsg("unrecognized tuning key \"%s\"", key),
						errhint("Here it is \"%s\".%s%s",
								option_by_other_name(key, &note),
								note[0] != '\0' ? " " : "", note)));
	for (const TuneKey *k = table; k->name != NULL; k++)
		if (name_distance(key, k->name) < best)
		{
			best = name_distance(key, k->name);
			nearest = k->name;
		}
	for (int row = 0; row < HP_COUNT && table == keys; row++)
		if (name_distance(key, hyperparameter_table[row].name) < best)
		{
			best = name_distance(key, hyperparameter_table[row].name);
			nearest = hyperparameter_table[row].name;
		}
	ereport(
		ERROR,
		(INVALID, errmsg("unrecognized tuning key \"%s\"", key),
		 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
}

/* An object of keys, while it is read. */
typedef struct KeyReader
{
	TuneOptions *options;
	const TuneKey *table;
	List **read; /* the TuneKeys so far, of all objects */
} KeyReader;

/* Reads a key's value, which must be what other names of the key said. */
static void
read_value(const KeyReader *reader, const TuneKey *key, JsonbValue *value)
{
	TuneOptions *options = reader->options;
	const TuneKey *other = NULL;
	TuneOptions *before;
	ListCell *cell;

	foreach (cell, *reader->read)
		if (((const TuneKey *) lfirst(cell))->read == key->read)
			other = lfirst(cell);
	*reader->read = lappend(*reader->read, unconstify(TuneKey *, key));
	/* ranges add up; none may come twice */
	if (other == NULL || key->read == tune_read_ranges)
	{
		key->read(options, key->name, value);
		return;
	}
	before = palloc(sizeof(*before));
	memcpy(before, options, sizeof(*before));
	key->read(options, key->name, value);
	if (memcmp(before, options, sizeof(*before)) != 0)
		ereport(ERROR, (INVALID, errmsg("tuning keys \"%s\" and \"%s\" "
										"contradict each other",
										other->name, key->name)));
	pfree(before);
}

static void
read_key(void *context, char *key, JsonbValue *value)
{
	const KeyReader *reader = context;
	const TuneKey *k = reader->table;

	while (k->name != NULL && strcmp(k->name, key) != 0)
		k++;
	if (k->name == NULL && reader->table == keys &&
		train_options_other(key, strlen(key)))
		return; /* of the rows' columns and classes */
	if (k->name == NULL)
	{
		if (reader->table != keys || (hyperparameters_find(key) < 0 &&
									  hyperparameters_find_object(key) < 0))
			unknown_key(key, reader->table);
		read_fixed(reader->options, key, value);
	}
	else if (k->members != NULL)
	{
		KeyReader inner = {reader->options, k->members, reader->read};

		tune_each(tune_object(key, value, "an object"), read_key, &inner);
	}
	else
		read_value(reader, k, value);
}

void
tune_options_read(Jsonb *tuning, TuneOptions *options)
{
	List *read = NIL;
	KeyReader reader = {options, keys, &read};

	memset(options, 0, sizeof(*options));
	tune_request_init(&options->request);
	if (tuning == NULL || !JB_ROOT_IS_OBJECT(tuning))
		ereport(ERROR, (INVALID, errmsg("the tuning must be a JSON object"),
						errhint("For example '{\"objective\": "
								"\"validation:objective_loss\", \"ranges\": "
								"\"auto\"}'.")));
	tune_each(&tuning->root, read_key, &reader);
	list_free(read);
	if (options->request.metric == NULL)
		ereport(ERROR, (INVALID, errmsg("the tuning has no objective"),
						errhint("Give \"objective\", for example "
								"\"validation:objective_loss\".")));
	if (!options->request.recommended && options->request.space.count == 0)
		ereport(ERROR, (INVALID, errmsg("there are no ranges to tune"),
						errhint("Give \"ranges\": an object of "
								"linlearn_continuous(...) and the like, or "
								"\"auto\".")));
}

void
tune_options_read_fixed(Jsonb *tuning, Hyperparameters *settings)
{
	TuneOptions *options = palloc(sizeof(TuneOptions));

	tune_options_read(tuning, options);
	*settings = options->request.fixed;
	pfree(options);
}
