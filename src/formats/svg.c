/*
 * svg.c
 *		Pictures as SVG: the frame and its colours, images, matrices, bars.
 */
#include "formats/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/portable_math.h"

#define CHARACTER_WIDTH 6.8 /* of 12 px sans-serif, generous */
#define BAR_NAME_LIMIT 40	/* characters of a bar's name */
#define LABEL_LIMIT 18		/* characters of a label */
#define LEVELS 24			/* shades of an image, on each side */
#define PADDING 16.0

typedef struct Colour
{
	double red;
	double green;
	double blue;
} Colour;

/* A theme's colours. */
typedef struct Palette
{
	const char *paper;
	const char *ink;
	const char *soft; /* second-rank text: contrast 4.5 and more on paper */
	const char *grid;
	const char *empty; /* a matrix's empty cell */
	const char *series[SVG_SERIES];
} Palette;

static const Palette light_palette = {
	"#ffffff",
	"#1b1f24",
	"#57606a",
	"#dde2e8",
	"#f1f4f7",
	{"#0072b2", "#d55e00", "#00785a", "#a8487f", "#8a6100", "#2f6f9f"}};

static const Palette dark_palette = {
	"#0f141a",
	"#e6edf3",
	"#a4aeb9",
	"#2d343c",
	"#1b222a",
	{"#56b4e9", "#f28e4b", "#34c99d", "#e39fc6", "#e6b84a", "#9cc9ee"}};

static const char *const theme_names[] = {"auto", "light", "dark"};

Status
svg_theme_find(const char *name, SvgTheme *theme, Failure *failure)
{
	for (int i = 0; i <= SVG_DARK; i++)
	{
		if (strcmp(name, theme_names[i]) == 0)
		{
			*theme = (SvgTheme) i;
			return LL_OK;
		}
	}
	fail(failure, LL_INVALID, "theme \"%.40s\" is unknown", name);
	fail_hint(failure, "Use \"auto\", \"light\" or \"dark\".");
	return LL_INVALID;
}

/* Write one theme's colour rules. */
static void
write_palette(Markup *markup, const char *name, const Palette *palette)
{
	markup_print(markup,
				 ".ll-%s .p{fill:%s}.ll-%s .o{stroke:%s}"
				 ".ll-%s .i{fill:%s}.ll-%s .f{fill:%s}"
				 ".ll-%s .e{fill:%s}.ll-%s .g{stroke:%s}.ll-%s .a{stroke:%s}",
				 name, palette->paper, name, palette->paper, name,
				 palette->ink, name, palette->soft, name, palette->empty, name,
				 palette->grid, name, palette->soft);
	for (int i = 0; i < SVG_SERIES; i++)
		markup_print(markup, ".ll-%s .s%d{stroke:%s}.ll-%s .d%d{fill:%s}",
					 name, i, palette->series[i], name, i, palette->series[i]);
}

void
svg_style(Markup *markup, SvgTheme theme)
{
	const char *name = theme_names[theme];

	markup_print(markup,
				 ".ll-%s text{font:12px system-ui,-apple-system,'Segoe UI',"
				 "Roboto,'DejaVu Sans',sans-serif}"
				 ".ll-%s .t{font-weight:600;font-size:14px}"
				 ".ll-%s .c{font-size:11px}"
				 ".ll-%s path.l{fill:none;stroke-width:2;"
				 "stroke-linejoin:round}"
				 ".ll-%s .h{stroke-dasharray:4 4}"
				 ".ll-%s .o{paint-order:stroke;stroke-width:4px;"
				 "stroke-linejoin:round}",
				 name, name, name, name, name, name);
	write_palette(markup, name,
				  theme == SVG_DARK ? &dark_palette : &light_palette);
	if (theme == SVG_AUTO)
	{
		markup_raw(markup, "@media(prefers-color-scheme:dark){");
		write_palette(markup, name, &dark_palette);
		markup_raw(markup, "}");
	}
}

void
svg_open(Markup *markup, double width, double height, SvgTheme theme,
		 bool style, const char *title)
{
	markup_print(markup,
				 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ll-%s\" "
				 "width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
				 "role=\"img\"><title>",
				 theme_names[theme], width, height, width, height);
	markup_escape(markup, title);
	markup_raw(markup, "</title>");
	if (style)
	{
		markup_raw(markup, "<style>");
		svg_style(markup, theme);
		markup_raw(markup, "</style>");
	}
	markup_print(markup,
				 "<rect class=\"p\" width=\"%.0f\" height=\"%.0f\"/>\n", width,
				 height);
}

