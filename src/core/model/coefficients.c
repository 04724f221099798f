/*
 * coefficients.c
 *		A model of weights that were learned elsewhere.
 */
#include "core/model/coefficients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/model/given_columns.h"

/* What a model says in the place of standard errors. */
#define GIVEN_REASON "the weights were given, not trained"

/* ---- Checks ---- */

/* The first number that is not finite; count: none. */
static size_t
find_bad(const double *numbers, size_t count, const Runtime *runtime)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(numbers[i]) || runtime_stops(runtime, i))
			return i;
	return count;
}

static Status
check_numbers(const double *numbers, size_t count, const char *what,
			  const Runtime *runtime, Failure *failure)
{
	size_t bad = numbers == NULL ? count : find_bad(numbers, count, runtime);

	if (bad == count)
		return LL_OK;
	if (isfinite(numbers[bad]))
		return fail_cancelled(failure);
	return fail(failure, LL_INVALID, "%s has %s at place %zu", what,
				isnan(numbers[bad]) ? "NaN" : "an infinite number", bad + 1);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp((*(const ModelLabel *const *) a)->text,
				  (*(const ModelLabel *const *) b)->text);
}

/* Whether each class has a label of its own. */
static Status
check_labels(const Coefficients *given, const Runtime *runtime,
			 Failure *failure)
{
	uint32_t count = given->label_count;
	const ModelLabel **order =
		runtime_allocate_zero(runtime, count, sizeof(*order));

	if (order == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < count; i++)
	{
		order[i] = &given->labels[i];
		if (strlen(order[i]->text) > MODEL_MAX_TEXT)
			return fail(failure, LL_INVALID, "a label has more than %d bytes",
						MODEL_MAX_TEXT);
		if (!isfinite(order[i]->value))
			return fail(failure, LL_INVALID, "a label is not finite");
	}
	qsort(order, count, sizeof(*order), compare_texts);
	for (uint32_t i = 1; i < count; i++)
		if (compare_texts(&order[i - 1], &order[i]) == 0)
			return fail(failure, LL_INVALID, "label \"%s\" is there twice",
						order[i]->text);
	runtime_release(runtime, order);
	return LL_OK;
}

/* What labels and rows of weights make together. */
static Status
choose_predictor(const Coefficients *given, PredictorType *predictor,
				 Failure *failure)
{
	uint32_t rows = given->outputs, labels = given->label_count;

	*predictor = labels == 0 ? PREDICTOR_REGRESSOR
				 : rows == 1 ? PREDICTOR_BINARY
							 : PREDICTOR_MULTICLASS;
	if (labels == 0 && rows == 1)
		return LL_OK;
	if (labels == (rows == 1 ? 2 : rows))
		return LL_OK;
	fail(failure, LL_INVALID,
		 "rows of weights (%u) and labels (%u) do not fit", rows, labels);
	fail_hint(failure, "Give one row and no labels for a regressor, one row "
					   "and two labels (the negative one first) for a binary "
					   "classifier, else a row and a label for each class.");
	return LL_INVALID;
}

static Status
choose_loss(const char *name, PredictorType predictor, LossKind *loss,
			Failure *failure)
{
	unsigned allowed = losses_of_predictor(predictor);
	char list[384];

	*loss = loss_automatic(predictor);
	if (name == NULL)
		return LL_OK;
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (strcmp(loss_names[kind], name) == 0 && allowed >> kind & 1)
		{
			*loss = (LossKind) kind;
			return LL_OK;
		}
	losses_list(allowed, "\"", " or ", list, sizeof(list));
	fail(failure, LL_INVALID, "loss \"%s\" is none of these weights", name);
	fail_detail(failure, "For a %s it is %s.",
				hyperparameter_table[HP_PREDICTOR_TYPE].choices[predictor],
				list);
	return LL_INVALID;
}

