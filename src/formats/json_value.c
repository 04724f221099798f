/*
 * json_value.c
 *		Values inside a JSON text.
 */
#include "formats/json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"
#include "formats/decimal.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * What skips bytes ends with them, or with NULL, when the host interrupts: values
 * seem broken then, and who asked looks at the runtime.
 */
typedef struct Skip
{
	const Runtime *runtime; /* NULL: nobody interrupts */
	const char *look;		/* where to look at it next */
} Skip;

static inline Skip
skip_from(const char *at, const Runtime *runtime)
{
	return (Skip){runtime, at + RUNTIME_STEPS};
}

/* Whether to end at a place. */
static inline bool
skip_stops(Skip *skip, const char *at)
{
	if (at < skip->look)
		return false;
	skip->look = at + RUNTIME_STEPS;
	return skip->runtime != NULL && runtime_interrupted(skip->runtime);
}

static const char *
skip_blanks(const char *at, const char *end, const Runtime *runtime)
{
	Skip skip = skip_from(at, runtime);

	while (at < end && is_blank(*at))
		if (skip_stops(&skip, ++at))
			return end;
	return at;
}

/* Passes a string; NULL if it does not end. */
static const char *
skip_string(const char *at, const char *end, const Runtime *runtime)
{
	Skip skip = skip_from(at, runtime);

	for (at++; at < end && *at != '"'; at++)
	{
		if (*at == '\\')
			at++;
		if (skip_stops(&skip, at))
			return NULL;
	}
	return at < end ? at + 1 : NULL;
}

/* Passes what brackets hold, whatever it is; NULL if they do not end. */
static const char *
skip_brackets(const char *at, const char *end, const Runtime *runtime)
{
	Skip skip = skip_from(at, runtime);
	int depth = 0;

	while (at < end && !skip_stops(&skip, at))
	{
		if (*at == '"')
		{
			at = skip_string(at, end, runtime);
			if (at == NULL)
				return NULL;
			continue;
		}
		if (*at == '[' || *at == '{')
			depth++;
		if (depth > JSON_MOST_DEPTH)
			return NULL;
		if ((*at == ']' || *at == '}') && --depth == 0)
			return at + 1;
		at++;
	}
	return NULL;
}

/* Passes a value; NULL: there is none. */
static const char *
skip_value(const char *at, const char *end, const Runtime *runtime)
{
	Skip skip = skip_from(at, runtime);
	const char *begin = at;

	if (at < end && *at == '"')
		return skip_string(at, end, runtime);
	if (at < end && (*at == '[' || *at == '{'))
		return skip_brackets(at, end, runtime);
	while (at < end && !is_blank(*at) && strchr(",:]}[{\"", *at) == NULL)
		if (skip_stops(&skip, ++at))
			return NULL;
	return at > begin ? at : NULL;
}

bool
json_value_of(const char *text, size_t size, const Runtime *runtime,
			  JsonValue *value)
{
	const char *end = text + size;

	value->at = skip_blanks(text, end, runtime);
	value->end = skip_value(value->at, end, runtime);
	return value->end != NULL && skip_blanks(value->end, end, runtime) == end;
}

bool
json_walk_begin(JsonWalk *walk, JsonValue value, char opening,
				const Runtime *runtime)
{
	*walk = (JsonWalk){.broken = true};
	if (value.at == NULL || *value.at != opening)
		return false;
	*walk = (JsonWalk){.at = value.at + 1,
					   .end = value.end,
					   .runtime = runtime,
					   .closing = opening == '[' ? ']' : '}',
					   .first = true};
	return true;
}

/* Goes to the next value; false where the closing bracket is. */
static bool
go_on(JsonWalk *walk)
{
	if (walk->broken)
		return false;
	walk->at = skip_blanks(walk->at, walk->end, walk->runtime);
	if (walk->at < walk->end && *walk->at == walk->closing)
	{
		walk->broken = walk->at + 1 != walk->end;
		return false;
	}
	if (!walk->first)
	{
		if (walk->at == walk->end || *walk->at != ',')
		{
			walk->broken = true;
			return false;
		}
		walk->at = skip_blanks(walk->at + 1, walk->end, walk->runtime);
	}
	walk->first = false;
	walk->steps++;
	return true;
}

