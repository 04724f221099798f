/*
 * svg.h
 *		Pictures as SVG: the frame and its colours, images, matrices, bars.
 *
 * Colours are safe for the colour-blind: the series are Okabe and Ito's
 * (https://jfly.uni-koeln.de/color/), weights run from blue over near white to
 * red-brown (RdBu, https://colorbrewer2.org).  Every text is escaped.  Styles
 * are plain CSS classes, which every renderer understands.
 */
#ifndef LINLEARN_FORMATS_SVG_H
#define LINLEARN_FORMATS_SVG_H

#include "formats/markup.h"

typedef enum SvgTheme
{
	SVG_AUTO, /* as the reader's system prefers */
	SVG_LIGHT,
	SVG_DARK
} SvgTheme;

#define SVG_SERIES 6 /* colours of series */

/* How pixels become colours. */
typedef enum SvgColours
{
	SVG_GREY,	  /* 0 (paper) to 1 (ink) */
	SVG_DIVERGING /* -1 (blue) to 1 (red) */
} SvgColours;

/* An image in a grid of images. */
typedef struct SvgTile
{
	const double *pixels; /* [height][width], in the colours' range */
	const char *caption;  /* below it; NULL: none */
} SvgTile;

/* Finds "auto", "light" or "dark"; LL_INVALID. */
extern Status svg_theme_find(const char *name, SvgTheme *theme,
							 Failure *failure);

/* Writes the rules of a theme's classes, for a <style> element. */
extern void svg_style(Markup *markup, SvgTheme theme);

/*
 * Opens a picture of width x height pixels.  With style false the page around
 * it holds the rules.
 */
extern void svg_open(Markup *markup, double width, double height,
					 SvgTheme theme, bool style, const char *title);
extern void svg_close(Markup *markup);

/* A text at (x, y), its class a style's class and anchor start|middle|end. */
extern void svg_text(Markup *markup, double x, double y, const char *anchor,
					 const char *class_name, const char *text);
extern void svg_line(Markup *markup, double x1, double y1, double x2,
					 double y2, const char *class_name);

/*
 * Draws one image with its upper left corner at (x, y), each pixel a square of
 * size scale: one path a colour, in runs, about 10 bytes a pixel.
 */
extern void svg_image(Markup *markup, const double *pixels, size_t width,
					  size_t height, double x, double y, double scale,
					  SvgColours colours);

/* A whole picture: count images of width x height in a grid. */
extern void svg_tiles(Markup *markup, const char *title, const SvgTile *tiles,
					  size_t count, size_t width, size_t height,
					  SvgColours colours, const char *legend_low,
					  const char *legend_high, SvgTheme theme, bool style);

/* Most classes that such a picture has. */
#define CONFUSION_CLASSES 200

/*
 * A whole picture: counts[actual * classes + predicted] as a heat map, each
 * row shaded by its shares; right answers in blue, wrong ones in orange.
 */
extern void svg_confusion(Markup *markup, const char *title,
						  const char *const *labels, const double *counts,
						  size_t classes, SvgTheme theme, bool style);

/* A whole picture: horizontal bars of signed values from a common zero. */
extern void svg_bars(Markup *markup, const char *title,
					 const char *const *names, const double *values,
					 size_t count, SvgTheme theme, bool style);

#endif
