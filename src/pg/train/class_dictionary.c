/*
 * class_dictionary.c
 *		The classes of a training: its distinct labels.
 */
#include "pg/train/class_dictionary.h"

#include <math.h>

#include "core/base/random.h"
#include "core/math/sort.h"
#include "miscadmin.h"
#include "pg/train/train_check.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* May be interrupted: a sort of these in place holds nothing but memory. */
static int
compare_labels(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return compare_doubles(a, b);
}

static int
compare_codes(const void *a, const void *b, void *reader)
{
	const LabelReader *labels = reader;

	CHECK_FOR_INTERRUPTS();
	return label_reader_compare(labels, (uint32) * (const double *) a,
								(uint32) * (const double *) b);
}

/* Labels that are collected at first, and those that are known at once. */
#define FIRST_LABELS 4096
#define KNOWN_LABELS 1024

/* Labels of which each is there once after distinct(), in order. */
typedef struct LabelSet
{
	double *labels;
	size_t count;
	size_t capacity;
} LabelSet;

/* Leaves one of each label. */
static void
distinct(LabelSet *set)
{
	size_t kept = 0;

	qsort(set->labels, set->count, sizeof(double), compare_labels);
	for (size_t i = 0; i < set->count; i++)
		if (i == 0 || set->labels[i] != set->labels[i - 1])
			set->labels[kept++] = set->labels[i];
	set->count = kept;
}

/* Adds a label; a set that stays full of distinct ones grows. */
static void
add_label(LabelSet *set, double label)
{
	if (set->count == set->capacity)
	{
		distinct(set);
		if (set->count > set->capacity / 2)
		{
			set->capacity *= 2;
			set->labels =
				repalloc_huge(set->labels, set->capacity * sizeof(double));
		}
	}
	set->labels[set->count++] = label;
}

/* Adds the labels of rows but for those that were seen of late. */
static void
add_labels(LabelSet *set, const Rows *rows)
{
	double known[KNOWN_LABELS];

	for (size_t i = 0; i < KNOWN_LABELS; i++)
		known[i] = NAN;
	for (size_t row = 0; row < rows->count; row++)
	{
		double label = rows->labels[row];
		double *slot =
			&known[random_mix(sortable_double(label)) % KNOWN_LABELS];

		CHECK_FOR_INTERRUPTS();
		if (*slot == label)
			continue;
		*slot = label;
		add_label(set, label);
	}
}

ClassDictionary
class_dictionary_collect(const TrainState *state)
{
	LabelSet set = {.capacity = FIRST_LABELS};

	set.labels = palloc(set.capacity * sizeof(double));
	if (state->labels.kind == LABEL_BOOLEAN)
	{
		add_label(&set, 0.0);
		add_label(&set, 1.0);
	}
	else
		for (int i = 0; i < CHANNEL_COUNT; i++)
			add_labels(&set, &state->rows[i]);
	distinct(&set);
	if (state->labels.kind == LABEL_TEXT)
		qsort_arg(set.labels, set.count, sizeof(double), compare_codes,
				  (void *) &state->labels);
	return (ClassDictionary){set.labels, (uint32) set.count};
}

void
class_dictionary_check_range(FunctionCallInfo fcinfo, const TrainState *state,
							 const Hyperparameters *settings,
							 ClassDictionary *dictionary)
{
	uint32 classes = (uint32) settings->value[HP_NUM_CLASSES];

	if (state->labels.kind == LABEL_TEXT)
	{
		if (dictionary->count > classes)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("labels have %u values, more than num_classes %u",
							dictionary->count, classes)));
		if (dictionary->count < classes)
			train_warn_once(fcinfo, HP_NUM_CLASSES, "num_classes",
							"beyond the number of values of labels that are "
							"texts");
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
							   "integers from 0 to %u.",
							   classes, classes - 1)));
	}
	dictionary->labels =
		MemoryContextAllocHuge(CurrentMemoryContext, classes * sizeof(double));
	for (uint32 i = 0; i < classes; i++)
		dictionary->labels[i] = i;
	dictionary->count = classes;
}

/* Marks a label that no class has. */
#define NO_CLASS UINT32_MAX

