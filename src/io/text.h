/*
 * text.h
 *		Strings joined and percent-encoded, for URLs and headers.
 */
#ifndef LINLEARN_IO_TEXT_H
#define LINLEARN_IO_TEXT_H

#include "core/base/runtime.h"

/* Joins strings, up to a NULL, in new memory; NULL when there is none. */
extern char *text_join(const Runtime *runtime, const char *const *strings);

#define TEXT_JOIN(runtime, ...)                                               \
	text_join(runtime, (const char *const[]){__VA_ARGS__, NULL})

/*
 * Writes a byte as the stores' signatures want it, one or three characters
 * without a NUL; returns where the next one goes.
 */
extern char *percent_encode_byte(unsigned char byte, char *encoded);

/* Encodes bytes, slashes as well unless kept, with a NUL: 3 * length + 1. */
extern void percent_encode(const char *text, size_t length, bool keep_slash,
						   char *encoded);

/* The value of a hexadecimal digit, or -1. */
extern int hex_value(char c);

/*
 * Decodes percent-encoded text in place, a plus as a blank, as stores encode
 * keys in their lists; false for a percent sign that encodes nothing.
 */
extern bool percent_decode(char *text, size_t *length);

#endif
