/*
 * column_failure.h
 *		Failures of the core that name columns, whose names are UTF-8 there.
 */
#ifndef LINLEARN_PG_VALUES_COLUMN_FAILURE_H
#define LINLEARN_PG_VALUES_COLUMN_FAILURE_H

#include "pg/base/version.h"

#include "core/base/runtime.h"

/* Raises a failure's error in the database's encoding. */
pg_noreturn extern void report_column_failure(const Failure *failure);

/* Raises the error of a status that is not LL_OK. */
#define CHECK_COLUMNS(call, failure)                                          \
	do                                                                        \
	{                                                                         \
		if ((call) != LL_OK)                                                  \
			report_column_failure(&(failure));                                \
	} while (0)

#endif
