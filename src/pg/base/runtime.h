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

/*
 * Does what may raise an error for a callback that the core calls: the error is
 * caught, kept in the failure, and LL_HOST returned, so that the core unwinds;
 * report_failure() then raises it again, with all that it says.  (What ends the
 * process, as a FATAL does, still ends it from here.)
 */
extern Status call_host(void (*work)(void *argument), void *argument,
						Failure *failure);

/*
 * Raises the failure as an error; a cancelled call raises the cancel itself, and
 * a failed callback its own error.
 */
pg_noreturn extern void report_failure(const Failure *failure);

/* Raises the failure unless status is LL_OK. */
#define CHECK_STATUS(status, failure)                                         \
	do                                                                        \
	{                                                                         \
		if ((status) != LL_OK)                                                \
			report_failure(&(failure));                                       \
	} while (0)

#endif
