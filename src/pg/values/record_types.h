/*
 * record_types.h
 *		What the types of SQL become as columns of a table.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_TYPES_H
#define LINLEARN_PG_VALUES_RECORD_TYPES_H

#include "pg/base/version.h"

#include "core/columns/columns.h"

/* How a cell is read. */
typedef enum CellSource
{
	CELL_INT2,
	CELL_INT4,
	CELL_INT8,
	CELL_FLOAT4,
	CELL_FLOAT8,
	CELL_NUMERIC,
	CELL_INTERVAL,
	CELL_TIME,
	CELL_TIMETZ,
	CELL_BOOL,
	CELL_DATE,
	CELL_TIMESTAMP,
	CELL_TEXT,
	CELL_BPCHAR,
	CELL_NAME,
	CELL_CHAR,
	CELL_UUID,
	CELL_ENUM,
	CELL_TEXT_WORDS, /* a text, by a text search configuration */
	CELL_TSVECTOR,
	CELL_ARRAY, /* of texts and the like: a set */
	CELL_BLOCK,
	CELL_ENTRIES,
	CELL_OBJECT /* jsonb: each key a column */
} CellSource;

typedef struct CellType
{
	Oid type; /* no domain */
	CellSource source;
	ColumnKind kind; /* means nothing of an object */
	bool whole;
	Oid element; /* of an array: its elements, no domain, */
	CellSource element_source;
} CellType;

/*
 * What becomes of a type; words says whether a text is read as words.  False: it
 * cannot be a feature.
 */
extern bool cell_type_find(Oid type, bool words, CellType *found);

/* Whether a number can be read of a type. */
extern bool cell_type_is_number(Oid type, CellType *found);

/* Raises the error of a column whose type cannot be a feature. */
pg_noreturn extern void cell_type_refuse(const char *column, Oid type);

#endif
