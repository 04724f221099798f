/*
 * tune_range_options.c
 *		Ranges out of jsonb.
 *
 * A range is written as linlearn_continuous() and its like make it,
 *	{"type": "continuous", "min": 1e-7, "max": 1, "scaling": "Auto"}
 * as SageMaker's SDK or API does,
 *	{"min_value": ..., "max_value": ..., "scaling_type": ...}
 *	{"MinValue": "1e-7", "MaxValue": "1", "ScalingType": "Auto"}
 * or as an array of values.  The API's own collection of all ranges,
 *	{"ContinuousParameterRanges": [{"Name": "wd", ...}], ...}
 * is read as well.
 */
#include "pg/train/tune_options.h"

#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/train/tune_values.h"

/* A part of a range, and the names that it goes by. */
typedef enum RangePart
{
	PART_NAME,
	PART_TYPE,
	PART_MINIMUM,
	PART_MAXIMUM,
	PART_SCALING,
	PART_VALUES,
	PART_COUNT
} RangePart;

static const char *const part_names[PART_COUNT][4] = {
	[PART_NAME] = {"Name", "name", NULL},
	[PART_TYPE] = {"type", "Type", NULL},
	[PART_MINIMUM] = {"min", "min_value", "MinValue", NULL},
	[PART_MAXIMUM] = {"max", "max_value", "MaxValue", NULL},
	[PART_SCALING] = {"scaling", "scaling_type", "ScalingType", NULL},
	[PART_VALUES] = {"values", "Values", NULL},
};

/* The API's collections, by kind. */
static const char *const collections[] = {"ContinuousParameterRanges",
										  "IntegerParameterRanges",
										  "CategoricalParameterRanges", NULL};

/* A part of a range by any of its names, and the name; or NULL. */
static JsonbValue *
find_part(JsonbContainer *object, RangePart part, const char **name)
{
	JsonbValue *found = NULL;

	*name = part_names[part][0];
	for (int i = 0; part_names[part][i] != NULL && found == NULL; i++)
	{
		found = tune_member(object, part_names[part][i]);
		if (found != NULL)
			*name = part_names[part][i];
	}
	return found;
}

/* The parts of a range that were given, while they are looked at. */
typedef struct RangeCheck
{
	const char *hyperparameter;
	const char *given[PART_COUNT];
} RangeCheck;

/* Refuses what is no part of a range, and a part by two names. */
static void
check_part(void *context, char *key, JsonbValue *value)
{
	RangeCheck *check = context;

	for (int part = 0; part < PART_COUNT; part++)
		for (int i = 0; part_names[part][i] != NULL; i++)
		{
			if (strcmp(part_names[part][i], key) != 0)
				continue;
			if (check->given[part] != NULL)
				ereport(
					ERROR,
					(INVALID,
					 errmsg("range of \"%s\" has both \"%s\" and \"%s\"",
							check->hyperparameter, check->given[part], key)));
			check->given[part] = part_names[part][i];
			return;
		}
	ereport(ERROR, (INVALID,
					errmsg("unrecognized key \"%s\" in the range of \"%s\"",
						   key, check->hyperparameter),
					errhint("Use linlearn_continuous, linlearn_integer or "
							"linlearn_categorical.")));
}

/* Refuses a range that says it is another hyperparameter's. */
static void
check_name(JsonbContainer *object, const char *hyperparameter)
{
	const char *key;
	JsonbValue *name = find_part(object, PART_NAME, &key);

	if (name != NULL && strcmp(tune_text(key, name), hyperparameter) != 0)
		ereport(ERROR,
				(INVALID, errmsg("range of \"%s\" has the name \"%s\"",
								 hyperparameter, tune_text(key, name))));
}

/* Adds one value to a categorical range. */
static void
read_category(void *context, char *key, JsonbValue *value)
{
	Range *range = context;
	Hyperparameters parsed;

	if (range->category_count == RANGE_MAX_CATEGORIES)
		ereport(ERROR,
				(INVALID, errmsg("range of \"%s\" has more than %d values",
								 hyperparameter_table[range->row].name,
								 RANGE_MAX_CATEGORIES)));
	hyperparameters_init(&parsed);
	options_set(&parsed, range->row, value);
	range->categories[range->category_count++] = parsed.value[range->row];
}

/* Reads one bound of a continuous or integer range. */
static double
read_bound(JsonbContainer *object, const char *name, RangePart part)
{
	const char *key;
	JsonbValue *value = find_part(object, part, &key);

	if (value == NULL)
		ereport(ERROR, (INVALID, errmsg("range of \"%s\" has no number \"%s\"",
										name, part_names[part][0])));
	return tune_number(key, value);
}

