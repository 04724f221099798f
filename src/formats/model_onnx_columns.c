/*
 * model_onnx_columns.c
 *		The columns of a model of a table's rows, as encoders of ONNX-ML.
 *
 * Each column is an input.  A number is imputed, as NULL counts as the mean, and
 * less its center; a category becomes one feature a level, whose weight is that of
 * the level less that of (other), which the bias has: a level never seen is none of
 * the features.
 */
#include "formats/model_onnx_columns.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A translation under way. */
typedef struct Translation
{
	OnnxGraph *graph;
	const Model *model;
	OnnxFeatures *features;
	size_t room;				   /* features that there is memory for */
	const char **parts;			   /* names of what features are joined from */
	char (*names)[ONNX_NAME_SIZE]; /* [pieces] */
	uint32_t part_count;
} Translation;

static double
weight_of(const Translation *t, uint32_t output, const Piece *piece,
		  int32_t term)
{
	const Model *model = t->model;

	return term < 0 ? 0.0
					: model->weights[(size_t) output * model->dimension +
									 piece->first + (uint32_t) term];
}

/* Puts a node of one input and one output. */
static void
put_step(OnnxGraph *graph, const char *operator, bool ml, const char *input,
		 const char *output)
{
	const char *inputs[] = {input, NULL}, *outputs[] = {output, NULL};

	onnx_node(graph, operator, ml, inputs, outputs);
}

/* The name of the next part of the features. */
static char *
begin_part(Translation *t)
{
	char *name = t->names[t->part_count];

	onnx_name(t->graph, name);
	t->parts[t->part_count++] = name;
	return name;
}

/* Adds a feature that has a piece's term: its place among the features. */
static void
add_feature(Translation *t, const Piece *piece, int32_t term, int32_t less)
{
	uint32_t place = t->features->count++;

	for (uint32_t k = 0; k < t->model->outputs; k++)
		t->features->weights[(size_t) k * t->room + place] =
			weight_of(t, k, piece, term) - weight_of(t, k, piece, less);
}

/* sign(x) log(1 + |x|) */
static void
put_log(OnnxGraph *graph, const char *input, char output[ONNX_NAME_SIZE])
{
	static const double one = 1.0;
	char sign[ONNX_NAME_SIZE], size[ONNX_NAME_SIZE], sum[ONNX_NAME_SIZE];
	char constant[ONNX_NAME_SIZE], log[ONNX_NAME_SIZE];

	onnx_name(graph, sign);
	onnx_name(graph, size);
	onnx_name(graph, sum);
	onnx_name(graph, constant);
	onnx_name(graph, log);
	onnx_name(graph, output);
	put_step(graph, "Sign", false, input, sign);
	put_step(graph, "Abs", false, input, size);
	onnx_constant(graph, constant, &one, 1);
	onnx_node(graph, "Add", false, (const char *[]){size, constant, NULL},
			  (const char *[]){sum, NULL});
	put_step(graph, "Log", false, sum, log);
	onnx_node(graph, "Mul", false, (const char *[]){sign, log, NULL},
			  (const char *[]){output, NULL});
}

/* Numbers: each less its center, and NULL as training has it. */
static Status
put_numbers(Translation *t, const Piece *piece, const Column *column,
			Failure *failure)
{
	OnnxGraph *graph = t->graph;
	const double *center = t->model->columns->center + piece->first;
	double *imputed =
		runtime_allocate(graph->runtime, piece->terms * sizeof(double));
	double *ones =
		runtime_allocate(graph->runtime, piece->terms * sizeof(double));
	char input[ONNX_NAME_SIZE], filled[ONNX_NAME_SIZE];
	const char *source = column->name;

	if (imputed == NULL || ones == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < piece->terms; i++)
	{
		imputed[i] =
			center[i] + (column->kind == COLUMN_FLAG ? column->mean : 0.0);
		if (!(fabs(imputed[i]) <= FLT_MAX && fabs(center[i]) <= FLT_MAX))
			return fail(failure, LL_UNSUPPORTED,
						"column \"%s\" cannot be said in ONNX-ML, whose "
						"numbers are floats: its mean is %g",
						column->name, imputed[i]);
		ones[i] = 1.0;
		add_feature(t, piece, (int32_t) i, -1);
	}
	if (column->options.log)
	{
		put_log(graph, source, input);
		source = input;
	}
	onnx_name(graph, filled);
	onnx_set_floats(graph, "imputed_value_floats", imputed, piece->terms);
	onnx_set_float(graph, "replaced_value_float", (float) NAN);
	put_step(graph, "Imputer", true, source, filled);
	onnx_set_floats(graph, "offset", center, piece->terms);
	onnx_set_floats(graph, "scale", ones, piece->terms);
	put_step(graph, "Scaler", true, filled, begin_part(t));
	runtime_release(graph->runtime, imputed);
	runtime_release(graph->runtime, ones);
	return LL_OK;
}

/* Whether a column of numbers is NULL. */
static void
put_is_null(Translation *t, const Piece *piece, const Column *column)
{
	char found[ONNX_NAME_SIZE];

	onnx_name(t->graph, found);
	put_step(t->graph, "IsNaN", false, column->name, found);
	onnx_set_int(t->graph, "to", ONNX_FLOAT);
	put_step(t->graph, "Cast", false, found, begin_part(t));
	add_feature(t, piece, 0, -1);
}

