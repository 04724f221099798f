/*
 * threads.h
 *		A small pool of compute threads.
 *
 * A pool's threads have every signal blocked, touch only the buffers handed to
 * them, and never allocate.  The calling thread works too.  Which thread runs a
 * task must not matter to its result.
 */
#ifndef LINLEARN_CORE_BASE_THREADS_H
#define LINLEARN_CORE_BASE_THREADS_H

#include "core/base/runtime.h"

typedef struct ThreadPool ThreadPool;

/* Starts count - 1 threads (count >= 1); fewer when the system gives fewer. */
extern Status threads_start(ThreadPool **pool, int count,
							const Runtime *runtime, Failure *failure);

/* Runs task(argument, i) for i in 0 .. count - 1; returns when all are done. */
extern void threads_run(ThreadPool *pool,
						void (*task)(void *argument, size_t index),
						void *argument, size_t count);

/* How many threads run tasks, the caller included. */
extern int threads_count(const ThreadPool *pool);

/* Ends and joins the threads; a NULL or stopped pool is left alone. */
extern void threads_stop(ThreadPool *pool);

#endif
