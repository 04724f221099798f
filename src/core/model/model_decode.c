/*
 * model_decode.c
 *		Reads a model from bytes that nobody vouches for.
 */
#include "core/model/model.h"

#include <math.h>
#include <string.h>

#include "core/base/json_check.h"
#include "core/model/checksum.h"
#include "core/model/columns_decode.h"
#include "core/model/model_format.h"
#include "core/model/model_reader.h"
#include "core/model/path_decode.h"
#include "core/model/quantiles_decode.h"

/*
 * The least that an item takes in any model of this format, so that what a
 * count makes us allocate is of the size of the bytes that are there.  Every
 * release wrote at least forty settings, each a length, a name, a flag and a
 * value; a metric's name is no shorter than "train:r2".
 */
#define LEAST_SETTINGS_BYTES (4 + 40 * (4 + 1 + 4 + 8))
#define LEAST_METRIC_BYTES (4 + 8 + 8)
#define LEAST_TRIAL_BYTES (LEAST_SETTINGS_BYTES + 4 + 4 + 8 + 4)

/* Whether a stored value may be used as a row's: an index must stay in range. */
static bool
setting_fits(int row, double value)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];

	if (isnan(value))
		return d->automatic != AUTO_REFUSED || isnan(d->default_value);
	if (d->word != NULL && value == d->word_value)
		return true;
	if (d->kind == KIND_REAL)
		return isfinite(value);
	return value >= d->minimum && value <= d->maximum && value == floor(value);
}

static void
take_settings(Reader *reader, Hyperparameters *settings)
{
	uint32_t count = reader_take_u32(reader);

	hyperparameters_init(settings);
	for (uint32_t i = 0; i < count && !reader->damaged; i++)
	{
		char name[MODEL_NAME_SIZE];
		bool given;
		double value;
		int row;

		reader_take_name(reader, name, sizeof(name));
		given = reader_take_u32(reader) != 0;
		value = reader_take_f64(reader);
		row = hyperparameters_find(name);
		if (row < 0)
			continue;
		if (!setting_fits(row, value))
			reader->damaged = true;
		else
		{
			settings->value[row] = value;
			settings->given[row] = given;
		}
	}
}

static ModelMetric *
take_metrics(Reader *reader, uint32_t *count)
{
	ModelMetric *metrics;

	*count = reader_take_u32(reader);
	metrics = reader_take_array(reader, *count, sizeof(ModelMetric),
								LEAST_METRIC_BYTES);
	for (uint32_t i = 0; i < *count && !reader->damaged; i++)
	{
		reader_take_name(reader, metrics[i].name, sizeof(metrics[i].name));
		metrics[i].value = reader_take_f64(reader);
	}
	return metrics;
}

static void
take_shape(Reader *reader, Model *model)
{
	model->predictor =
		(PredictorType) reader_take_enum(reader, PREDICTOR_REGRESSOR + 1);
	model->loss = (LossKind) reader_take_enum(reader, LOSS_COUNT);
	model->format = (RowFormat) reader_take_enum(reader, ROWS_SPARSE + 1);
	model->dimension = reader_take_u32(reader);
	model->outputs = reader_take_u32(reader);
	if (model->dimension == 0 || model->outputs == 0 ||
		(model->predictor == PREDICTOR_BINARY && model->outputs != 1) ||
		(model->predictor == PREDICTOR_REGRESSOR &&
		 model->outputs > MOST_QUANTILES))
		reader->damaged = true;
}

static void
take_calibration(Reader *reader, Model *model)
{
	model->threshold = reader_take_f64(reader);
	model->calibration =
		(CalibrationKind) reader_take_enum(reader, CALIBRATE_ISOTONIC + 1);
	model->calibration_count = reader_take_u32(reader);
	model->calibration_x = reader_take_f64s(reader, model->calibration_count);
	if (model->calibration == CALIBRATE_ISOTONIC)
		model->calibration_y =
			reader_take_f64s(reader, model->calibration_count);
	if ((model->calibration == CALIBRATE_PLATT &&
		 model->calibration_count != 2) ||
		(model->calibration == CALIBRATE_ISOTONIC &&
		 model->calibration_count == 0))
		reader->damaged = true;
}

