/*
 * team.h
 *		Short pieces of work, one after another, shared among a pool's threads.
 *
 * A pool's tasks may take long to begin: its threads sleep.  A team's stay awake
 * for a while between two pieces, so that some microseconds of work are worth it.
 * Who is late is not waited for: the leader takes what nobody has taken.
 */
#ifndef LINLEARN_CORE_BASE_TEAM_H
#define LINLEARN_CORE_BASE_TEAM_H

#include "core/base/threads.h"

typedef struct Team Team;

/* Most tasks of a piece of work. */
#define TEAM_MOST_TASKS 65535

/*
 * Runs lead(argument, team) on one of the pool's threads; others, so many with it at
 * most, serve it until it ends.  Members wait awake: more than processors, or than a
 * piece has tasks, keep each other from work.  Not from within a task of the pool.
 */
extern void team_run(ThreadPool *pool, size_t most,
					 void (*lead)(void *argument, Team *team), void *argument);

/*
 * Runs task(argument, i) for i in 0 .. count - 1; returns when all are done.  The
 * leader's alone to call; team NULL: on this thread.
 */
extern void team_share(Team *team, void (*task)(void *argument, size_t index),
					   void *argument, size_t count);

#endif
