/*
 * report_test.c
 *		A report's sections about rows that the model was not trained on.
 */
#include "formats/report_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/judge/metric_table.h"
#include "formats/chart.h"
#include "formats/report_parts.h"
#include "formats/report_scores.h"

#define NORMAL_975 1.959963984540054
/* Letters of a row that are written out. */
#define REPORT_ROW_LETTERS 600

double
report_test_figure(const ReportTest *test, const char *name)
{
	for (size_t i = 0; i < test->figure_count; i++)
		if (strcmp(test->figures[i].name, name) == 0)
			return test->figures[i].value;
	return NAN;
}

/* Whether the counts are of whole rows. */
static bool
unweighted(const ReportTest *test)
{
	for (size_t i = 0; i < test->classes * test->classes; i++)
		if (test->counts[i] != floor(test->counts[i]))
			return false;
	return true;
}

/*
 * Counts of rows that a share is made of; false for other figures, and for rows
 * that have weights.
 */
static bool
share_of_rows(const ReportTest *test, const char *name, double *hits,
			  double *rows)
{
	size_t n = test->classes;
	size_t p = test->positive;

	*hits = *rows = 0;
	if (!unweighted(test))
		return false;
	if (n > 0 && strcmp(name, "accuracy") == 0)
		for (size_t i = 0; i < n * n; i++)
		{
			*hits += i / n == i % n ? test->counts[i] : 0;
			*rows += test->counts[i];
		}
	else if (n == 2 && strcmp(name, "precision") == 0)
	{
		*hits = test->counts[p * 2 + p];
		*rows = *hits + test->counts[(1 - p) * 2 + p];
	}
	else if (n == 2 && strcmp(name, "recall") == 0)
	{
		*hits = test->counts[p * 2 + p];
		*rows = *hits + test->counts[p * 2 + 1 - p];
	}
	return *rows > 0;
}

/* The class of most rows, and how many it has. */
static size_t
commonest_class(const ReportTest *test, double *most)
{
	size_t common = 0;

	*most = -1;
	for (size_t i = 0; i < test->classes; i++)
	{
		double count = 0;

		for (size_t j = 0; j < test->classes; j++)
			count += test->counts[i * test->classes + j];
		if (count > *most)
		{
			*most = count;
			common = i;
		}
	}
	return common;
}

/* The interval of a share of rows, Wilson's. */
static void
share_interval(double hits, double rows, double *low, double *high)
{
	const double z2 = NORMAL_975 * NORMAL_975;
	double share = hits / rows;
	double centre = (share + z2 / (2 * rows)) / (1 + z2 / rows);
	double half = NORMAL_975 *
				  sqrt(share * (1 - share) / rows + z2 / (4 * rows * rows)) /
				  (1 + z2 / rows);

	*low = fmax(0, centre - half);
	*high = fmin(1, centre + half);
}

/*
 * The interval of an area below the ROC curve by Hanley and McNeil (1982), who
 * take scores as exponential.
 */
static void
area_interval(double area, double positives, double negatives, double *low,
			  double *high)
{
	double of_positives = area / (2 - area);
	double of_negatives = 2 * area * area / (1 + area);
	double variance =
		(area * (1 - area) + (positives - 1) * (of_positives - area * area) +
		 (negatives - 1) * (of_negatives - area * area)) /
		(positives * negatives);
	double half = NORMAL_975 * sqrt(fmax(0, variance));

	*low = fmax(0, area - half);
	*high = fmin(1, area + half);
}

/* The interval of a figure of two classes; false: none is known. */
static bool
binary_interval(const ReportTest *test, const char *name, double *low,
				double *high)
{
	size_t p = test->positive, n = 1 - p;
	double hits = test->counts[p * 2 + p];
	double misses = test->counts[p * 2 + n];
	double alarms = test->counts[n * 2 + p];
	double passes = test->counts[n * 2 + n];
	double area = report_test_figure(test, "roc_auc");

	if (strcmp(name, "roc_auc") == 0 && area >= 0 && area <= 1 &&
		hits + misses > 0 && alarms + passes > 0)
	{
		area_interval(area, hits + misses, alarms + passes, low, high);
		return true;
	}
	if (strcmp(name, "f_beta") == 0 && hits + misses + alarms > 0)
	{
		/* F1 rises with the share of hits among all but the passes. */
		share_interval(hits, hits + misses + alarms, low, high);
		*low = 2 * *low / (1 + *low);
		*high = 2 * *high / (1 + *high);
		return true;
	}
	return false;
}

