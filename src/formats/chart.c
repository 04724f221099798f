/*
 * chart.c
 *		Line charts as SVG, and their small text twins.
 */
#include "formats/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 480.0
#define HEIGHT 340.0
#define PADDING 16.0
#define CHARACTER_WIDTH 6.8
/* Pixels: points nearer than this to the last are left out. */
#define NEAR 0.4

/* Where the plot lies in the picture, and what it shows. */
typedef struct Plot
{
	double left;
	double right;
	double top;
	double bottom;
	double x_low;
	double x_high;
	double y_low;
	double y_high;
} Plot;

/*
 * The power of ten at or below a number, and its exponent, by steps that are the
 * same on every machine; the least and greatest exponents of doubles end them.
 */
static double
decade(double x, int *exponent)
{
	double power = 1.0;

	for (*exponent = 0; 1.0 / power > x && *exponent > -307; --*exponent)
		power *= 10.0;
	if (*exponent < 0)
		return 1.0 / power;
	for (; power * 10.0 <= x && *exponent < 307; ++*exponent)
		power *= 10.0;
	return power;
}

int
chart_ticks(double low, double high, int target, bool whole, double *ticks,
			int *decimals)
{
	static const double steps[] = {1.0, 2.0, 2.5, 5.0, 10.0};
	double raw = (high - low) / target;
	int exponent;
	double power = decade(raw, &exponent);
	double step = power * 10.0, scaled;
	int count = 0;

	for (int i = 4; i >= 0; i--)
		if (steps[i] * power >= raw * 0.7 && !(whole && i == 2))
			step = steps[i] * power;
	if (whole && step < 1.0)
		step = 1.0;
	scaled = step / decade(step * (1.0 + 1e-9), &exponent);
	*decimals = exponent < 0 ? -exponent : 0;
	if (*decimals == 0)
		scaled = step;
	if (fabs(scaled - round(scaled)) > 1e-6)
		(*decimals)++;
	for (double k = ceil(low / step - 1e-9);
		 k * step <= high + step * 1e-9 && count < CHART_MAX_TICKS; k += 1.0)
		ticks[count++] = k * step;
	return count;
}

#define TICK_SIZE 64
#define GROUPED_TICKS 1e9 /* from here on they have an exponent */
#define MOST_DIGITS 17

/* Write the ticks' numbers, with the digits that tell each from the next. */
static void
format_ticks(const double *ticks, int count, int decimals,
			 char texts[][TICK_SIZE])
{
	double largest = 0.0;
	bool same = true;

	for (int i = 0; i < count; i++)
		largest = fmax(largest, fabs(ticks[i]));
	if (largest < GROUPED_TICKS && decimals <= 5)
	{
		for (int i = 0; i < count; i++)
			number_grouped(ticks[i], decimals, texts[i], TICK_SIZE);
		return;
	}
	for (int digits = 3; same && digits <= MOST_DIGITS; digits++)
	{
		same = false;
		for (int i = 0; i < count; i++)
		{
			snprintf(texts[i], TICK_SIZE, "%.*g", digits, ticks[i]);
			same = same || (i > 0 && strcmp(texts[i], texts[i - 1]) == 0);
		}
	}
}

static double
place_x(const Plot *plot, double x)
{
	double part = (x - plot->x_low) / (plot->x_high - plot->x_low);

	return plot->left +
		   fmin(fmax(part, 0.0), 1.0) * (plot->right - plot->left);
}

static double
place_y(const Plot *plot, double y)
{
	double part = (y - plot->y_low) / (plot->y_high - plot->y_low);

	return plot->bottom -
		   fmin(fmax(part, 0.0), 1.0) * (plot->bottom - plot->top);
}

/* Widen low..high until it is a range, with a little air when not fixed. */
static void
settle_range(double *low, double *high, bool fixed_low, bool fixed_high)
{
	double air;

	if (!(*low <= *high))
	{
		*low = 0.0;
		*high = 1.0;
	}
	/* Too narrow to be told apart in double, or of an infinite width. */
	if (!(*high - *low > 1e-12 * fmax(fabs(*low), fabs(*high))) ||
		*high - *low < 1e-300)
	{
		double middle = (*low + *high) / 2;
		double half = fmax(fabs(middle) * 0.1, 1e-9);

		*low = middle - half;
		*high = middle + half;
		return;
	}
	air = (*high - *low) * 0.04;
	if (!fixed_low)
		*low -= air;
	if (!fixed_high)
		*high += air;
}

