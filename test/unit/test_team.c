/*
 * test_team.c
 *		A team runs every task of every piece once, whoever sleeps meanwhile.
 */
#include "core/base/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "unit.h"

#define MOST 300

typedef struct Work
{
	atomic_int runs[MOST];
	int pieces;
	bool alone; /* there is no team */
	atomic_int members;
	pthread_t seen[MOST];
} Work;

static void
count_run(void *argument, size_t index)
{
	Work *work = argument;

	atomic_fetch_add(&work->runs[index], 1);
}

/* Pieces of unlike numbers of tasks; now and then members fall asleep. */
static void
lead(void *argument, Team *team)
{
	static const size_t counts[] = {0, 1, 2, 3, 8, MOST};
	Work *work = argument;

	work->alone = team == NULL;
	for (int piece = 0; piece < work->pieces; piece++)
	{
		size_t count = counts[(size_t) piece % 6];

		for (size_t i = 0; i < MOST; i++)
			atomic_store(&work->runs[i], 0);
		if (piece % 97 == 0)
			usleep(2000);
		team_share(team, count_run, work, count);
		for (size_t i = 0; i < MOST; i++)
			assert_int_equal(atomic_load(&work->runs[i]), i < count);
	}
}

static void
test_every_task_once(void **state)
{
	(void) state;
	for (int size = 1; size <= 6; size++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Work work = {.pieces = 600};
		ThreadPool *pool;
		Failure failure;

		assert_int_equal(threads_start(&pool, size, &runtime, &failure),
						 LL_OK);
		team_run(pool, MOST, lead, &work);
		assert_int_equal(work.alone, size == 1);
		/* Again, and the pool is as it was. */
		team_run(pool, MOST, lead, &work);
		for (size_t i = 0; i < MOST; i++)
			atomic_store(&work.runs[i], 0);
		threads_run(pool, count_run, &work, MOST);
		for (size_t i = 0; i < MOST; i++)
			assert_int_equal(atomic_load(&work.runs[i]), 1);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

/* A leader that shares nothing lets its team go. */
static void
test_nothing_shared(void **state)
{
	(void) state;
	for (int i = 0; i < 50; i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Work work = {.pieces = 0};
		ThreadPool *pool;
		Failure failure;

		assert_int_equal(threads_start(&pool, 4, &runtime, &failure), LL_OK);
		team_run(pool, MOST, lead, &work);
		assert_false(work.alone);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

/* Notes a thread that has not been seen. */
static void
note_thread(void *argument, size_t index)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	Work *work = argument;
	int seen = 0;

	(void) index;
	usleep(200);
	pthread_mutex_lock(&lock);
	while (seen < work->members &&
		   !pthread_equal(work->seen[seen], pthread_self()))
		seen++;
	if (seen == work->members)
		work->seen[work->members++] = pthread_self();
	pthread_mutex_unlock(&lock);
}

static void
lead_noting(void *argument, Team *team)
{
	for (int piece = 0; piece < 20; piece++)
		team_share(team, note_thread, argument, 32);
}

/* No more threads serve than are asked for, however large the pool. */
static void
test_most(void **state)
{
	(void) state;
	for (int most = 1; most <= 3; most++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Work work = {.pieces = 0};
		ThreadPool *pool;
		Failure failure;

		assert_int_equal(threads_start(&pool, 8, &runtime, &failure), LL_OK);
		team_run(pool, (size_t) most, lead_noting, &work);
		assert_in_range(work.members, 1, most);
		threads_stop(pool);
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_task_once),
		cmocka_unit_test(test_nothing_shared),
		cmocka_unit_test(test_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