/* The interval of the mean of a regressor's errors, whose squares' mean is known. */
static bool
error_interval(const ReportTest *test, const char *name, double *low,
			   double *high)
{
	double mean = report_test_figure(test, "mae");
	double square = report_test_figure(test, "mse");
	double half =
		NORMAL_975 * sqrt(fmax(0, square - mean * mean) / (double) test->rows);

	if (strcmp(name, "mae") != 0 || test->rows < 2 || !isfinite(half))
		return false;
	*low = fmax(0, mean - half);
	*high = mean + half;
	return true;
}

/* Write an interval in the digits of the figure above it. */
static void
write_interval(Markup *markup, double low, double high)
{
	markup_raw(markup, "<small>95 %: ");
	if (high < 10)
		markup_print(markup, "%.4f to %.4f", low, high);
	else
	{
		report_value(markup, low);
		markup_raw(markup, " to ");
		report_value(markup, high);
	}
	markup_raw(markup, "</small>");
}

/* Write what one would be at without a model. */
static void
write_baseline(Markup *markup, const ReportTest *test, const char *name,
			   double rows)
{
	double square = report_test_figure(test, "mse");
	double explained = report_test_figure(test, "r2");
	double most;

	if (strcmp(name, "accuracy") == 0 && rows > 0)
	{
		size_t common = commonest_class(test, &most);

		markup_raw(markup, "<small>always \"");
		markup_escape_short(markup, test->labels[common], 20);
		markup_print(markup, "\": %.4f</small>", most / rows);
	}
	else if (strcmp(name, "rmse") == 0 && explained < 1 && isfinite(square))
	{
		markup_raw(markup, "<small>always their mean: ");
		report_value(markup, sqrt(square / (1 - explained)));
		markup_raw(markup, "</small>");
	}
}

void
report_write_bounds(Markup *markup, const ReportTest *test, const char *name)
{
	double hits, rows, low, high;

	if (share_of_rows(test, name, &hits, &rows))
	{
		share_interval(hits, rows, &low, &high);
		write_interval(markup, low, high);
	}
	else if (test->classes == 2 && unweighted(test) &&
			 binary_interval(test, name, &low, &high))
		write_interval(markup, low, high);
	else if (test->classes == 0 && error_interval(test, name, &low, &high))
		write_interval(markup, low, high);
	write_baseline(markup, test, name, rows);
}

