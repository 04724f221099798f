/*
 * csv_field.h
 *		Where a field of CSV ends, quoted as RFC 4180 has it or not.
 */
#ifndef LINLEARN_FORMATS_CSV_FIELD_H
#define LINLEARN_FORMATS_CSV_FIELD_H

#include "formats/text_cursor.h"

/* Whether the cursor is at the end of a field. */
extern bool csv_at_field_end(const TextCursor *cursor);

/*
 * Passes a quoted text, at whose first quote the cursor is; *begin and *end
 * enclose what is in the quotes, and doubled says whether quotes are doubled
 * there.  LL_MALFORMED without a closing quote; LL_CANCELLED, unless runtime is
 * NULL.
 */
extern Status csv_scan_quoted(TextCursor *cursor, const char **begin,
							  const char **end, bool *doubled,
							  const Runtime *runtime, Failure *failure);

/* The same for a field, so that text after the closing quote is LL_MALFORMED. */
extern Status csv_pass_quoted(TextCursor *cursor, size_t field,
							  const char **begin, const char **end,
							  bool *doubled, const Runtime *runtime,
							  Failure *failure);

/* Copies quoted text without its doubled quotes; returns its length, no more. */
extern size_t csv_unquote(const char *begin, const char *end, char *copy);

#endif