/* Find the ranges that hold every point. */
static void
find_ranges(const Chart *chart, Plot *plot)
{
	double low[2] = {INFINITY, INFINITY};
	double high[2] = {-INFINITY, -INFINITY};

	for (size_t s = 0; s < chart->series_count; s++)
	{
		const ChartSeries *series = &chart->series[s];

		for (size_t i = 0; i < series->count; i++)
		{
			/* Beyond this the width of a range might overflow. */
			if (!(fabs(series->x[i]) < 1e300) || !(fabs(series->y[i]) < 1e300))
				continue;
			low[0] = fmin(low[0], series->x[i]);
			high[0] = fmax(high[0], series->x[i]);
			low[1] = fmin(low[1], series->y[i]);
			high[1] = fmax(high[1], series->y[i]);
		}
	}
	plot->x_low = isnan(chart->x_low) ? low[0] : chart->x_low;
	plot->x_high = isnan(chart->x_high) ? high[0] : chart->x_high;
	plot->y_low = isnan(chart->y_low) ? low[1] : chart->y_low;
	plot->y_high = isnan(chart->y_high) ? high[1] : chart->y_high;
	settle_range(&plot->x_low, &plot->x_high, !isnan(chart->x_low),
				 !isnan(chart->x_high));
	settle_range(&plot->y_low, &plot->y_high, !isnan(chart->y_low),
				 !isnan(chart->y_high));
}

/* Draw grid lines, ticks and axis labels; sets the plot's left side. */
static void
draw_axes(Markup *markup, const Chart *chart, Plot *plot)
{
	double ticks[CHART_MAX_TICKS];
	char texts[CHART_MAX_TICKS][TICK_SIZE];
	int decimals;
	int count =
		chart_ticks(plot->y_low, plot->y_high, 5, false, ticks, &decimals);
	size_t longest = 1;

	format_ticks(ticks, count, decimals, texts);
	for (int i = 0; i < count; i++)
		longest = (size_t) fmax(longest, utf8_length(texts[i]));
	plot->left = PADDING + 26.0 + longest * CHARACTER_WIDTH + 6.0;
	for (int i = 0; i < count; i++)
	{
		double y = place_y(plot, ticks[i]);

		svg_line(markup, plot->left, y, plot->right, y, "g");
		svg_text(markup, plot->left - 6.0, y + 4.0, "end", "f", texts[i]);
	}
	count = chart_ticks(plot->x_low, plot->x_high, 6, chart->whole_x, ticks,
						&decimals);
	format_ticks(ticks, count, decimals, texts);
	for (int i = 0; i < count; i++)
	{
		double x = place_x(plot, ticks[i]);

		svg_line(markup, x, plot->bottom, x, plot->bottom + 4.0, "a");
		svg_text(markup, x, plot->bottom + 18.0, "middle", "f", texts[i]);
	}
	svg_line(markup, plot->left, plot->bottom, plot->right, plot->bottom, "a");
	svg_text(markup, (plot->left + plot->right) / 2, plot->bottom + 38.0,
			 "middle", "f", chart->x_label);
	markup_print(markup,
				 "<text class=\"f\" text-anchor=\"middle\" transform=\""
				 "translate(%.1f %.1f)rotate(-90)\">",
				 PADDING + 9.0, (plot->top + plot->bottom) / 2);
	markup_escape(markup, chart->y_label);
	markup_raw(markup, "</text>\n");
}

/* Draw the legend's line; returns its height. */
static double
draw_legend(Markup *markup, const Chart *chart, double top)
{
	double x = PADDING;
	double y = top;
	bool any = false;

	for (size_t s = 0; s < chart->series_count; s++)
	{
		const ChartSeries *series = &chart->series[s];
		double width;

		if (series->name == NULL)
			continue;
		width = 30.0 + utf8_length(series->name) * CHARACTER_WIDTH;
		if (any && x + width > WIDTH - PADDING)
		{
			x = PADDING;
			y += 18.0;
		}
		any = true;
		if (series->no_line)
			markup_print(markup,
						 "<circle class=\"d%zu\" cx=\"%.1f\" cy=\"%.1f\" "
						 "r=\"3.5\"/>",
						 s % SVG_SERIES, x + 9.0, y - 4.0);
		else
			markup_print(markup,
						 "<path class=\"l s%zu\" d=\"M%.1f %.1fh18\"/>",
						 s % SVG_SERIES, x, y - 4.0);
		svg_text(markup, x + 23.0, y, "start", "i", series->name);
		x += width + 12.0;
	}
	return any ? y - top + 18.0 : 0.0;
}

/* Draw a series' line, leaving out points too near to be seen apart. */
static void
draw_line(Markup *markup, const ChartSeries *series, const Plot *plot,
		  size_t colour)
{
	bool pen_down = false;
	double last_x = 0.0;
	double last_y = 0.0;

	markup_print(markup, "<path class=\"l s%zu\" d=\"", colour);
	for (size_t i = 0; i < series->count; i++)
	{
		double x;
		double y;

		if (isnan(series->x[i]) || isnan(series->y[i]))
		{
			pen_down = false;
			continue;
		}
		x = place_x(plot, series->x[i]);
		y = place_y(plot, series->y[i]);
		if (pen_down && i + 1 < series->count && fabs(x - last_x) < NEAR &&
			fabs(y - last_y) < NEAR)
			continue;
		markup_print(markup, "%c%.1f %.1f", pen_down ? 'L' : 'M', x, y);
		pen_down = true;
		last_x = x;
		last_y = y;
	}
	markup_raw(markup, "\"/>\n");
}

