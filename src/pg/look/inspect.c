/*
 * inspect.c
 *		What a model holds: info, weights, history, and the table of
 *		hyperparameters.
 */
#include "pg/base/version.h"

#include <math.h>

#include "access/detoast.h"
#include "core/base/portable_math.h"
#include "core/math/student.h"
#include "core/model/checksum.h"
#include "core/train/model_metrics.h"
#include "core/train/train.h"
#include "miscadmin.h"
#include "pg/base/json_text.h"
#include "pg/base/level.h"
#include "pg/base/result_set.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/look/fit_json.h"
#include "pg/look/tune_trials.h"
#include "pg/look/path.h"
#include "pg/look/quantile_json.h"
#include "pg/predict/model_cache.h"
#include "pg/predict/term_reader.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* ---- linlearn_model_info ---- */

/* Appends a number as JSON; what JSON does not have becomes null. */
static void
append_number(StringInfo out, double value)
{
	if (isinf(value))
		appendStringInfo(out, "\"%sInfinity\"", value < 0 ? "-" : "");
	else
		json_append_number(out, value);
}

/*
 * Every setting; one without effect as its default, whatever a rule for other
 * optimizers made of it.  So they may be given again as options.
 */
static void
append_settings(StringInfo out, const Hyperparameters *settings)
{
	char buffer[64];

	appendStringInfoChar(out, '{');
	for (int row = 0; row < HP_COUNT; row++)
	{
		bool used = hyperparameters_used(settings, (Hyperparameter) row);

		if (row == HP_QUANTILE && settings->quantile_count > 1)
		{
			quantile_json_list(out, settings);
			continue;
		}
		hyperparameters_format((Hyperparameter) row,
							   used ? settings->value[row]
									: hyperparameter_table[row].default_value,
							   buffer, sizeof(buffer));
		appendStringInfo(out, "%s\"%s\": %s", row > 0 ? ", " : "",
						 hyperparameter_table[row].name, buffer);
	}
	appendStringInfoChar(out, '}');
}

static void
append_metrics(StringInfo out, const ModelMetric *metrics, uint32 count)
{
	appendStringInfoChar(out, '{');
	for (uint32 i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		escape_json(out, metrics[i].name);
		appendStringInfoString(out, ": ");
		append_number(out, metrics[i].value);
	}
	appendStringInfoChar(out, '}');
}

static void
append_labels(StringInfo out, const Model *model)
{
	appendStringInfoChar(out, '[');
	for (uint32 i = 0; i < model->label_count; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		escape_json(out, model->labels[i].text);
	}
	appendStringInfoChar(out, ']');
}

/* What the classes' rows weighed in the training, if that was given. */
static void
append_class_weights(StringInfo out, const Model *model)
{
	if (model->class_weights == NULL)
		return;
	appendStringInfoString(out, ", \"class_weights\": {");
	for (uint32 i = 0; i < model->label_count; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		escape_json(out, model->labels[i].text);
		appendStringInfoString(out, ": ");
		append_number(out, model->class_weights[i]);
	}
	appendStringInfoChar(out, '}');
}

/* The features whose weights were not to be negative, if they were named. */
static void
append_bounded(StringInfo out, const Model *model)
{
	if (model->bounded_count == 0)
		return;
	appendStringInfoString(out, ", \"nonnegative_features\": [");
	for (uint32 i = 0; i < model->bounded_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "%s%u", i > 0 ? ", " : "",
						 model->bounded[i] + 1);
	}
	appendStringInfoChar(out, ']');
}

static void
append_channels(StringInfo out, const Model *model)
{
	appendStringInfoString(out, ", \"rows\": {");
	for (int i = 0; i < CHANNEL_COUNT; i++)
		appendStringInfo(out, "\"%s\": " UINT64_FORMAT ", ", channel_names[i],
						 (uint64) model->channels[i].rows);
	appendStringInfo(
		out,
		"\"skipped\": " UINT64_FORMAT ", \"unlabelled\": " UINT64_FORMAT "}",
		(uint64) model->skipped_rows, (uint64) model->unlabelled_rows);
	appendStringInfo(
		out, ", \"fingerprint\": \"%016lx\"",
		(unsigned long) (model->channels[CHANNEL_TRAIN].fingerprint +
						 3 * model->channels[CHANNEL_VALIDATION].fingerprint));
}

