/*
 * model_encode.c
 *		Writes a model.
 */
#include "core/model/model.h"

#include <math.h>
#include <string.h>

#include "core/model/columns_encode.h"
#include "core/model/model_format.h"
#include "core/model/model_writer.h"

/* Settings go by name, so that a later table may order them otherwise. */
static void
put_settings(Writer *writer, const Hyperparameters *settings)
{
	writer_put_u32(writer, HP_COUNT);
	for (int row = 0; row < HP_COUNT; row++)
	{
		writer_put_text(writer, hyperparameter_table[row].name);
		writer_put_u32(writer, settings->given[row]);
		writer_put_f64(writer, settings->value[row]);
	}
}

static void
put_metrics(Writer *writer, const ModelMetric *metrics, uint32_t count)
{
	writer_put_u32(writer, count);
	for (uint32_t i = 0; i < count; i++)
	{
		writer_put_text(writer, metrics[i].name);
		writer_put_f64(writer, metrics[i].value);
	}
}

static void
put_shape(Writer *writer, const Model *model)
{
	writer_begin_section(writer, SECTION_SHAPE);
	writer_put_u32(writer, model->predictor);
	writer_put_u32(writer, model->loss);
	writer_put_u32(writer, model->format);
	writer_put_u32(writer, model->dimension);
	writer_put_u32(writer, model->outputs);
	writer_end_section(writer);
}

/* Writes what prediction needs. */
static void
put_parameters(Writer *writer, const Model *model)
{
	size_t dimension = model->dimension;

	put_shape(writer, model);
	writer_begin_section(writer, SECTION_WEIGHTS);
	writer_put_f64s(writer, model->weights, dimension * model->outputs);
	writer_put_f64s(writer, model->bias, model->outputs);
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_NORMALIZER);
	writer_put_f64s(writer, model->feature_mean, dimension);
	writer_put_f64s(writer, model->feature_deviation, dimension);
	writer_put_f64(writer, model->label_mean);
	writer_put_f64(writer, model->label_deviation);
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_CALIBRATION);
	writer_put_f64(writer, model->threshold);
	writer_put_u32(writer, model->calibration);
	writer_put_u32(writer, model->calibration_count);
	writer_put_f64s(writer, model->calibration_x, model->calibration_count);
	if (model->calibration == CALIBRATE_ISOTONIC)
		writer_put_f64s(writer, model->calibration_y,
						model->calibration_count);
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_LABELS);
	writer_put_text(writer, model->label_type);
	writer_put_u32(writer, model->label_count);
	for (uint32_t i = 0; i < model->label_count; i++)
	{
		writer_put_f64(writer, model->labels[i].value);
		writer_put_text(writer, model->labels[i].text);
	}
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_SETTINGS);
	put_settings(writer, &model->settings);
	writer_end_section(writer);
}

