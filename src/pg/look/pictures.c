/*
 * pictures.c
 *		SVG pictures and their text twins as SQL functions.
 */
#include "pg/look/pictures.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "formats/model_pictures.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/model_cache.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define LARGEST_SIDE 256
#define MOST_TILES 400
#define WIDEST_BAR 1000

char *
utf8_text(const char *text)
{
	return (char *) utf8_of_server(text, strlen(text));
}

/* A finished drawing as a text of the database. */
static text *
drawn_to_text(Markup *markup, DrawnAs drawn)
{
	Failure failure;
	char *string;
	size_t length;
	Status status = markup_finish(markup, &string, &length, &failure);

	CHECK_STATUS(status, failure);
	if (length > MaxAllocSize / 4)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("picture is too large")));
	return drawn_text(string, length, drawn);
}

text *
markup_to_text(Markup *markup)
{
	return drawn_to_text(markup, DRAWN_REFERENCES);
}

void
model_texts_to_utf8(Model *model)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return;
	for (uint32 i = 0; i < model->label_count; i++)
		model->labels[i].text = utf8_text(model->labels[i].text);
}

/* Start a text in the current memory context. */
static void
start(Markup *markup)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);

	markup_init(markup, &runtime);
}

/* A text argument in UTF-8. */
static char *
utf8_argument(FunctionCallInfo fcinfo, int argument)
{
	return utf8_text(text_to_cstring(PG_GETARG_TEXT_PP(argument)));
}

/* A theme argument. */
static SvgTheme
theme_argument(FunctionCallInfo fcinfo, int argument)
{
	SvgTheme theme;
	Failure failure;
	Status status =
		svg_theme_find(utf8_argument(fcinfo, argument), &theme, &failure);

	CHECK_STATUS(status, failure);
	return theme;
}

int
image_side(int64 count, int largest)
{
	int side = (int) lround(sqrt((double) count));

	if (count < 1 || side > largest || (int64) side * side != count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("picture has " INT64_FORMAT
						" pixels, which is not a square",
						count),
				 errdetail("A picture has n times n pixels, with n from 1 to "
						   "%d.",
						   largest)));
	return side;
}

double *
image_of_bytes(const bytea *bytes)
{
	const uint8 *pixels = (const uint8 *) VARDATA_ANY(bytes);
	size_t count = VARSIZE_ANY_EXHDR(bytes);
	double *image = palloc(Max(count, 1) * sizeof(double));

	for (size_t i = 0; i < count; i++)
		image[i] = pixels[i] / 255.0;
	return image;
}

/* A row's features as they are. */
static void
copy_features(const FeatureReader *reader, const RowView *view,
			  uint32 dimension, double *values)
{
	if (reader->format == ROWS_SPARSE)
	{
		memset(values, 0, dimension * sizeof(double));
		for (uint32 i = 0; i < view->count; i++)
			values[view->index[i]] = view->value[i];
		return;
	}
	for (uint32 i = 0; i < dimension; i++)
		values[i] =
			reader->format == ROWS_U8	 ? ((const uint8 *) view->dense)[i]
			: reader->format == ROWS_F32 ? ((const float *) view->dense)[i]
										 : ((const double *) view->dense)[i];
}

double *
pixels_argument(FunctionCallInfo fcinfo, int argument, int largest,
				FeatureType *kind, int *side)
{
	FeatureReader reader;
	RowView view;
	uint32 dimension;
	uint32 position;
	FeatureProblem problem;
	double *pixels;

	feature_reader_init(&reader, get_fn_expr_argtype(fcinfo->flinfo, argument),
						CurrentMemoryContext);
	problem = feature_reader_read(&reader, PG_GETARG_DATUM(argument), &view,
								  &dimension, &position);
	if (problem != FEATURES_FINE)
		report_feature_problem(problem, position, 0, NULL);
	*kind = reader.kind;
	*side = image_side(dimension, largest);
	pixels = palloc(dimension * sizeof(double));
	copy_features(&reader, &view, dimension, pixels);
	return pixels;
}

