/*
 * libsvm.c
 *		The sparse text of LIBSVM and SVM-light.
 */
#include "formats/libsvm.h"

#include <math.h>
#include <string.h>

#include "formats/decimal.h"

void
libsvm_init(LibsvmReader *reader, const Runtime *runtime, const void *bytes,
			size_t size, uint32_t first_index, uint32_t dimension, bool single)
{
	memset(reader, 0, sizeof(*reader));
	text_cursor_init(&reader->cursor, bytes, size);
	reader->first_index = first_index;
	reader->dimension = dimension;
	reader->single = single;
	sample_init(&reader->sample, runtime);
}

/* Whether a place is at the end of a token. */
static bool
at_token_end(const TextCursor *cursor, const char *p)
{
	return p == cursor->end || *p == ' ' || *p == '\t' || *p == '\n' ||
		   *p == '\r' || *p == '#';
}

/* Reports the token at a place; what says what it should be. */
static Status
fail_token(const TextCursor *cursor, const char *place, const char *what,
		   Failure *failure)
{
	const char *end = place;
	char excerpt[EXCERPT_SIZE];

	while (!at_token_end(cursor, end))
		end++;
	text_excerpt(place, end, excerpt);
	fail(failure, LL_MALFORMED, "invalid %s \"%s\" in libsvm line %llu", what,
		 excerpt, (unsigned long long) cursor->line);
	text_cursor_locate(cursor, place, failure);
	return LL_MALFORMED;
}

/* Passes a comment, up to its line end. */
static void
skip_comment(TextCursor *cursor)
{
	const char *newline;

	if (text_cursor_done(cursor) || *cursor->at != '#')
		return;
	newline = memchr(cursor->at, '\n', (size_t) (cursor->end - cursor->at));
	cursor->at = newline != NULL ? newline : cursor->end;
}

/* Passes lines without a row. */
static void
skip_to_row(TextCursor *cursor)
{
	for (;;)
	{
		text_cursor_skip_empty_lines(cursor);
		text_cursor_skip_blanks(cursor);
		if (text_cursor_done(cursor) || *cursor->at != '#')
			return;
		skip_comment(cursor);
	}
}

/* Reads the index of index:value and passes the colon. */
static Status
read_index(LibsvmReader *reader, uint32_t *key, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	Sample *sample = &reader->sample;
	const char *p = cursor->at;
	uint64_t index = 0;
	uint64_t columns =
		reader->dimension > 0 ? reader->dimension : SAMPLE_MAX_DIMENSION;

	while (p < cursor->end && *p >= '0' && *p <= '9' && index < UINT32_MAX)
		index = index * 10 + (uint64_t) (*p++ - '0');
	if (p == cursor->at || p == cursor->end || *p != ':')
		return fail_token(cursor, cursor->at, "index:value pair", failure);
	if (index < reader->first_index || index - reader->first_index >= columns)
	{
		fail(failure, LL_MALFORMED,
			 "index %llu in libsvm line %llu is outside %u to %llu",
			 (unsigned long long) index, (unsigned long long) cursor->line,
			 (unsigned) reader->first_index,
			 (unsigned long long) (columns - 1 + reader->first_index));
		text_cursor_locate(cursor, cursor->at, failure);
		if (index < reader->first_index)
			fail_hint(failure, "In a file whose indexes count from 0, read "
							   "them as zero_based.");
		return LL_MALFORMED;
	}
	*key = (uint32_t) (index - reader->first_index);
	if (sample->key_count > 0 && *key <= sample->keys[sample->key_count - 1])
	{
		fail(failure, LL_MALFORMED,
			 "index %llu in libsvm line %llu is not above the one before it",
			 (unsigned long long) index, (unsigned long long) cursor->line);
		text_cursor_locate(cursor, cursor->at, failure);
		return LL_MALFORMED;
	}
	cursor->at = p + 1;
	return LL_OK;
}

/* Reads a number that must end its token. */
static Status
read_value(TextCursor *cursor, bool single, const char *what, double *value,
		   Failure *failure)
{
	const char *rest;

	if (decimal_read(cursor->at, cursor->end, single, value, &rest) !=
			DECIMAL_OK ||
		!at_token_end(cursor, rest))
		return fail_token(cursor, cursor->at, what, failure);
	cursor->at = rest;
	return LL_OK;
}

/* Reads the value of a pair. */
static Status
read_pair_value(LibsvmReader *reader, double *value, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	const char *digits = cursor->at;
	char excerpt[EXCERPT_SIZE];
	Status status =
		read_value(cursor, reader->single, "value", value, failure);

	if (status != LL_OK || !reader->whole || !reader->single ||
		fabs(*value) < FLOAT_WHOLE ||
		!decimal_is_cut(digits, cursor->at, FLOAT_BITS))
		return status;
	text_excerpt(digits, cursor->at, excerpt);
	fail(failure, LL_INVALID,
		 "integer \"%s\" in libsvm line %llu has no exact value of type real",
		 excerpt, (unsigned long long) cursor->line);
	text_cursor_locate(cursor, digits, failure);
	fail_hint(failure, "Subtract what all values have in common, or write the "
					   "number with a decimal point to round it.");
	return LL_INVALID;
}

/* Reads index:value, or passes qid:number. */
static Status
read_pair(LibsvmReader *reader, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	uint32_t key = 0;
	double value;
	Status status;

	if (cursor->end - cursor->at >= 4 && memcmp(cursor->at, "qid:", 4) == 0)
	{
		cursor->at += 4;
		return read_value(cursor, false, "qid", &value, failure);
	}
	status = read_index(reader, &key, failure);
	if (status == LL_OK)
		status = read_pair_value(reader, &value, failure);
	if (status == LL_OK)
		status = sample_add_key(&reader->sample, key, failure);
	if (status == LL_OK)
		status = sample_add_value(&reader->sample, value, failure);
	return status;
}

Status
libsvm_next(LibsvmReader *reader, bool *found, Failure *failure)
{
	TextCursor *cursor = &reader->cursor;
	Status status;

	*found = false;
	sample_clear(&reader->sample);
	skip_to_row(cursor);
	if (text_cursor_done(cursor))
		return LL_OK;
	status = read_value(cursor, false, "label", &reader->label, failure);
	while (status == LL_OK)
	{
		text_cursor_skip_blanks(cursor);
		skip_comment(cursor);
		if (text_cursor_end_line(cursor))
			break;
		status = read_pair(reader, failure);
	}
	if (status != LL_OK)
		return status;
	*found = true;
	return sample_set_sparse(&reader->sample,
							 reader->dimension > 0 ? reader->dimension
												   : SAMPLE_ANY_DIMENSION,
							 "a libsvm line", failure);
}
