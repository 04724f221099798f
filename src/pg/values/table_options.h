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
 *		"offset": "o", "exposure": "e"      those that are added to its margin: as
 *											it is, and its logarithm
 *		"fold_group": "g", "fold_time": "t" what folds go by
 */
#ifndef LINLEARN_PG_VALUES_TABLE_OPTIONS_H
#define LINLEARN_PG_VALUES_TABLE_OPTIONS_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "pg/values/row_roles.h"
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
	const char *roles[ROLE_COUNT]; /* names of columns; NULL: none */
} TableOptions;

/* The role that options give a column of a name; ROLE_COUNT: none. */
extern RowRole table_options_role(const TableOptions *table, const char *name);

/* Whether a key of an options object is one of these, no hyperparameter. */
extern bool table_options_key(const char *key, Size size);

/*
 * Reads them from an object (NULL: none), into the current memory context.
 * Names are in the database's encoding.  Errors for what is no list of names, for
 * unrecognized or impossible options of a column, crosses of fewer than two
 * columns or of one twice, a name that is both excluded and asked for, or that has
 * two roles.
 */
extern void table_options_read(const Jsonb *options, TableOptions *table);

#endif
