/*
 * cell_sql.h
 *		Calls of linlearn_cells as SQL.
 */
#ifndef LINLEARN_PG_CLUSTER_CELL_SQL_H
#define LINLEARN_PG_CLUSTER_CELL_SQL_H

#include "pg/base/version.h"

#include "access/tupdesc.h"
#include "pg/values/table_options.h"

/*
 * The columns of a row that are used, packed, each the column r.f1, r.f2, ... of its
 * place; options are those that say how they are read.
 */
extern const char *cell_sql(const char *schema, TupleDesc columns,
							const bool *used, const TableOptions *options);

#endif
