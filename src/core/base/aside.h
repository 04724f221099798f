/*
 * aside.h
 *		A thread beside the caller: it has pages of memory made before they are
 *		written to, and goes on with what it is handed, a step at a time.
 *
 * Its owner is the one thread that calls what is here.  It has every signal
 * blocked, and never allocates.
 */
#ifndef LINLEARN_CORE_BASE_ASIDE_H
#define LINLEARN_CORE_BASE_ASIDE_H

#include <pthread.h>

#include "core/base/runtime.h"

/* Asked for and not made yet; what does not fit is left to the writer. */
#define ASIDE_RANGES 8
/* Pieces of work at a time. */
#define ASIDE_WORKS 4

/* Does a step of the work; false: there is none left for now. */
typedef bool AsideStep(void *work);

typedef struct AsideRange
{
	char *start;
	size_t size;
} AsideRange;

typedef struct AsideWork
{
	AsideStep *step;
	void *work; /* NULL: none */
	bool waits; /* there are steps to do */
} AsideWork;

struct Aside
{
	bool running; /* the owner's */
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t asked;
	pthread_cond_t rested;
	bool stopping;
	bool held;						  /* no step may begin */
	bool steps;						  /* one runs */
	AsideRange waiting[ASIDE_RANGES]; /* a ring */
	unsigned first;
	unsigned count;
	AsideWork works[ASIDE_WORKS];
};

/* Starts the thread; false: there is none. */
extern bool aside_start(Aside *aside);

/* Ends and joins it, after the step that it is at; one that does not run is left alone. */
extern void aside_end(Aside *aside);

/* Asks for the pages of a range, which may be gone by then. */
extern void aside_expect(Aside *aside, void *start, size_t size);

/*
 * Hands work over, or says that there is more of it to do; false: nobody does it.
 * What the owner wrote before is seen by the steps.
 */
extern bool aside_hand(Aside *aside, AsideStep *step, void *work);

/* Between the two no step runs. */
extern void aside_hold(Aside *aside);
extern void aside_let_go(Aside *aside);

/* Takes work back: no step of it runs any more, and what they wrote is seen. */
extern void aside_take_back(Aside *aside, const void *work);

#endif
