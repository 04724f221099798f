/*
 * model_onnx.c
 *		A model as ONNX.
 */
#include "formats/model_onnx.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/base/utf8.h"
#include "formats/model_onnx_columns.h"

#define LABEL "label"
#define SCORES "scores"
#define PREDICTION "prediction"

/* Whether a float holds a number, rounded. */
static bool
fits_float(double value)
{
	return fabs(value) <= FLT_MAX;
}

/* ---- Labels ---- */

/* Whether labels are whole numbers, which ONNX has as such; else strings. */
static bool
labels_are_whole(const Model *model)
{
	static const char *const types[] = {"smallint", "integer", "bigint"};
	bool whole = false;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		whole |= strcmp(model->label_type, types[i]) == 0;
	for (uint32_t i = 0; i < model->label_count && whole; i++)
		whole = fabs(model->labels[i].value) <= 0x1p53 &&
				model->labels[i].value == floor(model->labels[i].value);
	return whole;
}

static Status
put_labels(OnnxGraph *graph, const Model *model, Failure *failure)
{
	int64_t *numbers;

	if (labels_are_whole(model))
	{
		numbers = runtime_allocate(graph->runtime,
								   model->label_count * sizeof(int64_t));
		if (numbers == NULL)
			return fail_no_memory(failure);
		for (uint32_t i = 0; i < model->label_count; i++)
			numbers[i] = (int64_t) model->labels[i].value;
		onnx_set_ints(graph, "classlabels_ints", numbers, model->label_count);
		runtime_release(graph->runtime, numbers);
		return LL_OK;
	}
	onnx_begin_strings(graph);
	for (uint32_t i = 0; i < model->label_count; i++)
	{
		const char *text = model->labels[i].text;

		if (!utf8_is_valid(text, strlen(text)))
			return fail(failure, LL_UNSUPPORTED, "a label is not UTF-8");
		onnx_add_string(graph, text, strlen(text));
	}
	onnx_set_strings(graph, "classlabels_strings");
	return LL_OK;
}

/* ---- Classifiers ---- */

/*
 * How the scores of a binary model follow from margins less the threshold's:
 * slope * (margin - threshold) + offset, then a logistic function if asked.
 */
typedef struct BinaryScores
{
	double threshold;
	double slope;
	double offset;
	bool logistic;
} BinaryScores;

static Status
binary_scores(const Model *model, double bias, BinaryScores *scores,
			  Failure *failure)
{
	bool logit = loss_table[model->loss].link == LINK_LOGIT;

	if (model->calibration == CALIBRATE_ISOTONIC)
	{
		fail(failure, LL_UNSUPPORTED,
			 "isotonic calibration cannot be said in ONNX-ML");
		fail_hint(failure, "Train with calibrate \"platt\" or \"none\", or "
						   "write the model as JSON.");
		return LL_UNSUPPORTED;
	}
	*scores = (BinaryScores){model->threshold_margin, 1.0, 0.0, logit};
	if (model->calibration == CALIBRATE_PLATT)
		*scores =
			(BinaryScores){model->threshold_margin, model->calibration_x[0],
						   model->calibration_x[1], true};
	/* Models of version 0.1.0 have the score only. */
	if (isnan(scores->threshold))
		scores->threshold =
			scores->logistic
				? (portable_log(model->threshold) -
				   portable_log1p(-model->threshold) - scores->offset) /
					  scores->slope
				: model->threshold;
	scores->offset += scores->slope * scores->threshold;
	/* as floats, and beside the bias */
	if (!fits_float(scores->threshold) || !fits_float(scores->offset) ||
		!fits_float(scores->slope) || !fits_float(bias - scores->threshold))
		return fail(failure, LL_UNSUPPORTED,
					"threshold %g cannot be said in ONNX-ML",
					model->threshold);
	return LL_OK;
}