/* Writes what tells how the model came to be. */
static void
put_history(Writer *writer, const Model *model)
{
	writer_begin_section(writer, SECTION_METRICS);
	put_metrics(writer, model->metrics, model->metric_count);
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_TRIALS);
	writer_put_u32(writer, model->trial_count);
	writer_put_u32(writer, model->best_trial);
	for (uint32_t i = 0; i < model->trial_count; i++)
	{
		const ModelTrial *trial = &model->trials[i];

		put_settings(writer, &trial->settings);
		writer_put_u32(writer, trial->status);
		writer_put_u32(writer, trial->epochs);
		writer_put_f64(writer, trial->objective);
		put_metrics(writer, trial->metrics, trial->metric_count);
	}
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_EPOCHS);
	writer_put_u32(writer, model->epoch_count);
	for (uint32_t i = 0; i < model->epoch_count; i++)
	{
		const ModelEpoch *epoch = &model->epochs[i];

		writer_put_u32(writer, epoch->trial);
		writer_put_u32(writer, epoch->epoch);
		writer_put_f64(writer, epoch->learning_rate);
		writer_put_f64(writer, epoch->train_loss);
		writer_put_f64(writer, epoch->validation_loss);
		writer_put_f64(writer, epoch->criterion);
	}
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_DATA);
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		writer_put_u64(writer, model->channels[i].rows);
		writer_put_u64(writer, model->channels[i].fingerprint);
	}
	writer_put_u64(writer, model->skipped_rows);
	writer_put_u64(writer, model->unlabelled_rows);
	writer_end_section(writer);
	if (model->tuning[0] != '\0')
	{
		writer_begin_section(writer, SECTION_TUNING);
		writer_put_text(writer, model->tuning);
		writer_end_section(writer);
	}
	writer_begin_section(writer, SECTION_INFERENCE);
	writer_put_f64(writer, model->gradient_norm);
	writer_put_text(writer, model->inference_reason);
	writer_put_u32(writer, model->inference_count);
	writer_put_f64s(writer, model->standard_errors, model->inference_count);
	writer_end_section(writer);
	if (model->predictor == PREDICTOR_BINARY)
	{
		writer_begin_section(writer, SECTION_THRESHOLD);
		writer_put_f64(writer, model->threshold_margin);
		writer_end_section(writer);
	}
	/* All of the array: a model's size is the same on every machine. */
	writer_begin_section(writer, SECTION_KERNELS);
	writer_put(writer, model->kernels, sizeof(model->kernels));
	writer_end_section(writer);
	writer_begin_section(writer, SECTION_UNITS);
	writer_put_f64(writer, model->byte_unit);
	writer_put_f64(writer, model->magnitudes.least);
	writer_put_f64(writer, model->magnitudes.largest);
	writer_end_section(writer);
}

static void
put_point(Writer *writer, const WdPoint *point)
{
	writer_put_f64(writer, point->wd);
	writer_put_f64(writer, point->loss);
	writer_put_f64(writer, point->error);
}

/* Writes how wd was chosen, if it was. */
static void
put_wd_path(Writer *writer, const WdPath *path)
{
	if (path == NULL)
		return;
	writer_begin_section(writer, SECTION_WD_PATH);
	writer_put_u32(writer, path->choice);
	writer_put_u32(writer, path->plain);
	writer_put_u32(writer, path->folds);
	writer_put_u32(writer, path->key);
	writer_put_u64(writer, path->rows);
	put_point(writer, &path->chosen);
	writer_put_u32(writer, path->count);
	for (uint32_t i = 0; i < path->count; i++)
		put_point(writer, &path->points[i]);
	writer_end_section(writer);
}

/* Writes how l1 was chosen, if it was. */
static void
put_l1_path(Writer *writer, const L1Path *path)
{
	if (path == NULL)
		return;
	writer_begin_section(writer, SECTION_L1_PATH);
	writer_put_u32(writer, path->rule);
	writer_put_f64(writer, path->ratio);
	writer_put_u32(writer, path->folds);
	writer_put_u32(writer, path->key);
	writer_put_u64(writer, path->rows);
	writer_put_u32(writer, path->chosen);
	writer_put_u32(writer, path->count);
	for (uint32_t i = 0; i < path->count; i++)
	{
		writer_put_f64(writer, path->points[i].lambda);
		writer_put_f64(writer, path->points[i].loss);
		writer_put_f64(writer, path->points[i].error);
		writer_put_u32(writer, path->points[i].nonzero);
	}
	writer_end_section(writer);
}

/* Writes how a solver ended, if there was one. */
static void
put_end(Writer *writer, const Model *model)
{
	if (model->end == SOLVE_NONE)
		return;
	writer_begin_section(writer, SECTION_END);
	writer_put_u32(writer, model->end);
	writer_put_u32(writer, model->iterations);
	writer_put_f64(writer, model->gap);
	writer_end_section(writer);
}

/* Writes the names of columns that margins have an offset from. */
static void
put_roles(Writer *writer, const Columns *columns)
{
	if (columns->offset == NULL && columns->exposure == NULL)
		return;
	writer_begin_section(writer, SECTION_ROLES);
	writer_put_text(writer, columns->offset != NULL ? columns->offset : "");
	writer_put_text(writer,
					columns->exposure != NULL ? columns->exposure : "");
	writer_end_section(writer);
}

/* Writes what the classes' rows weigh, if that was given. */
static void
put_class_weights(Writer *writer, const Model *model)
{
	if (model->class_weights == NULL)
		return;
	writer_begin_section(writer, SECTION_CLASS_WEIGHTS);
	writer_put_f64s(writer, model->class_weights, model->label_count);
	writer_end_section(writer);
}

