/*
 * csv.h
 *		CSV as SageMaker reads it: comma-separated, no header, a label first in
 *		training files and none in requests (RFC 4180 quoting).
 */
#ifndef LINLEARN_FORMATS_CSV_H
#define LINLEARN_FORMATS_CSV_H

#include "formats/sample.h"
#include "formats/text_cursor.h"

typedef struct CsvReader
{
	TextCursor cursor;
	bool has_label;		 /* the first field is a label, any text */
	bool single;		 /* round values to float */
	bool whole;			 /* but no whole number that a float does not hold */
	size_t width;		 /* fields of the first row; 0 before it */
	uint64_t first_line; /* where that row stood */
	Sample sample;		 /* the row's numbers */
	const char *label;	 /* not terminated; NULL: the field is empty */
	size_t label_length;
	char *unquoted; /* memory for labels with doubled quotes */
	size_t unquoted_size;
} CsvReader;

/* Starts to read; the bytes must outlive the reader. */
extern void csv_init(CsvReader *reader, const Runtime *runtime,
					 const void *bytes, size_t size, bool has_label,
					 bool single);

/*
 * Whether bytes hold a whole row, after empty lines, with the end of its line;
 * if not, more must come first, or they are the last.
 */
extern bool csv_is_whole(const void *bytes, size_t size);

/* Goes on with other bytes of the same file, from the begin of a line. */
extern void csv_feed(CsvReader *reader, const void *bytes, size_t size);

/*
 * Reads the next row into sample and label; false in *found at the end.  Blank
 * lines are passed over, blanks around numbers too.  LL_MALFORMED names line
 * and column of what is no number, of an empty field or an unclosed quote, and
 * of a row that is not as wide as the first.
 */
extern Status csv_next(CsvReader *reader, bool *found, Failure *failure);

#endif
