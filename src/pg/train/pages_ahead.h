/*
 * pages_ahead.h
 *		The thread beside a backend that collects rows: it has the pages made that
 *		they go to, and hashes those that are there.
 */
#ifndef LINLEARN_PG_TRAIN_PAGES_AHEAD_H
#define LINLEARN_PG_TRAIN_PAGES_AHEAD_H

#include "pg/base/version.h"

#include "core/base/runtime.h"

/*
 * A Runtime over a memory context that knows of the thread.  It is started when it
 * is first of use, if the settings grant threads, and ends with the context of the
 * rows that started it.
 */
extern Runtime pages_ahead_runtime(MemoryContext context);

/* Ends the thread, as other threads begin; what is expected later starts another. */
extern void pages_ahead_end(void);

#endif