/* Weights for one quantile are no model of several. */
static Status
check_quantiles(const Hyperparameters *settings, Failure *failure)
{
	if (settings->quantile_count <= 1)
		return LL_OK;
	fail(failure, LL_INVALID,
		 "weights given from elsewhere are for one quantile, not %u",
		 settings->quantile_count);
	fail_hint(failure, "Make a model for each quantile.");
	return LL_INVALID;
}

/* Whether the loss takes the columns that margins have an offset from. */
static Status
check_roles(const Columns *columns, LossKind loss, Failure *failure)
{
	const char *name =
		columns->exposure != NULL ? columns->exposure : columns->offset;
	unsigned allowed = columns->exposure != NULL ? losses_of_link(LINK_LOG)
												 : losses_with_offset();
	char list[384];

	if (name == NULL || allowed >> loss & 1)
		return LL_OK;
	losses_list(allowed, "", " or ", list, sizeof(list));
	fail(failure, LL_INVALID, "loss \"%s\" takes no column \"%s\" of kind %s",
		 loss_names[loss], name,
		 given_kinds[columns->exposure != NULL ? GIVEN_EXPOSURE
											   : GIVEN_OFFSET]);
	fail_detail(failure, "It is of %s.", list);
	return LL_INVALID;
}

/* ---- The model ---- */

/* The margin and the score above which a binary model says the positive class. */
static Status
set_threshold(Model *model, double threshold, Failure *failure)
{
	bool logit = loss_table[model->loss].link == LINK_LOGIT;

	model->threshold_margin = loss_table[model->loss].natural_margin;
	model->threshold = logit ? portable_sigmoid(model->threshold_margin)
							 : model->threshold_margin;
	if (isnan(threshold))
		return LL_OK;
	if (model->predictor != PREDICTOR_BINARY)
		return fail(failure, LL_INVALID,
					"a threshold is of binary classifiers only");
	if (isinf(threshold) || (logit && !(threshold > 0.0 && threshold < 1.0)))
		return fail(
			failure, LL_INVALID, "threshold %g is out of range: %s", threshold,
			logit ? "a probability above 0 and below 1" : "a finite margin");
	model->threshold = threshold;
	model->threshold_margin =
		logit ? portable_log(threshold) - portable_log1p(-threshold)
			  : threshold;
	return LL_OK;
}

/* The settings that tell what the model is. */
static void
set_settings(Model *model, const Coefficients *given)
{
	Hyperparameters *settings = &model->settings;

	*settings = given->settings;
	settings->value[HP_PREDICTOR_TYPE] = model->predictor;
	settings->value[HP_LOSS] = model->loss;
	settings->value[HP_FEATURE_DIM] = model->dimension;
	if (model->predictor == PREDICTOR_MULTICLASS)
		settings->value[HP_NUM_CLASSES] = model->outputs;
	settings->value[HP_REFIT] = 0.0;
	settings->given[HP_PREDICTOR_TYPE] = settings->given[HP_LOSS] = true;
}

/* Puts a number where its weight's place is; without places where it stands. */
static inline size_t
place_of(const uint32_t *places, size_t j)
{
	return places == NULL ? j : places[j];
}

/*
 * Copies weights and what is known of features.  A column's number is taken less
 * its mean, which the bias then has.
 */
static Status
set_weights(Model *model, const Coefficients *given, const uint32_t *places,
			const Runtime *runtime, Failure *failure)
{
	size_t n = model->dimension, outputs = model->outputs;
	const Columns *columns = model->columns;

	model->weights =
		runtime_allocate_zero(runtime, n * outputs, sizeof(double));
	model->bias = runtime_allocate_zero(runtime, outputs, sizeof(double));
	model->feature_mean = runtime_allocate_zero(runtime, n, sizeof(double));
	model->feature_deviation =
		runtime_allocate_zero(runtime, n, sizeof(double));
	if (model->weights == NULL || model->bias == NULL ||
		model->feature_mean == NULL || model->feature_deviation == NULL)
		return runtime_interrupted(runtime) ? fail_cancelled(failure)
											: fail_no_memory(failure);
	for (size_t j = 0; j < n; j++)
	{
		size_t place = place_of(places, j);

		if (runtime_stops_wide(runtime, j, outputs))
			return fail_cancelled(failure);
		for (size_t k = 0; k < outputs; k++)
			model->weights[k * n + place] = given->weights[k * n + j];
		if (given->mean != NULL)
			model->feature_mean[place] = given->mean[j];
		model->feature_deviation[place] =
			given->deviation != NULL ? given->deviation[j] : 1.0;
		if (columns != NULL && columns->center[place] != 0.0)
			model->feature_mean[place] = 0.0;
	}
	for (size_t k = 0; k < outputs; k++)
	{
		model->bias[k] = given->bias != NULL ? given->bias[k] : 0.0;
		for (size_t j = 0; j < n && columns != NULL; j++)
			model->bias[k] += model->weights[k * n + j] * columns->center[j];
	}
	return LL_OK;
}

