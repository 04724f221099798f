/*
 * team.c
 *		Short pieces of work, one after another, shared among a pool's threads.
 *
 * What is to be done is one word: the number of the piece, and how many of its
 * tasks nobody has taken.  A task is taken by exchanging the word for the next, which
 * fails if the piece is over: so nobody can take one of a piece that has gone.
 */
#include "core/base/team.h"

#include <pthread.h>

/* Looks at the word before a thread sleeps: some ten microseconds. */
#define LOOKS 400

#define LEFT(word) ((word) &TEAM_MOST_TASKS)
#define NEXT_PIECE ((uint64_t) TEAM_MOST_TASKS + 1)

struct Team
{
	void (*lead)(void *argument, Team *team);
	void *lead_argument;
	/* Written by the leader while no task is left or runs. */
	void (*task)(void *argument, size_t index);
	void *argument;
	/* Atomic. */
	uint64_t word;
	uint32_t unfinished;
	uint32_t sleepers; /* the leader, or members */
	bool over;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

/* Lets a processor's other thread run while this one looks. */
static inline void
look_again(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Whether a member has something to do. */
static bool
is_called(const Team *team)
{
	return LEFT(__atomic_load_n(&team->word, __ATOMIC_SEQ_CST)) > 0 ||
		   __atomic_load_n(&team->over, __ATOMIC_SEQ_CST);
}

/* Whether the leader may go on. */
static bool
is_finished(const Team *team)
{
	return __atomic_load_n(&team->unfinished, __ATOMIC_SEQ_CST) == 0;
}

/* Waits for what another thread does: awake for a while, then asleep. */
static void
await(Team *team, bool (*happened)(const Team *team))
{
	for (int i = 0; i < LOOKS; i++)
	{
		if (happened(team))
			return;
		look_again();
	}
	pthread_mutex_lock(&team->lock);
	__atomic_add_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
	while (!happened(team))
		pthread_cond_wait(&team->changed, &team->lock);
	__atomic_sub_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&team->lock);
}

/* Wakes who sleeps, after a change that is to be seen. */
static void
tell(Team *team)
{
	if (__atomic_load_n(&team->sleepers, __ATOMIC_SEQ_CST) == 0)
		return;
	pthread_mutex_lock(&team->lock);
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
}

/* Takes and runs tasks until none is left. */
static void
run_tasks(Team *team)
{
	uint64_t word = __atomic_load_n(&team->word, __ATOMIC_SEQ_CST);

	while (LEFT(word) > 0)
	{
		if (!__atomic_compare_exchange_n(&team->word, &word, word - 1, false,
										 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		team->task(team->argument, LEFT(word) - 1);
		if (__atomic_sub_fetch(&team->unfinished, 1, __ATOMIC_SEQ_CST) == 0)
			tell(team);
		word = __atomic_load_n(&team->word, __ATOMIC_SEQ_CST);
	}
}

void
team_share(Team *team, void (*task)(void *argument, size_t index),
		   void *argument, size_t count)
{
	if (team == NULL || count == 1)
	{
		for (size_t i = 0; i < count; i++)
			task(argument, i);
		return;
	}
	if (count == 0)
		return;
	team->task = task;
	team->argument = argument;
	__atomic_store_n(&team->unfinished, (uint32_t) count, __ATOMIC_SEQ_CST);
	/* None is left: the last word's low bits are 0. */
	__atomic_add_fetch(&team->word, NEXT_PIECE + count, __ATOMIC_SEQ_CST);
	tell(team);
	run_tasks(team);
	await(team, is_finished);
}

/* Leads, or serves. */
static void
take_part(void *argument, size_t index)
{
	Team *team = argument;

	if (index == 0)
	{
		team->lead(team->lead_argument, team);
		__atomic_store_n(&team->over, true, __ATOMIC_SEQ_CST);
		tell(team);
		return;
	}
	while (!__atomic_load_n(&team->over, __ATOMIC_SEQ_CST))
	{
		await(team, is_called);
		run_tasks(team);
	}
}

void
team_run(ThreadPool *pool, size_t most,
		 void (*lead)(void *argument, Team *team), void *argument)
{
	Team team = {.lead = lead, .lead_argument = argument};
	size_t size = (size_t) threads_count(pool);

	size = size < most ? size : most;
	if (size <= 1)
	{
		lead(argument, NULL);
		return;
	}
	pthread_mutex_init(&team.lock, NULL);
	pthread_cond_init(&team.changed, NULL);
	threads_run(pool, take_part, &team, size);
	pthread_cond_destroy(&team.changed);
	pthread_mutex_destroy(&team.lock);
}