void
svg_close(Markup *markup)
{
	markup_raw(markup, "</svg>\n");
}

/* Write name="value" for a coordinate. */
static void
write_attribute(Markup *markup, const char *name, double value)
{
	markup_print(markup, " %s=\"", name);
	markup_number(markup, value);
	markup_raw(markup, "\"");
}

void
svg_text(Markup *markup, double x, double y, const char *anchor,
		 const char *class_name, const char *text)
{
	markup_print(markup, "<text class=\"%s\"", class_name);
	write_attribute(markup, "x", x);
	write_attribute(markup, "y", y);
	if (strcmp(anchor, "start") != 0)
		markup_print(markup, " text-anchor=\"%s\"", anchor);
	markup_raw(markup, ">");
	markup_escape(markup, text);
	markup_raw(markup, "</text>\n");
}

void
svg_line(Markup *markup, double x1, double y1, double x2, double y2,
		 const char *class_name)
{
	markup_print(markup, "<line class=\"%s\"", class_name);
	write_attribute(markup, "x1", x1);
	write_attribute(markup, "y1", y1);
	write_attribute(markup, "x2", x2);
	write_attribute(markup, "y2", y2);
	markup_raw(markup, "/>\n");
}

/* The colour at part (0 to 1) of a list of evenly spaced colours. */
static Colour
blend(const Colour *stops, int count, double part)
{
	double place = fmin(fmax(part, 0.0), 1.0) * (count - 1);
	int low = (int) fmin(floor(place), count - 2);
	double share = place - low;
	const Colour *a = &stops[low];
	const Colour *b = &stops[low + 1];

	return (Colour){a->red + share * (b->red - a->red),
					a->green + share * (b->green - a->green),
					a->blue + share * (b->blue - a->blue)};
}

static const Colour diverging_stops[] = {
	{5, 48, 97},	 {67, 147, 195}, {209, 229, 240}, {247, 247, 247},
	{253, 219, 199}, {214, 96, 77},	 {103, 0, 31}};
static const Colour grey_stops[] = {{250, 250, 250}, {12, 12, 14}};
static const Colour right_stops[] = {
	{222, 235, 247}, {66, 146, 198}, {8, 69, 148}};
static const Colour wrong_stops[] = {
	{254, 237, 222}, {241, 120, 40}, {153, 45, 4}};

/* The colour of a level of an image. */
static Colour
level_colour(SvgColours colours, int level)
{
	if (colours == SVG_GREY)
		return blend(grey_stops, 2, (double) level / LEVELS);
	return blend(diverging_stops, 7, ((double) level + LEVELS) / (2 * LEVELS));
}

/* The level of a pixel: 0..LEVELS, or -LEVELS..LEVELS when diverging. */
static int
pixel_level(SvgColours colours, double pixel)
{
	double low = colours == SVG_GREY ? 0.0 : -1.0;

	if (isnan(pixel))
		return 0;
	return (int) lround(fmin(fmax(pixel, low), 1.0) * LEVELS);
}

/* Write a colour as #rrggbb. */
static void
write_colour(Markup *markup, Colour colour)
{
	markup_print(markup, "#%02x%02x%02x", (unsigned) lround(colour.red),
				 (unsigned) lround(colour.green),
				 (unsigned) lround(colour.blue));
}

/* Write the runs of one level as a path; nothing when there are none. */
static void
write_level(Markup *markup, const double *pixels, size_t width, size_t height,
			SvgColours colours, int level)
{
	bool open = false;

	for (size_t row = 0; row < height; row++)
	{
		for (size_t column = 0; column < width;)
		{
			size_t end = column;

			while (end < width &&
				   pixel_level(colours, pixels[row * width + end]) == level)
				end++;
			if (end == column)
			{
				column++;
				continue;
			}
			if (!open)
			{
				markup_raw(markup, "<path fill=\"");
				write_colour(markup, level_colour(colours, level));
				markup_raw(markup, "\" d=\"");
				open = true;
			}
			markup_print(markup, "M%zu %zuh%zuv1h-%zuz", column, row,
						 end - column, end - column);
			column = end;
		}
	}
	if (open)
		markup_raw(markup, "\"/>");
}