static void
take_labels(Reader *reader, Model *model)
{
	reader_take_name(reader, model->label_type, sizeof(model->label_type));
	model->label_count = reader_take_u32(reader);
	model->labels =
		reader_take_array(reader, model->label_count, sizeof(ModelLabel), 12);
	for (uint32_t i = 0; i < model->label_count && !reader->damaged; i++)
	{
		model->labels[i].value = reader_take_f64(reader);
		model->labels[i].text = reader_take_text(reader);
	}
}

static void
take_trials(Reader *reader, Model *model)
{
	model->trial_count = reader_take_u32(reader);
	model->best_trial = reader_take_u32(reader);
	model->trials = reader_take_array(reader, model->trial_count,
									  sizeof(ModelTrial), LEAST_TRIAL_BYTES);
	for (uint32_t i = 0; i < model->trial_count && !reader->damaged; i++)
	{
		ModelTrial *trial = &model->trials[i];

		take_settings(reader, &trial->settings);
		trial->status =
			(TrialStatus) reader_take_enum(reader, TRIAL_FAILED + 1);
		trial->epochs = reader_take_u32(reader);
		trial->objective = reader_take_f64(reader);
		trial->metrics = take_metrics(reader, &trial->metric_count);
	}
	if (model->trial_count > 0 && model->best_trial >= model->trial_count)
		reader->damaged = true;
}

static void
take_epochs(Reader *reader, Model *model)
{
	model->epoch_count = reader_take_u32(reader);
	model->epochs =
		reader_take_array(reader, model->epoch_count, sizeof(ModelEpoch), 40);
	for (uint32_t i = 0; i < model->epoch_count && !reader->damaged; i++)
	{
		ModelEpoch *epoch = &model->epochs[i];

		epoch->trial = reader_take_u32(reader);
		epoch->epoch = reader_take_u32(reader);
		epoch->learning_rate = reader_take_f64(reader);
		epoch->train_loss = reader_take_f64(reader);
		epoch->validation_loss = reader_take_f64(reader);
		epoch->criterion = reader_take_f64(reader);
		if (epoch->trial >= model->trial_count)
			reader->damaged = true;
	}
}

static void
take_data(Reader *reader, Model *model)
{
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		model->channels[i].rows = reader_take_u64(reader);
		model->channels[i].fingerprint = reader_take_u64(reader);
	}
	model->skipped_rows = reader_take_u64(reader);
	model->unlabelled_rows = reader_take_u64(reader);
}

/* The tuning request, as JSON; without one the model was not tuned. */
static void
take_tuning(Reader *reader, Model *model)
{
	reader_take_name(reader, model->tuning, sizeof(model->tuning));
	if (model->tuning[0] != '\0' && !json_is_object(model->tuning))
		reader->damaged = true;
}

static void
take_inference(Reader *reader, Model *model)
{
	model->gradient_norm = reader_take_f64(reader);
	reader_take_name(reader, model->inference_reason,
					 sizeof(model->inference_reason));
	model->inference_count = reader_take_u32(reader);
	model->standard_errors = reader_take_f64s(reader, model->inference_count);
	if (model->inference_count != 0 &&
		model->inference_count !=
			(uint64_t) model->outputs * ((uint64_t) model->dimension + 1))
		reader->damaged = true;
}

static void
take_encoding(Reader *reader, Model *model)
{
	char name[MODEL_NAME_SIZE];

	reader_take_name(reader, name, sizeof(name));
	model->texts_are_utf8 = strcmp(name, MODEL_ENCODING) == 0;
	reader->damaged |= !model->texts_are_utf8;
}

/* Printable ASCII with at least one zero behind it. */
static void
take_kernels(Reader *reader, Model *model)
{
	char *name = model->kernels;
	size_t size = sizeof(model->kernels), length;

	reader_take(reader, name, size);
	length = strnlen(name, size);
	reader->damaged |= length == size;
	for (size_t i = 0; i < size; i++)
		reader->damaged |=
			i < length ? name[i] < ' ' || name[i] > '~' : name[i] != '\0';
}

