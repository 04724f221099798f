/*
 * text.c
 *		Strings joined and percent-encoded, for URLs and headers.
 */
#include "io/text.h"

#include <string.h>

char *
text_join(const Runtime *runtime, const char *const *strings)
{
	size_t size = 1;
	char *joined;
	char *end;

	for (const char *const *string = strings; *string != NULL; string++)
		size += strlen(*string);
	joined = end = runtime_allocate(runtime, size);
	if (joined == NULL)
		return NULL;
	for (; *strings != NULL; strings++)
	{
		size_t length = strlen(*strings);

		memcpy(end, *strings, length);
		end += length;
	}
	*end = '\0';
	return joined;
}

/* The characters that are never encoded, whatever the locale says. */
static bool
is_unreserved(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		   (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
		   byte == '.' || byte == '~';
}

char *
percent_encode_byte(unsigned char byte, char *encoded)
{
	static const char hex[] = "0123456789ABCDEF";

	if (is_unreserved(byte))
	{
		*encoded++ = (char) byte;
		return encoded;
	}
	*encoded++ = '%';
	*encoded++ = hex[byte >> 4];
	*encoded++ = hex[byte & 15];
	return encoded;
}

void
percent_encode(const char *text, size_t length, bool keep_slash, char *encoded)
{
	for (size_t i = 0; i < length; i++)
	{
		if (keep_slash && text[i] == '/')
			*encoded++ = '/';
		else
			encoded = percent_encode_byte((unsigned char) text[i], encoded);
	}
	*encoded = '\0';
}

int
hex_value(char c)
{
	return c >= '0' && c <= '9'	  ? c - '0'
		   : c >= 'a' && c <= 'f' ? c - 'a' + 10
		   : c >= 'A' && c <= 'F' ? c - 'A' + 10
								  : -1;
}

bool
percent_decode(char *text, size_t *length)
{
	size_t count = 0;

	for (size_t i = 0; i < *length; i++)
	{
		int high = -1;
		int low = -1;

		if (text[i] != '%')
		{
			text[count++] = text[i] == '+' ? ' ' : text[i];
			continue;
		}
		if (*length - i > 2)
		{
			high = hex_value(text[i + 1]);
			low = hex_value(text[i + 2]);
		}
		if (high < 0 || low < 0)
			return false;
		text[count++] = (char) (high << 4 | low);
		i += 2;
	}
	*length = count;
	return true;
}
