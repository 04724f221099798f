/*
 * json_blocks.h
 *		A JSON value as the numbers of a block or of a sparse row.
 */
#ifndef LINLEARN_PG_VALUES_JSON_BLOCKS_H
#define LINLEARN_PG_VALUES_JSON_BLOCKS_H

#include "pg/base/version.h"

#include "pg/values/json_reader.h"

/* Reads an array of numbers, or the text of bytea or of a vector. */
extern RecordProblem json_block_read(JsonCellReader *reader,
									 const JsonbValue *value, Column *column,
									 Cell *cell, CellFault *fault);

/* Reads an object of places, from 1, and numbers, or a sparse row's text. */
extern RecordProblem json_entries_read(JsonCellReader *reader,
									   const JsonbValue *value, Column *column,
									   Cell *cell, CellFault *fault);

#endif
