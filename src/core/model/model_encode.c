/*
 * model_encode.c
 *		Writes a model.
 */
#include "core/model/model.h"

#include <math.h>
#include <string.h>

#include "core/model/checksum.h"
#include "core/model/model_format.h"

typedef struct Writer
{
	const Runtime *runtime;
	uint8_t *bytes;
	size_t size;
	size_t capacity;
	size_t section; /* where the open section's header lies */
	bool failed;
} Writer;

static void
put(Writer *writer, const void *data, size_t size)
{
	if (writer->failed)
		return;
	if (writer->capacity - writer->size < size)
	{
		size_t capacity = writer->capacity * 2 + size + 1024;
		uint8_t *bytes = runtime_allocate(writer->runtime, capacity);

		if (bytes == NULL)
		{
			writer->failed = true;
			return;
		}
		if (writer->size > 0)
			memcpy(bytes, writer->bytes, writer->size);
		runtime_release(writer->runtime, writer->bytes);
		writer->bytes = bytes;
		writer->capacity = capacity;
	}
	if (size > 0)
		memcpy(writer->bytes + writer->size, data, size);
	writer->size += size;
}

static void
put_u32(Writer *writer, uint32_t value)
{
	put(writer, &value, sizeof(value));
}

static void
put_u64(Writer *writer, uint64_t value)
{
	put(writer, &value, sizeof(value));
}

/* Writes a number; every NaN gets the same bits. */
static void
put_f64(Writer *writer, double value)
{
	if (isnan(value))
		put_u64(writer, UINT64_C(0x7ff8000000000000));
	else
		put(writer, &value, sizeof(value));
}

static void
put_f64s(Writer *writer, const double *values, size_t count)
{
	for (size_t i = 0; i < count && !runtime_stops(writer->runtime, i); i++)
		put_f64(writer, values[i]);
}

static void
put_text(Writer *writer, const char *text)
{
	size_t length = strlen(text);

	put_u32(writer, (uint32_t) length);
	put(writer, text, length);
}

static void
begin_section(Writer *writer, SectionTag tag)
{
	writer->section = writer->size;
	put_u32(writer, tag);
	put_u32(writer, 0);
	put_u64(writer, 0);
}

static void
end_section(Writer *writer)
{
	static const uint8_t zeros[8];
	uint64_t length;

	if (writer->failed)
		return;
	length = writer->size - writer->section - SECTION_HEADER_SIZE;
	memcpy(writer->bytes + writer->section + 8, &length, sizeof(length));
	put(writer, zeros, (8 - writer->size % 8) % 8);
}

/* Settings go by name, so that a later table may order them otherwise. */
static void
put_settings(Writer *writer, const Hyperparameters *settings)
{
	put_u32(writer, HP_COUNT);
	for (int row = 0; row < HP_COUNT; row++)
	{
		put_text(writer, hyperparameter_table[row].name);
		put_u32(writer, settings->given[row]);
		put_f64(writer, settings->value[row]);
	}
}

static void
put_metrics(Writer *writer, const ModelMetric *metrics, uint32_t count)
{
	put_u32(writer, count);
	for (uint32_t i = 0; i < count; i++)
	{
		put_text(writer, metrics[i].name);
		put_f64(writer, metrics[i].value);
	}
}

static void
put_shape(Writer *writer, const Model *model)
{
	begin_section(writer, SECTION_SHAPE);
	put_u32(writer, model->predictor);
	put_u32(writer, model->loss);
	put_u32(writer, model->format);
	put_u32(writer, model->dimension);
	put_u32(writer, model->outputs);
	end_section(writer);
}

/* Writes what prediction needs. */
static void
put_parameters(Writer *writer, const Model *model)
{
	size_t dimension = model->dimension;

	put_shape(writer, model);
	begin_section(writer, SECTION_WEIGHTS);
	put_f64s(writer, model->weights, dimension * model->outputs);
	put_f64s(writer, model->bias, model->outputs);
	end_section(writer);
	begin_section(writer, SECTION_NORMALIZER);
	put_f64s(writer, model->feature_mean, dimension);
	put_f64s(writer, model->feature_deviation, dimension);
	put_f64(writer, model->label_mean);
	put_f64(writer, model->label_deviation);
	end_section(writer);
	begin_section(writer, SECTION_CALIBRATION);
	put_f64(writer, model->threshold);
	put_u32(writer, model->calibration);
	put_u32(writer, model->calibration_count);
	put_f64s(writer, model->calibration_x, model->calibration_count);
	if (model->calibration == CALIBRATE_ISOTONIC)
		put_f64s(writer, model->calibration_y, model->calibration_count);
	end_section(writer);
	begin_section(writer, SECTION_LABELS);
	put_text(writer, model->label_type);
	put_u32(writer, model->label_count);
	for (uint32_t i = 0; i < model->label_count; i++)
	{
		put_f64(writer, model->labels[i].value);
		put_text(writer, model->labels[i].text);
	}
	end_section(writer);
	begin_section(writer, SECTION_SETTINGS);
	put_settings(writer, &model->settings);
	end_section(writer);
}

