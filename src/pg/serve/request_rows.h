/*
 * request_rows.h
 *		The rows of a request to a model of a table's columns, in any format.
 */
#ifndef LINLEARN_PG_SERVE_REQUEST_ROWS_H
#define LINLEARN_PG_SERVE_REQUEST_ROWS_H

#include "pg/base/version.h"

#include "formats/format_table.h"
#include "pg/predict/model_cache.h"
#include "pg/serve/request_csv.h"

typedef struct RequestRows RequestRows;

/* A request, as it came. */
typedef struct RequestBody
{
	FileFormat format;
	CsvHeader header; /* of CSV */
	const char *bytes;
	Size size;
	bool is_utf8; /* bytes, else text of the database */
} RequestBody;

/*
 * Starts to read; body and model must stay.  An error for a format that cannot
 * hold the model's columns, and for text that is not of its encoding.
 */
extern RequestRows *request_rows_begin(CachedModel *cached,
									   const RequestBody *body);

/*
 * Encodes the next row in the model's format; false at the end.  The view lasts
 * until the next call.  Errors name the row.
 */
extern bool request_rows_next(RequestRows *rows, RowView *view);

#endif
