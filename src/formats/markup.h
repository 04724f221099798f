/*
 * markup.h
 *		A growing text of markup: SVG and HTML are written through it.
 *
 * A failed allocation is remembered, what follows is ignored, and
 * markup_finish() reports it, so that drawing code needs no checks.
 */
#ifndef LINLEARN_FORMATS_MARKUP_H
#define LINLEARN_FORMATS_MARKUP_H

#include "core/base/runtime.h"

typedef struct Markup
{
	Runtime runtime;
	char *text;
	size_t length;
	size_t capacity;
	bool failed;
} Markup;

extern void markup_init(Markup *markup, const Runtime *runtime);

/* Appends text as it is. */
extern void markup_raw(Markup *markup, const char *text);

/* Appends a formatted text as it is; no argument may be a user's text. */
extern void markup_print(Markup *markup, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Appends a UTF-8 text for use between tags or in a quoted attribute: the five
 * special characters as entities, characters that XML forbids left out.
 */
extern void markup_escape(Markup *markup, const char *text);

/* As markup_escape, at most limit characters, an ellipsis for what is cut. */
extern void markup_escape_short(Markup *markup, const char *text,
								size_t limit);

/* Appends a coordinate: at most two decimals, no trailing zeros. */
extern void markup_number(Markup *markup, double value);

/*
 * Writes a number of so many decimals, its thousands apart, and ends it by a zero
 * byte; with the exponent of %g beyond 1e15.  Returns its length.
 */
extern size_t number_grouped(double value, int decimals, char *buffer,
							 size_t size);

/* Bytes of the character that a text begins with; of broken ones 1. */
extern size_t utf8_character_size(const char *text);

/* Characters (not bytes) of a UTF-8 text. */
extern size_t utf8_length(const char *text);

/* Hands the text over, ended by a zero byte; LL_NO_MEMORY. */
extern Status markup_finish(Markup *markup, char **text, size_t *length,
							Failure *failure);

#endif
