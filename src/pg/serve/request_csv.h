/*
 * request_csv.h
 *		Rows of CSV for a model of a table's columns, found by a header's names.
 */
#ifndef LINLEARN_PG_SERVE_REQUEST_CSV_H
#define LINLEARN_PG_SERVE_REQUEST_CSV_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "formats/csv_record.h"
#include "utils/jsonb.h"

/* Whether the first line has names: RFC 4180's parameter of the content type. */
typedef enum CsvHeader
{
	CSV_HEADER_AUTO, /* if one of its fields is a column's name */
	CSV_HEADER_PRESENT,
	CSV_HEADER_ABSENT
} CsvHeader;

/* No field. */
#define NO_FIELD UINT32_MAX

typedef struct CsvRequest
{
	const Columns *columns;
	CsvHeader header;
	CsvRecords records;
	bool named;			/* the first line was a header */
	bool pending;		/* or is a row, that was not handed out yet */
	uint32 width;		/* fields of a row */
	uint32 *field_of;	/* [columns] */
	JsonbValue *values; /* [columns] of the row read last */
	/* Fields of a header that have a role, NO_FIELD without: */
	uint32 offset_field;
	uint32 exposure_field;
	double offset; /* of the row read last, both together */
} CsvRequest;

/* Starts to read text of the database; bytes and columns must stay. */
extern void csv_request_begin(CsvRequest *request, const Columns *columns,
							  CsvHeader header, const char *bytes, Size size);

/*
 * Reads the next row as values in the order of the columns, in the current
 * context; false at the end.  An empty field is NULL, a quoted one only of a
 * column that holds no texts.  Errors name columns that a header lacks, and lines
 * of another width.
 */
extern bool csv_request_next(CsvRequest *request);

/* The names of a model's columns in their order, the first of them. */
extern char *column_names(const Columns *columns);

#endif
