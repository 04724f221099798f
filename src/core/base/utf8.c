/*
 * utf8.c
 *		Whether bytes are UTF-8.
 */
#include "core/base/utf8.h"

/* Bytes that follow a first one, and the range of the first of those. */
typedef struct Sequence
{
	unsigned char first, last; /* bytes that begin it */
	unsigned char follow;
	unsigned char least, most;
} Sequence;

/* The table 3-7 of the Unicode standard, "well-formed UTF-8 byte sequences". */
static const Sequence sequences[] = {
	{0x01, 0x7f, 0, 0x00, 0x00}, {0xc2, 0xdf, 1, 0x80, 0xbf},
	{0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
	{0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
	{0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf},
	{0xf4, 0xf4, 3, 0x80, 0x8f}};

/* The length of the character that bytes begin with; 0: it is none. */
static size_t
character_length(const unsigned char *bytes, size_t size)
{
	const Sequence *sequence = sequences;
	const Sequence *end = sequences + sizeof(sequences) / sizeof(sequences[0]);

	while (sequence < end &&
		   (bytes[0] < sequence->first || bytes[0] > sequence->last))
		sequence++;
	if (sequence == end || size <= sequence->follow)
		return 0;
	if (sequence->follow > 0 &&
		(bytes[1] < sequence->least || bytes[1] > sequence->most))
		return 0;
	for (size_t i = 2; i <= sequence->follow; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return sequence->follow + 1;
}

bool
utf8_is_valid(const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;)
	{
		size_t length =
			character_length((const unsigned char *) bytes + at, size - at);

		if (length == 0)
			return false;
		at += length;
	}
	return true;
}
