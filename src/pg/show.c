/*
 * show.c
 *		linlearn_show_digit: a picture as text.
 */
#include "linlearn.h"

#include "lib/stringinfo.h"
#include "pg/text_encoding.h"

/* Pixels from here on are shown as ink. */
#define INK 128

/* The largest side of a picture that is shown. */
#define MAX_SIDE 1024

/* Find the side of a square picture, or raise an error. */
static int
picture_side(int pixels)
{
	int side = 0;

	while (side < MAX_SIDE && (side + 1) * (side + 1) <= pixels)
		side++;
	if (side == 0 || side * side != pixels)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("picture has %d pixels, which is not a square", pixels),
			 errdetail("A picture has n times n bytes, one a pixel, with "
					   "n from 1 to %d.",
					   MAX_SIDE)));
	return side;
}

/* Append one line of half blocks: two rows of pixels, or a last single one. */
static void
append_line(StringInfo text, const uint8 *upper, const uint8 *lower, int side)
{
	static const char *const blocks[] = {" ", "\xe2\x96\x80", "\xe2\x96\x84",
										 "\xe2\x96\x88"};

	for (int x = 0; x < side; x++)
	{
		int ink = upper[x] >= INK ? 1 : 0;

		if (lower != NULL && lower[x] >= INK)
			ink |= 2;
		appendStringInfoString(text, blocks[ink]);
	}
}

PG_FUNCTION_INFO_V1(linlearn_show_digit);

/* Draw a square picture with Unicode half blocks, or ASCII marks. */
Datum
linlearn_show_digit(PG_FUNCTION_ARGS)
{
	bytea *pixels = PG_GETARG_BYTEA_PP(0);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(pixels);
	int side = picture_side(VARSIZE_ANY_EXHDR(pixels));
	StringInfoData text;

	initStringInfo(&text);
	for (int y = 0; y < side; y += 2)
	{
		const uint8 *upper = bytes + y * side;

		if (y > 0)
			appendStringInfoChar(&text, '\n');
		append_line(&text, upper, y + 1 < side ? upper + side : NULL, side);
	}
	PG_RETURN_TEXT_P(drawn_text(text.data, text.len, DRAWN_INK));
}
