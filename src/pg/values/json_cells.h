/*
 * json_cells.h
 *		A JSON value as the cell of a column whose kind is known.
 */
#ifndef LINLEARN_PG_VALUES_JSON_CELLS_H
#define LINLEARN_PG_VALUES_JSON_CELLS_H

#include "pg/base/version.h"

#include "pg/values/json_reader.h"

extern void json_cell_init(JsonCellReader *reader, const Column *column,
						   bool any_size, MemoryContext context);

/*
 * Reads a value that is not null.  An error names a value that is of another
 * kind than the column.
 */
extern RecordProblem json_cell_read(JsonCellReader *reader,
									const JsonbValue *value, Column *column,
									Cell *cell, CellFault *fault);

#endif
