/*
 * thread_pool.h
 *		The compute threads of a training.
 */
#ifndef LINLEARN_PG_TRAIN_THREAD_POOL_H
#define LINLEARN_PG_TRAIN_THREAD_POOL_H

#include "pg/base/version.h"

#include "core/base/threads.h"

/* How many threads the settings grant a training. */
extern int thread_pool_count(void);

/*
 * Starts as many threads as the settings grant and OpenBLAS has memory for; they
 * end with the current memory context.
 */
extern ThreadPool *thread_pool_start(const Runtime *runtime);

#endif
