/*
 * csv.c
 *		CSV as SageMaker reads it.
 */
#include "formats/csv.h"

#include <math.h>
#include <string.h>

#include "formats/csv_field.h"
#include "formats/decimal.h"

void
csv_init(CsvReader *reader, const Runtime *runtime, const void *bytes,
		 size_t size, bool has_label, bool single)
{
	memset(reader, 0, sizeof(*reader));
	text_cursor_init(&reader->cursor, bytes, size);
	reader->has_label = has_label;
	reader->single = single;
	sample_init(&reader->sample, runtime);
}

/* Finds the end of the field that starts at the cursor, for a message. */
static const char *
field_end(const TextCursor *cursor, const char *p)
{
	while (p < cursor->end && *p != ',' && *p != '\n' && *p != '\r')
		p++;
	return p;
}

/* Hints at a separator other than a comma in a field; false without one. */
static bool
hint_separator(const char *field, size_t size, Failure *failure)
{
	static const char separators[] = ";\t|";

	for (const char *c = separators; *c != '\0'; c++)
		if (memchr(field, *c, size) != NULL)
		{
			fail_hint(failure, "Fields are separated by commas, not by %s.",
					  *c == ';'	   ? "semicolons"
					  : *c == '\t' ? "tabs"
								   : "bars");
			return true;
		}
	return false;
}

/* Says what may have been meant by a field that is no number. */
static void
hint_number(const CsvReader *reader, const char *field, const char *end,
			Failure *failure)
{
	const TextCursor *cursor = &reader->cursor;

	if (hint_separator(field, (size_t) (end - field), failure))
		return;
	if (cursor->end - end > 1 && *end == '\r' && end[1] != '\n')
		fail_hint(failure, "Lines end in LF or CR LF, not in CR alone.");
	else if (cursor->line == 1)
		fail_hint(failure, "A CSV file here has no header line%s.",
				  reader->has_label ? ", and the label is the first field"
									: " and no label");
}

/* Reports what stands where a number should. */
static Status
fail_number(CsvReader *reader, const char *place, DecimalStatus status,
			Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	size_t field = reader->sample.count + (reader->has_label ? 2 : 1);
	const char *end = field_end(cursor, place);
	char excerpt[EXCERPT_SIZE];

	text_excerpt(place, end, excerpt);
	if (status == DECIMAL_RANGE)
		fail(failure, LL_MALFORMED,
			 "number \"%s\" in CSV line %llu, field %zu is out of range for "
			 "type %s",
			 excerpt, (unsigned long long) cursor->line, field,
			 reader->single ? "real" : "double precision");
	else
		fail(failure, LL_MALFORMED,
			 place == end
				 ? "no number%s in CSV line %llu, field %zu"
				 : "invalid number \"%s\" in CSV line %llu, field %zu",
			 excerpt, (unsigned long long) cursor->line, field);
	text_cursor_locate(cursor, place, failure);
	if (status != DECIMAL_RANGE)
		hint_number(reader, place, end, failure);
	return LL_MALFORMED;
}

/* Reports a whole number that would lose digits. */
static Status
fail_cut(CsvReader *reader, const char *place, const char *end,
		 Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	char excerpt[EXCERPT_SIZE];

	text_excerpt(place, end, excerpt);
	fail(failure, LL_INVALID,
		 "integer \"%s\" in CSV line %llu, field %zu has no exact value of "
		 "type real",
		 excerpt, (unsigned long long) cursor->line,
		 reader->sample.count + (reader->has_label ? 2 : 1));
	text_cursor_locate(cursor, place, failure);
	fail_hint(failure, "Read the file as double precision, or write the "
					   "number with a decimal point to round it.");
	return LL_INVALID;
}

/* Copies quoted text without its doubled quotes. */
static Status
unquote(CsvReader *reader, const char *begin, const char *end,
		Failure *failure)
{
	const Runtime *runtime = &reader->sample.runtime;
	size_t size = (size_t) (end - begin);

	if (reader->unquoted_size < size)
	{
		runtime_release(runtime, reader->unquoted);
		reader->unquoted_size = 0;
		reader->unquoted = runtime_allocate(runtime, size * 2);
		if (reader->unquoted == NULL)
			return fail_no_memory(failure);
		reader->unquoted_size = size * 2;
	}
	reader->label = reader->unquoted;
	reader->label_length = csv_unquote(begin, end, reader->unquoted);
	return LL_OK;
}

