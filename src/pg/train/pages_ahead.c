/*
 * pages_ahead.c
 *		The thread beside a backend that collects rows: it has the pages made that
 *		they go to, and hashes those that are there.
 */
#include "pg/train/pages_ahead.h"

#include "access/parallel.h"
#include "core/base/aside.h"
#include "pg/base/runtime.h"
#include "pg/train/thread_pool.h"
#include "utils/memutils.h"

/* There is one in a backend at most. */
static Aside ahead;
static MemoryContext owner; /* of the rows that started it */

void
pages_ahead_end(void)
{
	aside_end(&ahead);
}

/* Ends the thread when the memory context that started it goes. */
static void
stop(void *argument)
{
	if (owner == (MemoryContext) argument)
		aside_end(&ahead);
}

/* Starts the thread; false: there is none. */
static bool
start(MemoryContext context)
{
	MemoryContextCallback *callback;

	if (IsParallelWorker() || thread_pool_count() < 2)
		return false;
	callback = MemoryContextAllocExtended(
		context, sizeof(MemoryContextCallback), MCXT_ALLOC_NO_OOM);
	if (callback == NULL || !aside_start(&ahead))
		return false;
	owner = context;
	*callback = (MemoryContextCallback){.func = stop, .arg = context};
	MemoryContextRegisterResetCallback(context, callback);
	return true;
}

/* Asks for the pages of a range. */
static void
expect(void *context, void *pointer, size_t size)
{
	if (ahead.running || start((MemoryContext) context))
		aside_expect(&ahead, pointer, size);
}

/* The thread, for the rows that it ends with: those of other groups may go before. */
static Aside *
beside(void *context)
{
	if (!ahead.running && !start((MemoryContext) context))
		return NULL;
	return owner == (MemoryContext) context ? &ahead : NULL;
}

Runtime
pages_ahead_runtime(MemoryContext context)
{
	Runtime runtime = pg_runtime(context);

	runtime.expect = expect;
	runtime.aside = beside;
	return runtime;
}
