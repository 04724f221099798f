/*
 * model_report.c
 *		One HTML page about a model.
 */
#include "formats/model_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/judge/metric_table.h"
#include "formats/model_pictures.h"
#include "formats/report_parts.h"
#include "formats/report_scores.h"
#include "formats/report_style.h"
#include "formats/report_test.h"
#include "formats/report_trials.h"

#define MOST_CARDS 6

/* Whether weights were given, not learned: there is nothing to say of training. */
static bool
untrained(const Model *model)
{
	return model->channels[CHANNEL_TRAIN].rows == 0;
}

/* A metric's value in the test, or among the model's own. */
static double
card_value(const Report *report, const MetricDescriptor *row,
		   const char *channel)
{
	const Model *model = report->model;
	size_t length = strlen(channel);

	if (report->test != NULL)
		return row->name == NULL ? NAN
								 : report_test_figure(report->test, row->name);
	for (uint32_t i = 0; row->trained_name != NULL && i < model->metric_count;
		 i++)
		if (strncmp(model->metrics[i].name, channel, length) == 0 &&
			model->metrics[i].name[length] == ':' &&
			strcmp(model->metrics[i].name + length + 1, row->trained_name) ==
				0)
			return model->metrics[i].value;
	return NAN;
}

/* The figures that stand at the top: the test's, or the model's own. */
static void
write_cards(Markup *markup, const Report *report)
{
	const Model *model = report->model;
	bool validated = model->channels[CHANNEL_VALIDATION].rows > 0;
	const char *channel = validated ? "validation" : "train";
	int shown = 0;

	markup_raw(markup, "<div class=\"cards\">\n");
	for (const MetricDescriptor *row = metric_table;
		 row->value != NULL && shown < MOST_CARDS; row++)
	{
		const char *name =
			report->test != NULL ? row->name : row->trained_name;
		double value = NAN;

		if (row->card && (row->applies & (1u << model->predictor)))
			value = card_value(report, row, channel);
		if (isnan(value))
			continue;
		shown++;
		markup_raw(markup, "<div class=\"card\"><b>");
		report_figure(markup, report_rounded(name, value, NAN));
		markup_raw(markup, "</b><span>");
		/* figures of the test are of beta 1 */
		report_metric(markup, name,
					  report->test != NULL ? 1
										   : model->settings.value[HP_F_BETA]);
		markup_print(markup, ", %s</span>",
					 report->test != NULL ? "test" : channel);
		if (report->test != NULL)
			report_write_bounds(markup, report->test, name);
		markup_raw(markup, "</div>\n");
	}
	markup_raw(markup, "</div>\n");
}

/* Where a note of a card stands: what most cards have comes first. */
static size_t
place_of_note(const char *name)
{
	/* In the order of Mitchell and others' cards (2019). */
	static const char *const first[] = {"owner",
										"contact",
										"license",
										"citation",
										"intended use",
										"users",
										"out of scope",
										"factors",
										"data",
										"period",
										"provenance",
										"limits",
										"ethical considerations",
										"caveats"};
	size_t count = sizeof(first) / sizeof(first[0]);

	for (size_t i = 0; i < count; i++)
		if (strcmp(name, first[i]) == 0)
			return i;
	return count;
}

/* Write what people say of the model. */
static void
write_card(Markup *markup, const Report *report)
{
	if (report->card_count == 0)
		return;
	report_section(markup, "card", "Model card");
	markup_raw(markup, "<dl class=\"notes\">\n");
	for (size_t place = 0; place <= place_of_note(""); place++)
		for (size_t i = 0; i < report->card_count; i++)
			if (place_of_note(report->card[i].name) == place)
				report_fact(markup, report->card[i].name,
							report->card[i].text);
	markup_raw(markup, "</dl>\n");
}

/* Write how many rows the model was trained on, and their fingerprint. */
static void
write_rows(Markup *markup, const Model *model)
{
	char buffer[32];

	if (untrained(model))
	{
		report_fact(markup, "weights", "given, not learned here");
		return;
	}
	report_fact_count(markup, "training rows",
					  model->channels[CHANNEL_TRAIN].rows);
	report_fact_count(markup, "validation rows",
					  model->channels[CHANNEL_VALIDATION].rows);
	report_fact_count(markup, "test rows in training",
					  model->channels[CHANNEL_TEST].rows);
	report_fact_count(markup, "rows skipped as invalid", model->skipped_rows);
	report_fact_count(markup, "rows without a label", model->unlabelled_rows);
	snprintf(buffer, sizeof(buffer), "%016" PRIx64,
			 model->channels[CHANNEL_TRAIN].fingerprint +
				 3 * model->channels[CHANNEL_VALIDATION].fingerprint);
	report_fact(markup, "data fingerprint", buffer);
}

