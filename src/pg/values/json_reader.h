/*
 * json_reader.h
 *		What is known of a column whose values JSON holds.
 */
#ifndef LINLEARN_PG_VALUES_JSON_READER_H
#define LINLEARN_PG_VALUES_JSON_READER_H

#include "pg/base/version.h"

#include "pg/values/json_values.h"
#include "pg/values/record_cells.h"

/* How the strings of a column are read beside as they are. */
typedef enum JsonForm
{
	JSON_PLAIN,
	JSON_TRIMMED, /* char(n): blanks at the end do not count */
	JSON_UUID,	  /* cases do not count */
	JSON_TIME,	  /* times of day, as seconds */
	JSON_INTERVAL /* in seconds */
} JsonForm;

/* Reads the values of one column. */
typedef struct JsonCellReader
{
	CellRoom room;
	JsonForm form;
	Oid configuration; /* of a text's words, once it was needed */
	bool any_size;	   /* levels of every size: none of them is kept */
	bool single;	   /* numbers are rounded to real, as the type has them */
	uint32 first;	   /* place of a sparse row's text */
} JsonCellReader;

#endif