/* Writes what tells how the model came to be. */
static void
put_history(Writer *writer, const Model *model)
{
	begin_section(writer, SECTION_METRICS);
	put_metrics(writer, model->metrics, model->metric_count);
	end_section(writer);
	begin_section(writer, SECTION_TRIALS);
	put_u32(writer, model->trial_count);
	put_u32(writer, model->best_trial);
	for (uint32_t i = 0; i < model->trial_count; i++)
	{
		const ModelTrial *trial = &model->trials[i];

		put_settings(writer, &trial->settings);
		put_u32(writer, trial->status);
		put_u32(writer, trial->epochs);
		put_f64(writer, trial->objective);
		put_metrics(writer, trial->metrics, trial->metric_count);
	}
	end_section(writer);
	begin_section(writer, SECTION_EPOCHS);
	put_u32(writer, model->epoch_count);
	for (uint32_t i = 0; i < model->epoch_count; i++)
	{
		const ModelEpoch *epoch = &model->epochs[i];

		put_u32(writer, epoch->trial);
		put_u32(writer, epoch->epoch);
		put_f64(writer, epoch->learning_rate);
		put_f64(writer, epoch->train_loss);
		put_f64(writer, epoch->validation_loss);
		put_f64(writer, epoch->criterion);
	}
	end_section(writer);
	begin_section(writer, SECTION_DATA);
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		put_u64(writer, model->channels[i].rows);
		put_u64(writer, model->channels[i].fingerprint);
	}
	put_u64(writer, model->skipped_rows);
	put_u64(writer, model->unlabelled_rows);
	end_section(writer);
	if (model->tuning[0] != '\0')
	{
		begin_section(writer, SECTION_TUNING);
		put_text(writer, model->tuning);
		end_section(writer);
	}
	begin_section(writer, SECTION_INFERENCE);
	put_f64(writer, model->gradient_norm);
	put_text(writer, model->inference_reason);
	put_u32(writer, model->inference_count);
	put_f64s(writer, model->standard_errors, model->inference_count);
	end_section(writer);
	if (model->predictor == PREDICTOR_BINARY)
	{
		begin_section(writer, SECTION_THRESHOLD);
		put_f64(writer, model->threshold_margin);
		end_section(writer);
	}
	/* All of the array: a model's size is the same on every machine. */
	begin_section(writer, SECTION_KERNELS);
	put(writer, model->kernels, sizeof(model->kernels));
	end_section(writer);
	begin_section(writer, SECTION_UNITS);
	put_f64(writer, model->byte_unit);
	put_f64(writer, model->magnitudes.least);
	put_f64(writer, model->magnitudes.largest);
	end_section(writer);
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

/* Says that texts are UTF-8, unless they are the same in every encoding. */
static void
put_encoding(Writer *writer, const Model *model)
{
	bool ascii = is_ascii(model->label_type);

	for (uint32_t i = 0; i < model->label_count && ascii; i++)
		ascii = is_ascii(model->labels[i].text);
	if (ascii || !model->texts_are_utf8)
		return;
	begin_section(writer, SECTION_ENCODING);
	put_text(writer, MODEL_ENCODING);
	end_section(writer);
}

Status
model_encode(const Model *model, const Runtime *runtime, uint8_t **bytes,
			 size_t *size, Failure *failure)
{
	Writer writer = {.runtime = runtime};
	uint32_t format = MODEL_FORMAT, crc;

	put(&writer, MODEL_MAGIC, 4);
	put_u32(&writer, format);
	put_u64(&writer, 0);
	put_parameters(&writer, model);
	put_history(&writer, model);
	put_encoding(&writer, model);
	if (writer.failed)
		return fail_no_memory(failure);
	crc = model_crc32c(writer.bytes + HEADER_SIZE, writer.size - HEADER_SIZE,
					   runtime);
	if (runtime_interrupted(runtime))
		return fail_cancelled(failure);
	memcpy(writer.bytes + 8, &crc, sizeof(crc));
	*bytes = writer.bytes;
	*size = writer.size;
	return LL_OK;
}