/* Write what the model is and what it was trained on. */
static void
write_model(Markup *markup, const Report *report)
{
	static const char *const formats[] = {"uint8", "float32", "float64",
										  "sparse"};
	const Model *model = report->model;
	char buffer[128];

	report_section(markup, "model", "Model and data");
	markup_raw(markup, "<dl class=\"facts\">\n");
	report_setting_text(HP_PREDICTOR_TYPE, model->predictor, buffer,
						sizeof(buffer));
	report_fact(markup, "predictor type", buffer);
	report_setting_text(HP_LOSS, model->loss, buffer, sizeof(buffer));
	report_fact(markup, "loss", buffer);
	report_fact_count(markup, "features", model->dimension);
	report_fact(markup, "feature format", formats[model->format]);
	if (model->format == ROWS_U8)
		report_fact(markup, "a byte counts",
					model->byte_unit == 1.0 ? "1" : "1/256");
	report_fact(markup, "label type", model->label_type);
	if (model->predictor != PREDICTOR_REGRESSOR)
		report_fact_count(markup, "classes", model->label_count);
	if (model->predictor == PREDICTOR_BINARY && model->label_count == 2)
		report_fact(markup, "positive label", model->labels[1].text);
	write_rows(markup, model);
	report_fact_count(markup, "bytes", report->model_bytes);
	markup_raw(markup, "</dl>\n");
}

/* Write how the model is asked, to be copied. */
static void
write_use(Markup *markup, const Report *report)
{
	if (report->use == NULL)
		return;
	report_section(markup, "use", "Use");
	markup_raw(markup, "<pre>");
	markup_escape(markup, report->use);
	markup_raw(markup, "</pre>\n");
}

/* A metric of training on the rows of the report's test; NaN: not known. */
static double
tested_value(const Report *report, const char *trained_name)
{
	const Model *model = report->model;

	for (const MetricDescriptor *row = metric_table; row->value != NULL; row++)
		if (report->test != NULL && row->name != NULL &&
			row->trained_name != NULL &&
			(row->applies & (1u << model->predictor)) &&
			strcmp(row->trained_name, trained_name) == 0)
			return strstr(row->name, "f_beta") != NULL &&
						   model->settings.value[HP_F_BETA] != 1
					   ? NAN
					   : report_test_figure(report->test, row->name);
	return NAN;
}

/* A metric of training by its name behind a channel's, which has a colon. */
static double
trained_value(const Report *report, int channel, const char *name)
{
	static const char *const channels[] = {"train", "validation", "test"};
	const Model *model = report->model;
	size_t length = strlen(channels[channel]);

	for (uint32_t i = 0; i < model->metric_count; i++)
		if (strncmp(model->metrics[i].name, channels[channel], length) == 0 &&
			strcmp(model->metrics[i].name + length, name) == 0 &&
			!isnan(model->metrics[i].value))
			return model->metrics[i].value;
	return channel == CHANNEL_TEST ? tested_value(report, name + 1) : NAN;
}