/* Makes what columns say of their terms. */
static void
set_columns(Model *model)
{
	const Columns *columns = model->columns;

	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		const Column *column = &columns->columns[piece->column];

		if (piece->kind != PIECE_NUMBER)
			continue;
		if (!isnan(column->deviation))
			model->feature_deviation[piece->first] = column->deviation;
		if (column->kind == COLUMN_FLAG)
			model->feature_mean[piece->first] = column->mean;
	}
}

static Status
check_given(const Coefficients *given, const Runtime *runtime,
			Failure *failure)
{
	size_t n = given->dimension, most = SIZE_MAX;
	Status status;

	most = (size_t) hyperparameter_table[HP_FEATURE_DIM].maximum;
	if (n == 0 || n > most || given->outputs == 0)
		return fail(failure, LL_INVALID,
					"weights are for %zu features, not 1 to %zu", n, most);
	status = check_numbers(given->weights, n * given->outputs, "weights",
						   runtime, failure);
	if (status == LL_OK)
		status = check_numbers(given->bias, given->outputs, "bias", runtime,
							   failure);
	if (status == LL_OK)
		status = check_numbers(given->mean, n, "mean", runtime, failure);
	if (status == LL_OK)
		status =
			check_numbers(given->deviation, n, "deviation", runtime, failure);
	for (size_t j = 0; status == LL_OK && given->deviation != NULL && j < n;
		 j++)
		if (given->deviation[j] < 0.0)
			return fail(failure, LL_INVALID,
						"deviation is negative at place "
						"%zu",
						j + 1);
	return status == LL_OK ? check_labels(given, runtime, failure) : status;
}

Status
coefficients_model(const Coefficients *given, const Runtime *runtime,
				   Model *model, Failure *failure)
{
	uint32_t *places = NULL;
	Status status = check_given(given, runtime, failure);

	memset(model, 0, sizeof(*model));
	if (status == LL_OK)
		status = choose_predictor(given, &model->predictor, failure);
	if (status == LL_OK)
		status =
			choose_loss(given->loss, model->predictor, &model->loss, failure);
	if (status == LL_OK)
		status = check_quantiles(&given->settings, failure);
	if (status != LL_OK)
		return status;
	model->format = ROWS_F64;
	model->byte_unit = BYTE_UNIT;
	model->dimension = given->dimension;
	model->outputs = given->outputs;
	model->label_deviation = 1.0;
	model->texts_are_utf8 = true;
	model->label_count = given->label_count;
	model->labels = given->labels;
	snprintf(model->label_type, sizeof(model->label_type), "%s",
			 given->label_type);
	model->gradient_norm = model->gap = NAN;
	snprintf(model->inference_reason, sizeof(model->inference_reason),
			 GIVEN_REASON);
	set_settings(model, given);
	status = set_threshold(model, given->threshold, failure);
	if (status == LL_OK && given->column_count > 0)
	{
		status = given_columns_make(given, runtime, &model->columns, &places,
									failure);
		if (status == LL_OK)
			status = check_roles(model->columns, model->loss, failure);
	}
	if (status == LL_OK)
		status = set_weights(model, given, places, runtime, failure);
	if (status == LL_OK && model->columns != NULL)
		set_columns(model);
	return status;
}