/* The kind of a range: as it says, or its collection, or by its parts. */
static RangeKind
read_kind(JsonbContainer *object, Hyperparameter row, int collection)
{
	const char *key;
	JsonbValue *type = find_part(object, PART_TYPE, &key);
	int kind = collection;

	if (type != NULL)
		kind = tune_choice(key, type, range_kind_names);
	if (collection >= 0 && kind != collection)
		ereport(ERROR,
				(INVALID,
				 errmsg("range of \"%s\" is of type \"%s\" in \"%s\"",
						hyperparameter_table[row].name, range_kind_names[kind],
						collections[collection])));
	if (kind >= 0)
		return (RangeKind) kind;
	if (find_part(object, PART_VALUES, &key) != NULL)
		return RANGE_CATEGORICAL;
	return hyperparameter_table[row].kind == KIND_INTEGER ? RANGE_INTEGER
														  : RANGE_CONTINUOUS;
}

/* Reads a range that is written as an object; collection is -1 outside one. */
static void
read_object(Range *range, JsonbContainer *object, int collection)
{
	const char *name = hyperparameter_table[range->row].name;
	RangeCheck check = {.hyperparameter = name};
	const char *key;
	JsonbValue *part;

	tune_each(object, check_part, &check);
	check_name(object, name);
	range->kind = read_kind(object, range->row, collection);
	part = find_part(object, PART_SCALING, &key);
	if (part != NULL)
		range->scaling = (Scaling) tune_choice(key, part, scaling_names);
	if (range->kind != RANGE_CATEGORICAL)
	{
		range->minimum = read_bound(object, name, PART_MINIMUM);
		range->maximum = read_bound(object, name, PART_MAXIMUM);
		return;
	}
	part = find_part(object, PART_VALUES, &key);
	if (part == NULL || part->type != jbvBinary ||
		!JsonContainerIsArray(part->val.binary.data))
		ereport(ERROR, (INVALID, errmsg("categorical range of \"%s\" has no "
										"array of values",
										name)));
	tune_each(part->val.binary.data, read_category, range);
}

static void
add_range(TuneOptions *options, const Range *range)
{
	Failure failure = {0};

	CHECK_STATUS(space_add(&options->request.space, range, &failure), failure);
}

/* Reads the range of one hyperparameter. */
static void
read_range(void *context, char *name, JsonbValue *value)
{
	Range range = {.row = options_row(name)};

	if (value->type != jbvBinary)
		ereport(ERROR,
				(INVALID, errmsg("range of \"%s\" is not an object", name),
				 errhint("Use linlearn_continuous, linlearn_integer or "
						 "linlearn_categorical; a fixed value belongs to the "
						 "top level.")));
	if (JsonContainerIsArray(value->val.binary.data))
	{
		range.kind = RANGE_CATEGORICAL;
		tune_each(value->val.binary.data, read_category, &range);
	}
	else
		read_object(&range, value->val.binary.data, -1);
	add_range(context, &range);
}

/* One of the API's collections, while its ranges are read. */
typedef struct Collection
{
	TuneOptions *options;
	int kind;
} Collection;

/* Reads a range that names its hyperparameter. */
static void
read_named(void *context, char *key, JsonbValue *value)
{
	const Collection *collection = context;
	const char *where = collections[collection->kind];
	JsonbContainer *object =
		tune_object(where, value, "an array of objects with a \"Name\"");
	const char *key_of_name;
	JsonbValue *name = find_part(object, PART_NAME, &key_of_name);
	Range range = {0};

	if (name == NULL)
		tune_refuse(where, "an array of objects with a \"Name\"");
	range.row = options_row(tune_text(key_of_name, name));
	read_object(&range, object, collection->kind);
	add_range(collection->options, &range);
}

/* Reads one member of ranges: a collection, or a hyperparameter's range. */
static void
read_member(void *context, char *key, JsonbValue *value)
{
	for (int kind = 0; collections[kind] != NULL; kind++)
	{
		Collection collection = {.options = context, .kind = kind};

		if (strcmp(collections[kind], key) != 0)
			continue;
		tune_each(tune_array(key, value, "an array of ranges"), read_named,
				  &collection);
		return;
	}
	read_range(context, key, value);
}

void
tune_read_ranges(TuneOptions *options, const char *key, JsonbValue *value)
{
	if (value->type == jbvString &&
		pg_strcasecmp(tune_text(key, value), "auto") == 0)
	{
		options->request.recommended = true;
		return;
	}
	tune_each(tune_object(key, value, "an object of ranges, or \"auto\""),
			  read_member, options);
}