/* Puts "operator" with a constant of both classes: minus a value, the value. */
static void
put_pair(OnnxGraph *graph, const char *operator, const double pair[2],
		 const char *input, char output[ONNX_NAME_SIZE])
{
	char constant[ONNX_NAME_SIZE];

	onnx_name(graph, constant);
	onnx_name(graph, output);
	onnx_constant(graph, constant, pair, 2);
	onnx_node(graph, operator, false, (const char *[]){input, constant, NULL},
			  (const char *[]){output, NULL});
}

/*
 * A row of weights for each class, the negative one's turned over: the larger
 * margin wins, and of equal ones the negative class, as in predictor_class().
 */
static Status
put_binary(OnnxGraph *graph, const Model *model, const OnnxFeatures *features,
		   Failure *failure)
{
	size_t n = features->count;
	double *weights = runtime_allocate(graph->runtime, 2 * n * sizeof(double));
	double bias[2];
	BinaryScores scores;
	char margins[ONNX_NAME_SIZE], scaled[ONNX_NAME_SIZE],
		moved[ONNX_NAME_SIZE];
	Status status = binary_scores(model, features->bias[0], &scores, failure);

	if (weights == NULL)
		return fail_no_memory(failure);
	if (status == LL_OK)
		status = put_labels(graph, model, failure);
	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < n; j++)
	{
		weights[j] = -features->weights[j];
		weights[n + j] = features->weights[j];
	}
	bias[1] = features->bias[0] - scores.threshold;
	bias[0] = -bias[1];
	onnx_set_floats(graph, "coefficients", weights, 2 * n);
	onnx_set_floats(graph, "intercepts", bias, 2);
	onnx_set_int(graph, "multi_class", 0);
	onnx_set_string(graph, "post_transform", "NONE");
	onnx_name(graph, margins);
	onnx_node(graph, "LinearClassifier", true,
			  (const char *[]){features->name, NULL},
			  (const char *[]){LABEL, margins, NULL});
	put_pair(graph, "Mul", (const double[]){scores.slope, scores.slope},
			 margins, scaled);
	put_pair(graph, "Add", (const double[]){-scores.offset, scores.offset},
			 scaled, moved);
	onnx_node(graph, scores.logistic ? "Sigmoid" : "Identity", false,
			  (const char *[]){moved, NULL}, (const char *[]){SCORES, NULL});
	runtime_release(graph->runtime, weights);
	return LL_OK;
}

static Status
put_multiclass(OnnxGraph *graph, const Model *model,
			   const OnnxFeatures *features, Failure *failure)
{
	Status status = put_labels(graph, model, failure);

	if (status != LL_OK)
		return status;
	onnx_set_floats(graph, "coefficients", features->weights,
					(size_t) features->count * model->outputs);
	onnx_set_floats(graph, "intercepts", features->bias, model->outputs);
	onnx_set_int(graph, "multi_class", 1);
	onnx_set_string(graph, "post_transform",
					loss_table[model->loss].link == LINK_SOFTMAX ? "SOFTMAX"
																 : "NONE");
	onnx_node(graph, "LinearClassifier", true,
			  (const char *[]){features->name, NULL},
			  (const char *[]){LABEL, SCORES, NULL});
	return LL_OK;
}

static Status
put_classifier(OnnxGraph *graph, const Model *model,
			   const OnnxFeatures *features, Failure *failure)
{
	Status status;

	if (model->columns != NULL &&
		(model->columns->offset != NULL || model->columns->exposure != NULL))
		return fail(failure, LL_UNSUPPORTED,
					"a classifier with an offset cannot be said in ONNX-ML");
	status = model->predictor == PREDICTOR_BINARY
				 ? put_binary(graph, model, features, failure)
				 : put_multiclass(graph, model, features, failure);
	onnx_value(graph, true, LABEL,
			   labels_are_whole(model) ? ONNX_INT64 : ONNX_STRING, 0);
	onnx_value(graph, true, SCORES, ONNX_FLOAT, model->label_count);
	return status;
}

/* ---- Regressors ---- */