/*
 * How many columns of a table, and terms among theirs that plain estimates left
 * out because those before them give the same.
 */
static void
append_columns(StringInfo out, const Model *model)
{
	size_t inputs = (size_t) model->dimension + 1, aliased = 0;

	if (model->columns == NULL)
		return;
	appendStringInfo(out, ", \"columns\": %u", model->columns->count);
	for (size_t i = 0; i < model->inference_count; i++)
		aliased += i % inputs < model->dimension &&
				   model->feature_deviation[i % inputs] > 0.0 &&
				   isnan(model->standard_errors[i]);
	if (aliased > 0)
		appendStringInfo(out, ", \"aliased\": %zu", aliased);
}

/* What a byte counts, and how large the training rows were. */
static void
append_units(StringInfo out, const Model *model)
{
	appendStringInfoString(out, ", \"byte_unit\": ");
	append_number(out, model->byte_unit);
	if (model->magnitudes.largest == 0.0)
		return;
	appendStringInfoString(out, ", \"row_magnitudes\": {\"least\": ");
	append_number(out, model->magnitudes.least);
	appendStringInfoString(out, ", \"largest\": ");
	append_number(out, model->magnitudes.largest);
	appendStringInfoChar(out, '}');
}

/* The columns that margins have an offset from. */
static void
append_roles(StringInfo out, const Columns *columns)
{
	if (columns->offset != NULL)
	{
		appendStringInfoString(out, ", \"offset\": ");
		escape_json(out,
					server_of_utf8(columns->offset, strlen(columns->offset)));
	}
	if (columns->exposure != NULL)
	{
		appendStringInfoString(out, ", \"exposure\": ");
		escape_json(
			out, server_of_utf8(columns->exposure, strlen(columns->exposure)));
	}
}

/* How wd was chosen where nothing was given to choose it by. */
static void
append_wd_choice(StringInfo out, const Model *model)
{
	const WdPath *path = model->wd_path;
	static const char *const names[WD_CHOICES] = {
		"rule of thumb", "generalised cross-validation", "cross-validation",
		"generalised cross-validation and folds"};

	appendStringInfo(out, ", \"wd_choice\": {\"by\": \"%s\"",
					 names[path->choice]);
	if (path->folds > 0)
		appendStringInfo(out, ", \"folds\": %u", path->folds);
	path_append_key(out, path->key);
	appendStringInfo(
		out, ", \"rows\": " UINT64_FORMAT ", \"wd\": ", (uint64) path->rows);
	append_number(out, path->chosen.wd);
	appendStringInfoString(out, ", \"loss\": ");
	append_number(out, path->chosen.loss);
	if (!isnan(path->chosen.error))
	{
		appendStringInfoString(out, ", \"standard_error\": ");
		append_number(out, path->chosen.error);
	}
	appendStringInfo(out, ", \"tried\": %u", path->count);
	if (model->l1_path != NULL)
		appendStringInfoString(out, ", \"because\": \"l1 loses less on the "
									"rows held out\"");
	else if (path->plain && path->choice != WD_BY_FOLDS &&
			 model->dimension <= WD_PLAIN_FEATURES)
		appendStringInfoString(out, ", \"because\": \"so few features "
									"are not shrunk\"");
	else if (path->plain)
		appendStringInfoString(out, ", \"because\": \"the best wd above 0 "
									"gains less than noise\"");
	appendStringInfoChar(out, '}');
}

