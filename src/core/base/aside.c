/*
 * aside.c
 *		A thread beside the caller.
 *
 * The kernel clears a page when it is first touched, which takes as long as
 * packing the rows that go there.  The thread asks for pages by madvise, which
 * changes nothing that memory holds: should a range be gone by then, or be
 * something else, no harm is done.
 */
#include "core/base/aside.h"

#include <signal.h>
#include <sys/mman.h>

#define STACK_BYTES ((size_t) 256 << 10)

/* Has pages made; only a wish: an older kernel does not know it. */
static void
make_pages(AsideRange range)
{
#ifdef MADV_POPULATE_WRITE
	(void) madvise(range.start, range.size, MADV_POPULATE_WRITE);
#else
	(void) range;
#endif
}

/* Work that has steps to do; NULL: none may begin. */
static AsideWork *
next_work(Aside *aside)
{
	for (size_t i = 0; i < ASIDE_WORKS && !aside->held; i++)
		if (aside->works[i].waits)
			return &aside->works[i];
	return NULL;
}

/* Takes the next range and has it made; the lock is held on entry and exit. */
static void
run_range(Aside *aside)
{
	AsideRange range = aside->waiting[aside->first];

	aside->first = (aside->first + 1) % ASIDE_RANGES;
	aside->count--;
	pthread_mutex_unlock(&aside->lock);
	make_pages(range);
	pthread_mutex_lock(&aside->lock);
}

/* Does a step, likewise. */
static void
run_step(Aside *aside, AsideWork *work)
{
	AsideWork chosen = *work;

	/* More may be said to be there while the step finds none. */
	work->waits = false;
	aside->steps = true;
	pthread_mutex_unlock(&aside->lock);
	chosen.waits = chosen.step(chosen.work);
	pthread_mutex_lock(&aside->lock);
	aside->steps = false;
	if (work->work == chosen.work && chosen.waits)
		work->waits = true;
	pthread_cond_signal(&aside->rested);
}

/* Makes pages first: the owner comes to them soon. */
static void *
run(void *argument)
{
	Aside *aside = argument;

	pthread_mutex_lock(&aside->lock);
	while (!aside->stopping)
	{
		AsideWork *work = next_work(aside);

		if (aside->count > 0)
			run_range(aside);
		else if (work != NULL)
			run_step(aside, work);
		else
			pthread_cond_wait(&aside->asked, &aside->lock);
	}
	pthread_mutex_unlock(&aside->lock);
	return NULL;
}

bool
aside_start(Aside *aside)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	*aside = (Aside){0};
	pthread_mutex_init(&aside->lock, NULL);
	pthread_cond_init(&aside->asked, NULL);
	pthread_cond_init(&aside->rested, NULL);
	pthread_attr_init(&attributes);
	(void) pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* A thread inherits the mask: the server's signals stay with the caller. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	aside->running =
		pthread_create(&aside->thread, &attributes, run, aside) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return aside->running;
}

void
aside_end(Aside *aside)
{
	if (!aside->running)
		return;
	pthread_mutex_lock(&aside->lock);
	aside->stopping = true;
	pthread_cond_signal(&aside->asked);
	pthread_mutex_unlock(&aside->lock);
	pthread_join(aside->thread, NULL);
	pthread_cond_destroy(&aside->asked);
	pthread_cond_destroy(&aside->rested);
	pthread_mutex_destroy(&aside->lock);
	aside->running = false;
}

void
aside_expect(Aside *aside, void *start, size_t size)
{
	if (!aside->running)
		return;
	pthread_mutex_lock(&aside->lock);
	if (aside->count < ASIDE_RANGES)
		aside->waiting[(aside->first + aside->count++) % ASIDE_RANGES] =
			(AsideRange){start, size};
	pthread_cond_signal(&aside->asked);
	pthread_mutex_unlock(&aside->lock);
}

/* The place of work, or one for it; NULL: all are taken. */
static AsideWork *
place_of(Aside *aside, const void *work)
{
	AsideWork *room = NULL;

	for (size_t i = 0; i < ASIDE_WORKS; i++)
	{
		if (aside->works[i].work == work)
			return &aside->works[i];
		if (aside->works[i].work == NULL)
			room = &aside->works[i];
	}
	return room;
}

bool
aside_hand(Aside *aside, AsideStep *step, void *work)
{
	AsideWork *place;

	if (!aside->running)
		return false;
	pthread_mutex_lock(&aside->lock);
	place = place_of(aside, work);
	if (place != NULL)
		*place = (AsideWork){step, work, true};
	pthread_cond_signal(&aside->asked);
	pthread_mutex_unlock(&aside->lock);
	return place != NULL;
}

void
aside_hold(Aside *aside)
{
	if (!aside->running)
		return;
	pthread_mutex_lock(&aside->lock);
	aside->held = true;
	while (aside->steps)
		pthread_cond_wait(&aside->rested, &aside->lock);
	pthread_mutex_unlock(&aside->lock);
}

void
aside_let_go(Aside *aside)
{
	if (!aside->running)
		return;
	pthread_mutex_lock(&aside->lock);
	aside->held = false;
	pthread_cond_signal(&aside->asked);
	pthread_mutex_unlock(&aside->lock);
}

void
aside_take_back(Aside *aside, const void *work)
{
	AsideWork *place;

	if (!aside->running)
		return;
	aside_hold(aside);
	pthread_mutex_lock(&aside->lock);
	place = place_of(aside, work);
	if (place != NULL && place->work == work)
		*place = (AsideWork){0};
	pthread_mutex_unlock(&aside->lock);
	aside_let_go(aside);
}
