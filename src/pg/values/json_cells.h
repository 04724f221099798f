/*
 * json_cells.h
 *		A JSON value as the cell of a column whose kind is known.
 */
#ifndef LINLEARN_PG_VALUES_JSON_CELLS_H
#define LINLEARN_PG_VALUES_JSON_CELLS_H

#include "pg/base/version.h"

#include "pg/values/record_cells.h"
#include "utils/jsonb.h"

/* How the strings of a column are read beside as they are. */
typedef enum JsonForm
{
	JSON_PLAIN,
	JSON_TRIMMED, /* char(n): blanks at the end do not count */
	JSON_UUID,	  /* cases do not count */
	JSON_TIME	  /* times of day, as seconds */
} JsonForm;

/* Reads the values of one column. */
typedef struct JsonCellReader
{
	CellRoom room;
	JsonForm form;
	Oid configuration; /* of a text's words, once it was needed */
	bool any_size;	   /* levels of every size: none of them is kept */
} JsonCellReader;

extern void json_cell_init(JsonCellReader *reader, const Column *column,
						   bool any_size, MemoryContext context);

/*
 * Reads a value that is not null.  An error names a value that is of another
 * kind than the column.
 */
extern RecordProblem json_cell_read(JsonCellReader *reader,
									const JsonbValue *value, Column *column,
									Cell *cell, CellFault *fault);

/* Raises the error of a value that a column cannot have. */
pg_noreturn extern void json_cell_refuse(const Column *column,
										 const JsonbValue *value);

/* A value's kind as messages name it: "a string". */
extern const char *json_kind_name(const JsonbValue *value);

#endif
