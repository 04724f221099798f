/*
 * markup.c
 *		A growing text of markup, with escaping.
 */
#include "formats/markup.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 4096

void
markup_init(Markup *markup, const Runtime *runtime)
{
	memset(markup, 0, sizeof(*markup));
	markup->runtime = *runtime;
}

/* Make room for more bytes and the zero byte at the end. */
static bool
reserve(Markup *markup, size_t more)
{
	size_t capacity = markup->capacity > 0 ? markup->capacity : FIRST_CAPACITY;
	size_t needed;
	char *text;

	if (markup->failed ||
		__builtin_add_overflow(markup->length, more + 1, &needed))
		return false;
	if (needed <= markup->capacity)
		return true;
	while (capacity < needed)
		capacity *= 2;
	text = runtime_allocate(&markup->runtime, capacity);
	if (text == NULL)
	{
		markup->failed = true;
		return false;
	}
	if (markup->length > 0)
		memcpy(text, markup->text, markup->length);
	runtime_release(&markup->runtime, markup->text);
	markup->text = text;
	markup->capacity = capacity;
	return true;
}

/* Append bytes. */
static void
append(Markup *markup, const char *bytes, size_t count)
{
	if (!reserve(markup, count))
		return;
	memcpy(markup->text + markup->length, bytes, count);
	markup->length += count;
}

void
markup_raw(Markup *markup, const char *text)
{
	append(markup, text, strlen(text));
}

void
markup_print(Markup *markup, const char *format, ...)
{
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (count < 0 || !reserve(markup, count))
		return;
	va_start(arguments, format);
	vsnprintf(markup->text + markup->length, count + 1, format, arguments);
	va_end(arguments);
	markup->length += count;
}

/* Bytes of the UTF-8 character that starts here; 1 where it is broken. */
size_t
utf8_character_size(const char *text)
{
	unsigned char first = (unsigned char) text[0];
	size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

	for (size_t i = 1; i < size; i++)
		if (((unsigned char) text[i] & 0xC0) != 0x80)
			return 1;
	return size;
}

size_t
utf8_length(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text += utf8_character_size(text))
		count++;
	return count;
}

/*
 * Whether a character turns the direction of what follows it: a page whose text
 * it turns does not say what it holds.
 */
static bool
turns_direction(const unsigned char *text, size_t size)
{
	return size == 3 && text[0] == 0xE2 &&
		   ((text[1] == 0x80 && text[2] >= 0xAA && text[2] <= 0xAE) ||
			(text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9));
}

/* Append one character, escaped. */
static void
escape_character(Markup *markup, const char *text, size_t size)
{
	unsigned char first = (unsigned char) text[0];

	if (first == '&')
		append(markup, "&amp;", 5);
	else if (first == '<')
		append(markup, "&lt;", 4);
	else if (first == '>')
		append(markup, "&gt;", 4);
	else if (first == '"')
		append(markup, "&quot;", 6);
	else if (first == '\'')
		append(markup, "&#39;", 5);
	else if (first < 0x20 && first != '\t' && first != '\n' && first != '\r')
		return; /* not a character of XML */
	else if (size == 1 && first >= 0x80)
		append(markup, "\xEF\xBF\xBD", 3); /* broken: U+FFFD */
	else if (size == 3 && memcmp(text, "\xEF\xBF", 2) == 0 &&
			 (unsigned char) text[2] >= 0xBE)
		return; /* U+FFFE, U+FFFF */
	else if (turns_direction((const unsigned char *) text, size))
		markup_print(markup, "\\u%04X",
					 0x2000 | (unsigned) (text[1] & 0x3F) << 6 |
						 (unsigned) (text[2] & 0x3F));
	else
		append(markup, text, size);
}

void
markup_escape_short(Markup *markup, const char *text, size_t limit)
{
	size_t left = utf8_length(text);
	bool cut = left > limit;
	size_t count = cut ? limit - 1 : left;

	for (; count > 0; count--)
	{
		size_t size = utf8_character_size(text);

		escape_character(markup, text, size);
		text += size;
	}
	if (cut)
		append(markup, "\xE2\x80\xA6", 3);
}

void
markup_escape(Markup *markup, const char *text)
{
	markup_escape_short(markup, text, SIZE_MAX);
}

void
markup_number(Markup *markup, double value)
{
	char buffer[64];
	size_t length;

	if (!isfinite(value))
		value = 0.0;
	value = fmin(fmax(value, -1e9), 1e9);
	length = snprintf(buffer, sizeof(buffer), "%.2f", value);
	while (buffer[length - 1] == '0')
		length--;
	if (buffer[length - 1] == '.')
		length--;
	if (length == 2 && memcmp(buffer, "-0", 2) == 0)
		append(markup, "0", 1);
	else
		append(markup, buffer, length);
}

/* Digits of whole numbers that doubles hold. */
#define WHOLE_LIMIT 1e15

size_t
number_grouped(double value, int decimals, char *buffer, size_t size)
{
	char plain[64];
	size_t whole, at = 0;

	if (!(fabs(value) < WHOLE_LIMIT) || size < sizeof(plain))
		return (size_t) snprintf(buffer, size, "%.4g", value);
	/* no -0 */
	snprintf(plain, sizeof(plain), "%.*f", decimals, value + 0.0);
	whole = strcspn(plain, ".");
	for (size_t i = 0; plain[i] != '\0'; i++)
	{
		if (i < whole && i > (plain[0] == '-') && (whole - i) % 3 == 0)
			buffer[at++] = ',';
		buffer[at++] = plain[i];
	}
	buffer[at] = '\0';
	return at;
}

Status
markup_finish(Markup *markup, char **text, size_t *length, Failure *failure)
{
	if (!reserve(markup, 0))
		return fail_no_memory(failure);
	markup->text[markup->length] = '\0';
	*text = markup->text;
	*length = markup->length;
	return LL_OK;
}