/* Pixels of any feature type, the largest as 1 (a byte's 255). */
static double *
image_argument(FunctionCallInfo fcinfo, int argument, int *side)
{
	FeatureType kind;
	double *image =
		pixels_argument(fcinfo, argument, LARGEST_SIDE, &kind, side);
	double largest = kind == FEATURES_BYTEA ? 255.0 : 1.0;
	int count = *side * *side;

	for (int i = 0; i < count; i++)
		largest = Max(largest, image[i]);
	for (int i = 0; i < count; i++)
		image[i] /= largest;
	return image;
}

PG_FUNCTION_INFO_V1(linlearn_digit_svg);

/* Draw one square picture. */
Datum
linlearn_digit_svg(PG_FUNCTION_ARGS)
{
	int side;
	double *image = image_argument(fcinfo, 0, &side);
	char *title = utf8_argument(fcinfo, 1);
	SvgTile tile = {image, NULL};
	Markup markup;

	start(&markup);
	svg_tiles(&markup, title, &tile, 1, side, side, SVG_GREY, NULL, NULL,
			  theme_argument(fcinfo, 2), true);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

PG_FUNCTION_INFO_V1(linlearn_digits_svg);

/* Draw square pictures of one size in a grid, with captions. */
Datum
linlearn_digits_svg(PG_FUNCTION_ARGS)
{
	Datum *pixels;
	Datum *captions;
	bool *pixel_nulls;
	bool *caption_nulls;
	int count;
	int caption_count;
	int side = 0;
	SvgTile *tiles;
	Markup markup;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), BYTEAOID, -1, false,
					  TYPALIGN_INT, &pixels, &pixel_nulls, &count);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &captions, &caption_nulls, &caption_count);
	if (count > MOST_TILES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("%d pictures are too many for one grid", count),
						errdetail("At most %d are drawn.", MOST_TILES)));
	tiles = palloc0(Max(count, 1) * sizeof(SvgTile));
	for (int i = 0; i < count; i++)
	{
		bytea *bytes;
		int this_side;

		if (pixel_nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("picture %d is NULL", i + 1)));
		bytes = DatumGetByteaPP(pixels[i]);
		this_side = image_side(VARSIZE_ANY_EXHDR(bytes), LARGEST_SIDE);
		if (i > 0 && this_side != side)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("picture %d is %d pixels wide, the first %d",
							i + 1, this_side, side)));
		side = this_side;
		tiles[i].pixels = image_of_bytes(bytes);
		if (i < caption_count && !caption_nulls[i])
			tiles[i].caption = utf8_text(TextDatumGetCString(captions[i]));
	}
	start(&markup);
	svg_tiles(&markup, utf8_argument(fcinfo, 2), tiles, count, Max(side, 1),
			  Max(side, 1), SVG_GREY, NULL, NULL, theme_argument(fcinfo, 3),
			  true);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

/* The weight style of a name. */
static WeightStyle
weight_style(const char *name)
{
	static const char *const names[] = {"auto", "image", "bars"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (WeightStyle) i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("style \"%s\" is unknown", name),
					errhint("Use \"auto\", \"image\" or \"bars\".")));
}

PG_FUNCTION_INFO_V1(linlearn_weights_svg);

