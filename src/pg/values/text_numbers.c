/*
 * text_numbers.c
 *		Numbers in the texts of types that JSON does not have.
 */
#include "pg/values/text_numbers.h"

#include <limits.h>

#include "core/rows/rows.h"
#include "formats/decimal.h"
#include "miscadmin.h"
#include "pg/values/record_cells.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A place, or a width, has at most so many digits. */
#define PLACE_DIGITS 9

/* What is left of a text. */
typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

static void
skip_blanks(Cursor *cursor)
{
	while (cursor->at < cursor->end && *cursor->at == ' ')
		cursor->at++;
}

/* Passes over a character, and blanks around it; false: it is not there. */
static bool
take(Cursor *cursor, char wanted)
{
	skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at != wanted)
		return false;
	cursor->at++;
	skip_blanks(cursor);
	return true;
}

static bool
take_number(Cursor *cursor, double *number)
{
	const char *rest;

	if (decimal_read(cursor->at, cursor->end, true, number, &rest) !=
		DECIMAL_OK)
		return false;
	cursor->at = rest;
	return true;
}

static bool
take_place(Cursor *cursor, uint32 *place)
{
	const char *begin = cursor->at;

	*place = 0;
	while (cursor->at < cursor->end && *cursor->at >= '0' &&
		   *cursor->at <= '9' && cursor->at - begin < PLACE_DIGITS)
		*place = *place * 10 + (uint32) (*cursor->at++ - '0');
	return cursor->at > begin;
}

static uint32
count_of(const char *text, int size, char wanted)
{
	uint32 count = 0;

	for (int i = 0; i < size; i++)
		count += text[i] == wanted;
	return count;
}

/* ---- Blocks ---- */

static bool
is_bytes(const char *text, int size)
{
	return size >= 2 && text[0] == '\\' && text[1] == 'x';
}

bool
block_text_count(const char *text, int size, uint32 *count)
{
	Cursor cursor = {text, text + size};

	if (is_bytes(text, size))
	{
		*count = (uint32) (size - 2) / 2;
		return size % 2 == 0;
	}
	*count = 0;
	if (!take(&cursor, '['))
		return false;
	if (cursor.at < cursor.end && *cursor.at != ']')
		*count = count_of(text, size, ',') + 1;
	return true;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int
digit_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char) pg_ascii_tolower((unsigned char) digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool
read_bytes(const char *text, int size, double *numbers)
{
	for (int i = 2; i + 1 < size; i += 2)
	{
		int high = digit_of(text[i]);
		int low = digit_of(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		*numbers++ = (high * 16 + low) * BYTE_UNIT;
	}
	return true;
}

bool
block_text_read(const char *text, int size, double *numbers)
{
	Cursor cursor = {text, text + size};
	uint32 count;

	if (is_bytes(text, size))
		return read_bytes(text, size, numbers);
	(void) block_text_count(text, size, &count);
	(void) take(&cursor, '[');
	for (uint32 i = 0; i < count; i++)
		if ((i > 0 && !take(&cursor, ',')) ||
			!take_number(&cursor, &numbers[i]))
			return false;
	return take(&cursor, ']') && cursor.at == cursor.end;
}

/* ---- Sparse rows ---- */

bool
sparse_text_count(const char *text, int size, uint32 *count, uint32 *width)
{
	Cursor cursor = {text, text + size};

	/* Its width is behind the last slash. */
	while (cursor.end > text && cursor.end[-1] == ' ')
		cursor.end--;
	for (cursor.at = cursor.end; cursor.at > text && cursor.at[-1] != '/';)
		cursor.at--;
	*count = count_of(text, size, ':');
	skip_blanks(&cursor);
	return cursor.at > text && take_place(&cursor, width) &&
		   cursor.at == cursor.end;
}

bool
sparse_text_read(const char *text, int size, uint32 first, uint32_t *places,
				 double *numbers, uint32 *count)
{
	Cursor cursor = {text, text + size};
	uint32 most, width, key, next = first;

	*count = 0;
	if (!sparse_text_count(text, size, &most, &width) || !take(&cursor, '{'))
		return false;
	for (uint32 i = 0; i < most; i++)
	{
		if ((i > 0 && !take(&cursor, ',')) || !take_place(&cursor, &key) ||
			key < next || key - first >= width || !take(&cursor, ':') ||
			!take_number(&cursor, &numbers[*count]))
			return false;
		places[*count] = key - first;
		*count += numbers[*count] != 0.0;
		next = key + 1;
	}
	if (!take(&cursor, '}') || !take(&cursor, '/') ||
		!take_place(&cursor, &width))
		return false;
	skip_blanks(&cursor);
	return cursor.at == cursor.end;
}

/* ---- Intervals ---- */

/* Seconds of an interval's text as a style reads it. */
static double
seconds_in_style(char *text, int style)
{
	int session = IntervalStyle;
	double seconds = 0.0;

	IntervalStyle = style;
	PG_TRY();
	{
		seconds = cell_read_other_number(
			CELL_INTERVAL,
			DirectFunctionCall3(interval_in, CStringGetDatum(text),
								ObjectIdGetDatum(InvalidOid),
								Int32GetDatum(-1)));
	}
	PG_FINALLY();
	{
		IntervalStyle = session;
	}
	PG_END_TRY();
	return seconds;
}

bool
interval_text_seconds(const char *text, int size, double *seconds)
{
	char *copy = pnstrdup(text, size);

	*seconds = seconds_in_style(copy, INTSTYLE_POSTGRES);
	return *seconds == seconds_in_style(copy, INTSTYLE_SQL_STANDARD);
}