void
svg_image(Markup *markup, const double *pixels, size_t width, size_t height,
		  double x, double y, double scale, SvgColours colours)
{
	int lowest = colours == SVG_GREY ? 0 : -LEVELS;

	markup_raw(markup, "<g shape-rendering=\"crispEdges\" transform=\""
					   "translate(");
	markup_number(markup, x);
	markup_raw(markup, " ");
	markup_number(markup, y);
	markup_raw(markup, ")scale(");
	markup_number(markup, scale);
	/* The whole square in the colour of 0; only other levels are drawn. */
	markup_raw(markup, ")\"><path fill=\"");
	write_colour(markup, level_colour(colours, 0));
	markup_print(markup, "\" d=\"M0 0h%zuv%zuh-%zuz\"/>", width, height,
				 width);
	for (int level = lowest; level <= LEVELS; level++)
		if (level != 0)
			write_level(markup, pixels, width, height, colours, level);
	markup_raw(markup, "</g>\n");
}

/* Draw the diverging colours' bar with what its ends mean. */
static void
write_legend(Markup *markup, double x, double y, const char *low,
			 const char *high)
{
	const double step = 4.0;
	double left = x + CHARACTER_WIDTH * utf8_length(low) + 6.0;

	svg_text(markup, x, y + 10.0, "start", "f c", low);
	for (int level = -LEVELS; level <= LEVELS; level += 2)
	{
		markup_raw(markup, "<rect");
		write_attribute(markup, "x", left + (level + LEVELS) / 2 * step);
		write_attribute(markup, "y", y);
		markup_raw(markup, " width=\"4.3\" height=\"12\" fill=\"");
		write_colour(markup, level_colour(SVG_DIVERGING, level));
		markup_raw(markup, "\"/>");
	}
	svg_text(markup, left + (LEVELS + 1) * step + 6.0, y + 10.0, "start",
			 "f c", high);
}

void
svg_tiles(Markup *markup, const char *title, const SvgTile *tiles,
		  size_t count, size_t width, size_t height, SvgColours colours,
		  const char *legend_low, const char *legend_high, SvgTheme theme,
		  bool style)
{
	size_t across = count <= 4 ? (count > 0 ? count : 1) : count <= 10 ? 5 : 8;
	double target = count == 1 ? 224.0 : count <= 10 ? 112.0 : 84.0;
	double scale = fmax(0.25, target / (double) (width > 0 ? width : 1));
	double tile_width = scale * width;
	double tile_height = scale * height;
	bool captions = false;
	size_t down = (count + across - 1) / across;
	double top = PADDING + 24.0;
	double pitch;
	double total_width;
	double total_height;

	for (size_t i = 0; i < count; i++)
		captions = captions || tiles[i].caption != NULL;
	pitch = tile_height + (captions ? 26.0 : 10.0);
	total_width = 2 * PADDING + across * (tile_width + 10.0) - 10.0;
	total_width = fmax(total_width, 2 * PADDING + 8.0 * utf8_length(title));
	if (legend_low != NULL)
		total_width = fmax(total_width,
						   2 * PADDING + 112.0 +
							   CHARACTER_WIDTH * (utf8_length(legend_low) +
												  utf8_length(legend_high)));
	total_height =
		top + down * pitch + PADDING - 8.0 + (legend_low != NULL ? 24.0 : 0.0);
	svg_open(markup, ceil(total_width), ceil(total_height), theme, style,
			 title);
	svg_text(markup, PADDING, PADDING + 11.0, "start", "i t", title);
	for (size_t i = 0; i < count; i++)
	{
		double x = PADDING + (i % across) * (tile_width + 10.0);
		double y = top + (i / across) * pitch;

		svg_image(markup, tiles[i].pixels, width, height, x, y, scale,
				  colours);
		if (tiles[i].caption != NULL)
			svg_text(markup, x + tile_width / 2, y + tile_height + 14.0,
					 "middle", "i c", tiles[i].caption);
	}
	if (legend_low != NULL)
		write_legend(markup, PADDING, top + down * pitch, legend_low,
					 legend_high);
	svg_close(markup);
}

