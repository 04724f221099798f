/*
 * report_parts.c
 *		Pieces that the sections of a report are made of.
 */
#include "formats/report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that are not read as they are written. */
static const char *const metric_titles[][2] = {
	{"binary_classification_accuracy", "accuracy"},
	{"multiclass_accuracy", "accuracy"},
	{"multiclass_balanced_accuracy", "balanced accuracy"},
	{"multiclass_top_k_accuracy", "top k accuracy"},
	{"multiclass_log_loss", "log loss"},
	{"objective_loss", "loss"},
	{"absolute_loss", "mean absolute error"},
	{"mae", "mean absolute error"},
	{"mse", "mean squared error"},
	{"rmse", "root mean squared error"},
	{"roc_auc", "ROC AUC"},
	{"roc_auc_score", "ROC AUC"},
	{"pr_auc", "average precision"},
	{"brier", "Brier score"},
	{"mcc", "Matthews correlation"},
	{"kappa", "Cohen's kappa"},
	{"dcg", "DCG"},
	{"r2", "R²"},
	{"d2", "D²"}};

#define F_BETA "f_beta"
/* Figures that four decimals tell. */
#define LEAST_FIGURE 0.001
#define MOST_FIGURE 10.0
#define MOST_WHOLE 1e15 /* written without an exponent */
/* Shares of what is there to explain, of which less than this is none. */
static const char *const explained[] = {"r2", "d2", "explained_variance",
										"kappa", "mcc"};
#define LEAST_EXPLAINED 0.00005
/* A mean error that is less than so much of the errors' size is none. */
#define LEAST_BIAS 1e-6
/* Signed numbers that two decimals tell. */
#define LEAST_SIGNED 0.005
#define MOST_SIGNED 1e9

void
report_count(Markup *markup, double count)
{
	char digits[64];

	number_grouped(count, 0, digits, sizeof(digits));
	markup_raw(markup, digits);
}

/* Whether a name ends so. */
static bool
ends_with(const char *name, const char *end)
{
	size_t length = strlen(name);
	size_t size = strlen(end);

	return length >= size && strcmp(name + length - size, end) == 0;
}

void
report_metric(Markup *markup, const char *name, double beta)
{
	char words[64];
	bool f = ends_with(name, F_BETA);

	for (size_t i = 0; i < sizeof(metric_titles) / sizeof(metric_titles[0]);
		 i++)
		if (strcmp(name, metric_titles[i][0]) == 0)
		{
			markup_raw(markup, metric_titles[i][1]);
			return;
		}
	/* binary_ says nothing beside the kind of the model */
	if (f && strncmp(name, "binary_", 7) == 0)
		name += 7;
	snprintf(words, sizeof(words), "%.*s",
			 (int) (strlen(name) - (f ? strlen(F_BETA) : 0)), name);
	for (char *c = words; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
	markup_escape(markup, words);
	if (f)
		markup_print(markup, "F%.3g", beta);
}

void
report_value_text(double value, char *buffer, size_t size)
{
	if (isnan(value))
		snprintf(buffer, size, "–");
	else if (value == floor(value) || fabs(value) >= 1000.0)
		number_grouped(value, 0, buffer, size);
	else
		snprintf(buffer, size, "%.4g", value);
}

void
report_short_text(double value, char *buffer, size_t size)
{
	if (fabs(value) < 1 || !(fabs(value) < MOST_WHOLE))
	{
		snprintf(buffer, size, "%.6g", value + 0.0);
		return;
	}
	snprintf(buffer, size, "%.3f", value);
	for (size_t end = strlen(buffer); buffer[end - 1] == '0';)
		buffer[--end] = '\0';
	if (buffer[strlen(buffer) - 1] == '.')
		buffer[strlen(buffer) - 1] = '\0';
}

void
report_signed_text(double value, char *buffer, size_t size)
{
	char grouped[64];
	double most = fabs(value);

	number_grouped(most, 2, grouped, sizeof(grouped));
	if (most >= LEAST_SIGNED && most < MOST_SIGNED)
		snprintf(buffer, size, "%c%s", value < 0 ? '-' : '+', grouped);
	else
		snprintf(buffer, size, "%+.3g", value + 0.0);
}

void
report_value(Markup *markup, double value)
{
	char text[64];

	report_value_text(value, text, sizeof(text));
	markup_raw(markup, text);
}

void
report_figure(Markup *markup, double value)
{
	double most = fabs(value);

	if (most == 0.0 || (most >= LEAST_FIGURE && most < MOST_FIGURE))
		markup_print(markup, "%.4f", value + 0.0);
	else if (most < LEAST_FIGURE)
		markup_print(markup, "%.3g", value);
	else
		report_value(markup, value);
}

double
report_rounded(const char *name, double value, double size)
{
	if (strcmp(name, "bias") == 0 && fabs(value) < LEAST_BIAS * size)
		return 0.0;
	for (size_t i = 0; i < sizeof(explained) / sizeof(explained[0]); i++)
		if (strcmp(name, explained[i]) == 0 && fabs(value) < LEAST_EXPLAINED)
			return 0.0;
	return value;
}

void
report_section(Markup *markup, const char *id, const char *heading)
{
	markup_print(markup, "<h2 id=\"%s\">%s</h2>\n", id, heading);
}

void
report_fact(Markup *markup, const char *name, const char *text)
{
	markup_raw(markup, "<div><dt>");
	markup_escape(markup, name);
	markup_raw(markup, "</dt><dd>");
	markup_escape(markup, text);
	markup_raw(markup, "</dd></div>\n");
}

void
report_fact_count(Markup *markup, const char *name, uint64_t count)
{
	markup_raw(markup, "<div><dt>");
	markup_escape(markup, name);
	markup_raw(markup, "</dt><dd>");
	report_count(markup, (double) count);
	markup_raw(markup, "</dd></div>\n");
}

void
report_setting_text(Hyperparameter row, double value, char *buffer,
					size_t size)
{
	size_t length;

	hyperparameters_format(row, value, buffer, size);
	length = strlen(buffer);
	if (length >= 2 && buffer[0] == '"')
	{
		memmove(buffer, buffer + 1, length - 2);
		buffer[length - 2] = '\0';
	}
	else if (length > 8)
	{
		char *end;
		double number = strtod(buffer, &end);

		if (*end == '\0' && number != floor(number))
			snprintf(buffer, size, "%.6g", number);
	}
}
