/*
 * model_json_sections.c
 *		What the sections of a model's bytes hold, for both ways to JSON.
 *
 * Each function goes through a section in the order of core/model/model_encode.c.
 */
#include "formats/model_json_sections.h"

#include <string.h>

#include "core/model/model.h"

static const char *const feature_formats[] = {"uint8", "float32", "float64",
											  "sparse", NULL};
static const char *const trial_ends[] = {"completed", "stopped", "failed",
										 NULL};
static const char *const solve_ends[] = {
	"none", "converged", "iterations", "seconds", "stuck", "early", NULL};
static const char *const wd_choices[] = {
	"none", "generalised_cross_validation", "cross_validation",
	"generalised_cross_validation_and_folds", NULL};
static const char *const fold_keys[] = {"chance", "group", "time", NULL};
static const char *const channels[] = {"train", "validation", "test"};

/* The words of a hyperparameter that is a choice. */
static const char *const *
choices_of(Hyperparameter row)
{
	return hyperparameter_table[row].choices;
}

static void
describe_shape(Form *form, SectionSizes *sizes)
{
	(void) form_choice(form, "predictor_type", choices_of(HP_PREDICTOR_TYPE));
	(void) form_choice(form, "loss", choices_of(HP_LOSS));
	(void) form_choice(form, "feature_format", feature_formats);
	sizes->dimension = form_u32(form, "feature_dim");
	sizes->outputs = form_u32(form, "outputs");
}

static void
describe_weights(Form *form, SectionSizes *sizes)
{
	form_array(form, "weights", (uint32_t) sizes->outputs);
	for (size_t k = 0; k < sizes->outputs && !form->failed; k++)
		form_f64s(form, NULL, sizes->dimension);
	form_end_array(form);
	form_f64s(form, "bias", sizes->outputs);
}

static void
describe_normalizer(Form *form, SectionSizes *sizes)
{
	form_f64s(form, "mean", sizes->dimension);
	form_f64s(form, "deviation", sizes->dimension);
	(void) form_f64(form, "label_mean");
	(void) form_f64(form, "label_deviation");
}

static void
describe_calibration(Form *form, SectionSizes *sizes)
{
	uint32_t kind, count;

	(void) form_f64(form, "threshold");
	kind = form_choice(form, "calibration", choices_of(HP_CALIBRATE));
	count = form_f64_list(form, "x");
	if (kind == CALIBRATE_ISOTONIC)
		form_f64s(form, "y", count);
}