/* A colour's relative luminance (WCAG 2). */
static double
luminance(Colour colour)
{
	double part[3] = {colour.red / 255.0, colour.green / 255.0,
					  colour.blue / 255.0};

	for (int i = 0; i < 3; i++)
		part[i] =
			part[i] <= 0.04045
				? part[i] / 12.92
				: portable_exp(2.4 * portable_log((part[i] + 0.055) / 1.055));
	return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

/* A cell of so many pixels has room for what parts thousands. */
#define GROUPED_CELL 40.0

/* Write a count as short as a cell needs it. */
static void
format_count(double count, bool grouped, char *buffer, size_t size)
{
	if (count >= 1e9)
		snprintf(buffer, size, "%.3gG", count / 1e9);
	else if (count >= 1e6)
		snprintf(buffer, size, "%.3gM", count / 1e6);
	else if (count >= 1e5)
		snprintf(buffer, size, "%.0fk", count / 1e3);
	else if (grouped && count == floor(count))
		number_grouped(count, 0, buffer, size);
	else
		snprintf(buffer, size, "%.6g", count);
}

/* Draw one cell of a confusion matrix. */
static void
write_cell(Markup *markup, double x, double y, double size, double count,
		   double share, bool right)
{
	Colour colour;
	char text[64];

	markup_raw(markup, "<rect");
	write_attribute(markup, "x", x + 1.0);
	write_attribute(markup, "y", y + 1.0);
	write_attribute(markup, "width", size - 2.0);
	write_attribute(markup, "height", size - 2.0);
	if (size >= 24.0)
		markup_raw(markup, " rx=\"3\"");
	if (count <= 0.0)
	{
		markup_raw(markup, " class=\"e\"/>\n");
		if (size >= 24.0)
			svg_text(markup, x + size / 2, y + size / 2 + 4.0, "middle", "f",
					 "0");
		return;
	}
	/* Few errors must still be seen: their shade grows with the root. */
	colour = right ? blend(right_stops, 3, share)
				   : blend(wrong_stops, 3, sqrt(share));
	markup_raw(markup, " fill=\"");
	write_colour(markup, colour);
	markup_raw(markup, "\"/>");
	if (size < 24.0)
		return;
	format_count(count, size >= GROUPED_CELL, text, sizeof(text));
	markup_raw(markup, "<text text-anchor=\"middle\"");
	write_attribute(markup, "x", x + size / 2);
	write_attribute(markup, "y", y + size / 2 + 4.0);
	markup_print(markup, " fill=\"%s\">%s</text>\n",
				 luminance(colour) > 0.179 ? "#000" : "#fff", text);
}

/* Draw the labels along both sides of a confusion matrix. */
static void
write_matrix_labels(Markup *markup, const char *const *labels, size_t classes,
					double left, double top, double size)
{
	size_t step = (size_t) ceil(14.0 / size);

	for (size_t i = 0; i < classes; i += step)
	{
		double middle = (i + 0.5) * size;
		bool slanted =
			utf8_length(labels[i]) * CHARACTER_WIDTH > size * step - 2.0;

		markup_raw(markup, "<text class=\"i\" text-anchor=\"end\"");
		write_attribute(markup, "x", left - 8.0);
		write_attribute(markup, "y", top + middle + 4.0);
		markup_raw(markup, ">");
		markup_escape_short(markup, labels[i], LABEL_LIMIT);
		markup_print(markup,
					 "</text><text class=\"i\" transform=\""
					 "translate(%.1f %.1f)%s\" text-anchor=\"%s\">",
					 left + middle + (slanted ? 4.0 : 0.0), top - 8.0,
					 slanted ? "rotate(-45)" : "",
					 slanted ? "start" : "middle");
		markup_escape_short(markup, labels[i], LABEL_LIMIT);
		markup_raw(markup, "</text>\n");
	}
}

void
svg_confusion(Markup *markup, const char *title, const char *const *labels,
			  const double *counts, size_t classes, SvgTheme theme, bool style)
{
	double size = classes <= 3	  ? 84.0
				  : classes <= 12 ? 46.0
				  : classes <= 30 ? 32.0
								  : fmax(4.0, 960.0 / (double) classes);
	size_t longest = 1;
	double label_width;
	double left;
	double top;
	double width;

	for (size_t i = 0; i < classes; i++)
		longest =
			(size_t) fmax(longest, fmin(utf8_length(labels[i]), LABEL_LIMIT));
	label_width = longest * CHARACTER_WIDTH;
	left = PADDING + 22.0 + label_width + 8.0;
	top = PADDING + 24.0 + 24.0 +
		  (label_width > size - 2.0 ? label_width * 0.71 + 12.0 : 14.0);
	width = left + classes * size + PADDING +
			(label_width > size - 2.0 ? label_width * 0.71 : 0.0);
	width = fmax(width, 2 * PADDING + 8.0 * utf8_length(title));
	svg_open(markup, ceil(width), ceil(top + classes * size + PADDING), theme,
			 style, title);
	svg_text(markup, PADDING, PADDING + 11.0, "start", "i t", title);
	svg_text(markup, left + classes * size / 2, PADDING + 36.0, "middle", "f",
			 "predicted");
	markup_print(markup,
				 "<text class=\"f\" text-anchor=\"middle\" transform=\""
				 "translate(%.1f %.1f)rotate(-90)\">actual</text>\n",
				 PADDING + 11.0, top + classes * size / 2);
	write_matrix_labels(markup, labels, classes, left, top, size);
	for (size_t row = 0; row < classes; row++)
	{
		double total = 0.0;

		for (size_t column = 0; column < classes; column++)
			total += counts[row * classes + column];
		for (size_t column = 0; column < classes; column++)
		{
			double count = counts[row * classes + column];

			write_cell(markup, left + column * size, top + row * size, size,
					   count, total > 0.0 ? count / total : 0.0,
					   row == column);
		}
	}
	svg_close(markup);
}

/* Write a weight as short as a bar needs it, with its sign. */
static void
format_signed(double value, char *buffer, size_t size)
{
	static const char units[] = "kMGT";
	int unit = -1;
	double most = fabs(value);

	/* a thousandth more is a thousand in four digits */
	while (unit < 3 && most >= (unit < 0 ? 9999.5 : 999.95))
	{
		most /= 1000.0;
		unit++;
	}
	snprintf(buffer, size, "%s%.4g%.1s",
			 value < 0.0   ? "-"
			 : value > 0.0 ? "+"
						   : "",
			 most, unit < 0 ? "" : units + unit);
}

void
svg_bars(Markup *markup, const char *title, const char *const *names,
		 const double *values, size_t count, SvgTheme theme, bool style)
{
	const double pitch = 20.0;
	const double span = 300.0;
	double top = PADDING + 28.0;
	size_t longest = 1;
	double lowest = 0.0;
	double highest = 0.0;
	double left;
	double range;
	double zero;

	for (size_t i = 0; i < count; i++)
	{
		longest = (size_t) fmax(longest,
								fmin(utf8_length(names[i]), BAR_NAME_LIMIT));
		lowest = fmin(lowest, values[i]);
		highest = fmax(highest, values[i]);
	}
	range = highest > lowest ? highest - lowest : 1.0;
	left = PADDING + longest * CHARACTER_WIDTH + 66.0;
	zero = left - lowest / range * span;
	svg_open(markup,
			 ceil(fmax(left + span + 66.0 + PADDING,
					   2 * PADDING + 8.0 * utf8_length(title))),
			 ceil(top + count * pitch + PADDING), theme, style, title);
	svg_text(markup, PADDING, PADDING + 11.0, "start", "i t", title);
	for (size_t i = 0; i < count; i++)
	{
		double y = top + i * pitch;
		double length = fabs(values[i]) / range * span;
		bool negative = values[i] < 0.0;
		char text[32];

		markup_raw(markup, "<text class=\"i\"");
		write_attribute(markup, "x", PADDING);
		write_attribute(markup, "y", y + 13.0);
		markup_raw(markup, ">");
		markup_escape_short(markup, names[i], BAR_NAME_LIMIT);
		markup_print(markup, "</text><rect class=\"d%d\"", negative ? 0 : 1);
		write_attribute(markup, "x", negative ? zero - length : zero);
		write_attribute(markup, "y", y + 2.0);
		write_attribute(markup, "width", length);
		markup_raw(markup, " height=\"14\" rx=\"1\"/>");
		format_signed(values[i], text, sizeof(text));
		svg_text(markup, negative ? zero - length - 5.0 : zero + length + 5.0,
				 y + 13.0, negative ? "end" : "start", "f c", text);
	}
	svg_line(markup, zero, top - 2.0, zero, top + count * pitch, "a");
	svg_close(markup);
}