/* Draw a model's weights. */
Datum
linlearn_weights_svg(PG_FUNCTION_ARGS)
{
	Model *model = &cached_model_of_call(fcinfo)->model;
	WeightStyle style = weight_style(utf8_argument(fcinfo, 1));
	SvgTheme theme = theme_argument(fcinfo, 2);
	Model drawn = *model;
	Failure failure;
	Markup markup;
	Status status;

	drawn.labels = palloc(Max(model->label_count, 1) * sizeof(ModelLabel));
	if (model->label_count > 0)
		memcpy(drawn.labels, model->labels,
			   model->label_count * sizeof(ModelLabel));
	model_texts_to_utf8(&drawn);
	start(&markup);
	status = model_draw_weights(&markup, &drawn, style, theme, true, &failure);
	CHECK_STATUS(status, failure);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

PG_FUNCTION_INFO_V1(linlearn_weights_text);

/* Show a model's weights as text. */
Datum
linlearn_weights_text(PG_FUNCTION_ARGS)
{
	Model drawn = cached_model_of_call(fcinfo)->model;
	ModelLabel *labels = drawn.labels;
	Failure failure;
	Markup markup;
	Status status;

	drawn.labels = palloc(Max(drawn.label_count, 1) * sizeof(ModelLabel));
	if (drawn.label_count > 0)
		memcpy(drawn.labels, labels, drawn.label_count * sizeof(ModelLabel));
	model_texts_to_utf8(&drawn);
	start(&markup);
	status = model_show_weights(&markup, &drawn, &failure);
	CHECK_STATUS(status, failure);
	PG_RETURN_TEXT_P(drawn_to_text(&markup, DRAWN_INK));
}

PG_FUNCTION_INFO_V1(linlearn_model_curve_svg);

/* Draw a model's learning curve or tuning history. */
Datum
linlearn_model_curve_svg(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	char *kind = utf8_argument(fcinfo, 1);
	SvgTheme theme = theme_argument(fcinfo, 2);
	Failure failure;
	Markup markup;
	Status status;

	start(&markup);
	if (strcmp(kind, "learning") == 0)
		status = model_draw_learning(&markup, model, theme, true, &failure);
	else if (strcmp(kind, "tuning") == 0)
		status = model_draw_tuning(&markup, model, theme, true, &failure);
	else
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a model has no \"%s\" curve", kind),
						errhint("Use \"learning\" or \"tuning\".")));
	CHECK_STATUS(status, failure);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

/* Raise the error for jsonb that is no confusion matrix. */
static void
no_confusion(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("jsonb is not a confusion matrix"),
			 errdetail("It has \"labels\" (an array) and \"matrix\" (as many "
					   "arrays of as many counts), at most %d.",
					   CONFUSION_CLASSES),
			 errhint("Use the result of linlearn_confusion.")));
}

/* An array in a jsonb object. */
static JsonbContainer *
array_member(JsonbContainer *object, const char *key)
{
	JsonbValue name;
	JsonbValue *value;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = strlen(key);
	value = findJsonbValueFromContainer(object, JB_FOBJECT, &name);
	if (value == NULL || value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		no_confusion();
	return value->val.binary.data;
}

/* A label as text, whatever its JSON type. */
static char *
label_text(JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(
				numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		case jbvNull:
			return pstrdup("null");
		default:
			no_confusion();
			return NULL;
	}
}

void
confusion_picture_read(Jsonb *json, int most, ConfusionPicture *picture)
{
	JsonbContainer *labels;
	JsonbContainer *matrix;
	int classes;

	if (!JB_ROOT_IS_OBJECT(json))
		no_confusion();
	labels = array_member(&json->root, "labels");
	matrix = array_member(&json->root, "matrix");
	classes = JsonContainerSize(labels);
	if (classes > most || JsonContainerSize(matrix) != classes)
		no_confusion();
	picture->classes = classes;
	picture->labels = palloc(Max(classes, 1) * sizeof(char *));
	picture->counts = palloc(Max(classes * classes, 1) * sizeof(double));
	for (int row = 0; row < classes; row++)
	{
		JsonbValue *cells = getIthJsonbValueFromContainer(matrix, row);

		picture->labels[row] =
			utf8_text(label_text(getIthJsonbValueFromContainer(labels, row)));
		if (cells->type != jbvBinary ||
			!JsonContainerIsArray(cells->val.binary.data) ||
			JsonContainerSize(cells->val.binary.data) != classes)
			no_confusion();
		for (int column = 0; column < classes; column++)
		{
			JsonbValue *cell =
				getIthJsonbValueFromContainer(cells->val.binary.data, column);

			if (cell->type != jbvNumeric)
				no_confusion();
			picture->counts[row * classes + column] = DatumGetFloat8(
				DirectFunctionCall1(numeric_float8_no_overflow,
									NumericGetDatum(cell->val.numeric)));
		}
	}
}

PG_FUNCTION_INFO_V1(linlearn_confusion_svg);

/* Draw a confusion matrix. */
Datum
linlearn_confusion_svg(PG_FUNCTION_ARGS)
{
	ConfusionPicture picture;
	Markup markup;

	confusion_picture_read(PG_GETARG_JSONB_P(0), CONFUSION_CLASSES, &picture);
	start(&markup);
	svg_confusion(&markup, utf8_argument(fcinfo, 1), picture.labels,
				  picture.counts, picture.classes, theme_argument(fcinfo, 2),
				  true);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

/* An array argument of float8, NULL elements as NaN. */
static double *
float_array(FunctionCallInfo fcinfo, int argument, int *count)
{
	Datum *elements;
	bool *nulls;
	double *values;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), FLOAT8OID,
					  sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &nulls, count);
	values = palloc(Max(*count, 1) * sizeof(double));
	for (int i = 0; i < *count; i++)
		values[i] = nulls[i] ? NAN : DatumGetFloat8(elements[i]);
	return values;
}