/* Reads the unit of bytes and the range of the training rows' magnitudes. */
static void
take_units(Reader *reader, Model *model)
{
	MagnitudeRange *range = &model->magnitudes;

	model->byte_unit = reader_take_f64(reader);
	range->least = reader_take_f64(reader);
	range->largest = reader_take_f64(reader);
	if ((model->byte_unit != 1.0 && model->byte_unit != BYTE_UNIT) ||
		!isfinite(range->largest) || !(range->least >= 0.0) ||
		!(range->largest >= range->least))
		reader->damaged = true;
}

/*
 * Reads the columns of a table; behind the weights, so that as many bytes were
 * there as what is allocated by their number.
 */
static void
take_columns(Reader *reader, Model *model)
{
	if (model->weights == NULL ||
		(model->format != ROWS_F64 && model->format != ROWS_SPARSE))
		reader_refuse(reader, "It has columns where it cannot have them.");
	else
		model->columns = columns_decode(reader, model->dimension);
}

/* Reads the names of columns that margins have an offset from. */
static void
take_roles(Reader *reader, Model *model)
{
	if (model->columns == NULL || model->outputs != 1)
		reader_refuse(reader, "It has offsets where it cannot have them.");
	else
		columns_decode_roles(reader, model->columns);
}

/* Reads how a solver ended. */
static void
take_end(Reader *reader, Model *model)
{
	model->end = (SolveEnd) reader_take_enum(reader, SOLVE_ENDS);
	model->iterations = reader_take_u32(reader);
	model->gap = reader_take_f64(reader);
	if (isinf(model->gap) || model->gap < 0.0)
		reader_refuse(reader, "Its distance to the optimum is none.");
}

/* Reads what the classes' rows weigh, behind the classes. */
static void
take_class_weights(Reader *reader, Model *model)
{
	double *weights = reader_take_f64s(reader, model->label_count);

	for (uint32_t i = 0; i < model->label_count && !reader->damaged; i++)
		if (!(weights[i] > 0.0) || isinf(weights[i]))
			reader_refuse(reader, "A weight of a class is no number above 0.");
	model->class_weights = model->label_count > 0 ? weights : NULL;
}

/* Reads what intervals take, of a width that was checked. */
static void
take_root(Reader *reader, uint32_t dimension, ModelFit *fit)
{
	fit->root = reader_take_f64s(reader, fit->root_count);
	fit->columns =
		reader_take_array(reader, dimension + 1, sizeof(uint32_t), 4);
	for (uint32_t i = 0; fit->columns != NULL && i <= dimension; i++)
	{
		fit->columns[i] = reader_take_u32(reader);
		if (fit->columns[i] > dimension)
			reader_refuse(reader, "An interval's column is none of its.");
	}
	fit->center = reader_take_f64s(reader, dimension);
	fit->scale = reader_take_f64s(reader, dimension);
	if (reader_take_enum(reader, 2) == 1)
		fit->meat = reader_take_f64s(reader, fit->root_count);
}

/* Reads the figures of a fit; behind the shape, whose width it has. */
static void
take_fit(Reader *reader, Model *model)
{
	size_t n = (size_t) model->dimension + 1;
	ModelFit *fit = reader_take_array(reader, 1, sizeof(ModelFit), 64);

	if (fit == NULL)
		return;
	fit->rows = reader_take_u64(reader);
	fit->row_weight = reader_take_f64(reader);
	fit->parameters = reader_take_u32(reader);
	fit->deviance = reader_take_f64(reader);
	fit->null_deviance = reader_take_f64(reader);
	fit->log_likelihood = reader_take_f64(reader);
	fit->dispersion = reader_take_f64(reader);
	fit->independence = reader_take_f64(reader);
	fit->precise = reader_take_enum(reader, 2);
	fit->inflation = reader_take_f64s(reader, model->dimension);
	fit->root_count = reader_take_u32(reader);
	if (fit->parameters > n)
		reader_refuse(reader, "It has more estimates than weights.");
	if (fit->root_count > 0 &&
		(model->dimension > FIT_MAX_DIMENSION || model->outputs != 1 ||
		 fit->root_count != n * (n + 1) / 2))
		reader_refuse(reader, "Its weights have a covariance of another "
							  "width.");
	else if (fit->root_count > 0)
		take_root(reader, model->dimension, fit);
	model->fit = fit;
}

