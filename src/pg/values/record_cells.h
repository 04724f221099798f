/*
 * record_cells.h
 *		An SQL value as the cell of a column.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_CELLS_H
#define LINLEARN_PG_VALUES_RECORD_CELLS_H

#include "pg/base/version.h"

#include "pg/values/cell_room.h"
#include "pg/values/features.h"
#include "pg/values/numeric_double.h"
#include "pg/values/record_enums.h"
#include "pg/values/record_reader.h"
#include "pg/values/record_types.h"

/* How the values of one attribute of a row type are read. */
typedef struct CellReader
{
	CellType type;
	MemoryContext context;
	CellRoom room;
	FeatureReader features; /* of a block or a sparse row */
	Oid configuration;		/* of a text's words */
	int16 element_length;	/* of an array */
	bool element_by_value;
	char element_align;
	EnumValues enums;
	bool any_size; /* levels of every size: none of them is kept */
} CellReader;

/* What was wrong with a cell, in the words of its block. */
typedef struct CellFault
{
	FeatureProblem problem;
	uint32 position; /* element, from 1; 0: the cell itself */
	uint32 length;
} CellFault;

/* Makes a reader of a type; words (may be NULL) name a configuration. */
extern void cell_reader_init(CellReader *reader, const CellType *type,
							 const char *words, bool any_size,
							 MemoryContext context);

/*
 * Reads a value that is not NULL, and no number or flag.  The column's length is set by the first, and
 * hours by the first that has a time of day.
 */
extern RecordProblem cell_read(CellReader *reader, Datum value, Column *column,
							   Cell *cell, CellFault *fault);

/* Reads a number of a type that is not below. */
extern double cell_read_other_number(CellSource source, Datum value);

/* Reads a number or flag that is not NULL, whatever it is. */
static inline double
cell_read_number(CellSource source, Datum value)
{
	switch (source)
	{
		case CELL_INT2:
			return DatumGetInt16(value);
		case CELL_INT4:
			return DatumGetInt32(value);
		case CELL_INT8:
			return (double) DatumGetInt64(value);
		case CELL_FLOAT4:
			return DatumGetFloat4(value);
		case CELL_FLOAT8:
			return DatumGetFloat8(value);
		case CELL_NUMERIC:
			return numeric_double(value);
		case CELL_BOOL:
			return DatumGetBool(value) ? 1.0 : 0.0;
		default:
			return cell_read_other_number(source, value);
	}
}

/* Takes the length of a block or sparse row, the first for good. */
extern RecordProblem cell_check_length(Column *column, uint32 length,
									   CellFault *fault);

/* Raises the error of a level that is too long to be kept. */
pg_noreturn extern void cell_refuse_level(const Column *column, Size size);

#endif
