/*
 * table_start.h
 *		Whether options of columns agree with the model that a training goes on
 *		from, whose columns stay as they are.
 */
#ifndef LINLEARN_PG_TRAIN_TABLE_START_H
#define LINLEARN_PG_TRAIN_TABLE_START_H

#include "pg/base/version.h"

#include "pg/values/table_options.h"

/*
 * Errors for options that leave out one of the columns, ask for another, for
 * another encoding of one, or for a cross that is not there.
 */
extern void table_start_check(const TableOptions *options,
							  const Columns *columns);

#endif
