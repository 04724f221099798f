/*
 * runtime.c
 *		The core's Runtime over a memory context, and its failures as ereport.
 */
#include "pg/runtime.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * Asks for huge pages: packing rows is mostly page faults otherwise.  Only a
 * wish, so its answer does not matter.
 */
static void
advise_huge_pages(void *pointer, Size size)
{
#ifdef MADV_HUGEPAGE
	uintptr_t start = TYPEALIGN(RUNTIME_HUGE_PAGE, (uintptr_t) pointer);
	uintptr_t end = TYPEALIGN_DOWN(RUNTIME_HUGE_PAGE, (uintptr_t) pointer + size);

	if (end > start)
		(void) madvise((void *) start, end - start, MADV_HUGEPAGE);
#endif
}

/*
 * Only looks: the core must unwind and join its threads before the error is
 * raised, which report_failure() does.
 */
static bool
backend_interrupted(void *context)
{
	return InterruptPending && (QueryCancelPending || ProcDiePending);
}

static void *
context_allocate(void *context, size_t size)
{
	void *pointer;

	if (!AllocHugeSizeIsValid(size))
		return NULL;
	/* First touches of many large arrays take long. */
	if (size >= RUNTIME_HUGE_PAGE && backend_interrupted(context))
		return NULL;
	pointer = MemoryContextAllocExtended((MemoryContext) context, size,
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (pointer != NULL && size >= RUNTIME_HUGE_PAGE)
		advise_huge_pages(pointer, size);
	return pointer;
}

static void
context_release(void *context, void *pointer)
{
	pfree(pointer);
}

Runtime
pg_runtime(MemoryContext context)
{
	return (Runtime){context, context_allocate, context_release,
					 backend_interrupted};
}

/* The SQLSTATE of a failed call. */
static int
failure_sqlstate(Status status)
{
	switch (status)
	{
		case LL_INVALID:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case LL_MALFORMED:
			return ERRCODE_INVALID_BINARY_REPRESENTATION;
		case LL_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case LL_NO_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		case LL_CANCELLED:
			return ERRCODE_QUERY_CANCELED;
		case LL_UNSUPPORTED:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		case LL_IO:
			return ERRCODE_IO_ERROR;
		case LL_DENIED:
			return ERRCODE_INSUFFICIENT_PRIVILEGE;
		case LL_ABSENT:
			return ERRCODE_UNDEFINED_FILE;
		case LL_LATE:
		case LL_OK:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
report_failure(const Failure *failure)
{
	if (failure->status == LL_CANCELLED || failure->status == LL_NO_MEMORY)
		CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(failure_sqlstate(failure->status)),
			 errmsg("%s", failure->message),
			 failure->detail[0] != '\0' ? errdetail("%s", failure->detail) : 0,
			 failure->hint[0] != '\0' ? errhint("%s", failure->hint) : 0));
	pg_unreachable();
}