/* Writes which features may have no negative weight, if they were named. */
static void
put_bounded(Writer *writer, const Model *model)
{
	if (model->bounded_count == 0)
		return;
	writer_begin_section(writer, SECTION_BOUNDED);
	writer_put_u32(writer, model->bounded_count);
	for (uint32_t i = 0; i < model->bounded_count; i++)
		writer_put_u32(writer, model->bounded[i]);
	writer_end_section(writer);
}

/* Writes which quantiles there are, if there are several. */
static void
put_quantiles(Writer *writer, const Model *model)
{
	if (model->quantiles == NULL)
		return;
	writer_begin_section(writer, SECTION_QUANTILES);
	for (uint32_t k = 0; k < model->outputs; k++)
	{
		const ModelQuantile *q = &model->quantiles[k];

		writer_put_f64(writer, q->quantile);
		writer_put_f64(writer, q->wd);
		writer_put_f64(writer, q->l1);
		writer_put_u32(writer, q->end);
		writer_put_u32(writer, q->iterations);
		writer_put_f64(writer, q->gap);
	}
	writer_end_section(writer);
}

/* Writes the figures of a fit, if there are any. */
static void
put_fit(Writer *writer, const Model *model)
{
	const ModelFit *fit = model->fit;

	if (fit == NULL)
		return;
	writer_begin_section(writer, SECTION_FIT);
	writer_put_u64(writer, fit->rows);
	writer_put_f64(writer, fit->row_weight);
	writer_put_u32(writer, fit->parameters);
	writer_put_f64(writer, fit->deviance);
	writer_put_f64(writer, fit->null_deviance);
	writer_put_f64(writer, fit->log_likelihood);
	writer_put_f64(writer, fit->dispersion);
	writer_put_f64(writer, fit->independence);
	writer_put_u32(writer, fit->precise);
	writer_put_f64s(writer, fit->inflation, model->dimension);
	writer_put_u32(writer, fit->root_count);
	if (fit->root_count > 0)
	{
		writer_put_f64s(writer, fit->root, fit->root_count);
		for (uint32_t i = 0; i <= model->dimension; i++)
			writer_put_u32(writer, fit->columns[i]);
		writer_put_f64s(writer, fit->center, model->dimension);
		writer_put_f64s(writer, fit->scale, model->dimension);
		writer_put_u32(writer, fit->meat != NULL);
		if (fit->meat != NULL)
			writer_put_f64s(writer, fit->meat, fit->root_count);
	}
	writer_end_section(writer);
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

/*
 * Says that texts are UTF-8, unless they are the same in every encoding.  Those
 * of columns need nobody to say it: no release wrote others.
 */
static void
put_encoding(Writer *writer, const Model *model)
{
	bool ascii =
		is_ascii(model->label_type) && is_ascii(model->inference_reason);

	for (uint32_t i = 0; i < model->label_count && ascii; i++)
		ascii = is_ascii(model->labels[i].text);
	if (ascii || !model->texts_are_utf8)
		return;
	writer_begin_section(writer, SECTION_ENCODING);
	writer_put_text(writer, MODEL_ENCODING);
	writer_end_section(writer);
}

Status
model_encode(const Model *model, const Runtime *runtime, uint8_t **bytes,
			 size_t *size, Failure *failure)
{
	Writer writer = {.runtime = runtime};
	Status status;

	writer_begin_model(&writer);
	put_parameters(&writer, model);
	put_history(&writer, model);
	put_wd_path(&writer, model->wd_path);
	put_l1_path(&writer, model->l1_path);
	put_end(&writer, model);
	put_class_weights(&writer, model);
	put_bounded(&writer, model);
	put_fit(&writer, model);
	put_quantiles(&writer, model);
	put_encoding(&writer, model);
	if (model->columns != NULL)
		columns_encode(&writer, model->columns);
	if (model->columns != NULL)
		put_roles(&writer, model->columns);
	status = writer_seal_model(&writer, failure);
	*bytes = writer.bytes;
	*size = writer.size;
	return status;
}
