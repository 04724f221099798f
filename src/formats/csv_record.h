/*
 * csv_record.h
 *		CSV as texts: the fields of a record, of whatever kind they are
 *		(RFC 4180).
 */
#ifndef LINLEARN_FORMATS_CSV_RECORD_H
#define LINLEARN_FORMATS_CSV_RECORD_H

#include "formats/text_cursor.h"

/* A field; blanks count. */
typedef struct CsvField
{
	const char *begin; /* not terminated */
	size_t length;
	bool quoted;
} CsvField;

typedef struct CsvRecords
{
	TextCursor cursor;
	Runtime runtime;
	CsvField *fields; /* of the record read last */
	size_t count;
	size_t capacity;
	char *unquoted; /* memory for fields with doubled quotes */
	size_t unquoted_size;
	uint64_t line; /* where the record begins, from 1 */
} CsvRecords;

/* Starts to read; the bytes must outlive the reader. */
extern void csv_records_init(CsvRecords *records, const Runtime *runtime,
							 const void *bytes, size_t size);

/*
 * Reads the next record into fields; false in *found at the end.  Blank lines are
 * passed over.  LL_MALFORMED names line and field of an unclosed quote and of text
 * after a closing one; LL_LIMIT above most fields, LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status csv_records_next(CsvRecords *records, size_t most, bool *found,
							   Failure *failure);

#endif
