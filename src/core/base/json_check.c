/*
 * json_check.c
 *		Whether a text is a JSON object (RFC 8259).
 */
#include "core/base/json_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 16

/* A place in the text; NULL once it is wrong. */
typedef const char *Place;

static Place skip_value(Place at, int depth);

static Place
skip_blanks(Place at)
{
	return at == NULL ? NULL : at + strspn(at, " \t\n\r");
}

/* Passes a character that must stand there, and blanks around it. */
static Place
skip_mark(Place at, char mark)
{
	at = skip_blanks(at);
	return at != NULL && *at == mark ? skip_blanks(at + 1) : NULL;
}

/* Passes what follows a backslash. */
static Place
skip_escape(Place at)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (*at != 'u')
		return *at != '\0' && strchr("\"\\/bfnrt", *at) != NULL ? at + 1
																: NULL;
	if (strncmp(at, "u00", 3) != 0 || at[3] < '0' || at[3] > '7' ||
		at[4] == '\0' || strchr(digits, at[4]) == NULL ||
		(at[3] == '0' && at[4] == '0'))
		return NULL;
	return at + 5;
}

static Place
skip_string(Place at)
{
	if (at == NULL || *at++ != '"')
		return NULL;
	while (at != NULL && *at != '"')
	{
		if ((unsigned char) *at < ' ')
			return NULL;
		at = *at == '\\' ? skip_escape(at + 1) : at + 1;
	}
	return at == NULL ? NULL : at + 1;
}

static Place
skip_digits(Place at)
{
	size_t count = at == NULL ? 0 : strspn(at, "0123456789");

	return count > 0 ? at + count : NULL;
}

static Place
skip_number(Place at)
{
	Place begin = at;

	at += *at == '-';
	at = *at == '0' ? at + 1 : skip_digits(at);
	if (at != NULL && *at == '.')
		at = skip_digits(at + 1);
	if (at != NULL && (*at == 'e' || *at == 'E'))
		at = skip_digits(at + 1 + (at[1] == '+' || at[1] == '-'));
	return at != NULL && isfinite(strtod(begin, NULL)) ? at : NULL;
}

/* Passes members, or items where there are no keys, up to the closing mark. */
static Place
skip_members(Place at, bool keys, int depth)
{
	char end = keys ? '}' : ']';

	at = skip_blanks(at + 1);
	if (*at == end)
		return at + 1;
	for (;;)
	{
		if (keys)
			at = skip_mark(skip_string(at), ':');
		at = skip_blanks(at == NULL ? NULL : skip_value(at, depth + 1));
		if (at == NULL || *at == end)
			return at == NULL ? NULL : at + 1;
		at = skip_mark(at, ',');
	}
}

static Place
skip_value(Place at, int depth)
{
	static const char *const words[] = {"true", "false", "null"};

	if (depth > MOST_DEPTH)
		return NULL;
	if (*at == '{' || *at == '[')
		return skip_members(at, *at == '{', depth);
	if (*at == '"')
		return skip_string(at);
	for (int i = 0; i < 3; i++)
		if (strncmp(at, words[i], strlen(words[i])) == 0)
			return at + strlen(words[i]);
	return skip_number(at);
}

bool
json_is_object(const char *text)
{
	Place at = skip_blanks(text);

	at = *at == '{' ? skip_blanks(skip_value(at, 0)) : NULL;
	return at != NULL && *at == '\0';
}