/* The class of each code of a text label. */
static uint32 *
classes_by_code(const TrainState *state, const ClassDictionary *dictionary)
{
	uint32 *classes = MemoryContextAllocHuge(
		CurrentMemoryContext,
		Max(state->labels.texts.count, 1) * sizeof(uint32));

	for (uint32 i = 0; i < state->labels.texts.count; i++)
		classes[i] = NO_CLASS;
	for (uint32 i = 0; i < dictionary->count; i++)
		classes[(uint32) dictionary->labels[i]] = i;
	return classes;
}

/* The class of a label; by_code is NULL unless labels are codes of texts. */
static uint32
class_of_label(const ClassDictionary *dictionary, const uint32 *by_code,
			   double label)
{
	const double *found;

	if (by_code != NULL)
		return by_code[(uint32) label];
	if (dictionary->count == 2 && label == dictionary->labels[0])
		return 0;
	if (dictionary->count == 2 && label == dictionary->labels[1])
		return 1;
	found = bsearch(&label, dictionary->labels, dictionary->count,
					sizeof(double), compare_doubles);
	return found == NULL ? NO_CLASS : (uint32) (found - dictionary->labels);
}

/* The dictionary of a model to go on from. */
static ClassDictionary
model_dictionary(TrainState *state, const Model *model)
{
	ClassDictionary dictionary = {NULL, model->label_count};

	dictionary.labels = MemoryContextAllocHuge(
		CurrentMemoryContext, Max(dictionary.count, 1) * sizeof(double));
	for (uint32 i = 0; i < dictionary.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		dictionary.labels[i] =
			state->labels.kind == LABEL_TEXT
				? label_reader_code(&state->labels, model->labels[i].text)
				: model->labels[i].value;
		if (i > 0 && state->labels.kind != LABEL_TEXT &&
			!(dictionary.labels[i - 1] < dictionary.labels[i]))
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
							errmsg("classes of init_model are out of order")));
	}
	return dictionary;
}

void
class_dictionary_take(TrainState *state, const Model *model,
					  ClassDictionary *dictionary)
{
	ClassDictionary known;
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

bool
class_dictionary_check(const TrainState *state, PredictorType predictor,
					   const ClassDictionary *dictionary)
{
	if (dictionary->count < 2 && state->on_invalid == ON_INVALID_SKIP)
		return false;
	if (predictor == PREDICTOR_BINARY && dictionary->count != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a binary_classifier needs labels of two values, not "
						"%u",
						dictionary->count),
				 dictionary->count > 2
					 ? errhint("Use \"multiclass_classifier\", or a boolean "
							   "expression such as label = %s.",
							   label_literal(&state->labels,
											 dictionary->labels[0]))
					 : errhint(NOTHING_HINT)));
	if (predictor == PREDICTOR_MULTICLASS && dictionary->count < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a multiclass_classifier needs labels of two or more "
						"values"),
				 errhint(NOTHING_HINT)));
	if (dictionary->count > 1000000)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("labels have %u values, more than 1000000",
							   dictionary->count),
						errhint("Numbers to predict need predictor_type "
								"\"regressor\".")));
	return true;
}

/* Labels that are replaced between two looks at the interrupt flag. */
#define INDEX_LABELS 4096

/*
 * Replaces labels that are one of two, without a branch on which; false: some are
 * neither, and stay as they are.
 */
static bool
index_two(const double classes[2], double *labels, size_t count)
{
	double first = classes[0], second = classes[1];
	bool known = true;

	for (size_t i = 0; i < count; i++)
		known &= (labels[i] == first) | (labels[i] == second);
	for (size_t i = 0; i < count && known; i++)
		labels[i] = labels[i] == second;
	return known;
}

void
class_dictionary_index(const TrainState *state,
					   const ClassDictionary *dictionary, Rows *rows)
{
	uint32 *by_code = NULL;

	/* Flags are their classes, if both are known. */
	if (state->labels.kind == LABEL_BOOLEAN && dictionary->count == 2)
		return;
	if (state->labels.kind == LABEL_TEXT)
		by_code = classes_by_code(state, dictionary);
	for (size_t i = 0, end; i < rows->count; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		end = Min(i + INDEX_LABELS, rows->count);
		if (by_code == NULL && dictionary->count == 2 &&
			index_two(dictionary->labels, rows->labels + i, end - i))
			continue;
		for (; i < end; i++)
			rows->labels[i] =
				class_of_label(dictionary, by_code, rows->labels[i]);
	}
}
