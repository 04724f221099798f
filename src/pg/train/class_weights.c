/*
 * class_weights.c
 *		Option class_weights: what a row weighs in the training by its class.
 */
#include "pg/train/class_weights.h"

#include "miscadmin.h"
#include "pg/train/train_check.h"
#include "pg/values/table_options.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define KEY "class_weights"

/* Only proportions count: so far apart a double and a float hold them. */
#define LEAST_CLASS_WEIGHT 1e-15
#define LARGEST_CLASS_WEIGHT 1e15

/* Labels of no row that a warning names. */
#define NAMED_LABELS 3

bool
train_options_other(const char *key, Size size)
{
	return (size == strlen(KEY) && memcmp(key, KEY, size) == 0) ||
		   table_options_key(key, size);
}

/* The option's object; NULL: it is not given. */
static JsonbContainer *
find_weights(Jsonb *options)
{
	JsonbValue buffer, *value;

	if (options == NULL || !JB_ROOT_IS_OBJECT(options))
		return NULL;
	value = getKeyJsonValueFromContainer(&options->root, KEY, strlen(KEY),
										 &buffer);
	if (value == NULL)
		return NULL;
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data) ||
		JsonContainerSize(value->val.binary.data) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for option \"" KEY "\""),
						errdetail("It must be an object of labels, as text, "
								  "and their weights."),
						errhint("For example {\"" KEY "\": {\"true\": 10, "
								"\"false\": 1}}.")));
	return value->val.binary.data;
}

/* A label's weight. */
static double
read_weight(const char *label, int length, const JsonbValue *value)
{
	double weight = 0.0;

	if (value->type == jbvNumeric)
		weight = DatumGetFloat8(DirectFunctionCall1(
			numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(weight >= LEAST_CLASS_WEIGHT && weight <= LARGEST_CLASS_WEIGHT))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight of label \"%.*s\" in option \"" KEY
							   "\" is not allowed",
							   length, label),
						errdetail("A weight is a number in [%g, %g].",
								  LEAST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT),
						errhint("Only the proportions of weights count.")));
	return weight;
}

void
class_weights_check(Jsonb *options)
{
	JsonbContainer *object = find_weights(options);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue key, value;

	if (object == NULL)
		return;
	iterator = JsonbIteratorInit(object);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &value, true);
		(void) read_weight(key.val.string.val, key.val.string.len, &value);
	}
}

/* Other options that weigh classes must not say something else. */
static void
check_alone(const Hyperparameters *settings, Hyperparameter other)
{
	if (settings->value[other] == hyperparameter_table[other].default_value)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options \"" KEY "\" and \"%s\" contradict each other",
					hyperparameter_table[other].name),
			 errdetail("Both say what the rows of a class weigh.")));
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Warns of labels that are none of the classes. */
static void
warn_of_unknown(FunctionCallInfo fcinfo, JsonbContainer *object, char **texts,
				uint32 count)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue key;
	StringInfoData why;
	uint32 unknown = 0;

	qsort(texts, count, sizeof(char *), compare_texts);
	initStringInfo(&why);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		char *label;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_KEY)
			continue;
		label = pnstrdup(key.val.string.val, key.val.string.len);
		if (bsearch(&label, texts, count, sizeof(char *), compare_texts) ==
				NULL &&
			unknown++ < NAMED_LABELS)
			appendStringInfo(&why, "%s\"%s\"", unknown == 1 ? "for " : ", ",
							 label);
		pfree(label);
	}
	if (unknown > NAMED_LABELS)
		appendStringInfo(&why, " and %u more", unknown - NAMED_LABELS);
	if (unknown > 0)
		train_warn_once(
			fcinfo, WARNED_CLASS_WEIGHTS, KEY,
			psprintf("%s, which no row has as its label", why.data));
}

/* Weighs the classes; returns their texts. */
static char **
weigh_classes(const TrainState *state, const ClassDictionary *dictionary,
			  JsonbContainer *object, double *weights)
{
	char **texts = MemoryContextAllocHuge(
		CurrentMemoryContext, (Size) dictionary->count * sizeof(char *));

	for (uint32 i = 0; i < dictionary->count; i++)
	{
		JsonbValue buffer, *value;

		CHECK_FOR_INTERRUPTS();
		texts[i] = label_reader_text(&state->labels, dictionary->labels[i]);
		value = getKeyJsonValueFromContainer(object, texts[i],
											 strlen(texts[i]), &buffer);
		weights[i] = value == NULL
						 ? 1.0
						 : read_weight(texts[i], strlen(texts[i]), value);
	}
	return texts;
}

void
class_weights_apply(TrainState *state, FunctionCallInfo fcinfo,
					const ClassDictionary *dictionary,
					Hyperparameters *settings, Problem *problem)
{
	JsonbContainer *object = find_weights(state->options);
	char **texts;

	if (object == NULL)
		return;
	if (problem->predictor == PREDICTOR_REGRESSOR)
	{
		train_warn_once(fcinfo, WARNED_CLASS_WEIGHTS, KEY,
						"with predictor_type \"regressor\"");
		return;
	}
	check_alone(settings, problem->predictor == PREDICTOR_BINARY
							  ? HP_POSITIVE_EXAMPLE_WEIGHT_MULT
							  : HP_BALANCE_MULTICLASS_WEIGHTS);
	state->class_weights = palloc((Size) dictionary->count * sizeof(double));
	texts = weigh_classes(state, dictionary, object, state->class_weights);
	warn_of_unknown(fcinfo, object, texts, dictionary->count);
	if (problem->predictor == PREDICTOR_MULTICLASS)
	{
		problem->class_weights = state->class_weights;
		return;
	}
	/* Losses are means over weights: of two classes their ratio says all. */
	settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
		state->class_weights[1] / state->class_weights[0];
	settings->given[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] = true;
}

void
class_weights_refuse_range(const TrainState *state, Hyperparameter row)
{
	if (state->class_weights == NULL ||
		(row != HP_POSITIVE_EXAMPLE_WEIGHT_MULT &&
		 row != HP_BALANCE_MULTICLASS_WEIGHTS))
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("option \"" KEY "\" contradicts a range of \"%s\"",
						   hyperparameter_table[row].name),
					errdetail("Both say what the rows of a class weigh.")));
}