/* Reads the first field as a label. */
static Status
read_label(CsvReader *reader, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	const char *begin = cursor->at;
	const char *end;
	bool doubled;
	Status status;

	if (begin < cursor->end && *begin == '"')
	{
		status = csv_pass_quoted(cursor, 1, &begin, &end, &doubled,
								 &reader->sample.runtime, failure);
		if (status != LL_OK)
			return status;
		reader->label = begin;
		reader->label_length = (size_t) (end - begin);
		return doubled ? unquote(reader, begin, end, failure) : LL_OK;
	}
	while (!csv_at_field_end(cursor))
		cursor->at++;
	reader->label = cursor->at > begin ? begin : NULL;
	reader->label_length = (size_t) (cursor->at - begin);
	return LL_OK;
}

/* Reads one field as a number. */
static inline Status
read_number(CsvReader *reader, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	const char *place;
	const char *digits;
	bool quoted;
	double value;
	DecimalStatus status;

	text_cursor_skip_blanks(cursor);
	place = cursor->at;
	quoted = place < cursor->end && *place == '"';
	if (quoted)
	{
		cursor->at++;
		text_cursor_skip_blanks(cursor);
	}
	digits = cursor->at;
	status =
		decimal_read(digits, cursor->end, reader->single, &value, &cursor->at);
	if (status != DECIMAL_OK)
		return fail_number(reader, place, status, failure);
	if (reader->whole && reader->single && fabs(value) >= FLOAT_WHOLE &&
		decimal_is_cut(digits, cursor->at, FLOAT_BITS))
		return fail_cut(reader, digits, cursor->at, failure);
	text_cursor_skip_blanks(cursor);
	if (quoted)
	{
		if (text_cursor_done(cursor) || *cursor->at != '"')
			return fail_number(reader, place, DECIMAL_NONE, failure);
		cursor->at++;
		text_cursor_skip_blanks(cursor);
	}
	if (!csv_at_field_end(cursor))
		return fail_number(reader, place, DECIMAL_NONE, failure);
	return sample_add_value(&reader->sample, value, failure);
}

/* Reports a row that is a label alone, with what may have been meant. */
static Status
fail_no_numbers(CsvReader *reader, uint64_t line, Failure *failure)
{
	fail(failure, LL_MALFORMED,
		 "CSV line %llu has a label, but no numbers after it",
		 (unsigned long long) line);
	if (reader->label != NULL)
		hint_separator(reader->label, reader->label_length, failure);
	return LL_MALFORMED;
}

/* Checks that a row is as wide as the first. */
static Status
check_width(CsvReader *reader, uint64_t line, Failure *failure)
{
	size_t width = reader->sample.count + (reader->has_label ? 1 : 0);

	if (reader->sample.count == 0)
		return fail_no_numbers(reader, line, failure);
	if (reader->width == 0)
	{
		reader->width = width;
		reader->first_line = line;
	}
	if (width == reader->width)
		return sample_set_dense(&reader->sample, failure);
	return fail(failure, LL_MALFORMED,
				"CSV line %llu has %zu fields, but line %llu has %zu",
				(unsigned long long) line, width,
				(unsigned long long) reader->first_line, reader->width);
}

Status
csv_next(CsvReader *reader, bool *found, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	Status status = LL_OK;
	uint64_t line;
	bool more = true;

	*found = false;
	sample_clear(&reader->sample);
	reader->label = NULL;
	text_cursor_skip_empty_lines(cursor);
	if (text_cursor_done(cursor))
		return LL_OK;
	line = cursor->line;
	if (reader->has_label)
	{
		status = read_label(reader, failure);
		if (status != LL_OK)
			return status;
		more = !text_cursor_done(cursor) && *cursor->at == ',';
		cursor->at += more ? 1 : 0;
	}
	while (more)
	{
		status = read_number(reader, failure);
		if (status != LL_OK)
			return status;
		more = !text_cursor_done(cursor) && *cursor->at == ',';
		cursor->at += more ? 1 : 0;
	}
	text_cursor_end_line(cursor);
	status = check_width(reader, line, failure);
	*found = status == LL_OK;
	return status;
}

void
csv_feed(CsvReader *reader, const void *bytes, size_t size)
{
	TextCursor *cursor = &reader->cursor;

	cursor->at = cursor->line_begin = bytes;
	cursor->end = cursor->at + size;
}

bool
csv_is_whole(const void *bytes, size_t size)
{
	TextCursor cursor;
	const char *begin;
	const char *end;
	bool doubled;
	Failure failure;

	if (size == 0)
		return false;
	text_cursor_init(&cursor, bytes, size);
	text_cursor_skip_empty_lines(&cursor);
	/* a label in quotes may hold line ends; no other field may */
	if (!text_cursor_done(&cursor) && *cursor.at == '"' &&
		csv_scan_quoted(&cursor, &begin, &end, &doubled, NULL, &failure) !=
			LL_OK)
		return false;
	return memchr(cursor.at, '\n', (size_t) (cursor.end - cursor.at)) != NULL;
}
