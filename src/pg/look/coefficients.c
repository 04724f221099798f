/*
 * coefficients.c
 *		linlearn_model_from_coefficients: a model of weights that were learned
 *		elsewhere.
 */
#include "pg/base/version.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/model/given_columns.h"
#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/values/label_reader.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* The arguments, in their order. */
enum
{
	ARG_WEIGHTS,
	ARG_BIAS,
	ARG_LABELS,
	ARG_LOSS,
	ARG_THRESHOLD,
	ARG_COLUMNS,
	ARG_MEAN,
	ARG_DEVIATION,
	ARG_OPTIONS
};

/* ---- Arrays ---- */

/* The numbers of an array, and their number; a NULL among them is an error. */
static double *
read_numbers(ArrayType *array, const char *what, size_t *count)
{
	int dimensions = ARR_NDIM(array);

	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s has a NULL element", what)));
	*count = ArrayGetNItems(dimensions, ARR_DIMS(array));
	return (double *) ARR_DATA_PTR(array);
}

static void
read_weights(Coefficients *given, ArrayType *array)
{
	int dimensions = ARR_NDIM(array);
	size_t count;

	if (dimensions < 1 || dimensions > 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("weights has %d dimensions, not 1 or 2", dimensions),
				 errhint("Give a number for each feature, or a row of such "
						 "numbers for each class.")));
	given->weights = read_numbers(array, "weights", &count);
	given->dimension = (uint32) ARR_DIMS(array)[dimensions - 1];
	given->outputs = dimensions == 2 ? (uint32) ARR_DIMS(array)[0] : 1;
}

/* An array of so many numbers; NULL: it is not given. */
static const double *
read_sized(FunctionCallInfo fcinfo, int argument, const char *what,
		   const char *each, size_t size)
{
	size_t count;
	double *numbers;

	if (PG_ARGISNULL(argument))
		return NULL;
	numbers = read_numbers(PG_GETARG_ARRAYTYPE_P(argument), what, &count);
	if (count != size)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has %zu numbers, not %zu", what, count, size),
				 errdetail("It has one for each %s.", each)));
	return numbers;
}

/* ---- Labels ---- */

/* A value as a label of a model. */
static ModelLabel
make_label(LabelReader *reader, Datum value)
{
	ModelLabel label = {NULL, 0.0};

	if (reader->kind == LABEL_TEXT)
	{
		uint32 code = label_reader_value_code(reader, value);

		label.text = pstrdup(label_reader_utf8(reader, code));
		return label;
	}
	label.value = number_to_double(reader->type, value);
	if (isfinite(label.value))
		label.text = label_reader_text(reader, label.value);
	else
		label.text = "";
	return label;
}

/* Reads the labels; those of texts count from 0. */
static void
read_labels(Coefficients *given, ArrayType *array)
{
	Oid type = ARR_ELEMTYPE(array);
	LabelReader reader;
	int16 length;
	bool by_value, *nulls;
	char align;
	Datum *values;
	int count;

	label_reader_init(&reader, type, CurrentMemoryContext);
	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(array, type, length, by_value, align, &values, &nulls,
					  &count);
	given->labels = palloc0(Max(count, 1) * sizeof(ModelLabel));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("labels has a NULL element")));
		given->labels[i] = make_label(&reader, values[i]);
		if (reader.kind == LABEL_TEXT)
			given->labels[i].value = i;
	}
	given->label_count = (uint32) count;
	given->label_type =
		pstrdup(utf8_of_server(reader.type_name, strlen(reader.type_name)));
}

/* ---- Columns ---- */

/* A text of jsonb as a string in UTF-8. */
static const char *
utf8_of_value(const JsonbValue *value)
{
	char *text = pnstrdup(value->val.string.val, value->val.string.len);
	const char *utf8 = utf8_of_server(text, value->val.string.len);

	return utf8;
}

/* Refuses a member of a column's description. */
static void
refuse_member(const char *key, const char *allowed)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid \"%s\" of a column", key),
					errdetail("It is %s.", allowed)));
}

static double
read_number(const JsonbValue *value, const char *key)
{
	if (value->type != jbvNumeric)
		refuse_member(key, "a number");
	return DatumGetFloat8(DirectFunctionCall1(
		numeric_float8, NumericGetDatum(value->val.numeric)));
}

static void
read_kind(GivenColumn *column, const JsonbValue *value)
{
	if (value->type == jbvString)
		for (int kind = 0; kind < GIVEN_KINDS; kind++)
			if (strlen(given_kinds[kind]) == value->val.string.len &&
				memcmp(given_kinds[kind], value->val.string.val,
					   value->val.string.len) == 0)
			{
				column->kind = (GivenKind) kind;
				return;
			}
	refuse_member("kind", "number, flag, category, offset or exposure");
}

static void
read_levels(GivenColumn *column, const JsonbValue *value)
{
	JsonbContainer *array = value->val.binary.data;

	if (value->type != jbvBinary || !JsonContainerIsArray(array))
		refuse_member("levels", "an array of strings, or null for NULL");
	column->level_count = JsonContainerSize(array);
	column->levels = palloc0((column->level_count + 1) * sizeof(char *));
	for (uint32 i = 0; i < column->level_count; i++)
	{
		JsonbValue *level = getIthJsonbValueFromContainer(array, i);

		if (level->type != jbvString && level->type != jbvNull)
			refuse_member("levels", "an array of strings, or null for NULL");
		if (level->type == jbvString)
			column->levels[i] = utf8_of_value(level);
	}
}