/* Features by number, ascending. */
static void
take_bounded(Reader *reader, Model *model)
{
	uint32_t count = reader_take_u32(reader);
	uint32_t *bounded = reader_take_array(reader, count, sizeof(uint32_t), 4);

	for (uint32_t i = 0; bounded != NULL && i < count; i++)
	{
		bounded[i] = reader_take_u32(reader);
		if (bounded[i] >= model->dimension ||
			(i > 0 && bounded[i] <= bounded[i - 1]))
			reader_refuse(reader, "A feature that is not to be negative is "
								  "none.");
	}
	model->bounded = bounded;
	model->bounded_count = bounded != NULL ? count : 0;
}

static void
take_section(Reader *reader, SectionTag tag, Model *model)
{
	size_t count = (size_t) model->dimension * model->outputs;

	switch (tag)
	{
		case SECTION_SHAPE:
			take_shape(reader, model);
			break;
		case SECTION_WEIGHTS:
			model->weights = reader_take_f64s(reader, count);
			model->bias = reader_take_f64s(reader, model->outputs);
			break;
		case SECTION_NORMALIZER:
			model->feature_mean = reader_take_f64s(reader, model->dimension);
			model->feature_deviation =
				reader_take_f64s(reader, model->dimension);
			model->label_mean = reader_take_f64(reader);
			model->label_deviation = reader_take_f64(reader);
			break;
		case SECTION_CALIBRATION:
			take_calibration(reader, model);
			break;
		case SECTION_LABELS:
			take_labels(reader, model);
			break;
		case SECTION_SETTINGS:
			take_settings(reader, &model->settings);
			break;
		case SECTION_METRICS:
			model->metrics = take_metrics(reader, &model->metric_count);
			break;
		case SECTION_TRIALS:
			take_trials(reader, model);
			break;
		case SECTION_EPOCHS:
			take_epochs(reader, model);
			break;
		case SECTION_DATA:
			take_data(reader, model);
			break;
		case SECTION_TUNING:
			take_tuning(reader, model);
			break;
		case SECTION_INFERENCE:
			take_inference(reader, model);
			break;
		case SECTION_THRESHOLD:
			model->threshold_margin = reader_take_f64(reader);
			break;
		case SECTION_KERNELS:
			take_kernels(reader, model);
			break;
		case SECTION_ENCODING:
			take_encoding(reader, model);
			break;
		case SECTION_UNITS:
			take_units(reader, model);
			break;
		case SECTION_COLUMNS:
			take_columns(reader, model);
			break;
		case SECTION_WD_PATH:
			model->wd_path = wd_path_decode(reader);
			break;
		case SECTION_L1_PATH:
			model->l1_path = l1_path_decode(reader);
			break;
		case SECTION_END:
			take_end(reader, model);
			break;
		case SECTION_ROLES:
			take_roles(reader, model);
			break;
		case SECTION_CLASS_WEIGHTS:
			take_class_weights(reader, model);
			break;
		case SECTION_BOUNDED:
			take_bounded(reader, model);
			break;
		case SECTION_FIT:
			take_fit(reader, model);
			break;
		case SECTION_QUANTILES:
			quantiles_decode(reader, model);
			break;
		default:
			break; /* of a later release: skipped */
	}
}

