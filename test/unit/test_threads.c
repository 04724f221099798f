/*
 * test_threads.c
 *		The pool runs every task once, with every signal blocked, and ends.
 */
#include "core/base/threads.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#define TASKS 1000

typedef struct Work
{
	atomic_int runs[TASKS];
	atomic_int open_signals;
	pthread_t caller;
} Work;

/* Counts its run; spends unlike times; looks at the thread's signal mask. */
static void
task(void *argument, size_t index)
{
	Work *work = argument;
	volatile double sum = 0;
	sigset_t mask;

	for (size_t i = 0; i < index % 7 * 500; i++)
		sum = sum + (double) i;
	atomic_fetch_add(&work->runs[index], 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (!pthread_equal(pthread_self(), work->caller) &&
		(!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGINT) ||
		 !sigismember(&mask, SIGALRM) || !sigismember(&mask, SIGUSR1)))
		atomic_fetch_add(&work->open_signals, 1);
}

/* Threads of this process; sanitizers may have some of their own. */
static int
process_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	int count = 0;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2;
}

/* Every task once, many rounds, every size of pool; none is left at the end. */
static void
test_every_task_once(void **state)
{
	static const size_t counts[] = {0, 1, 2, 3, TASKS};
	int before = process_threads();

	(void) state;
	for (int size = 1; size <= 8; size++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Work *work = calloc(1, sizeof(Work));
		ThreadPool *pool;
		Failure failure;
		sigset_t mask = {0}, after = {0};

		pthread_sigmask(SIG_SETMASK, NULL, &mask);
		assert_int_equal(threads_start(&pool, size, &runtime, &failure),
						 LL_OK);
		pthread_sigmask(SIG_SETMASK, NULL, &after);
		assert_memory_equal(&mask, &after, sizeof(mask));
		assert_int_equal(threads_count(pool), size);
		if (before > 0)
			assert_int_equal(process_threads(), before + size - 1);
		work->caller = pthread_self();
		for (int round = 1; round <= 20; round++)
			for (size_t c = 0; c < 5; c++)
			{
				memset(work->runs, 0, sizeof(work->runs));
				threads_run(pool, task, work, counts[c]);
				for (size_t i = 0; i < TASKS; i++)
					assert_int_equal(work->runs[i], i < counts[c]);
			}
		assert_int_equal(work->open_signals, 0);
		threads_stop(pool);
		threads_stop(pool);
		if (before > 0)
			assert_int_equal(process_threads(), before);
		free(work);
		malloc_arena_free(&arena);
	}
	threads_stop(NULL);
}

/* A pool that never ran anything ends as well. */
static void
test_idle_pool(void **state)
{
	(void) state;
	for (int i = 0; i < 50; i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		ThreadPool *pool;
		Failure failure;

		assert_int_equal(threads_start(&pool, 4, &runtime, &failure), LL_OK);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

static void
test_no_memory(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	ThreadPool *pool = (ThreadPool *) &arena;
	Failure failure;

	(void) state;
	arena.allocations_left = 0;
	assert_int_equal(threads_start(&pool, 4, &runtime, &failure),
					 LL_NO_MEMORY);
	assert_null(pool);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_task_once),
		cmocka_unit_test(test_idle_pool),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
