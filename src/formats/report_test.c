/*
 * report_test.c
 *		A report's sections about rows that the model was not trained on.
 */
#include "formats/report_test.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/chart.h"
#include "formats/report_parts.h"

/* A chart of fixed 0..1 axes. */
static void
draw_unit_chart(Markup *markup, const char *title, const char *x_label,
				const char *y_label, const ReportCurve *curve, bool diagonal,
				ChartMark mark)
{
	ChartSeries series = {NULL,			curve->x,			curve->y,
						  curve->count, curve->count <= 20, false};
	Chart chart = {title, x_label, y_label, &series, 1,		   0.0,
				   1.0,	  0.0,	   1.0,		false,	 diagonal, mark};

	if (curve->count == 0)
		return;
	markup_raw(markup, "<figure>");
	chart_draw(markup, &chart, SVG_AUTO, false);
	markup_raw(markup, "</figure>\n");
}

/* Predicted over actual values of a regressor. */
static void
draw_scatter(Markup *markup, const ReportCurve *scatter)
{
	double low = INFINITY;
	double high = -INFINITY;
	ChartSeries series = {NULL,			  scatter->x, scatter->y,
						  scatter->count, true,		  true};
	Chart chart = {"predicted and actual",
				   "actual",
				   "predicted",
				   &series,
				   1,
				   NAN,
				   NAN,
				   NAN,
				   NAN,
				   false,
				   true,
				   {NAN, NAN, NULL}};

	if (scatter->count == 0)
		return;
	for (size_t i = 0; i < scatter->count; i++)
	{
		low = fmin(low, fmin(scatter->x[i], scatter->y[i]));
		high = fmax(high, fmax(scatter->x[i], scatter->y[i]));
	}
	if (high > low)
	{
		chart.x_low = chart.y_low = low;
		chart.x_high = chart.y_high = high;
	}
	markup_raw(markup, "<figure>");
	chart_draw(markup, &chart, SVG_AUTO, false);
	markup_raw(markup, "</figure>\n");
}

/* Draw the curves of a binary test, the threshold marked on them. */
static void
draw_test_curves(Markup *markup, const Model *model, const ReportTest *test)
{
	ChartMark roc = {NAN, NAN, NULL};
	ChartMark pr = {NAN, NAN, NULL};
	char label[64];

	snprintf(label, sizeof(label), "threshold %.4g", model->threshold);
	if (test->classes == 2)
	{
		size_t p = test->positive;
		size_t n = 1 - p;
		double hits = test->counts[p * 2 + p];
		double misses = test->counts[p * 2 + n];
		double alarms = test->counts[n * 2 + p];
		double passes = test->counts[n * 2 + n];

		roc = (ChartMark){alarms / (alarms + passes), hits / (hits + misses),
						  label};
		pr =
			(ChartMark){hits / (hits + misses), hits / (hits + alarms), label};
	}
	draw_unit_chart(markup, "ROC curve", "false positive rate",
					"true positive rate", &test->roc, true, roc);
	draw_unit_chart(markup, "precision and recall", "recall", "precision",
					&test->pr, false, pr);
	draw_unit_chart(markup, "calibration", "mean predicted probability",
					"share of positives", &test->calibration, true,
					(ChartMark){NAN, NAN, NULL});
}

void
report_write_test(Markup *markup, const Model *model, const ReportTest *test)
{
	report_section(markup, "test", "Test rows");
	markup_print(markup, "<p>%" PRIu64 " rows of</p><pre>", test->rows);
	markup_escape(markup, test->query);
	markup_raw(markup, "</pre><p></p><div class=\"pictures\">\n");
	if (test->classes > 0)
	{
		markup_raw(markup, "<figure>");
		svg_confusion(markup, "confusion matrix", test->labels, test->counts,
					  test->classes, SVG_AUTO, false);
		markup_raw(markup, "</figure>\n");
	}
	draw_test_curves(markup, model, test);
	draw_scatter(markup, &test->scatter);
	markup_raw(markup, "</div><p></p><dl class=\"facts\">\n");
	for (size_t i = 0; i < test->figure_count; i++)
	{
		markup_raw(markup, "<div><dt>");
		markup_escape(markup, test->figures[i].name);
		markup_raw(markup, "</dt><dd>");
		report_value(markup, test->figures[i].value);
		markup_raw(markup, "</dd></div>\n");
	}
	markup_raw(markup, "</dl>\n");
}

void
report_write_mistakes(Markup *markup, const ReportTest *test)
{
	if (test->mistake_count == 0)
		return;
	report_section(markup, "mistakes", "Most confident mistakes");
	if (test->mistake_side > 0)
	{
		markup_raw(markup, "<div class=\"pictures\"><figure>");
		svg_tiles(markup, "actual as predicted, surest first", test->mistakes,
				  test->mistake_count, test->mistake_side, test->mistake_side,
				  SVG_GREY, NULL, NULL, SVG_AUTO, false);
		markup_raw(markup, "</figure></div>\n");
		return;
	}
	markup_raw(markup, "<ol>\n");
	for (size_t i = 0; i < test->mistake_count; i++)
	{
		markup_raw(markup, "<li>");
		markup_escape(markup, test->mistakes[i].caption);
		markup_raw(markup, "</li>\n");
	}
	markup_raw(markup, "</ol>\n");
}
