/*
 * tune_options.c
 *		Tuning requests out of jsonb, and back.
 */
#include "pg/tune_options.h"

#include <math.h>

#include "pg/json_text.h"
#include "pg/options.h"
#include "pg/runtime.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* What may be wrong with an argument is always this. */
#define INVALID errcode(ERRCODE_INVALID_PARAMETER_VALUE)

/* The keys of a request beside the hyperparameters. */
typedef struct TuneKey
{
	const char *name;
	void (*read)(TuneOptions *options, const char *key, JsonbValue *value);
} TuneKey;

/* ---- Scalars ---- */

static void
wrong_value(const char *key, const char *allowed)
{
	ereport(ERROR,
			(INVALID, errmsg("invalid value for tuning key \"%s\"", key),
			 errdetail("It must be %s.", allowed)));
}

static double
read_number(const char *key, const JsonbValue *value)
{
	if (value->type != jbvNumeric)
		wrong_value(key, "a number");
	return DatumGetFloat8(DirectFunctionCall1(
		numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

static uint32
read_integer(const char *key, const JsonbValue *value, uint32 minimum,
			 uint32 maximum)
{
	char *allowed = psprintf("an integer from %u to %u", minimum, maximum);
	double number;

	if (value->type != jbvNumeric)
		wrong_value(key, allowed);
	number = read_number(key, value);
	if (!(number >= minimum && number <= maximum) || number != floor(number))
		wrong_value(key, allowed);
	return (uint32) number;
}

static char *
read_text(const char *key, const JsonbValue *value)
{
	if (value->type != jbvString)
		wrong_value(key, "a text");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* The place of a text among names, in any case. */
static int
read_choice(const char *key, const JsonbValue *value, const char *const *names)
{
	char *text = read_text(key, value);
	StringInfoData allowed;

	initStringInfo(&allowed);
	for (int i = 0; names[i] != NULL; i++)
	{
		if (pg_strcasecmp(names[i], text) == 0)
			return i;
		appendStringInfo(&allowed, "%s\"%s\"", i > 0 ? ", " : "one of ",
						 names[i]);
	}
	wrong_value(key, allowed.data);
	return -1;
}

/* ---- Ranges ---- */

/* A member of an object, or NULL. */
static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = (int) strlen(key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

/* Reads the values of a categorical range. */
static void
read_categories(Range *range, const char *name, const JsonbValue *list)
{
	JsonbIterator *iterator;
	JsonbValue value;
	JsonbIteratorToken token;

	if (list == NULL || list->type != jbvBinary ||
		!JsonContainerIsArray(list->val.binary.data))
		ereport(ERROR, (INVALID, errmsg("categorical range of \"%s\" has no "
										"array of values",
										name)));
	iterator = JsonbIteratorInit(list->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		Hyperparameters parsed;

		if (token != WJB_ELEM)
			continue;
		if (range->category_count == RANGE_MAX_CATEGORIES)
			ereport(ERROR, (INVALID, errmsg("range of \"%s\" has more than %d "
											"values",
											name, RANGE_MAX_CATEGORIES)));
		hyperparameters_init(&parsed);
		options_set(&parsed, range->row, &value);
		range->categories[range->category_count++] = parsed.value[range->row];
	}
}

/* Reads one bound of a continuous or integer range. */
static double
read_bound(JsonbContainer *object, const char *name, const char *key)
{
	JsonbValue *value = member(object, key);

	if (value == NULL || value->type != jbvNumeric)
		ereport(ERROR, (INVALID, errmsg("range of \"%s\" has no number "
										"\"%s\"",
										name, key)));
	return read_number(key, value);
}

/* An object that is not what linlearn_continuous and its like make. */
static void
check_range_keys(JsonbContainer *object, const char *name)
{
	static const char *const known[] = {"type",	   "min",	 "max",
										"scaling", "values", NULL};
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		bool found = false;
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		for (int i = 0; known[i] != NULL; i++)
			found |= strcmp(known[i], key) == 0;
		if (!found)
			ereport(ERROR,
					(INVALID,
					 errmsg("unrecognized key \"%s\" in the range of "
							"\"%s\"",
							key, name),
					 errhint("Use linlearn_continuous, linlearn_integer or "
							 "linlearn_categorical.")));
	}
}

/* Reads the range of one hyperparameter. */
static void
read_range(TuneOptions *options, const char *name, JsonbValue *value)
{
	Range range = {.row = options_row(name)};
	JsonbContainer *object;
	JsonbValue *part;
	Failure failure = {0};

	if (value->type != jbvBinary)
		ereport(ERROR,
				(INVALID, errmsg("range of \"%s\" is not an object", name),
				 errhint("Use linlearn_continuous, linlearn_integer or "
						 "linlearn_categorical; a fixed value belongs to the "
						 "top level.")));
	object = value->val.binary.data;
	if (JsonContainerIsArray(object))
	{
		range.kind = RANGE_CATEGORICAL;
		read_categories(&range, name, value);
	}
	else
	{
		check_range_keys(object, name);
		part = member(object, "type");
		if (part == NULL)
			ereport(ERROR, (INVALID,
							errmsg("range of \"%s\" has no \"type\"", name)));
		range.kind = (RangeKind) read_choice("type", part, range_kind_names);
		part = member(object, "scaling");
		if (part != NULL)
			range.scaling =
				(Scaling) read_choice("scaling", part, scaling_names);
		if (range.kind == RANGE_CATEGORICAL)
			read_categories(&range, name, member(object, "values"));
		else
		{
			range.minimum = read_bound(object, name, "min");
			range.maximum = read_bound(object, name, "max");
		}
	}
	CHECK_STATUS(space_add(&options->request.space, &range, &failure),
				 failure);
}

static void
read_ranges(TuneOptions *options, const char *key, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue part;
	JsonbIteratorToken token;

	if (value->type == jbvString &&
		pg_strcasecmp(read_text(key, value), "auto") == 0)
	{
		options->request.recommended = true;
		return;
	}
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		wrong_value(key, "an object of ranges, or \"auto\"");
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		char *name;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(part.val.string.val, part.val.string.len);
		(void) JsonbIteratorNext(&iterator, &part, true);
		read_range(options, name, &part);
	}
}

/* ---- Warm start ---- */

/* Reads one trial of an earlier tuning. */
static void
read_prior(JsonbValue *value, PriorTrial *prior)
{
	JsonbValue *objective, *settings, part;
	JsonbIterator *iterator;
	JsonbIteratorToken token;

	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		wrong_value("warm_start", "what linlearn_warm_start(model) returns");
	objective = member(value->val.binary.data, "objective");
	settings = member(value->val.binary.data, "hyperparameters");
	if (objective == NULL || objective->type != jbvNumeric ||
		settings == NULL || settings->type != jbvBinary ||
		!JsonContainerIsObject(settings->val.binary.data))
		wrong_value("warm_start", "what linlearn_warm_start(model) returns");
	prior->objective = read_number("objective", objective);
	hyperparameters_init(&prior->settings);
	iterator = JsonbIteratorInit(settings->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		Hyperparameter row;

		if (token != WJB_KEY)
			continue;
		row = options_row(pnstrdup(part.val.string.val, part.val.string.len));
		(void) JsonbIteratorNext(&iterator, &part, true);
		options_set(&prior->settings, row, &part);
	}
}

/* Reads the trials of one earlier model. */
static void
read_warm_start_model(TuneOptions *options, JsonbContainer *object)
{
	JsonbValue *type = member(object, "type");
	JsonbValue *objective = member(object, "objective");
	JsonbValue *fingerprint = member(object, "fingerprint");
	JsonbValue *trials = member(object, "trials");
	TuneRequest *request = &options->request;
	WarmStart *warm;
	JsonbIterator *iterator;
	JsonbValue part;
	JsonbIteratorToken token;
	uint32 count;

	if (options->warm_start_count == WARM_START_MODELS)
		ereport(ERROR, (INVALID, errmsg("warm_start takes at most %d models",
										WARM_START_MODELS)));
	if (type == NULL || objective == NULL || fingerprint == NULL ||
		trials == NULL || trials->type != jbvBinary ||
		!JsonContainerIsArray(trials->val.binary.data))
		wrong_value("warm_start", "what linlearn_warm_start(model) returns");
	warm = &options->warm_starts[options->warm_start_count++];
	warm->type =
		(WarmStartType) read_choice("warm_start", type, warm_start_names);
	warm->objective = read_text("warm_start", objective);
	warm->fingerprint = read_text("warm_start", fingerprint);
	count = JsonContainerSize(trials->val.binary.data);
	request->priors =
		request->priors == NULL
			? palloc0(Max(count, 1) * sizeof(PriorTrial))
			: repalloc(request->priors, (request->prior_count + count + 1) *
											sizeof(PriorTrial));
	iterator = JsonbIteratorInit(trials->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		PriorTrial *prior = &request->priors[request->prior_count];

		if (token != WJB_ELEM)
			continue;
		prior->type = warm->type;
		read_prior(&part, prior);
		request->prior_count++;
	}
}

static void
read_warm_start(TuneOptions *options, const char *key, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue part;
	JsonbIteratorToken token;

	if (value->type != jbvBinary)
		wrong_value(key, "what linlearn_warm_start(model) returns, or an "
						 "array of these");
	if (JsonContainerIsObject(value->val.binary.data))
	{
		read_warm_start_model(options, value->val.binary.data);
		return;
	}
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (part.type != jbvBinary ||
			!JsonContainerIsObject(part.val.binary.data))
			wrong_value(key, "what linlearn_warm_start(model) returns, or an "
							 "array of these");
		read_warm_start_model(options, part.val.binary.data);
	}
}

/* ---- The other keys ---- */

static void
read_objective(TuneOptions *options, const char *key, JsonbValue *value)
{
	Failure failure = {0};

	CHECK_STATUS(
		tune_set_objective(&options->request, read_text(key, value), &failure),
		failure);
}

static void
read_objective_type(TuneOptions *options, const char *key, JsonbValue *value)
{
	static const char *const directions[] = {"Minimize", "Maximize", NULL};

	options->request.options.maximize =
		read_choice(key, value, directions) == 1;
	options->request.direction_given = true;
}

static void
read_strategy(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.strategy =
		(TunerStrategy) read_choice(key, value, strategy_names);
}

static void
read_early_stopping(TuneOptions *options, const char *key, JsonbValue *value)
{
	static const char *const types[] = {"Off", "Auto", NULL};

	options->request.options.median_stopping =
		read_choice(key, value, types) == 1;
}

static void
read_max_jobs(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.max_jobs =
		read_integer(key, value, 1, TUNER_MAX_JOBS);
}

static void
read_max_parallel_jobs(TuneOptions *options, const char *key,
					   JsonbValue *value)
{
	options->request.options.max_parallel_jobs =
		read_integer(key, value, 1, 100);
}

static void
read_target(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.target = read_number(key, value);
}

static void
read_folds(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.folds = read_integer(key, value, 2, TUNE_MAX_FOLDS);
}

static void
read_min_resource(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.options.min_resource = read_integer(key, value, 1, 20000);
	options->min_resource_given = true;
}

static void
read_max_resource(TuneOptions *options, const char *key, JsonbValue *value)
{
	options->request.max_resource = read_integer(key, value, 1, 20000);
}

static const TuneKey keys[] = {{"objective", read_objective},
							   {"objective_type", read_objective_type},
							   {"strategy", read_strategy},
							   {"ranges", read_ranges},
							   {"max_jobs", read_max_jobs},
							   {"max_parallel_jobs", read_max_parallel_jobs},
							   {"early_stopping_type", read_early_stopping},
							   {"target_objective_metric_value", read_target},
							   {"folds", read_folds},
							   {"warm_start", read_warm_start},
							   {"min_resource", read_min_resource},
							   {"max_resource", read_max_resource}};

/* Reports a key that is neither ours nor a hyperparameter. */
static void
unknown_key(const char *key)
{
	const char *nearest = NULL;
	int best = (int) strlen(key) / 2 + 1;

	for (size_t i = 0; i < lengthof(keys); i++)
		if (name_distance(key, keys[i].name) < best)
		{
			best = name_distance(key, keys[i].name);
			nearest = keys[i].name;
		}
	for (int row = 0; row < HP_COUNT; row++)
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

/* Reads one key of the request. */
static void
read_key(TuneOptions *options, const char *key, JsonbValue *value)
{
	int row = hyperparameters_find(key);

	for (size_t i = 0; i < lengthof(keys); i++)
		if (strcmp(keys[i].name, key) == 0)
		{
			keys[i].read(options, key, value);
			return;
		}
	if (row < 0)
		unknown_key(key);
	options_set(&options->request.fixed, (Hyperparameter) row, value);
}

void
tune_options_read(Jsonb *tuning, TuneOptions *options)
{
	JsonbIterator *iterator;
	JsonbValue value;
	JsonbIteratorToken token;

	memset(options, 0, sizeof(*options));
	tune_request_init(&options->request);
	if (tuning == NULL || !JB_ROOT_IS_OBJECT(tuning))
		ereport(ERROR, (INVALID, errmsg("the tuning must be a JSON object"),
						errhint("For example '{\"objective\": "
								"\"validation:objective_loss\", \"ranges\": "
								"\"auto\"}'.")));
	iterator = JsonbIteratorInit(&tuning->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_key(options, key, &value);
	}
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

char *
rows_fingerprint(uint64 train, uint64 validation)
{
	return psprintf("%016llx", (unsigned long long) (train + 3 * validation));
}

void
tune_options_check_warm_starts(const TuneOptions *options,
							   const Problem *problem)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	char *fingerprint =
		rows_fingerprint(problem->rows[CHANNEL_TRAIN]->fingerprint,
						 validation != NULL ? validation->fingerprint : 0);

	for (int i = 0; i < options->warm_start_count; i++)
	{
		const WarmStart *warm = &options->warm_starts[i];

		if (strcmp(warm->objective, options->request.objective) != 0)
			ereport(ERROR, (INVALID,
							errmsg("warm_start has another objective, \"%s\"",
								   warm->objective),
							errdetail("The tuning's objective is \"%s\".",
									  options->request.objective)));
		if (warm->type == WARM_START_IDENTICAL &&
			strcmp(warm->fingerprint, fingerprint) != 0)
			ereport(ERROR,
					(INVALID,
					 errmsg("warm_start comes from a tuning over other rows"),
					 errhint("Use linlearn_warm_start(model, "
							 "'TransferLearning').")));
	}
}

/* ---- What a model keeps of a request ---- */

static void
append_range(StringInfo json, const Range *range)
{
	char value[64];

	json_append_key(json, hyperparameter_table[range->row].name);
	appendStringInfo(json, "{\"type\": \"%s\"", range_kind_names[range->kind]);
	if (range->kind == RANGE_CATEGORICAL)
	{
		appendStringInfoString(json, ", \"values\": [");
		for (uint32 i = 0; i < range->category_count; i++)
		{
			hyperparameters_format(range->row, range->categories[i], value,
								   sizeof(value));
			appendStringInfo(json, "%s%s", i > 0 ? ", " : "", value);
		}
		appendStringInfoChar(json, ']');
	}
	else
	{
		hyperparameters_format(range->row, range->minimum, value,
							   sizeof(value));
		appendStringInfo(json, ", \"min\": %s", value);
		hyperparameters_format(range->row, range->maximum, value,
							   sizeof(value));
		appendStringInfo(json, ", \"max\": %s, \"scaling\": \"%s\"", value,
						 scaling_names[range->scaling]);
	}
	appendStringInfoChar(json, '}');
}

void
tune_options_format(const TuneRequest *request, char *buffer, size_t size)
{
	const TunerOptions *options = &request->options;
	StringInfoData json;
	int without_ranges;

	initStringInfo(&json);
	appendStringInfo(
		&json,
		"{\"objective\": \"%s\", \"objective_type\": \"%s\", "
		"\"strategy\": \"%s\", \"max_parallel_jobs\": %u, "
		"\"early_stopping_type\": \"%s\"",
		request->objective, options->maximize ? "Maximize" : "Minimize",
		strategy_names[options->strategy], options->max_parallel_jobs,
		options->median_stopping ? "Auto" : "Off");
	if (request->folds > 0)
		json_append_count_field(&json, "folds", request->folds);
	if (!isnan(options->target))
		json_append_field(&json, "target_objective_metric_value",
						  options->target);
	if (request->prior_count > 0)
		json_append_count_field(&json, "warm_start_trials",
								request->prior_count);
	without_ranges = json.len;
	json_append_key(&json, "ranges");
	appendStringInfoChar(&json, '{');
	for (uint32 i = 0; i < request->space.count; i++)
		append_range(&json, &request->space.ranges[i]);
	appendStringInfoString(&json, "}}");
	/* Thirty categories of many rows can be too long to keep. */
	if ((size_t) json.len >= size)
	{
		json.len = without_ranges;
		json.data[json.len] = '\0';
		appendStringInfoChar(&json, '}');
	}
	strlcpy(buffer, json.data, size);
}
