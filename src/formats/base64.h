/*
 * base64.h
 *		Bytes as text (RFC 4648, with padding), and back.
 */
#ifndef LINLEARN_FORMATS_BASE64_H
#define LINLEARN_FORMATS_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of size bytes. */
#define BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* Writes BASE64_SIZE(size) characters, and no zero behind them. */
extern void base64_encode(const uint8_t *bytes, size_t size, char *text);

/*
 * Writes the bytes of a text, at most size / 4 * 3; false: it is none that
 * base64_encode() writes.
 */
extern bool base64_decode(const char *text, size_t size, uint8_t *bytes,
						  size_t *count);

#endif
