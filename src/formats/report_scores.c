/*
 * report_scores.c
 *		A report's sections about scores and classes of test rows.
 */
#include "formats/report_scores.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/judge/metrics.h"
#include "formats/chart.h"
#include "formats/report_parts.h"

#define NAME_LETTERS 32		/* of a class in a legend */
#define CLASS_LETTERS 60	/* of a class in a table */
#define MOST_CLASS_ROWS 200 /* of the table */

/*
 * The outline of shares of rows by score, two points a bin; returns how many
 * rows there are.
 */
static double
outline(const ReportTest *test, const double *rows, double *x, double *y)
{
	double low = test->score_low;
	double width = (test->score_high - low) / REPORT_BINS;
	double sum = 0;

	for (int b = 0; b < REPORT_BINS; b++)
		sum += rows[b];
	for (int b = 0; b < REPORT_BINS; b++)
	{
		x[2 * b] = low + b * width;
		x[2 * b + 1] = low + (b + 1) * width;
		y[2 * b] = y[2 * b + 1] = sum > 0 ? rows[b] / sum : NAN;
	}
	return sum;
}

/* Name a line of the scores: what its rows are, and how many. */
static void
name_scores(const char *what, double rows, char *name, size_t size)
{
	char count[64];
	size_t at = 0;

	number_grouped(rows, 0, count, sizeof(count));
	for (int left = NAME_LETTERS; left > 0 && *what != '\0'; left--)
	{
		size_t letter = utf8_character_size(what);

		memcpy(name + at, what, letter);
		at += letter;
		what += letter;
	}
	snprintf(name + at, size - at, "%s, %s row%s", *what != '\0' ? "…" : "",
			 count, rows == 1 ? "" : "s");
}

/* Draw how the errors of a regressor lie. */
static void
draw_errors(Markup *markup, const ReportTest *test)
{
	double x[2 * REPORT_BINS], y[2 * REPORT_BINS];
	ChartSeries series = {NULL, x, y, 2 * REPORT_BINS, false, false};
	Chart chart = {.title = "errors",
				   .x_label = "predicted minus actual",
				   .y_label = "share of rows",
				   .series = &series,
				   .series_count = 1,
				   .x_low = test->score_low,
				   .x_high = test->score_high,
				   .y_low = 0,
				   .y_high = NAN,
				   .mark = {NAN, NAN, NULL}};

	outline(test, test->scores[0], x, y);
	markup_raw(markup, "<figure>");
	chart_draw(markup, &chart, SVG_AUTO, false);
	markup_raw(markup, "</figure>\n");
}

void
report_draw_scores(Markup *markup, const Model *model, const ReportTest *test)
{
	bool binary = model->predictor == PREDICTOR_BINARY;
	double x[2][2 * REPORT_BINS], y[2][2 * REPORT_BINS];
	char names[2][4 * NAME_LETTERS + 80];
	ChartSeries series[2];
	Chart chart = {
		.title = binary ? "scores by class" : "scores, right and wrong",
		.x_label = binary ? "score" : "score of the predicted class",
		.y_label = binary ? "share of the class's rows" : "share of such rows",
		.series = series,
		.series_count = 2,
		.x_low = test->score_low,
		.x_high = test->score_high,
		.y_low = 0,
		.y_high = NAN,
		.mark = {NAN, NAN, NULL}};

	if (test->scores == NULL || (binary && model->label_count != 2))
		return;
	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		draw_errors(markup, test);
		return;
	}
	for (int k = 0; k < 2; k++)
	{
		double rows = outline(test, test->scores[k], x[k], y[k]);

		name_scores(binary ? model->labels[k].text
					: k	   ? "right"
						   : "wrong",
					rows, names[k], sizeof(names[k]));
		series[k] =
			(ChartSeries){names[k], x[k], y[k], 2 * REPORT_BINS, false, false};
	}
	markup_raw(markup, "<figure>");
	chart_draw(markup, &chart, SVG_AUTO, false);
	markup_raw(markup, "</figure>\n");
}

/* Write one of a row of shares, all with the same decimals. */
static void
write_share(Markup *markup, double share)
{
	if (isnan(share))
		report_value(markup, share);
	else
		markup_print(markup, "%.3f", share);
}

void
report_write_calibration(Markup *markup, const ReportTest *test)
{
	const ReportCurve *points = &test->calibration;

	if (points->count == 0 || test->calibration_rows == NULL)
		return;
	markup_raw(markup, "<div class=\"scroll\"><table><tr><th>mean score</th>");
	for (size_t i = 0; i < points->count; i++)
	{
		markup_raw(markup, "<th>");
		write_share(markup, points->x[i]);
		markup_raw(markup, "</th>");
	}
	markup_raw(markup, "</tr>\n<tr><td>share of positives</td>");
	for (size_t i = 0; i < points->count; i++)
	{
		markup_raw(markup, "<td>");
		write_share(markup, points->y[i]);
		markup_raw(markup, "</td>");
	}
	markup_raw(markup, "</tr>\n<tr><td>rows</td>");
	for (size_t i = 0; i < points->count; i++)
	{
		markup_raw(markup, "<td>");
		report_value(markup, test->calibration_rows[i]);
		markup_raw(markup, "</td>");
	}
	markup_raw(markup, "</tr></table></div>\n");
}

/* Write the row of a class against the others. */
static void
write_class(Markup *markup, const ReportTest *test, size_t class)
{
	size_t n = test->classes;
	double correct = test->counts[class * n + class];
	double actual = 0, predicted = 0;
	BinaryCounts counts;

	for (size_t i = 0; i < n; i++)
	{
		actual += test->counts[class * n + i];
		predicted += test->counts[i * n + class];
	}
	counts = (BinaryCounts){.true_positives = correct,
							.false_positives = predicted - correct,
							.false_negatives = actual - correct};
	markup_raw(markup, "<tr><td><div class=\"name\">");
	markup_escape_short(markup, test->labels[class], CLASS_LETTERS);
	markup_raw(markup, "</div></td><td>");
	report_value(markup, actual);
	markup_raw(markup, "</td><td>");
	report_value(markup, predicted);
	markup_raw(markup, "</td><td>");
	write_share(markup, predicted > 0 ? binary_precision(&counts) : NAN);
	markup_raw(markup, "</td><td>");
	write_share(markup, actual > 0 ? binary_recall(&counts) : NAN);
	markup_raw(markup, "</td><td>");
	write_share(markup,
				actual + predicted > 0 ? binary_f_beta(&counts, 1) : NAN);
	markup_raw(markup, "</td></tr>\n");
}

void
report_write_classes(Markup *markup, const ReportTest *test)
{
	if (test->classes < 3)
		return;
	report_section(markup, "classes", "Classes");
	markup_raw(markup,
			   "<p class=\"soft\">Each against all others, in the test "
			   "rows.</p><div class=\"scroll\"><table><tr><th>class</th>"
			   "<th>rows</th><th>predicted</th><th>precision</th>"
			   "<th>recall</th><th>F1</th></tr>\n");
	for (size_t k = 0; k < test->classes && k < MOST_CLASS_ROWS; k++)
		write_class(markup, test, k);
	markup_raw(markup, "</table></div>\n");
	if (test->classes > MOST_CLASS_ROWS)
		markup_print(markup, "<p class=\"soft\">The first %d of %zu.</p>\n",
					 MOST_CLASS_ROWS, test->classes);
}
