/*
 * runtime.h
 *		The core's Runtime over a memory context, and its failures as ereport.
 */
#ifndef LINLEARN_PG_BASE_RUNTIME_H
#define LINLEARN_PG_BASE_RUNTIME_H

#include "pg/base/version.h"

#include "core/base/runtime.h"
#include "utils/palloc.h"

/* A Runtime whose memory is in context and that stops for query cancel. */
extern Runtime pg_runtime(MemoryContext context);

/* Raises the failure as an error; a cancelled call raises the cancel itself. */
pg_noreturn extern void report_failure(const Failure *failure);

/* Raises the failure unless status is LL_OK. */
#define CHECK_STATUS(status, failure)                                         \
	do                                                                        \
	{                                                                         \
		if ((status) != LL_OK)                                                \
			report_failure(&(failure));                                       \
	} while (0)

#endif
