/*
 * idle_options.h
 *		Options that no column of the rows has had a use for.
 */
#ifndef LINLEARN_PG_VALUES_IDLE_OPTIONS_H
#define LINLEARN_PG_VALUES_IDLE_OPTIONS_H

#include "pg/base/version.h"

#include "pg/values/table_options.h"

/*
 * The names in option "columns" whose options none of the columns takes, quoted: keys
 * of jsonb that did not come, or columns none of whose keys is of such a kind.  NULL:
 * there are none.
 */
extern char *idle_column_options(const TableOptions *options,
								 const Column *columns, uint32 count);

/* The names in option "include" that none of the columns is of, likewise. */
extern char *idle_includes(const TableOptions *options, const Column *columns,
						   uint32 count);

#endif
