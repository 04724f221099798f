/*
 * show.c
 *		linlearn_show_digit: a picture as text, below a caption.
 */
#include "pg/base/version.h"

#include "lib/stringinfo.h"
#include "pg/base/text_encoding.h"
#include "pg/look/pictures.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"

/* Bytes from here on are shown as ink. */
#define INK 128

/* The largest side of a picture that is shown. */
#define LARGEST_SHOWN 1024

/* Append one line of half blocks: two rows of pixels, or a last single one. */
static void
append_line(StringInfo text, const double *upper, const double *lower,
			int side, double from)
{
	static const char *const blocks[] = {" ", "\xe2\x96\x80", "\xe2\x96\x84",
										 "\xe2\x96\x88"};

	for (int x = 0; x < side; x++)
	{
		int ink = upper[x] >= from ? 1 : 0;

		if (lower != NULL && lower[x] >= from)
			ink |= 2;
		appendStringInfoString(text, blocks[ink]);
	}
}

/*
 * The number from which on pixels are ink.  Where the brightest one says that
 * they are k/256, k/255 or k of a byte, it is that byte's, so that a digit looks
 * the same however it is kept; else it is halfway between the least and the
 * greatest.
 */
static double
first_ink(const double *pixels, int count)
{
	double least = pixels[0];
	double greatest = pixels[0];

	for (int i = 1; i < count; i++)
	{
		least = Min(least, pixels[i]);
		greatest = Max(greatest, pixels[i]);
	}
	if (least >= 0 && greatest >= 0.5 && greatest <= 1)
		return 0.5;
	if (least >= 0 && greatest >= INK && greatest <= 255)
		return INK;
	/* a picture of one shade has no ink */
	return greatest > least ? least / 2 + greatest / 2 : get_float8_infinity();
}

/* Draw a picture, ink from a number on, with half blocks or ASCII marks. */
static text *
draw(const double *pixels, int side, double ink)
{
	StringInfoData drawn;

	initStringInfo(&drawn);
	for (int y = 0; y < side; y += 2)
	{
		const double *upper = pixels + y * side;

		if (y > 0)
			appendStringInfoChar(&drawn, '\n');
		append_line(&drawn, upper, y + 1 < side ? upper + side : NULL, side,
					ink);
	}
	return drawn_text(drawn.data, drawn.len, DRAWN_INK);
}

/* Draw a picture of one byte a pixel. */
static text *
draw_bytes(const bytea *bytes)
{
	int count = VARSIZE_ANY_EXHDR(bytes);
	int side = image_side(count, LARGEST_SHOWN);
	double *pixels = palloc(count * sizeof(double));

	for (int i = 0; i < count; i++)
		pixels[i] = ((const uint8 *) VARDATA_ANY(bytes))[i];
	return draw(pixels, side, INK);
}

/* A picture below its caption, an argument that may be NULL or missing. */
static text *
below_caption(FunctionCallInfo fcinfo, int argument, text *picture)
{
	StringInfoData both;
	text *caption;

	if (PG_ARGISNULL(argument))
		return picture;
	caption = PG_GETARG_TEXT_PP(argument);
	initStringInfo(&both);
	appendBinaryStringInfo(&both, VARDATA_ANY(caption),
						   VARSIZE_ANY_EXHDR(caption));
	appendStringInfoChar(&both, '\n');
	appendBinaryStringInfo(&both, VARDATA_ANY(picture),
						   VARSIZE_ANY_EXHDR(picture));
	return cstring_to_text_with_len(both.data, both.len);
}

PG_FUNCTION_INFO_V1(linlearn_show_digit);

/* linlearn_show_digit(pixels bytea) */
Datum
linlearn_show_digit(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(draw_bytes(PG_GETARG_BYTEA_PP(0)));
}

PG_FUNCTION_INFO_V1(linlearn_show_picture);

/* linlearn_show_digit(pixels anyelement, caption text) */
Datum
linlearn_show_picture(PG_FUNCTION_ARGS)
{
	FeatureType kind;
	int side;
	double *pixels;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	pixels = pixels_argument(fcinfo, 0, LARGEST_SHOWN, &kind, &side);
	PG_RETURN_TEXT_P(below_caption(
		fcinfo, 1,
		draw(pixels, side,
			 kind == FEATURES_BYTEA ? INK : first_ink(pixels, side * side))));
}

PG_FUNCTION_INFO_V1(linlearn_show_literal);

/* linlearn_show_digit(pixels text, caption text): a bytea as it is written. */
Datum
linlearn_show_literal(PG_FUNCTION_ARGS)
{
	Datum bytes;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	bytes = DirectFunctionCall1(
		byteain, CStringGetDatum(text_to_cstring(PG_GETARG_TEXT_PP(0))));
	PG_RETURN_TEXT_P(
		below_caption(fcinfo, 1, draw_bytes(DatumGetByteaPP(bytes))));
}