/* Checks the header; LL_OK leaves the rest to the sections. */
static Status
check_header(const uint8_t *bytes, size_t size, const Runtime *runtime,
			 Failure *failure)
{
	uint32_t format, crc, spare, found;

	if (size < HEADER_SIZE || memcmp(bytes, MODEL_MAGIC, 4) != 0)
	{
		fail(failure, LL_MALFORMED, "not a linlearn model");
		fail_detail(failure,
					"The value of %zu bytes does not start with the "
					"mark of a model.",
					size);
		fail_remedy(failure, REMEDY_TRAINED_MODEL);
		return LL_MALFORMED;
	}
	memcpy(&format, bytes + 4, sizeof(format));
	memcpy(&crc, bytes + 8, sizeof(crc));
	if (format != MODEL_FORMAT)
	{
		fail(failure, LL_MALFORMED, "model of format %u cannot be read",
			 format);
		fail_detail(failure, "This release reads format %d.", MODEL_FORMAT);
		return LL_MALFORMED;
	}
	memcpy(&spare, bytes + 12, sizeof(spare));
	found = model_crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE, runtime);
	if (runtime_interrupted(runtime))
		return fail_cancelled(failure);
	if (spare != 0 || crc != found)
	{
		fail(failure, LL_MALFORMED, "model is damaged");
		fail_detail(failure, "The CRC-32C of its %zu bytes does not match.",
					size);
		return LL_MALFORMED;
	}
	return LL_OK;
}

/* Whether everything that prediction needs was there and fits together. */
static bool
model_is_whole(const Model *model)
{
	uint32_t labels = model->predictor == PREDICTOR_REGRESSOR ? 0
					  : model->predictor == PREDICTOR_BINARY  ? 2
															  : model->outputs;

	return model->weights != NULL && model->bias != NULL &&
		   model->feature_mean != NULL && model->feature_deviation != NULL &&
		   model->label_count == labels && quantiles_fit(model);
}

/*
 * Whether a section may stand where it does: the shape, which sizes the others,
 * comes first, and none comes twice.
 */
static bool
section_is_due(uint32_t tag, uint32_t *seen)
{
	uint32_t bit = tag < 32 ? UINT32_C(1) << tag : 0;
	bool due = !(*seen & bit) && (*seen != 0 || tag == SECTION_SHAPE);

	*seen |= bit;
	return due;
}

/* Reports parts that do not fit together; why may be NULL. */
static Status
fail_damaged(Failure *failure, const char *why)
{
	fail(failure, LL_MALFORMED,
		 "model is damaged: its parts do not fit together");
	if (why != NULL)
		fail_detail(failure, "%s", why);
	return LL_MALFORMED;
}

Status
model_decode(const uint8_t *bytes, size_t size, const Runtime *runtime,
			 Model *model, Failure *failure)
{
	Reader reader = {.runtime = runtime};
	uint32_t seen = 0;
	Status status;

	memset(model, 0, sizeof(*model));
	model->threshold_margin = NAN;
	model->byte_unit = 1.0;
	model->gap = NAN;
	hyperparameters_init(&model->settings);
	status = check_header(bytes, size, runtime, failure);
	if (status != LL_OK)
		return status;
	reader.cursor = bytes + HEADER_SIZE;
	reader.left = size - HEADER_SIZE;
	while (reader.left > 0 && !reader.damaged)
	{
		Reader section = {.runtime = runtime};
		uint32_t tag = reader_take_u32(&reader);
		uint64_t length;

		(void) reader_take_u32(&reader);
		length = reader_take_u64(&reader);
		if (reader.damaged || length > reader.left ||
			!section_is_due(tag, &seen))
		{
			reader.damaged = true;
			break;
		}
		section.cursor = reader.cursor;
		section.left = (size_t) length;
		take_section(&section, (SectionTag) tag, model);
		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		if (section.no_memory)
			return fail_no_memory(failure);
		reader.damaged = section.damaged;
		reader.why = section.why;
		length = (length + 7) & ~UINT64_C(7);
		if (length > reader.left)
			length = reader.left;
		reader.cursor += length;
		reader.left -= (size_t) length;
	}
	if (reader.damaged || !model_is_whole(model))
		return fail_damaged(failure, reader.why);
	return quantiles_list(model, runtime, failure);
}
