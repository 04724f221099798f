/*
 * thread_pool.c
 *		The compute threads of a training.
 */
#include "pg/train/thread_pool.h"

#include <unistd.h>

#include "core/math/blas.h"
#include "optimizer/cost.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "utils/memutils.h"

int
thread_pool_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (linlearn_threads > 0)
		return linlearn_threads;
	return Max(1, Min((int) cores, max_parallel_workers_per_gather + 1));
}

/* Ends the pool when its memory context goes, on success or error. */
static void
stop_pool(void *argument)
{
	threads_stop((ThreadPool *) argument);
}

ThreadPool *
thread_pool_start(const Runtime *runtime)
{
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	Failure failure = {0};
	const Blas *blas;
	ThreadPool *pool;
	size_t callers;

	CHECK_STATUS(blas_open(&blas, &failure), failure);
	CHECK_STATUS(
		blas_reserve((size_t) thread_pool_count(), &callers, &failure),
		failure);
	CHECK_STATUS(threads_start(&pool, (int) callers, runtime, &failure),
				 failure);
	callback->func = stop_pool;
	callback->arg = pool;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return pool;
}