/* Draw a series' dots. */
static void
draw_dots(Markup *markup, const ChartSeries *series, const Plot *plot,
		  size_t colour)
{
	for (size_t i = 0; i < series->count; i++)
	{
		if (isnan(series->x[i]) || isnan(series->y[i]))
			continue;
		markup_print(markup,
					 "<circle class=\"d%zu\" cx=\"%.1f\" cy=\"%.1f\" "
					 "r=\"3\"/>",
					 colour, place_x(plot, series->x[i]),
					 place_y(plot, series->y[i]));
	}
	markup_raw(markup, "\n");
}

/* Draw the point that is pointed out, its label on the roomier side. */
static void
draw_mark(Markup *markup, const ChartMark *mark, const Plot *plot)
{
	double x = place_x(plot, mark->x);
	double y = place_y(plot, mark->y);
	bool leftward = x > (plot->left + plot->right) / 2;
	bool upward = y > (plot->top + plot->bottom) / 2;

	markup_print(markup,
				 "<circle class=\"p s1\" stroke-width=\"2\" cx=\"%.1f\" "
				 "cy=\"%.1f\" r=\"4.5\"/>",
				 x, y);
	svg_text(markup, leftward ? x - 9.0 : x + 9.0, upward ? y - 9.0 : y + 18.0,
			 leftward ? "end" : "start", "i o", mark->label);
}

void
chart_draw(Markup *markup, const Chart *chart, SvgTheme theme, bool style)
{
	Plot plot = {.right = WIDTH - PADDING - 8.0,
				 .bottom = HEIGHT - PADDING - 40.0};

	find_ranges(chart, &plot);
	svg_open(markup, WIDTH, HEIGHT, theme, style, chart->title);
	svg_text(markup, PADDING, PADDING + 11.0, "start", "i t", chart->title);
	plot.top = PADDING + 28.0;
	plot.top += draw_legend(markup, chart, plot.top + 6.0);
	draw_axes(markup, chart, &plot);
	if (chart->diagonal)
		svg_line(markup, plot.left, plot.bottom, plot.right, plot.top, "a h");
	for (size_t s = 0; s < chart->series_count; s++)
	{
		const ChartSeries *series = &chart->series[s];

		if (!series->no_line)
			draw_line(markup, series, &plot, s % SVG_SERIES);
		if (series->dots)
			draw_dots(markup, series, &plot, s % SVG_SERIES);
	}
	if (!isnan(chart->mark.x) && !isnan(chart->mark.y))
		draw_mark(markup, &chart->mark, &plot);
	svg_close(markup);
}

void
chart_sparkline(Markup *markup, const double *values, size_t count)
{
	double low = INFINITY;
	double high = -INFINITY;

	for (size_t i = 0; i < count; i++)
	{
		if (!isfinite(values[i]))
			continue;
		low = fmin(low, values[i]);
		high = fmax(high, values[i]);
	}
	for (size_t i = 0; i < count; i++)
	{
		int level = 3;
		char block[4] = "\xE2\x96\x81";

		if (isnan(values[i]))
		{
			markup_raw(markup, " ");
			continue;
		}
		/* Halved first, so that the width of the range cannot overflow. */
		if (high > low)
			level = (int) lround(
				fmin(fmax((values[i] / 2 - low / 2) / (high / 2 - low / 2),
						  0.0),
					 1.0) *
				7.0);
		block[2] = (char) (0x81 + level);
		markup_raw(markup, block);
	}
}

void
chart_bar(Markup *markup, double value, double maximum, int width)
{
	double part = maximum > 0.0 ? value / maximum : 0.0;
	int eighths;

	if (!(part > 0.0))
		return;
	eighths = (int) lround(fmin(part, 1.0) * width * 8.0);
	for (; eighths >= 8; eighths -= 8)
		markup_raw(markup, "\xE2\x96\x88");
	if (eighths > 0)
	{
		char block[4] = "\xE2\x96\x88";

		block[2] = (char) (0x90 - eighths);
		markup_raw(markup, block);
	}
}

/* Whether a pixel of the signed image is set. */
static bool
is_set(const double *values, size_t width, size_t height, size_t row,
	   size_t column, double threshold, double sign)
{
	return row < height && values[row * width + column] * sign >= threshold;
}

void
chart_signed_image(Markup *markup, const double *values, size_t width,
				   size_t height)
{
	static const char *const blocks[] = {" ", "\xE2\x96\x80", "\xE2\x96\x84",
										 "\xE2\x96\x88"};
	double threshold = 0.0;

	for (size_t i = 0; i < width * height; i++)
		threshold = fmax(threshold, fabs(values[i]) / 4.0);
	if (threshold <= 0.0)
		threshold = INFINITY;
	markup_print(markup, "%-*s | %s\n", (int) width, "for", "against");
	for (size_t row = 0; row < height; row += 2)
	{
		for (int side = 0; side < 2; side++)
		{
			double sign = side == 0 ? 1.0 : -1.0;

			for (size_t column = 0; column < width; column++)
			{
				int block = is_set(values, width, height, row, column,
								   threshold, sign) |
							is_set(values, width, height, row + 1, column,
								   threshold, sign)
								<< 1;

				markup_raw(markup, blocks[block]);
			}
			if (side == 0)
				markup_raw(markup, " | ");
		}
		markup_raw(markup, "\n");
	}
}
