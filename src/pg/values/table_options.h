/*
 * table_options.h
 *		The options that speak of a table's columns.
 *
 * Options and tuning requests are one JSON object each, of hyperparameters and of
 * these keys:
 *
 *		"exclude": ["id", "churn"]          columns that are no features
 *		"include": ["tenure", "contract"]   the only ones that are
 *		"columns": {"state": {"min_rows": 20}, "age": {"buckets": 10}}
 *		"cross": [["state", "plan"]]
 *		"weight": "w"                       the column that holds a row's weight
 */
#ifndef LINLEARN_PG_VALUES_TABLE_OPTIONS_H
#define LINLEARN_PG_VALUES_TABLE_OPTIONS_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "utils/jsonb.h"

/* Options of a column by its name. */
typedef struct NamedColumnOptions
{
	const char *name;
	ColumnOptions options;
} NamedColumnOptions;

/* Columns whose levels are crossed. */
typedef struct ColumnCross
{
	uint32 count; /* two or more */
	const char **names;
} ColumnCross;

typedef struct TableOptions
{
	bool given; /* any of the keys below is there */
	uint32 exclude_count;
	const char **exclude;
	bool includes; /* "include" is there */
	uint32 include_count;
	const char **include;
	uint32 column_count;
	NamedColumnOptions *columns;
	uint32 cross_count;
	ColumnCross *crosses;
	const char *weight; /* NULL: none */
} TableOptions;

/* Whether a key of an options object is one of these, no hyperparameter. */
extern bool table_options_key(const char *key, Size size);

/*
 * Reads them from an object (NULL: none), into the current memory context.
 * Names are in the database's encoding.  Errors for what is no list of names, for
 * unrecognized or impossible options of a column, crosses of fewer than two
 * columns or of one twice, a name that is both excluded and asked for.
 */
extern void table_options_read(const Jsonb *options, TableOptions *table);

#endif
