/*
 * pages_ahead.c
 *		A thread that has pages of memory made before rows are written to them.
 *
 * The kernel clears a page when it is first touched, which takes as long as
 * packing the rows that go there.  The thread asks for pages by madvise, which
 * changes nothing that memory holds: should a piece be gone by then, or be
 * something else, no harm is done.
 */
#include "pg/train/pages_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "access/parallel.h"
#include "pg/base/runtime.h"
#include "pg/train/thread_pool.h"
#include "utils/memutils.h"

#ifdef MADV_POPULATE_WRITE

/* Asked for and not made yet; what does not fit is left to the writer. */
#define WAITING 8
#define STACK_BYTES ((size_t) 256 << 10)

typedef struct Range
{
	char *start;
	size_t size;
} Range;

/* There is one in a backend at most. */
typedef struct PagesAhead
{
	bool running;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	bool stopping;
	Range waiting[WAITING]; /* a ring */
	unsigned first;
	unsigned count;
} PagesAhead;

static PagesAhead ahead;

/* Has pages made as long as any are asked for. */
static void *
make_pages(void *argument)
{
	(void) argument;
	pthread_mutex_lock(&ahead.lock);
	while (!ahead.stopping)
	{
		Range range = ahead.waiting[ahead.first];

		if (ahead.count == 0)
		{
			pthread_cond_wait(&ahead.asked, &ahead.lock);
			continue;
		}
		ahead.first = (ahead.first + 1) % WAITING;
		ahead.count--;
		pthread_mutex_unlock(&ahead.lock);
		/* Only a wish: an older kernel does not know it. */
		(void) madvise(range.start, range.size, MADV_POPULATE_WRITE);
		pthread_mutex_lock(&ahead.lock);
	}
	pthread_mutex_unlock(&ahead.lock);
	return NULL;
}

void
pages_ahead_end(void)
{
	if (!ahead.running)
		return;
	pthread_mutex_lock(&ahead.lock);
	ahead.stopping = true;
	pthread_cond_signal(&ahead.asked);
	pthread_mutex_unlock(&ahead.lock);
	pthread_join(ahead.thread, NULL);
	pthread_cond_destroy(&ahead.asked);
	pthread_mutex_destroy(&ahead.lock);
	ahead.running = false;
}

/* Ends the thread when a memory context that started one goes. */
static void
stop(void *argument)
{
	(void) argument;
	pages_ahead_end();
}

/* Starts the thread, with the server's signals blocked; false: there is none. */
static bool
start(MemoryContext context)
{
	MemoryContextCallback *callback;
	pthread_attr_t attributes;
	sigset_t all, before;

	if (IsParallelWorker() || thread_pool_count() < 2)
		return false;
	callback = MemoryContextAllocExtended(
		context, sizeof(MemoryContextCallback), MCXT_ALLOC_NO_OOM);
	if (callback == NULL)
		return false;
	ahead = (PagesAhead){0};
	pthread_mutex_init(&ahead.lock, NULL);
	pthread_cond_init(&ahead.asked, NULL);
	pthread_attr_init(&attributes);
	(void) pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	ahead.running =
		pthread_create(&ahead.thread, &attributes, make_pages, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (!ahead.running)
		return false;
	*callback = (MemoryContextCallback){.func = stop};
	MemoryContextRegisterResetCallback(context, callback);
	return true;
}

/* Asks for the pages of a range. */
static void
expect(void *context, void *pointer, size_t size)
{
	if (!ahead.running && !start((MemoryContext) context))
		return;
	pthread_mutex_lock(&ahead.lock);
	if (ahead.count < WAITING)
		ahead.waiting[(ahead.first + ahead.count++) % WAITING] =
			(Range){pointer, size};
	pthread_cond_signal(&ahead.asked);
	pthread_mutex_unlock(&ahead.lock);
}

Runtime
pages_ahead_runtime(MemoryContext context)
{
	Runtime runtime = pg_runtime(context);

	runtime.expect = expect;
	return runtime;
}

#else

void
pages_ahead_end(void)
{
}

Runtime
pages_ahead_runtime(MemoryContext context)
{
	return pg_runtime(context);
}

#endif
