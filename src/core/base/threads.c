/*
 * threads.c
 *		A small pool of compute threads.
 */
#include "core/base/threads.h"

#include <pthread.h>
#include <signal.h>

#define MAX_THREADS 256

struct ThreadPool
{
	pthread_mutex_t lock;
	pthread_cond_t work_ready;
	pthread_cond_t work_done;
	pthread_t threads[MAX_THREADS];
	int started;
	bool stopping;
	bool stopped;
	void (*task)(void *argument, size_t index);
	void *argument;
	size_t count;
	size_t next; /* first task nobody has taken */
	size_t unfinished;
};

/* Takes and runs tasks until none is left; the lock is held on entry and exit. */
static void
run_tasks(ThreadPool *pool)
{
	while (pool->next < pool->count)
	{
		size_t index = pool->next++;

		pthread_mutex_unlock(&pool->lock);
		pool->task(pool->argument, index);
		pthread_mutex_lock(&pool->lock);
		if (--pool->unfinished == 0)
			pthread_cond_broadcast(&pool->work_done);
	}
}

static void *
thread_main(void *argument)
{
	ThreadPool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping)
	{
		run_tasks(pool);
		if (!pool->stopping)
			pthread_cond_wait(&pool->work_ready, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

Status
threads_start(ThreadPool **result, int count, const Runtime *runtime,
			  Failure *failure)
{
	ThreadPool *pool = runtime_allocate_zero(runtime, 1, sizeof(ThreadPool));
	sigset_t all, before;

	*result = pool;
	if (pool == NULL)
		return fail_no_memory(failure);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work_ready, NULL);
	pthread_cond_init(&pool->work_done, NULL);
	/* A thread inherits the mask: the server's signals stay with the caller. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (pool->started < count - 1 && pool->started < MAX_THREADS)
	{
		if (pthread_create(&pool->threads[pool->started], NULL, thread_main,
						   pool) != 0)
			break;
		pool->started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return LL_OK;
}

void
threads_run(ThreadPool *pool, void (*task)(void *argument, size_t index),
			void *argument, size_t count)
{
	if (pool->started == 0)
	{
		for (size_t i = 0; i < count; i++)
			task(argument, i);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	pool->task = task;
	pool->argument = argument;
	pool->next = 0;
	pool->count = count;
	pool->unfinished = count;
	pthread_cond_broadcast(&pool->work_ready);
	run_tasks(pool);
	while (pool->unfinished > 0)
		pthread_cond_wait(&pool->work_done, &pool->lock);
	pool->count = 0;
	pool->next = 0;
	pthread_mutex_unlock(&pool->lock);
}

int
threads_count(const ThreadPool *pool)
{
	return pool->started + 1;
}

void
threads_stop(ThreadPool *pool)
{
	if (pool == NULL || pool->stopped)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work_ready);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->started; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->work_ready);
	pthread_cond_destroy(&pool->work_done);
	pthread_mutex_destroy(&pool->lock);
	pool->stopped = true;
}
