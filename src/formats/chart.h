/*
 * chart.h
 *		Line charts as SVG, and their small text twins.
 */
#ifndef LINLEARN_FORMATS_CHART_H
#define LINLEARN_FORMATS_CHART_H

#include "formats/svg.h"

typedef struct ChartSeries
{
	const char *name; /* in the legend; NULL: none */
	const double *x;  /* [count]; a NaN here or in y breaks the line */
	const double *y;
	size_t count;
	bool dots; /* a dot a point */
	bool no_line;
} ChartSeries;

/* A point that is pointed out. */
typedef struct ChartMark
{
	double x; /* NaN: none */
	double y;
	const char *label;
} ChartMark;

typedef struct Chart
{
	const char *title;
	const char *x_label;
	const char *y_label;
	const ChartSeries *series;
	size_t series_count; /* SVG_SERIES at most have colours of their own */
	double x_low;		 /* NaN: as the points need it */
	double x_high;
	double y_low;
	double y_high;
	bool whole_x;  /* x ticks at whole numbers only */
	bool diagonal; /* a dashed line from corner to corner */
	ChartMark mark;
} Chart;

#define CHART_MAX_TICKS 16

/*
 * Chooses round numbers (1, 2, 2.5 or 5 times a power of ten apart) within
 * low..high, about target of them; returns how many (CHART_MAX_TICKS at most),
 * and the decimals that tell them apart.
 */
extern int chart_ticks(double low, double high, int target, bool whole,
					   double *ticks, int *decimals);

/* Draws a chart of 480 x 340 pixels. */
extern void chart_draw(Markup *markup, const Chart *chart, SvgTheme theme,
					   bool style);

/* One block character (U+2581 to U+2588) a value; a space for NaN. */
extern void chart_sparkline(Markup *markup, const double *values,
							size_t count);

/* A bar of width characters at value = maximum, in eighths of a character. */
extern void chart_bar(Markup *markup, double value, double maximum, int width);

/*
 * Two half-block images side by side: where values are positive, and where
 * they are negative, at least a quarter of the largest magnitude.
 */
extern void chart_signed_image(Markup *markup, const double *values,
							   size_t width, size_t height);

#endif