/* Reads a member of a column's description. */
static void
read_member(GivenColumn *column, const char *key, const JsonbValue *value)
{
	if (strcmp(key, "name") == 0 || strcmp(key, "reference") == 0)
	{
		if (value->type != jbvString)
			refuse_member(key, "a string");
		*(key[0] == 'n' ? &column->name : &column->reference) =
			utf8_of_value(value);
	}
	else if (strcmp(key, "kind") == 0)
		read_kind(column, value);
	else if (strcmp(key, "levels") == 0)
		read_levels(column, value);
	else if (strcmp(key, "mean") == 0)
		column->mean = read_number(value, key);
	else if (strcmp(key, "deviation") == 0)
		column->deviation = read_number(value, key);
	else if (strcmp(key, "log") == 0)
	{
		if (value->type != jbvBool)
			refuse_member(key, "true or false");
		column->log = value->val.boolean;
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized member \"%s\" of a column", key),
				 errdetail("A column has name, kind, levels, reference, mean, "
						   "deviation and log.")));
}

/* Reads a column: a name, or an object. */
static void
read_column(GivenColumn *column, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue member;
	bool has_kind = false;

	column->mean = column->deviation = NAN;
	if (value->type == jbvString)
	{
		column->name = utf8_of_value(value);
		return;
	}
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a column is neither a name nor an object")));
	iterator = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &member, true);
	while ((token = JsonbIteratorNext(&iterator, &member, true)) == WJB_KEY)
	{
		char *key = pnstrdup(member.val.string.val, member.val.string.len);

		(void) JsonbIteratorNext(&iterator, &member, true);
		read_member(column, key, &member);
		has_kind |= strcmp(key, "kind") == 0;
	}
	if (column->name == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a column has no name")));
	if (!has_kind && column->levels != NULL)
		column->kind = GIVEN_CATEGORY;
}

static void
read_columns(Coefficients *given, const Jsonb *json)
{
	GivenColumn *columns;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("columns is no array"),
				 errhint("Give names or objects in the order of the weights: "
						 "[\"age\", {\"name\": \"plan\", \"levels\": "
						 "[\"basic\", \"full\"]}].")));
	given->column_count = JB_ROOT_COUNT(json);
	if (given->column_count == 0 || given->column_count > COLUMNS_MOST)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are %u columns, not 1 to %d",
							   given->column_count, COLUMNS_MOST)));
	given->columns = columns =
		palloc0(given->column_count * sizeof(GivenColumn));
	for (uint32 i = 0; i < given->column_count; i++)
		read_column(&columns[i], getIthJsonbValueFromContainer(
									 (JsonbContainer *) &json->root, i));
}

PG_FUNCTION_INFO_V1(linlearn_model_from_coefficients);

/*
 * linlearn_model_from_coefficients(weights, bias, labels, loss, threshold,
 * columns, mean, deviation, options)
 */
Datum
linlearn_model_from_coefficients(PG_FUNCTION_ARGS)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Coefficients given = {.threshold = NAN, .label_type = ""};
	Failure failure;
	Model model;
	uint8_t *bytes;
	size_t size;
	Status status;

	if (PG_ARGISNULL(ARG_WEIGHTS))
		PG_RETURN_NULL();
	read_weights(&given, PG_GETARG_ARRAYTYPE_P(ARG_WEIGHTS));
	given.bias =
		read_sized(fcinfo, ARG_BIAS, "bias", "row of weights", given.outputs);
	given.mean =
		read_sized(fcinfo, ARG_MEAN, "mean", "feature", given.dimension);
	given.deviation = read_sized(fcinfo, ARG_DEVIATION, "deviation", "feature",
								 given.dimension);
	if (!PG_ARGISNULL(ARG_LABELS))
		read_labels(&given, PG_GETARG_ARRAYTYPE_P(ARG_LABELS));
	if (!PG_ARGISNULL(ARG_LOSS))
		given.loss = text_to_cstring(PG_GETARG_TEXT_PP(ARG_LOSS));
	if (!PG_ARGISNULL(ARG_THRESHOLD))
		given.threshold = PG_GETARG_FLOAT8(ARG_THRESHOLD);
	if (!PG_ARGISNULL(ARG_THRESHOLD) && isnan(given.threshold))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("threshold is NaN")));
	if (!PG_ARGISNULL(ARG_COLUMNS))
		read_columns(&given, PG_GETARG_JSONB_P(ARG_COLUMNS));
	options_read(PG_ARGISNULL(ARG_OPTIONS) ? NULL
										   : PG_GETARG_JSONB_P(ARG_OPTIONS),
				 NULL, &given.settings);
	status = coefficients_model(&given, &runtime, &model, &failure);
	CHECK_STATUS(status, failure);
	status = model_encode(&model, &runtime, &bytes, &size, &failure);
	CHECK_STATUS(status, failure);
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the model takes %zu bytes", size)));
	PG_RETURN_BYTEA_P(cstring_to_text_with_len((char *) bytes, (int) size));
}
