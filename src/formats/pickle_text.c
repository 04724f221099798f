/*
 * pickle_text.c
 *		The pickle reader's decoding of strings.
 */
#include "formats/pickle_machine.h"

#include <string.h>

/* Bytes decoded between two looks at the interrupt flag. */
#define DECODE_SLICE (1 << 20)

/*
 * Get memory for a decoded string.  Every string is decoded once in an honest
 * pickle, so together they are no longer than the pickle.
 */
static Status
decode_allocate(Machine *machine, size_t length, uint8_t **bytes)
{
	if (length > machine->decode_budget)
		return machine_fail(machine, LL_LIMIT,
							"strings decode to more than the pickle's length");
	machine->decode_budget -= length;
	*bytes = runtime_allocate(machine->runtime, length);
	if (*bytes == NULL)
		return fail_no_memory(machine->failure);
	return LL_OK;
}

/* Read hexadecimal digits; -1 if there are others or too few. */
static int64_t
read_hex(const uint8_t *bytes, size_t length, size_t digits)
{
	int64_t number = 0;

	if (length < digits)
		return -1;
	for (size_t i = 0; i < digits; i++)
	{
		uint8_t c = bytes[i];
		int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

/*
 * Each of these decodes one character at bytes into *byte and returns how many
 * bytes it took, 0 for what is not allowed.
 */
typedef size_t (*CharacterDecoder)(const uint8_t *bytes, size_t length,
								   uint8_t *byte);

/* A character of Latin-1 in UTF-8. */
static size_t
decode_utf8(const uint8_t *bytes, size_t length, uint8_t *byte)
{
	if (bytes[0] < 0x80)
	{
		*byte = bytes[0];
		return 1;
	}
	if ((bytes[0] & 0xFE) != 0xC2 || length < 2 || (bytes[1] & 0xC0) != 0x80)
		return 0;
	*byte = (uint8_t) (bytes[0] << 6 | (bytes[1] & 0x3F));
	return 2;
}

/* A character of Latin-1, or its \u escape. */
static size_t
decode_raw_escape(const uint8_t *bytes, size_t length, uint8_t *byte)
{
	size_t digits;
	int64_t code;

	*byte = bytes[0];
	if (bytes[0] != '\\' || length < 2 || (bytes[1] != 'u' && bytes[1] != 'U'))
		return 1;
	digits = bytes[1] == 'u' ? 4 : 8;
	code = read_hex(bytes + 2, length - 2, digits);
	if (code < 0 || code > 0xFF)
		return 0;
	*byte = (uint8_t) code;
	return 2 + digits;
}

/* A byte of a Python 2 string, or its escape. */
static size_t
decode_string_escape(const uint8_t *bytes, size_t length, uint8_t *byte)
{
	static const char letters[] = "\\'\"nrtabfv";
	static const char meanings[] = "\\'\"\n\r\t\a\b\f\v";
	const char *letter;
	int64_t code;

	*byte = bytes[0];
	if (bytes[0] != '\\')
		return 1;
	if (length < 2 || bytes[1] == 0)
		return 0;
	if (bytes[1] == 'x')
	{
		code = read_hex(bytes + 2, length - 2, 2);
		*byte = (uint8_t) code;
		return code < 0 ? 0 : 4;
	}
	letter = strchr(letters, bytes[1]);
	if (letter == NULL)
		return 0;
	*byte = (uint8_t) meanings[letter - letters];
	return 2;
}

/* Decode a whole string, which gets no longer. */
static Status
decode(Machine *machine, Span text, CharacterDecoder decoder, Span *result)
{
	uint8_t *bytes;
	size_t count = 0;
	size_t at = 0;
	Status status = decode_allocate(machine, text.length, &bytes);

	if (status != LL_OK)
		return status;
	while (at < text.length)
	{
		size_t taken =
			decoder(text.bytes + at, text.length - at, &bytes[count]);

		if (taken == 0)
			return machine_fail(machine, LL_MALFORMED,
								"string is invalid at its byte %zu", at);
		at += taken;
		if (++count % DECODE_SLICE == 0 &&
			runtime_interrupted(machine->runtime))
			return fail_cancelled(machine->failure);
	}
	*result = (Span){bytes, count};
	return LL_OK;
}

Status
machine_unescape(Machine *machine, Span text, Span *bytes)
{
	return decode(machine, text, decode_string_escape, bytes);
}

Status
machine_encode(Machine *machine, const Value *text, Span *bytes)
{
	return decode(machine, text->span,
				  text->kind == VALUE_TEXT ? decode_utf8 : decode_raw_escape,
				  bytes);
}
