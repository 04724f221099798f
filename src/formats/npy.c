/*
 * npy.c
 *		Reads numpy's .npy: a header that is a Python dictionary, then numbers.
 */
#include "formats/npy.h"

#include <string.h>

static const uint8_t npy_magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* A place in the header's text. */
typedef struct Header
{
	const char *at;
	const char *end;
	const char *what; /* the array, for messages */
} Header;

/* The keys that a header must have, as bits. */
enum
{
	KEY_DESCR = 1,
	KEY_ORDER = 2,
	KEY_SHAPE = 4,
	KEYS_ALL = 7
};

bool
npy_detect(const uint8_t *bytes, size_t length)
{
	return (length >= sizeof(npy_magic) &&
			memcmp(bytes, npy_magic, sizeof(npy_magic)) == 0) ||
		   (length >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 ||
							memcmp(bytes, "PK\5\6", 4) == 0));
}

static Status
fail_header(const Header *header, Failure *failure)
{
	return fail(failure, LL_MALFORMED, "%s has a broken header", header->what);
}

static void
skip_blanks(Header *header)
{
	while (header->at < header->end &&
		   (*header->at == ' ' || *header->at == '\n' || *header->at == '\t'))
		header->at++;
}

/* Passes blanks and then a character, if it is the next. */
static bool
take(Header *header, char c)
{
	skip_blanks(header);
	if (header->at == header->end || *header->at != c)
		return false;
	header->at++;
	return true;
}

/* Passes a word, if it is the next. */
static bool
take_word(Header *header, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(header);
	if ((size_t) (header->end - header->at) < length ||
		memcmp(header->at, word, length) != 0)
		return false;
	header->at += length;
	return true;
}

/* Reads a text in quotes, without escapes. */
static bool
take_text(Header *header, const char **text, size_t *length)
{
	char quote = take(header, '\'') ? '\'' : '"';
	const char *end;

	if (quote == '"' && !take(header, '"'))
		return false;
	end = memchr(header->at, quote, (size_t) (header->end - header->at));
	if (end == NULL)
		return false;
	*text = header->at;
	*length = (size_t) (end - header->at);
	header->at = end + 1;
	return true;
}

/* Reads the type, such as '<f4'. */
static Status
read_descr(Header *header, NumberArray *array, Failure *failure)
{
	const char *text = NULL;
	size_t length = 0;

	if (take_text(header, &text, &length) && length >= 2)
	{
		array->big_endian = *text == '>';
		if (*text == '<' || *text == '>' || *text == '|' || *text == '=')
			text++, length--;
		if (length >= 1 && *text == 'O')
		{
			fail(failure, LL_UNSUPPORTED, "%s holds Python objects",
				 header->what);
			fail_detail(failure, "numpy stores those as a pickle, which is a "
								 "program; only arrays of numbers are read.");
			return LL_UNSUPPORTED;
		}
		for (int type = 0; type < NUMBER_TYPES; type++)
			if (strlen(number_type_code(type)) == length &&
				memcmp(number_type_code(type), text, length) == 0)
			{
				array->type = type;
				return LL_OK;
			}
	}
	fail(failure, LL_UNSUPPORTED, "%s is not of a type that is read",
		 header->what);
	fail_detail(failure, "Types are bool, int8 to int64, uint8 to uint64, "
						 "float32 and float64.");
	return LL_UNSUPPORTED;
}

/* Reads the shape, such as (60000, 28, 28), (3,) or (). */
static Status
read_shape(Header *header, NumberArray *array, Failure *failure)
{
	array->dimensions = 0;
	if (!take(header, '('))
		return fail_header(header, failure);
	while (!take(header, ')'))
	{
		size_t size = 0;
		const char *digits;

		if (array->dimensions == NUMBERS_MAX_DIMENSIONS)
			return fail(failure, LL_UNSUPPORTED,
						"%s has more than %d dimensions", header->what,
						NUMBERS_MAX_DIMENSIONS);
		for (digits = header->at; header->at < header->end &&
								  *header->at >= '0' && *header->at <= '9';
			 header->at++)
			if (__builtin_mul_overflow(size, (size_t) 10, &size) ||
				__builtin_add_overflow(size, (size_t) (*header->at - '0'),
									   &size))
				return fail_header(header, failure);
		if (header->at == digits)
			return fail_header(header, failure);
		array->shape[array->dimensions++] = size;
		(void) take(header, 'L'); /* a long of Python 2 */
		if (!take(header, ',') &&
			(header->at == header->end || *header->at != ')'))
			return fail_header(header, failure);
		skip_blanks(header);
	}
	return LL_OK;
}

/* Reads the value of a key. */
static Status
read_entry(Header *header, NumberArray *array, int *seen, Failure *failure)
{
	const char *key;
	size_t length;

	if (!take_text(header, &key, &length) || !take(header, ':'))
		return fail_header(header, failure);
	if (length == 5 && memcmp(key, "descr", 5) == 0)
	{
		*seen |= KEY_DESCR;
		return read_descr(header, array, failure);
	}
	if (length == 5 && memcmp(key, "shape", 5) == 0)
	{
		*seen |= KEY_SHAPE;
		return read_shape(header, array, failure);
	}
	if (length != 13 || memcmp(key, "fortran_order", 13) != 0)
		return fail_header(header, failure);
	*seen |= KEY_ORDER;
	array->column_major = take_word(header, "True");
	if (!array->column_major && !take_word(header, "False"))
		return fail_header(header, failure);
	return LL_OK;
}

/* Reads the dictionary. */
static Status
read_header(Header *header, NumberArray *array, Failure *failure)
{
	int seen = 0;

	if (!take(header, '{'))
		return fail_header(header, failure);
	while (!take(header, '}'))
	{
		Status status = read_entry(header, array, &seen, failure);

		if (status != LL_OK)
			return status;
		if (!take(header, ',') &&
			(header->at == header->end || *header->at != '}'))
			return fail_header(header, failure);
	}
	return seen == KEYS_ALL ? LL_OK : fail_header(header, failure);
}

Status
npy_parse(const uint8_t *bytes, size_t length, const char *what,
		  NumberArray *array, Failure *failure)
{
	Header header = {.what = what};
	size_t begin = length > 6 && bytes[6] == 1 ? 10 : 12;
	size_t size;
	Status status;

	memset(array, 0, sizeof(*array));
	if (length < sizeof(npy_magic) ||
		memcmp(bytes, npy_magic, sizeof(npy_magic)) != 0)
		return fail(failure, LL_MALFORMED, "%s is not a numpy file", what);
	if (length < begin || bytes[6] < 1 || bytes[6] > 3)
		return fail_header(&header, failure);
	size = bytes[8] | (size_t) bytes[9] << 8;
	if (begin == 12)
		size |= (size_t) bytes[10] << 16 | (size_t) bytes[11] << 24;
	if (size > length - begin)
		return fail_header(&header, failure);
	header.at = (const char *) bytes + begin;
	header.end = header.at + size;
	status = read_header(&header, array, failure);
	if (status != LL_OK)
		return status;
	array->data = bytes + begin + size;
	return numbers_check(array, length - begin - size, what, failure);
}