/* Levels: one feature each, and one of NULL, which the empty string is. */
static void
put_levels(Translation *t, const Piece *piece, const Column *column)
{
	OnnxGraph *graph = t->graph;
	bool empty = false;
	char encoded[ONNX_NAME_SIZE];

	onnx_begin_strings(graph);
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (runtime_stops(graph->runtime, i))
			break;
		empty |= level->size == 0;
		onnx_add_string(graph, level->bytes, level->size);
		add_feature(t, piece, level->term, piece->other_term);
	}
	if (!empty)
	{
		onnx_add_string(graph, "", 0);
		add_feature(t, piece, piece->null_term, piece->other_term);
	}
	onnx_set_strings(graph, "cats_strings");
	onnx_set_int(graph, "zeros", 1);
	onnx_name(graph, encoded);
	put_step(graph, "OneHotEncoder", true, column->name, encoded);
	put_step(graph, "Flatten", false, encoded, begin_part(t));
	for (uint32_t k = 0; k < t->model->outputs; k++)
		t->features->bias[k] += weight_of(t, k, piece, piece->other_term);
}

/* Refuses a column that ONNX-ML has no encoder for. */
static Status
refuse(const Column *column, const char *what, Failure *failure)
{
	fail(failure, LL_UNSUPPORTED, "column \"%s\" cannot be said in ONNX-ML",
		 column->name);
	fail_detail(failure,
				"ONNX-ML has encoders for numbers, flags, arrays and "
				"categories, not for %s.",
				what);
	fail_hint(failure, "Write the model as JSON instead.");
	return LL_UNSUPPORTED;
}

static Status
put_piece(Translation *t, const Piece *piece, Failure *failure)
{
	static const char *const others[PIECE_KINDS] = {
		[PIECE_MONTH] = "parts of a date", [PIECE_WEEKDAY] = "parts of a date",
		[PIECE_HOUR] = "parts of a date",  [PIECE_BUCKETS] = "buckets",
		[PIECE_CROSS] = "crosses",		   [PIECE_SPLINE] = "splines",
		[PIECE_WORDS] = "words",		   [PIECE_SET] = "sets",
		[PIECE_ENTRIES] = "sparse rows"};
	const Column *column = &t->model->columns->columns[piece->column];
	bool number = column->kind == COLUMN_NUMBER || column->kind == COLUMN_FLAG;

	if (others[piece->kind] != NULL)
		return refuse(column, others[piece->kind], failure);
	if (column->kind == COLUMN_MOMENT)
		return refuse(column, "dates", failure);
	if (piece->hashed)
		return refuse(column, "hashed levels", failure);
	if (piece->kind == PIECE_LEVELS)
		put_levels(t, piece, column);
	else if (piece->kind == PIECE_IS_NULL && number)
		put_is_null(t, piece, column);
	else if (piece->kind == PIECE_IS_NULL)
		return refuse(column, "NULL of such a column", failure);
	else
		return put_numbers(t, piece, column, failure);
	return LL_OK;
}

/* Puts the inputs: every column that a piece is of. */
static void
put_inputs(Translation *t)
{
	const Columns *columns = t->model->columns;

	for (uint32_t i = 0; i < columns->count; i++)
	{
		const Column *column = &columns->columns[i];
		bool used = false;

		for (uint32_t p = 0; p < columns->piece_count; p++)
			used |= columns->pieces[p].column == i;
		if (used)
			onnx_value(t->graph, false, column->name,
					   column->kind == COLUMN_CATEGORY ? ONNX_STRING
													   : ONNX_FLOAT,
					   column->kind == COLUMN_BLOCK ? column->length : 1);
	}
}

/* Brings the weights of each output together; they stand room apart. */
static void
pack_weights(Translation *t)
{
	OnnxFeatures *features = t->features;

	for (uint32_t k = 1; k < t->model->outputs; k++)
		memmove(features->weights + (size_t) k * features->count,
				features->weights + (size_t) k * t->room,
				features->count * sizeof(double));
}

/* Makes room: of each piece its levels, NULL, or terms. */
static Status
begin(Translation *t, Failure *failure)
{
	const Columns *columns = t->model->columns;
	const Runtime *runtime = t->graph->runtime;
	uint32_t outputs = t->model->outputs;

	for (uint32_t p = 0; p < columns->piece_count; p++)
		t->room += (size_t) columns->pieces[p].level_count +
				   columns->pieces[p].terms + 1;
	t->features->weights =
		runtime_allocate_zero(runtime, t->room * outputs, sizeof(double));
	t->features->bias =
		runtime_allocate_zero(runtime, outputs, sizeof(double));
	t->parts = runtime_allocate_zero(runtime, columns->piece_count + 1,
									 sizeof(char *));
	t->names = runtime_allocate_zero(runtime, columns->piece_count + 1,
									 ONNX_NAME_SIZE);
	if (t->features->weights == NULL || t->features->bias == NULL ||
		t->parts == NULL || t->names == NULL)
		return runtime_interrupted(runtime) ? fail_cancelled(failure)
											: fail_no_memory(failure);
	memcpy(t->features->bias, t->model->bias, outputs * sizeof(double));
	return LL_OK;
}

Status
model_onnx_columns(OnnxGraph *graph, const Model *model,
				   OnnxFeatures *features, Failure *failure)
{
	Translation t = {.graph = graph, .model = model, .features = features};
	Status status = begin(&t, failure);

	features->count = 0;
	for (uint32_t p = 0; p < model->columns->piece_count && status == LL_OK;
		 p++)
		if (model->columns->pieces[p].terms > 0)
			status = put_piece(&t, &model->columns->pieces[p], failure);
	if (status != LL_OK)
		return status;
	put_inputs(&t);
	pack_weights(&t);
	onnx_name(graph, features->name);
	onnx_set_int(graph, "axis", 1);
	onnx_node(graph, "Concat", false, t.parts,
			  (const char *[]){features->name, NULL});
	runtime_release(graph->runtime, t.parts);
	runtime_release(graph->runtime, t.names);
	return LL_OK;
}
