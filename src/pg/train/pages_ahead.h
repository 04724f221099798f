/*
 * pages_ahead.h
 *		A thread that has pages of memory made before rows are written to them.
 */
#ifndef LINLEARN_PG_TRAIN_PAGES_AHEAD_H
#define LINLEARN_PG_TRAIN_PAGES_AHEAD_H

#include "pg/base/version.h"

#include "core/base/runtime.h"

/*
 * A Runtime over a memory context that hands on what is expected to be written to
 * such a thread.  It is started when it is first of use, if the settings grant
 * threads, and ends with the context of the rows that started it.
 */
extern Runtime pages_ahead_runtime(MemoryContext context);

/* Ends the thread, as other threads begin; what is expected later starts another. */
extern void pages_ahead_end(void);

#endif
