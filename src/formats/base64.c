/*
 * base64.c
 *		Bytes as text, and back.
 */
#include "formats/base64.h"

#include <string.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(const uint8_t *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i += 3)
	{
		size_t left = size - i;
		uint32_t group = (uint32_t) bytes[i] << 16;

		if (left > 1)
			group |= (uint32_t) bytes[i + 1] << 8;
		if (left > 2)
			group |= bytes[i + 2];
		*text++ = digits[group >> 18];
		*text++ = digits[group >> 12 & 63];
		*text++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*text++ = left > 2 ? digits[group & 63] : '=';
	}
}

/* The number of a digit; -1: it is none. */
static int
digit_value(char digit)
{
	const char *found = digit == '\0' ? NULL : strchr(digits, digit);

	return found == NULL ? -1 : (int) (found - digits);
}

bool
base64_decode(const char *text, size_t size, uint8_t *bytes, size_t *count)
{
	*count = 0;
	if (size % 4 != 0)
		return false;
	for (size_t i = 0; i < size; i += 4)
	{
		bool last = i + 4 == size;
		int padding = !last				   ? 0
					  : text[i + 2] == '=' ? 2
					  : text[i + 3] == '=' ? 1
										   : 0;
		uint32_t group = 0;

		for (int k = 0; k < 4 - padding; k++)
		{
			int value = digit_value(text[i + k]);

			if (value < 0)
				return false;
			group |= (uint32_t) value << (18 - 6 * k);
		}
		if (padding == 2 && text[i + 3] != '=')
			return false;
		/* Bits that belong to no byte are 0. */
		if (padding > 0 && (group & (padding == 2 ? 0xffffu : 0xffu)) != 0)
			return false;
		bytes[(*count)++] = (uint8_t) (group >> 16);
		if (padding < 2)
			bytes[(*count)++] = (uint8_t) (group >> 8);
		if (padding < 1)
			bytes[(*count)++] = (uint8_t) group;
	}
	return true;
}
