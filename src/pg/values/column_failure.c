/*
 * column_failure.c
 *		Failures of the core that name columns.
 */
#include "pg/values/column_failure.h"

#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"

/* How many bytes of a text are whole characters of UTF-8. */
static int
utf8_prefix(const char *text)
{
	int length = 0;

	while (text[length] != '\0' &&
		   pg_encoding_verifymbchar(PG_UTF8, text + length,
									(int) strlen(text + length)) > 0)
		length += pg_encoding_mblen(PG_UTF8, text + length);
	return length;
}

/* A text of UTF-8, which may end within a character, in the database's encoding. */
static void
convert(char *text, Size room)
{
	const char *converted;
	int length = utf8_prefix(text);

	text[length] = '\0';
	converted = server_of_utf8(text, length);
	if (converted != text)
		strlcpy(
			text, converted,
			pg_mbcliplen(converted, (int) strlen(converted), (int) room - 1) +
				1);
}

void
report_column_failure(const Failure *failure)
{
	Failure shown = *failure;

	convert(shown.message, sizeof(shown.message));
	convert(shown.detail, sizeof(shown.detail));
	convert(shown.hint, sizeof(shown.hint));
	report_failure(&shown);
}
