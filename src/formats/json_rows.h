/*
 * json_rows.h
 *		The rows of a request in JSON, each as the piece of text that it is.
 *
 * For models of a table's columns.  A document is {"instances": [instance, ...]},
 * or one instance; JSON Lines are one instance a line.  An instance is {"features":
 * row}, {"data": {"features": row}} or a row itself, and a row is an object of the
 * columns' names, an array of their values or {"values": array}.  A member whose
 * name is that of a column means the column.
 */
#ifndef LINLEARN_FORMATS_JSON_ROWS_H
#define LINLEARN_FORMATS_JSON_ROWS_H

#include "formats/json_lines.h"

/* Which members' names are those of columns. */
typedef struct JsonRowNames
{
	bool instances;
	bool data;
	bool features;
	bool values;
} JsonRowNames;

typedef struct JsonRows
{
	JsonReader reader;
	JsonRowNames columns;
	const char *begin; /* the row read last: a value of JSON, not terminated */
	size_t length;
	bool array; /* it is one of values */
} JsonRows;

/* Starts to read; the bytes must outlive the reader. */
extern void json_rows_init(JsonRows *rows, const Runtime *runtime,
						   const void *bytes, size_t size, bool lines,
						   const JsonRowNames *columns);

/*
 * Finds the next row; false in *found at the end.  LL_MALFORMED for what is not
 * JSON (RFC 8259) or no row; the message names instance, line and column.
 * LL_UNSUPPORTED for a sparse row.
 */
extern Status json_rows_next(JsonRows *rows, bool *found, Failure *failure);

#endif