static void
describe_labels(Form *form, SectionSizes *sizes)
{
	uint32_t count;

	form_text(form, "label_type");
	count = form_list(form, "labels");
	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		(void) form_f64(form, "value");
		form_text(form, "label");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_setting_list(Form *form, const char *name)
{
	uint32_t count = form_list(form, name);

	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		form_text(form, "name");
		(void) form_flag(form, "given");
		(void) form_f64(form, "value");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_settings(Form *form, SectionSizes *sizes)
{
	describe_setting_list(form, "hyperparameters");
}

static void
describe_metric_list(Form *form, const char *name)
{
	uint32_t count = form_list(form, name);

	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		form_text(form, "name");
		(void) form_f64(form, "value");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_metrics(Form *form, SectionSizes *sizes)
{
	describe_metric_list(form, "metrics");
}

static void
describe_trials(Form *form, SectionSizes *sizes)
{
	uint32_t count = form_count(form, "trials");

	(void) form_u32(form, "best_trial");
	form_array(form, "trials", count);
	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		describe_setting_list(form, "hyperparameters");
		(void) form_choice(form, "status", trial_ends);
		(void) form_u32(form, "epochs");
		(void) form_f64(form, "objective");
		describe_metric_list(form, "metrics");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_epochs(Form *form, SectionSizes *sizes)
{
	uint32_t count = form_list(form, "epochs");

	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		(void) form_u32(form, "trial");
		(void) form_u32(form, "epoch");
		(void) form_f64(form, "learning_rate");
		(void) form_f64(form, "train_loss");
		(void) form_f64(form, "validation_loss");
		(void) form_f64(form, "criterion");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_data(Form *form, SectionSizes *sizes)
{
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		form_object(form, channels[i]);
		(void) form_u64(form, "rows");
		form_hex(form, "fingerprint");
		form_end_object(form);
	}
	(void) form_u64(form, "skipped_rows");
	(void) form_u64(form, "unlabelled_rows");
}

static void
describe_tuning(Form *form, SectionSizes *sizes)
{
	form_text(form, "request");
}

static void
describe_inference(Form *form, SectionSizes *sizes)
{
	(void) form_f64(form, "gradient_norm");
	form_text(form, "reason");
	(void) form_f64_list(form, "standard_errors");
}

static void
describe_threshold(Form *form, SectionSizes *sizes)
{
	(void) form_f64(form, "margin");
}

/* A text in an array of its own size, with zeros behind. */
static void
describe_kernels(Form *form, SectionSizes *sizes)
{
	char name[BLAS_NAME_SIZE] = {0};
	Writer text = {.runtime = form->runtime};

	if (form->failed)
		return;
	if (form->to_json)
	{
		reader_take(form->source, name, sizeof(name));
		if (form->source->damaged || name[sizeof(name) - 1] != '\0')
		{
			form_refuse(form, "kernels", "it is no name");
			return;
		}
		form_begin(form, "kernels");
		json_put_string(form->text, name, strlen(name), true);
		return;
	}
	if (!json_value_string(form_take(form, "kernels"), &text) ||
		text.size >= sizeof(name))
		form_refuse(form, "kernels", "it is no string of less than %zu bytes",
					sizeof(name));
	else if (text.size > 0)
		memcpy(name, text.bytes, text.size);
	runtime_release(form->runtime, text.bytes);
	form->target->failed |= text.failed;
	writer_put(form->target, name, sizeof(name));
}

static void
describe_encoding(Form *form, SectionSizes *sizes)
{
	form_text(form, "encoding");
}

static void
describe_units(Form *form, SectionSizes *sizes)
{
	(void) form_f64(form, "byte_unit");
	(void) form_f64(form, "least_magnitude");
	(void) form_f64(form, "largest_magnitude");
}

static void
describe_wd_point(Form *form, const char *name)
{
	form_object(form, name);
	(void) form_f64(form, "wd");
	(void) form_f64(form, "loss");
	(void) form_f64(form, "standard_error");
	form_end_object(form);
}

static void
describe_wd_path(Form *form, SectionSizes *sizes)
{
	uint32_t count;

	(void) form_choice(form, "choice", wd_choices);
	(void) form_flag(form, "plain");
	(void) form_u32(form, "folds");
	(void) form_choice(form, "folds_by", fold_keys);
	(void) form_u64(form, "rows");
	describe_wd_point(form, "chosen");
	count = form_list(form, "points");
	for (uint32_t i = 0; i < count && !form->failed; i++)
		describe_wd_point(form, NULL);
	form_end_array(form);
}

static void
describe_l1_path(Form *form, SectionSizes *sizes)
{
	uint32_t count;

	(void) form_choice(form, "rule", choices_of(HP_PATH_RULE));
	(void) form_f64(form, "l1_ratio");
	(void) form_u32(form, "folds");
	(void) form_choice(form, "folds_by", fold_keys);
	(void) form_u64(form, "rows");
	(void) form_u32(form, "chosen");
	count = form_list(form, "points");
	for (uint32_t i = 0; i < count && !form->failed; i++)
	{
		form_object(form, NULL);
		(void) form_f64(form, "lambda");
		(void) form_f64(form, "loss");
		(void) form_f64(form, "standard_error");
		(void) form_u32(form, "nonzero");
		form_end_object(form);
	}
	form_end_array(form);
}

static void
describe_end(Form *form, SectionSizes *sizes)
{
	(void) form_choice(form, "end", solve_ends);
	(void) form_u32(form, "iterations");
	(void) form_f64(form, "gap");
}

static void
describe_roles(Form *form, SectionSizes *sizes)
{
	form_text(form, "offset");
	form_text(form, "exposure");
}

static void
describe_class_weights(Form *form, SectionSizes *sizes)
{
	form_f64_rest(form, "weights");
}

static void
describe_bounded(Form *form, SectionSizes *sizes)
{
	uint32_t count = form_list(form, "features");

	for (uint32_t i = 0; i < count && !form->failed; i++)
		(void) form_u32(form, NULL);
	form_end_array(form);
}

static void
describe_fit(Form *form, SectionSizes *sizes)
{
	uint32_t count;

	(void) form_u64(form, "rows");
	(void) form_f64(form, "row_weight");
	(void) form_u32(form, "parameters");
	(void) form_f64(form, "deviance");
	(void) form_f64(form, "null_deviance");
	(void) form_f64(form, "log_likelihood");
	(void) form_f64(form, "dispersion");
	(void) form_f64(form, "independence");
	(void) form_flag(form, "precise");
	form_f64s(form, "inflation", sizes->dimension);
	count = form_f64_list(form, "root");
	if (count == 0)
		return;
	form_array(form, "columns", (uint32_t) sizes->dimension + 1);
	for (size_t i = 0; i <= sizes->dimension && !form->failed; i++)
		(void) form_u32(form, NULL);
	form_end_array(form);
	form_f64s(form, "center", sizes->dimension);
	form_f64s(form, "scale", sizes->dimension);
	if (form_flag(form, "robust"))
		form_f64s(form, "meat", count);
}

static void
describe_quantiles(Form *form, SectionSizes *sizes)
{
	form_array(form, "quantiles", (uint32_t) sizes->outputs);
	for (size_t k = 0; k < sizes->outputs && !form->failed; k++)
	{
		form_object(form, NULL);
		(void) form_f64(form, "quantile");
		(void) form_f64(form, "wd");
		(void) form_f64(form, "l1");
		(void) form_choice(form, "end", solve_ends);
		(void) form_u32(form, "iterations");
		(void) form_f64(form, "gap");
		form_end_object(form);
	}
	form_end_array(form);
}

const SectionSchema section_schemas[] = {
	{SECTION_SHAPE, "shape", describe_shape},
	{SECTION_WEIGHTS, "weights", describe_weights},
	{SECTION_NORMALIZER, "normalizer", describe_normalizer},
	{SECTION_CALIBRATION, "calibration", describe_calibration},
	{SECTION_LABELS, "labels", describe_labels},
	{SECTION_SETTINGS, "settings", describe_settings},
	{SECTION_METRICS, "metrics", describe_metrics},
	{SECTION_TRIALS, "trials", describe_trials},
	{SECTION_EPOCHS, "epochs", describe_epochs},
	{SECTION_DATA, "data", describe_data},
	{SECTION_TUNING, "tuning", describe_tuning},
	{SECTION_INFERENCE, "inference", describe_inference},
	{SECTION_THRESHOLD, "threshold", describe_threshold},
	{SECTION_KERNELS, "kernels", describe_kernels},
	{SECTION_UNITS, "units", describe_units},
	{SECTION_WD_PATH, "wd_path", describe_wd_path},
	{SECTION_L1_PATH, "l1_path", describe_l1_path},
	{SECTION_END, "end", describe_end},
	{SECTION_CLASS_WEIGHTS, "class_weights", describe_class_weights},
	{SECTION_BOUNDED, "nonnegative", describe_bounded},
	{SECTION_FIT, "fit", describe_fit},
	{SECTION_QUANTILES, "quantiles", describe_quantiles},
	{SECTION_ENCODING, "encoding", describe_encoding},
	{SECTION_COLUMNS, "columns", model_json_columns},
	{SECTION_ROLES, "roles", describe_roles},
	{0, NULL, NULL}};