/* What is fixed about a kind of curve. */
typedef struct CurveKind
{
	const char *name;
	const char *title;
	const char *x_label;
	const char *y_label;
	double low; /* of both axes; NaN: as the points need it */
	double high;
	bool diagonal;
	bool dots;
	bool whole_x;
} CurveKind;

static const CurveKind curve_kinds[] = {
	{"roc", "ROC curve", "false positive rate", "true positive rate", 0, 1,
	 true, false, false},
	{"pr", "precision and recall", "recall", "precision", 0, 1, false, false,
	 false},
	{"calibration", "calibration", "mean predicted probability",
	 "share of positives", 0, 1, true, true, false},
	{"lift", "gain", "share of rows, best scores first",
	 "share of positives found", 0, 1, true, false, false},
	{"learning", "learning curve", "epoch", "mean loss", NAN, NAN, false, true,
	 true},
	{"tuning", "tuning history", "trial", "objective", NAN, NAN, false, true,
	 true},
	{"line", "", "x", "y", NAN, NAN, false, false, false}};

/* The kind of a name. */
static const CurveKind *
find_curve_kind(const char *name)
{
	for (int i = 0; i < lengthof(curve_kinds); i++)
		if (strcmp(curve_kinds[i].name, name) == 0)
			return &curve_kinds[i];
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("curve \"%s\" is unknown", name),
					errhint("Use \"roc\", \"pr\", \"calibration\", \"lift\", "
							"\"learning\", \"tuning\" or \"line\".")));
}

PG_FUNCTION_INFO_V1(linlearn_curve_svg);

/* Draw a curve from its points. */
Datum
linlearn_curve_svg(PG_FUNCTION_ARGS)
{
	const CurveKind *kind = find_curve_kind(utf8_argument(fcinfo, 0));
	char *title = utf8_argument(fcinfo, 3);
	int count;
	int y_count;
	double *x = float_array(fcinfo, 1, &count);
	double *y = float_array(fcinfo, 2, &y_count);
	ChartSeries series = {NULL, x, y, count, kind->dots && count <= 200,
						  false};
	Chart chart = {title[0] != '\0' ? title : kind->title,
				   kind->x_label,
				   kind->y_label,
				   &series,
				   1,
				   kind->low,
				   kind->high,
				   kind->low,
				   kind->high,
				   kind->whole_x,
				   kind->diagonal,
				   {NAN, NAN, NULL}};
	Markup markup;

	if (count != y_count)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("curve has %d x values and %d y values", count,
							   y_count)));
	start(&markup);
	chart_draw(&markup, &chart, theme_argument(fcinfo, 4), true);
	PG_RETURN_TEXT_P(markup_to_text(&markup));
}

PG_FUNCTION_INFO_V1(linlearn_sparkline);

/* Show values as a line of blocks. */
Datum
linlearn_sparkline(PG_FUNCTION_ARGS)
{
	int count;
	double *values = float_array(fcinfo, 0, &count);
	Markup markup;

	start(&markup);
	chart_sparkline(&markup, values, count);
	PG_RETURN_TEXT_P(drawn_to_text(&markup, DRAWN_HEIGHTS));
}

PG_FUNCTION_INFO_V1(linlearn_bar);

/* Show a value as a bar. */
Datum
linlearn_bar(PG_FUNCTION_ARGS)
{
	int width = PG_GETARG_INT32(2);
	Markup markup;

	if (width < 1 || width > WIDEST_BAR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width %d is outside 1 to %d", width, WIDEST_BAR)));
	start(&markup);
	chart_bar(&markup, PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), width);
	PG_RETURN_TEXT_P(drawn_to_text(&markup, DRAWN_INK));
}