/* An input has one name: it is no feature, too, that margins have an offset from. */
static Status
check_roles(const Columns *columns, Failure *failure)
{
	const char *roles[] = {columns->offset, columns->exposure};

	for (int i = 0; i < 2; i++)
		if (roles[i] != NULL &&
			(columns_find(columns, roles[i], strlen(roles[i])) >= 0 ||
			 (i == 1 && roles[0] != NULL && strcmp(roles[0], roles[1]) == 0)))
			return fail(failure, LL_UNSUPPORTED,
						"column \"%s\" cannot be two things in ONNX",
						roles[i]);
	return LL_OK;
}

/* Adds a column to the margin: itself, or its logarithm. */
static void
put_role(OnnxGraph *graph, const char *column, bool log,
		 char margin[ONNX_NAME_SIZE])
{
	char logarithm[ONNX_NAME_SIZE], sum[ONNX_NAME_SIZE];

	onnx_value(graph, false, column, ONNX_FLOAT, 1);
	if (log)
	{
		onnx_name(graph, logarithm);
		onnx_node(graph, "Log", false, (const char *[]){column, NULL},
				  (const char *[]){logarithm, NULL});
		column = logarithm;
	}
	onnx_name(graph, sum);
	onnx_node(graph, "Add", false, (const char *[]){margin, column, NULL},
			  (const char *[]){sum, NULL});
	memcpy(margin, sum, ONNX_NAME_SIZE);
}

static void
put_regressor(OnnxGraph *graph, const Model *model,
			  const OnnxFeatures *features)
{
	const Columns *columns = model->columns;
	char margin[ONNX_NAME_SIZE];

	onnx_set_floats(graph, "coefficients", features->weights, features->count);
	onnx_set_floats(graph, "intercepts", features->bias, 1);
	onnx_set_int(graph, "targets", 1);
	onnx_name(graph, margin);
	onnx_node(graph, "LinearRegressor", true,
			  (const char *[]){features->name, NULL},
			  (const char *[]){margin, NULL});
	if (columns != NULL && columns->offset != NULL)
		put_role(graph, columns->offset, false, margin);
	if (columns != NULL && columns->exposure != NULL)
		put_role(graph, columns->exposure, true, margin);
	onnx_node(graph, loss_is_log_link(model->loss) ? "Exp" : "Identity", false,
			  (const char *[]){margin, NULL},
			  (const char *[]){PREDICTION, NULL});
	onnx_value(graph, true, PREDICTION, ONNX_FLOAT, 1);
}

/* ---- The model ---- */

/* Largest weight that a float takes. */
static Status
check_floats(const double *values, size_t count, const char *what,
			 Failure *failure)
{
	for (size_t i = 0; i < count; i++)
		if (!fits_float(values[i]))
			return fail(failure, LL_UNSUPPORTED,
						"%s %g cannot be said in ONNX-ML, whose numbers are "
						"floats",
						what, values[i]);
	return LL_OK;
}

Status
model_onnx_write(const Model *model, const Runtime *runtime, uint8_t **bytes,
				 size_t *size, Failure *failure)
{
	OnnxGraph graph;
	OnnxFeatures features = {.name = "features",
							 .count = model->dimension,
							 .weights = model->weights,
							 .bias = model->bias};
	Status status = LL_OK;

	if (model->quantiles != NULL)
		return fail(failure, LL_UNSUPPORTED,
					"several quantiles cannot be said in ONNX-ML");
	onnx_graph_init(&graph, runtime);
	if (model->columns != NULL)
	{
		status = check_roles(model->columns, failure);
		if (status == LL_OK)
			status = model_onnx_columns(&graph, model, &features, failure);
	}
	else
		onnx_value(&graph, false, features.name, ONNX_FLOAT, features.count);
	if (status == LL_OK)
		status = check_floats(features.weights,
							  (size_t) features.count * model->outputs,
							  "weight", failure);
	if (status == LL_OK)
		status = check_floats(features.bias, model->outputs, "bias", failure);
	if (status == LL_OK && model->predictor == PREDICTOR_REGRESSOR)
		put_regressor(&graph, model, &features);
	else if (status == LL_OK)
		status = put_classifier(&graph, model, &features, failure);
	return status == LL_OK ? onnx_finish(&graph, bytes, size, failure)
						   : status;
}