/* Takes a value where the walk is. */
static bool
take_value(JsonWalk *walk, JsonValue *value)
{
	value->at = walk->at;
	value->end = skip_value(walk->at, walk->end, walk->runtime);
	if (value->end == NULL)
	{
		walk->broken = true;
		return false;
	}
	walk->at = value->end;
	return true;
}

bool
json_walk_item(JsonWalk *walk, JsonValue *item)
{
	return go_on(walk) && take_value(walk, item);
}

bool
json_walk_member(JsonWalk *walk, JsonMember *member)
{
	if (!go_on(walk))
		return false;
	walk->broken = walk->at == walk->end || *walk->at != '"' ||
				   !take_value(walk, &member->name);
	if (walk->broken)
		return false;
	member->name.at++;
	member->name.end--;
	member->taken = false;
	walk->at = skip_blanks(walk->at, walk->end, walk->runtime);
	walk->broken = walk->at == walk->end || *walk->at != ':';
	if (walk->broken)
		return false;
	walk->at = skip_blanks(walk->at + 1, walk->end, walk->runtime);
	return take_value(walk, &member->value);
}

bool
json_member_is(const JsonMember *member, const char *name)
{
	size_t size = strlen(name);

	return (size_t) (member->name.end - member->name.at) == size &&
		   memcmp(member->name.at, name, size) == 0;
}

/* Whether a number is spelt as JSON has it, where decimals take more. */
static bool
is_spelt_well(JsonValue value)
{
	const char *at = value.at + (*value.at == '-');

	return at < value.end && *at >= '0' && *at <= '9' &&
		   (*at != '0' || at + 1 == value.end || at[1] < '0' || at[1] > '9') &&
		   value.end[-1] != '.';
}

bool
json_value_number(JsonValue value, double *number)
{
	const char *rest;

	return value.at < value.end && is_spelt_well(value) &&
		   decimal_read(value.at, value.end, false, number, &rest) ==
			   DECIMAL_OK &&
		   rest == value.end;
}