/* A metric of this predictor by its name; NULL: it is none. */
static const MetricDescriptor *
metric_of(const Model *model, const char *name)
{
	for (const MetricDescriptor *row = metric_table; row->value != NULL; row++)
		if (row->name != NULL && (row->applies & (1u << model->predictor)) &&
			strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

/*
 * Whether the page says the same elsewhere: at its top, by its matrix or its
 * number of rows, or another figure is always the same.
 */
static bool
said_elsewhere(const Model *model, const ReportTest *test, const char *name)
{
	const MetricDescriptor *metric = metric_of(model, name);

	/* what the top has comes first in the table of metrics */
	if (metric != NULL && metric->card)
		return true;
	/* or it is of quantiles that the model has not */
	if (model->loss != LOSS_QUANTILE &&
		(strcmp(name, "quantile") == 0 || strcmp(name, "pinball") == 0))
		return true;
	/* each row has one class */
	if (model->predictor == PREDICTOR_MULTICLASS &&
		(strncmp(name, "micro_", 6) == 0 ||
		 strcmp(name, "weighted_recall") == 0 ||
		 (strcmp(name, "balanced_accuracy") == 0 &&
		  report_test_figure(test, name) ==
			  report_test_figure(test, "macro_recall"))))
		return true;
	return strcmp(name, "rows") == 0 || strcmp(name, "score_rows") == 0 ||
		   strcmp(name, "beta") == 0 || strcmp(name, "classes") == 0 ||
		   (test->classes == 2 && (strncmp(name, "true_", 5) == 0 ||
								   strncmp(name, "false_", 6) == 0));
}

/* Write one figure as a fact, if it says something that the page has not said. */
static void
write_figure(Markup *markup, const Model *model, const ReportTest *test,
			 const ReportFigure *figure)
{
	bool count = metric_of(model, figure->name) == NULL;
	double value = report_rounded(figure->name, figure->value,
								  report_test_figure(test, "rmse"));

	if (said_elsewhere(model, test, figure->name) || (count && value == 0))
		return;
	markup_raw(markup, "<div><dt>");
	report_metric(markup, figure->name, 1);
	markup_raw(markup, "</dt><dd>");
	if (count)
		report_value(markup, value);
	else
		report_figure(markup, value);
	markup_raw(markup, "</dd></div>\n");
}

/* Write the figures in the table of metrics' order, then the others. */
static void
write_figures(Markup *markup, const Model *model, const ReportTest *test)
{
	for (const MetricDescriptor *row = metric_table; row->value != NULL; row++)
		for (size_t i = 0; i < test->figure_count; i++)
			if (metric_of(model, test->figures[i].name) == row)
				write_figure(markup, model, test, &test->figures[i]);
	for (size_t i = 0; i < test->figure_count; i++)
		if (metric_of(model, test->figures[i].name) == NULL)
			write_figure(markup, model, test, &test->figures[i]);
}

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
	markup_raw(markup, "<p>");
	report_count(markup, (double) test->rows);
	markup_raw(markup, " rows");
	if (test->label != NULL)
	{
		markup_raw(markup, ", their label <b>");
		markup_escape(markup, test->label);
		markup_raw(markup, "</b>,");
	}
	markup_raw(markup, " of</p><pre>");
	markup_escape(markup, test->query);
	markup_raw(markup, "</pre><p>");
	if (test->unscored > 0)
	{
		report_count(markup, (double) test->unscored);
		markup_print(markup,
					 " more %s a score or label that is not a number (NaN): "
					 "no figure is of them.",
					 test->unscored == 1 ? "row has" : "rows have");
	}
	markup_raw(markup, "</p><div class=\"pictures\">\n");
	if (test->classes > 0 && test->classes <= CONFUSION_CLASSES)
	{
		markup_raw(markup, "<figure>");
		svg_confusion(markup, "confusion matrix", test->labels, test->counts,
					  test->classes, SVG_AUTO, false);
		markup_raw(markup, "</figure>\n");
	}
	draw_test_curves(markup, model, test);
	draw_scatter(markup, &test->scatter);
	report_draw_scores(markup, model, test);
	markup_raw(markup, "</div><p></p>\n");
	report_write_calibration(markup, test);
	markup_raw(markup, "<p></p><dl class=\"facts\">\n");
	write_figures(markup, model, test);
	markup_raw(markup, "</dl>\n");
}

/* Mistakes as pictures. */
static void
draw_mistakes(Markup *markup, const ReportTest *test)
{
	SvgTile tiles[REPORT_MISTAKES];
	size_t count = test->mistake_count < REPORT_MISTAKES ? test->mistake_count
														 : REPORT_MISTAKES;

	for (size_t i = 0; i < count; i++)
		tiles[i] = (SvgTile){.pixels = test->mistakes[i].pixels,
							 .caption = test->mistakes[i].caption};
	markup_raw(markup, "<div class=\"pictures\"><figure>");
	svg_tiles(markup, "actual as predicted, surest first", tiles, count,
			  test->mistake_side, test->mistake_side, SVG_GREY, NULL, NULL,
			  SVG_AUTO, false);
	markup_raw(markup, "</figure></div>\n");
}

/* Write a text in small letters, not all of a long one. */
static void
write_small(Markup *markup, const char *before, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	markup_raw(markup, "<small>");
	markup_raw(markup, before);
	markup_escape_short(markup, text, REPORT_ROW_LETTERS);
	markup_raw(markup, "</small>");
}

void
report_write_mistakes(Markup *markup, const Model *model,
					  const ReportTest *test)
{
	if (test->mistake_count == 0)
		return;
	report_section(markup, "mistakes",
				   model->predictor == PREDICTOR_REGRESSOR
					   ? "Largest errors"
					   : "Most confident mistakes");
	if (test->mistake_side > 0)
	{
		draw_mistakes(markup, test);
		return;
	}
	markup_raw(markup, "<ol class=\"rows\">\n");
	for (size_t i = 0; i < test->mistake_count; i++)
	{
		const ReportMistake *mistake = &test->mistakes[i];

		markup_raw(markup, "<li>");
		markup_escape(markup, mistake->caption);
		write_small(markup, "moved most by ", mistake->reasons);
		write_small(markup, "", mistake->row);
		markup_raw(markup, "</li>\n");
	}
	markup_raw(markup, "</ol>\n");
}
