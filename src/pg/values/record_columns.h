/*
 * record_columns.h
 *		The columns of a reader of rows: a list that grows, found by name.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_COLUMNS_H
#define LINLEARN_PG_VALUES_RECORD_COLUMNS_H

#include "pg/base/version.h"

#include "pg/values/json_cells.h"
#include "pg/values/table_options.h"

typedef struct RecordColumns
{
	MemoryContext context;
	bool of_model; /* the columns are a model's, and stay as they are */
	TableOptions *options; /* NULL: none */
	/* Columns that are no features but have a role; NULL: none. */
	const char *roles[ROLE_COUNT];
	Oid role_types[ROLE_COUNT]; /* of what folds go by, once rows came */
	uint32 count;
	uint32 capacity;
	Column *columns;
	Cell *cells;		  /* one a column */
	JsonCellReader *json; /* one a column */
	uint32 *slots;		  /* column + 1 by hash, 0: free */
	uint32 slot_count;
	uint32 keys;	/* columns that are a key of an object */
	bool rows_came; /* of some row type, whose columns are there */
} RecordColumns;

/* Whether a column is a key of a jsonb column. */
static inline bool
column_is_key(const Column *column)
{
	return strcmp(column->type, COLUMN_KEY_TYPE) == 0;
}

extern void record_columns_init(RecordColumns *columns, bool of_model,
								TableOptions *options, MemoryContext context);

/* Whether the rows are to be learned from: their levels are kept. */
static inline bool
record_columns_train(const RecordColumns *columns)
{
	return columns->options != NULL;
}

/* A column by its name in UTF-8; -1: there is none. */
extern int64 record_columns_find(const RecordColumns *columns,
								 const char *name, Size size);

/*
 * Adds a column, of which nothing but the name is asked that none has it yet;
 * its texts are copied.  What the options say of it is put into its own.
 */
extern uint32 record_columns_add(RecordColumns *columns, const Column *column);

/*
 * The options of a column by its name in the database's encoding, or else by
 * that of the jsonb column whose key it is (NULL: it is none), which are taken
 * as far as they fit.  NULL: none.  exact says that they are its own.
 */
extern const ColumnOptions *record_columns_options(RecordColumns *columns,
												   const char *name,
												   const char *object,
												   bool *exact);

/*
 * The options of a column that was found by a reader elsewhere: its own, or those
 * of the jsonb column whose key it is.
 */
extern ColumnOptions record_columns_options_of(RecordColumns *columns,
											   const Column *column);

/* A column's name in the database's encoding. */
extern const char *record_column_name(const Column *column);

#endif