PG_FUNCTION_INFO_V1(linlearn_model_info);
Datum
linlearn_model_info(PG_FUNCTION_ARGS)
{
	static const char *const formats[] = {"uint8", "float32", "float64",
										  "sparse"};
	Model *model = &cached_model_of_call(fcinfo)->model;
	StringInfoData out;
	char buffer[64];

	initStringInfo(&out);
	hyperparameters_format(HP_PREDICTOR_TYPE, model->predictor, buffer,
						   sizeof(buffer));
	appendStringInfo(&out, "{\"predictor_type\": %s", buffer);
	hyperparameters_format(HP_LOSS, model->loss, buffer, sizeof(buffer));
	appendStringInfo(&out, ", \"loss\": %s, \"feature_dim\": %u", buffer,
					 model->dimension);
	appendStringInfo(&out, ", \"feature_format\": \"%s\"",
					 formats[model->format]);
	append_columns(&out, model);
	append_units(&out, model);
	appendStringInfo(&out, ", \"model_bytes\": " UINT64_FORMAT,
					 (uint64) toast_raw_datum_size(PG_GETARG_DATUM(0)) -
						 VARHDRSZ);
	appendStringInfoString(&out, ", \"label_type\": ");
	escape_json(&out, model->label_type);
	if (model->predictor != PREDICTOR_REGRESSOR)
	{
		appendStringInfo(
			&out, ", \"num_classes\": %u, \"labels\": ", model->label_count);
		append_labels(&out, model);
		append_class_weights(&out, model);
	}
	if (model->predictor == PREDICTOR_BINARY)
	{
		appendStringInfoString(&out, ", \"threshold\": ");
		append_number(&out, model->threshold);
		appendStringInfoString(&out, ", \"threshold_margin\": ");
		append_number(&out, model->threshold_margin);
		hyperparameters_format(HP_CALIBRATE, model->calibration, buffer,
							   sizeof(buffer));
		appendStringInfo(&out, ", \"calibration\": %s", buffer);
	}
	append_channels(&out, model);
	appendStringInfoString(&out, ", \"hyperparameters\": ");
	append_settings(&out, &model->settings);
	append_bounded(&out, model);
	if (model->wd_path != NULL)
		append_wd_choice(&out, model);
	if (model->columns != NULL)
		append_roles(&out, model->columns);
	if (model->l1_path != NULL)
		path_append_choice(&out, model->l1_path);
	appendStringInfo(&out, ", \"refit\": %s",
					 model->settings.value[HP_REFIT] == 1.0 ? "true"
															: "false");
	appendStringInfoString(&out, ", \"metrics\": ");
	append_metrics(&out, model->metrics, model->metric_count);
	appendStringInfo(&out, ", \"models\": %u, \"best_model\": %u",
					 model->trial_count, model->best_trial);
	quantile_json_append(&out, model);
	quantile_json_end(&out, model->end, model->iterations, model->gap);
	if (!isnan(model->gradient_norm))
	{
		appendStringInfoString(&out, ", \"gradient_norm\": ");
		append_number(&out, model->gradient_norm);
		appendStringInfo(&out, ", \"standard_errors\": %s",
						 model->inference_count > 0 ? "true" : "false");
		if (isfinite(model_degrees(model)))
			appendStringInfo(&out, ", \"degrees_of_freedom\": %.0f",
							 model_degrees(model));
	}
	if (model->inference_count == 0)
	{
		appendStringInfoString(&out, ", \"no_standard_errors_because\": ");
		escape_json(&out, inference_reason_text(model));
	}
	append_fit(&out, model);
	if (model->kernels[0] != '\0')
	{
		appendStringInfoString(&out, ", \"kernels\": ");
		escape_json(&out, model->kernels);
	}
	if (model->tuning[0] != '\0')
	{
		appendStringInfo(&out, ", \"tuning\": %s, \"tuning_history\": \"%s\"",
						 model->tuning, tuning_history(model));
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}

/* ---- linlearn_weights ---- */

/* How far a feature moves the margin: |weight| times its deviation. */
static double
importance(const Model *model, uint32 class, uint32 feature)
{
	return fabs(model->weights[(size_t) class * model->dimension + feature] *
				model->feature_deviation[feature]);
}

/* A feature and what it is sorted by. */
typedef struct RankedFeature
{
	double importance;
	uint32 feature;
} RankedFeature;

static int
compare_ranked(const void *a, const void *b)
{
	const RankedFeature *x = a, *y = b;

	if (x->importance != y->importance)
		return x->importance > y->importance ? -1 : 1;
	return (x->feature > y->feature) - (x->feature < y->feature);
}

/* Whether a feature's weight is the logarithm of a ratio of odds. */
static bool
has_odds(const Model *model, uint32 feature)
{
	return model->predictor == PREDICTOR_BINARY &&
		   loss_table[model->loss].link == LINK_LOGIT &&
		   feature < model->dimension;
}

/* The bias where the features are 0: terms are counted from their centers. */
static double
bias_at_zero(const Model *model, uint32 class)
{
	const double *weights = model->weights + (size_t) class * model->dimension;
	double bias = model->bias[class];

	for (uint32 j = 0; model->columns != NULL && j < model->dimension; j++)
		bias -= weights[j] * model->columns->center[j];
	return bias;
}

/* How many training rows a feature is of. */
static void
put_rows(const TermReader *terms, uint32 feature, Datum *value, bool *null)
{
	*null =
		terms->model->columns == NULL || feature == terms->model->dimension;
	if (!*null)
		*value = Int64GetDatum((int64) term_rows(&terms->names, feature));
}

/* Confidence limits, and how far other features inflate a weight's variance. */
static void
put_limits(const Model *model, uint32 feature, double weight, double width,
		   Datum *values, bool *nulls)
{
	double inflation = model->fit == NULL || feature == model->dimension
						   ? NAN
						   : model->fit->inflation[feature];

	nulls[0] = nulls[1] = isnan(width);
	values[0] = Float8GetDatum(weight - width);
	values[1] = Float8GetDatum(weight + width);
	nulls[2] = isnan(inflation);
	values[2] = Float8GetDatum(inflation);
}

/*
 * Returns the row of one weight, whose limits are so many standard errors away;
 * feature model->dimension is the bias.
 */
static void
put_weight(ReturnSetInfo *result, TermReader *terms, uint32 class,
		   const char *label, uint32 feature, double degrees, double errors)
{
	const Model *model = terms->model;
	MemoryContext old = MemoryContextSwitchTo(terms->row);
	bool bias = feature == model->dimension;
	size_t at = (size_t) class * (model->dimension + 1) + feature;
	double weight =
		bias ? bias_at_zero(model, class)
			 : model->weights[(size_t) class * model->dimension + feature];
	double error =
		model->inference_count > 0 ? model->standard_errors[at] : NAN;
	double z = weight / error;
	Datum values[18];
	bool nulls[18] = {false};

	nulls[0] = label == NULL;
	values[0] = label != NULL ? CStringGetTextDatum(label) : 0;
	nulls[1] = bias;
	values[1] = Int32GetDatum((int32) feature + 1);
	values[2] = Float8GetDatum(weight);
	nulls[3] = nulls[4] = nulls[5] = bias;
	values[3] = bias ? 0
					 : Float8GetDatum(model->feature_mean[feature] +
									  model_center(model, feature));
	values[4] = bias ? 0 : Float8GetDatum(model->feature_deviation[feature]);
	values[5] = bias ? 0 : Float8GetDatum(importance(model, class, feature));
	nulls[6] = nulls[7] = nulls[8] = isnan(error) || error <= 0;
	values[6] = Float8GetDatum(error);
	values[7] = Float8GetDatum(z);
	values[8] = Float8GetDatum(student_two_sided(z, degrees));
	term_reader_name(terms, feature, values + 9, nulls + 9);
	put_rows(terms, feature, &values[12], &nulls[12]);
	nulls[13] = !has_odds(model, feature);
	nulls[14] = bias || !loss_is_log_link(model->loss);
	values[13] = values[14] = Float8GetDatum(portable_exp(weight));
	put_limits(model, feature, weight, nulls[6] ? NAN : errors * error,
			   values + 15, nulls + 15);
	result_set_put(result, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(terms->row);
}

PG_FUNCTION_INFO_V1(linlearn_weights);
Datum
linlearn_weights(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	ReturnSetInfo *result = result_set_begin(fcinfo);
	double degrees = model_degrees(model);
	double level = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : 0.95;
	double errors;
	TermReader terms;
	RankedFeature *ranked = MemoryContextAllocHuge(
		CurrentMemoryContext, model->dimension * sizeof(RankedFeature));

	check_level(level);
	errors = isnan(degrees) ? NAN : student_quantile(level, degrees);
	term_reader_init(&terms, model);
	for (uint32 k = 0; k < model->outputs; k++)
	{
		const char *label = model_output_label(model, k);

		for (uint32 j = 0; j < model->dimension; j++)
			ranked[j] = (RankedFeature){importance(model, k, j), j};
		qsort(ranked, model->dimension, sizeof(RankedFeature), compare_ranked);
		put_weight(result, &terms, k, label, model->dimension, degrees,
				   errors);
		for (uint32 j = 0; j < model->dimension; j++)
		{
			if (j % 4096 == 0)
				CHECK_FOR_INTERRUPTS();
			put_weight(result, &terms, k, label, ranked[j].feature, degrees,
					   errors);
		}
	}
	return (Datum) 0;
}

/* ---- linlearn_training_history ---- */

PG_FUNCTION_INFO_V1(linlearn_training_history);
Datum
linlearn_training_history(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	ReturnSetInfo *result = result_set_begin(fcinfo);

	for (uint32 i = 0; i < model->epoch_count; i++)
	{
		const ModelEpoch *epoch = &model->epochs[i];
		Datum values[7];
		bool nulls[7] = {false};

		values[0] = Int32GetDatum((int32) epoch->trial);
		values[1] = BoolGetDatum(epoch->trial == model->best_trial);
		values[2] = Int32GetDatum((int32) epoch->epoch);
		values[3] = Float8GetDatum(epoch->learning_rate);
		values[4] = Float8GetDatum(epoch->train_loss);
		nulls[5] = isnan(epoch->validation_loss);
		values[5] = Float8GetDatum(epoch->validation_loss);
		nulls[6] = isnan(epoch->criterion);
		values[6] = Float8GetDatum(epoch->criterion);
		result_set_put(result, values, nulls);
	}
	return (Datum) 0;
}

/* ---- linlearn_hyperparameters ---- */

/* Which predictor types a row applies to, in words. */
static const char *
applies_text(unsigned applies)
{
	StringInfoData out;

	if (applies == APPLIES_ALL)
		return "all";
	initStringInfo(&out);
	for (int i = 0; i < 3; i++)
		if (applies & (1u << i))
			appendStringInfo(
				&out, "%s%s", out.len > 0 ? ", " : "",
				hyperparameter_table[HP_PREDICTOR_TYPE].choices[i]);
	return out.data;
}

/* Which optimizers use a row, as an array; false: every one. */
static bool
optimizers_array(unsigned used, Datum *array)
{
	const char *const *names = hyperparameter_table[HP_OPTIMIZER].choices;
	Datum elements[OPTIMIZER_COUNT];
	int count = 0;

	if (used == USED_BY_ALL)
		return false;
	for (int i = 0; i < OPTIMIZER_COUNT; i++)
		if (used & USED_BY(i))
			elements[count++] = CStringGetTextDatum(names[i]);
	*array = PointerGetDatum(
		construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
	return true;
}

PG_FUNCTION_INFO_V1(linlearn_hyperparameters);
Datum
linlearn_hyperparameters(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {"boolean", "integer", "number",
										"choice"};
	ReturnSetInfo *result = result_set_begin(fcinfo);

	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		char allowed[512], value[64];
		Datum values[7];
		bool nulls[7] = {false};

		hyperparameters_describe((Hyperparameter) row, allowed,
								 sizeof(allowed));
		hyperparameters_format((Hyperparameter) row, d->default_value, value,
							   sizeof(value));
		values[0] = CStringGetTextDatum(d->name);
		values[1] = CStringGetTextDatum(kinds[d->kind]);
		values[2] = CStringGetTextDatum(allowed);
		values[3] = CStringGetTextDatum(value);
		values[4] = CStringGetTextDatum(applies_text(d->applies));
		nulls[5] = !optimizers_array(d->optimizers, &values[5]);
		values[6] = CStringGetTextDatum(d->meaning);
		result_set_put(result, values, nulls);
	}
	return (Datum) 0;
}