/* Whether a metric of training has been written for another channel. */
static bool
written_before(const Model *model, uint32_t metric)
{
	const char *name = strchr(model->metrics[metric].name, ':');

	for (uint32_t i = 0; i < metric; i++)
	{
		const char *other = strchr(model->metrics[i].name, ':');

		if (other != NULL && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/* Write a metric's row, of the channels that have any. */
static void
write_metric(Markup *markup, const Report *report, const char *name,
			 const bool *shown)
{
	markup_raw(markup, "<tr><td title=\"");
	markup_escape(markup, name + 1);
	markup_raw(markup, "\">");
	report_metric(markup, name + 1, report->model->settings.value[HP_F_BETA]);
	markup_raw(markup, "</td>");
	for (int c = 0; c < CHANNEL_COUNT; c++)
	{
		if (!shown[c])
			continue;
		markup_raw(markup, "<td>");
		report_figure(
			markup, report_rounded(name, trained_value(report, c, name), NAN));
		markup_raw(markup, "</td>");
	}
	markup_raw(markup, "</tr>\n");
}

/* Write the metrics of training by channel, and those of the test beside them. */
static void
write_metrics(Markup *markup, const Report *report)
{
	static const char *const channels[] = {"train", "validation", "test"};
	const Model *model = report->model;
	bool shown[CHANNEL_COUNT];

	if (model->metric_count == 0)
		return;
	report_section(markup, "metrics", "Metrics of training");
	if (model->settings.value[HP_REFIT] == 1.0 &&
		model->channels[CHANNEL_VALIDATION].rows > 0)
		markup_raw(markup, "<p class=\"soft\">Those of the model before it "
						   "learned once more from training and validation "
						   "rows together (refit).</p>");
	markup_raw(markup, "<div class=\"scroll\"><table><tr><th>metric</th>");
	for (int c = 0; c < CHANNEL_COUNT; c++)
	{
		shown[c] = c == CHANNEL_TRAIN || model->channels[c].rows > 0 ||
				   (c == CHANNEL_TEST && report->test != NULL);
		if (shown[c])
			markup_print(markup, "<th>%s</th>", channels[c]);
	}
	markup_raw(markup, "</tr>\n");
	for (uint32_t i = 0; i < model->metric_count; i++)
		if (strchr(model->metrics[i].name, ':') != NULL &&
			!written_before(model, i))
			write_metric(markup, report, strchr(model->metrics[i].name, ':'),
						 shown);
	markup_raw(markup, "</table></div>\n");
}

/* Write the settings that apply to this predictor. */
static void
write_hyperparameters(Markup *markup, const Model *model)
{
	if (untrained(model))
		return;
	report_section(markup, "hyperparameters", "Hyperparameters");
	markup_raw(markup, "<p class=\"soft\">As the model was trained; in bold "
					   "what was given.</p><dl class=\"facts\">\n");
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *descriptor =
			&hyperparameter_table[row];
		char buffer[128];

		if ((descriptor->applies & (1u << model->predictor)) == 0)
			continue;
		report_setting_text((Hyperparameter) row, model->settings.value[row],
							buffer, sizeof(buffer));
		markup_print(markup, "<div%s title=\"",
					 model->settings.given[row] ? " class=\"set\"" : "");
		markup_escape(markup, descriptor->meaning);
		markup_raw(markup, "\"><dt>");
		markup_escape(markup, descriptor->name);
		markup_raw(markup, "</dt><dd>");
		markup_escape(markup, buffer);
		markup_raw(markup, "</dd></div>\n");
	}
	markup_raw(markup, "</dl>\n");
}

/* Epochs of the trial that the model is of. */
static uint32_t
best_epochs(const Model *model)
{
	uint32_t epochs = 0;

	for (uint32_t i = 0; i < model->epoch_count; i++)
		epochs += model->epochs[i].trial == model->best_trial;
	return epochs;
}

/* Write the learning curve, the candidates' objectives and the weights. */
static Status
write_model_pictures(Markup *markup, const Model *model, Failure *failure)
{
	Status status = LL_OK;
	/* what is solved at once has no curve */
	bool curve = best_epochs(model) > 1;

	report_section(markup, "learning",
				   untrained(model) ? "Weights" : "Learning and weights");
	markup_raw(markup, "<div class=\"pictures\">\n");
	if (curve)
	{
		markup_raw(markup, "<figure>");
		status = model_draw_learning(markup, model, SVG_AUTO, false, failure);
		markup_raw(markup, "</figure>\n");
	}
	if (status == LL_OK && model->trial_count > 1)
	{
		markup_raw(markup, "<figure>");
		status = model_draw_tuning(markup, model, SVG_AUTO, false, failure);
		markup_raw(markup, "</figure>\n");
	}
	/* Bars are wide: their names would be small beside others. */
	if (model_image_side(model) == 0 && (curve || model->trial_count > 1))
		markup_raw(markup, "</div><div class=\"pictures\">\n");
	if (status == LL_OK)
	{
		markup_raw(markup, "<figure>");
		status = model_draw_weights(markup, model, WEIGHTS_AUTO, SVG_AUTO,
									false, failure);
		markup_raw(markup, "</figure>\n");
	}
	markup_raw(markup, "</div>\n");
	return status;
}

/* Say how a binary model's threshold came about. */
static void
write_threshold(Markup *markup, const Model *model)
{
	bool validated = model->channels[CHANNEL_VALIDATION].rows > 0;
	char criterion[128];

	if (model->predictor != PREDICTOR_BINARY || model->label_count != 2)
		return;
	report_setting_text(HP_SELECTION_CRITERIA,
						model->settings.value[HP_SELECTION_CRITERIA],
						criterion, sizeof(criterion));
	report_section(markup, "threshold", "Threshold");
	markup_raw(markup, "<p>A row is called <b>");
	markup_escape(markup, model->labels[1].text);
	if (isinf(model->threshold))
		markup_raw(markup, model->threshold < 0.0
							   ? "</b> whatever its score."
							   : "</b> never, whatever its score.");
	else
		markup_print(markup, "</b> when its score is above <b>%.4g</b>.",
					 model->threshold);
	if (!untrained(model))
	{
		markup_raw(markup, " Candidates and threshold were compared by <b>");
		markup_escape(markup, criterion);
		markup_print(markup, "</b> on the %s rows.",
					 validated ? "validation" : "training");
	}
	markup_raw(markup, "</p>\n");
}

/* Write the page's head, its title and its list of sections. */
static void
write_head(Markup *markup, const Report *report)
{
	const Model *model = report->model;

	markup_raw(markup, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
					   "<meta charset=\"utf-8\"><meta name=\"viewport\" "
					   "content=\"width=device-width,initial-scale=1\">"
					   "<link rel=\"icon\" href=\"data:,\"><title>");
	markup_escape(markup, report->name);
	markup_raw(markup, "</title><style>");
	markup_raw(markup, report_style);
	svg_style(markup, SVG_AUTO);
	markup_raw(markup, "</style></head><body>\n<header><h1>");
	markup_escape(markup, report->name);
	if (report->version > 0)
		markup_print(markup, " <span class=\"soft\">version %d</span>",
					 report->version);
	markup_raw(markup, "</h1>\n");
	if (report->description != NULL)
	{
		markup_raw(markup, "<p>");
		markup_escape(markup, report->description);
		markup_raw(markup, "</p>\n");
	}
	if (report->created != NULL)
	{
		markup_raw(markup, "<p class=\"soft\">saved ");
		markup_escape(markup, report->created);
		if (report->created_by != NULL)
		{
			markup_raw(markup, " by ");
			markup_escape(markup, report->created_by);
		}
		markup_raw(markup, "</p>\n");
	}
	markup_raw(markup, "<nav>");
	if (report->card_count > 0)
		markup_raw(markup, "<a href=\"#card\">Card</a>");
	markup_raw(markup, "<a href=\"#model\">Model</a>");
	if (report->use != NULL)
		markup_raw(markup, "<a href=\"#use\">Use</a>");
	if (report->test != NULL)
		markup_raw(markup, "<a href=\"#test\">Test</a>");
	if (report->test != NULL && report->test->classes > 2)
		markup_raw(markup, "<a href=\"#classes\">Classes</a>");
	if (report->test != NULL && report->test->mistake_count > 0)
		markup_print(markup, "<a href=\"#mistakes\">%s</a>",
					 model->predictor == PREDICTOR_REGRESSOR ? "Errors"
															 : "Mistakes");
	markup_print(markup, "<a href=\"#learning\">%s</a>",
				 untrained(model) ? "Weights" : "Learning");
	if (model->metric_count > 0)
		markup_raw(markup, "<a href=\"#metrics\">Metrics</a>");
	if (model->trial_count > 1)
		markup_print(markup, "<a href=\"#trials\">%s</a>",
					 model->tuning[0] != '\0' ? "Trials" : "Candidates");
	if (!untrained(model))
		markup_raw(markup, "<a href=\"#hyperparameters\">Hyperparameters</a>");
	markup_raw(markup, "</nav></header>\n");
}

Status
model_report_write(Markup *markup, const Report *report, Failure *failure)
{
	Status status;

	write_head(markup, report);
	write_cards(markup, report);
	write_card(markup, report);
	write_model(markup, report);
	write_use(markup, report);
	write_threshold(markup, report->model);
	if (report->test != NULL)
	{
		report_write_test(markup, report->model, report->test);
		report_write_classes(markup, report->test);
		report_write_mistakes(markup, report->model, report->test);
	}
	status = write_model_pictures(markup, report->model, failure);
	if (status != LL_OK)
		return status;
	write_metrics(markup, report);
	report_write_trials(markup, report->model);
	write_hyperparameters(markup, report->model);
	markup_raw(markup, "</body></html>\n");
	return LL_OK;
}