bool
json_value_whole(JsonValue value, uint64_t *number)
{
	*number = 0;
	if (value.at == value.end || !is_spelt_well(value))
		return false;
	for (const char *at = value.at; at < value.end; at++)
	{
		unsigned digit = (unsigned) (*at - '0');

		if (digit > 9 || *number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

bool
json_value_is_word(JsonValue value, const char *word)
{
	size_t size = strlen(word);

	return (size_t) (value.end - value.at) == size &&
		   memcmp(value.at, word, size) == 0;
}

bool
json_value_is_string(JsonValue value)
{
	return value.at < value.end && *value.at == '"';
}

bool
json_value_is_text(JsonValue value, const char *text)
{
	size_t size = strlen(text);

	return json_value_is_string(value) &&
		   (size_t) (value.end - value.at) == size + 2 &&
		   memcmp(value.at + 1, text, size) == 0;
}

/* Reads four hexadecimal digits; -1: they are none. */
static int32_t
read_hex(const char *at, const char *end)
{
	int32_t code = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char c = at[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
					: c >= 'a' && c <= 'f' ? c - 'a' + 10
					: c >= 'A' && c <= 'F' ? c - 'A' + 10
										   : -1;

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	return code;
}

static void
put_character(Writer *out, uint32_t code)
{
	uint8_t bytes[4];
	size_t size = 0;

	if (code < 0x80)
		bytes[size++] = (uint8_t) code;
	else if (code < 0x800)
		bytes[size++] = (uint8_t) (0xc0 | code >> 6);
	else if (code < 0x10000)
		bytes[size++] = (uint8_t) (0xe0 | code >> 12);
	else
	{
		bytes[size++] = (uint8_t) (0xf0 | code >> 18);
		bytes[size++] = (uint8_t) (0x80 | (code >> 12 & 63));
	}
	if (code >= 0x800)
		bytes[size++] = (uint8_t) (0x80 | (code >> 6 & 63));
	if (code >= 0x80)
		bytes[size++] = (uint8_t) (0x80 | (code & 63));
	writer_put(out, bytes, size);
}

/* Reads what follows a backslash; NULL: it is no escape of a character. */
static const char *
read_escape(const char *at, const char *end, Writer *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int32_t code, low;

	if (at == end)
		return NULL;
	if (*at != 'u')
	{
		found = *at == '\0' ? NULL : strchr(letters, *at);
		if (found != NULL)
			writer_put(out, meant + (found - letters), 1);
		return found == NULL ? NULL : at + 1;
	}
	code = read_hex(at + 1, end);
	at += 5;
	if (code <= 0 || (code >= 0xdc00 && code < 0xe000))
		return NULL;
	if (code >= 0xd800 && code < 0xdc00)
	{
		if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
			return NULL;
		low = read_hex(at + 2, end);
		if (low < 0xdc00 || low >= 0xe000)
			return NULL;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		at += 6;
	}
	put_character(out, (uint32_t) code);
	return at;
}

bool
json_value_string(JsonValue value, Writer *out)
{
	const char *at, *end, *plain;

	if (!json_value_is_string(value))
		return false;
	at = plain = value.at + 1;
	end = value.end - 1;
	if (!utf8_is_valid(at, (size_t) (end - at)))
		return false;
	while (at < end)
	{
		if ((unsigned char) *at < ' ')
			return false;
		if (*at++ != '\\')
			continue;
		writer_put(out, plain, (size_t) (at - 1 - plain));
		at = plain = read_escape(at, end, out);
		if (at == NULL)
			return false;
	}
	writer_put(out, plain, (size_t) (at - plain));
	return true;
}

void
json_put(Writer *out, const char *text)
{
	writer_put(out, text, strlen(text));
}

/* Takes a character out of UTF-8, and passes it. */
static uint32_t
take_character(const unsigned char **at)
{
	uint32_t lead = *(*at)++;
	int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
	uint32_t code = lead & (0x3fu >> more);

	for (; more > 0; more--)
		code = code << 6 | (*(*at)++ & 63);
	return code;
}

/* Writes a character beyond ASCII by escapes. */
static void
put_escaped(Writer *out, uint32_t code)
{
	char text[16];

	if (code < 0x10000)
		snprintf(text, sizeof(text), "\\u%04x", code);
	else
		snprintf(text, sizeof(text), "\\u%04x\\u%04x",
				 0xd800 + ((code - 0x10000) >> 10),
				 0xdc00 + ((code - 0x10000) & 0x3ff));
	json_put(out, text);
}

void
json_put_string(Writer *out, const char *text, size_t size, bool ascii)
{
	const unsigned char *at = (const unsigned char *) text;
	const unsigned char *end = at + size;
	char escape[8];

	json_put(out, "\"");
	while (at < end)
	{
		if (*at >= 0x80 && ascii)
		{
			put_escaped(out, take_character(&at));
			continue;
		}
		if (*at == '"' || *at == '\\')
			json_put(out, "\\");
		if (*at < ' ')
		{
			snprintf(escape, sizeof(escape), "\\u%04x", *at);
			json_put(out, escape);
		}
		else
			writer_put(out, at, 1);
		at++;
	}
	json_put(out, "\"");
}

void
json_put_number(Writer *out, double number)
{
	char text[40];

	/* JSON has no such numbers, and jsonb forgets the sign of a zero. */
	if (!isfinite(number) || (number == 0.0 && signbit(number)))
	{
		json_put(out, isnan(number)	  ? "\"NaN\""
					  : number == 0.0 ? "\"-0\""
					  : number < 0.0  ? "\"-Infinity\""
									  : "\"Infinity\"");
		return;
	}
	for (int digits = 15; digits <= 17; digits++)
	{
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	json_put(out, text);
}
