/*
 * text_encoding.c
 *		Text between the database's encoding and UTF-8.
 */
#include "pg/base/text_encoding.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

const char *
utf8_of_server(const char *string, Size size)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII &&
		!pg_verify_mbstr(PG_UTF8, string, (int) size, true))
		ereport(
			ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("text is not UTF-8"),
			 errdetail("Models and pictures have their texts in UTF-8, and "
					   "in a database of encoding SQL_ASCII nothing says "
					   "what other bytes mean."),
			 errhint("Convert the text with convert(), or use a database "
					 "of another encoding.")));
	return pg_server_to_any(string, (int) size, PG_UTF8);
}

const char *
server_of_utf8(const char *string, Size size)
{
	return pg_any_to_server(string, (int) size, PG_UTF8);
}

bool
is_ascii_text(const char *string, Size size)
{
	for (Size i = 0; i < size; i++)
		if (IS_HIGHBIT_SET(string[i]))
			return false;
	return true;
}

/* A character of drawings, and its ASCII form. */
typedef struct AsciiForm
{
	pg_wchar character;
	const char *form;
} AsciiForm;

/* The ASCII form of a character; NULL for those of users' texts. */
static const char *
ascii_form(pg_wchar character, DrawnAs drawn)
{
	static const AsciiForm forms[] = {
		{0x2580, "'"},	{0x2584, "."}, {0x2588, "#"}, /* halves, and both */
		{0x2589, "#"},	{0x258A, "#"}, {0x258B, "#"},	{0x258C, "#"},
		{0x258D, "-"},	{0x258E, "-"}, {0x258F, "-"}, /* less than a half */
		{0x2192, "->"}, {0x2013, "-"}, {0x2026, "..."}, {0x2605, "*"}};
	static const char *const heights[] = {"0", "1", "2", "3",
										  "4", "5", "6", "7"};

	if (drawn == DRAWN_HEIGHTS && character >= 0x2581 && character <= 0x2588)
		return heights[character - 0x2581];
	for (int i = 0; i < lengthof(forms); i++)
		if (forms[i].character == character)
			return forms[i].form;
	return NULL;
}

/* Appends a character of several bytes. */
static void
append_character(StringInfo out, const char *bytes, int size, DrawnAs drawn)
{
	pg_wchar character = utf8_to_unicode((const unsigned char *) bytes);
	const char *form;

	if (drawn == DRAWN_REFERENCES)
	{
		appendStringInfo(out, "&#x%X;", character);
		return;
	}
	form = ascii_form(character, drawn);
	if (form != NULL)
		appendStringInfoString(out, form);
	else
		appendBinaryStringInfo(out, bytes, size);
}

text *
drawn_text(const char *string, Size size, DrawnAs drawn)
{
	StringInfoData out;

	if (GetDatabaseEncoding() == PG_UTF8)
		return cstring_to_text_with_len(string, (int) size);
	(void) pg_verify_mbstr(PG_UTF8, string, (int) size, false);
	initStringInfo(&out);
	for (Size at = 0; at < size;)
	{
		int length = pg_utf_mblen((const unsigned char *) string + at);

		if (length == 1)
			appendStringInfoChar(&out, string[at]);
		else
			append_character(&out, string + at, length, drawn);
		at += length;
	}
	return cstring_to_text(server_of_utf8(out.data, out.len));
}
