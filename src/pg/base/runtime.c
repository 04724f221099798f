/*
 * runtime.c
 *		The core's Runtime over a memory context, and its failures as ereport.
 */
#include "pg/base/runtime.h"

#include <sys/mman.h>

#include "mb/pg_wchar.h"
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
	uintptr_t end =
		TYPEALIGN_DOWN(RUNTIME_HUGE_PAGE, (uintptr_t) pointer + size);

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
	return (Runtime){
		context, context_allocate, context_release, backend_interrupted, NULL,
		NULL};
}

Status
call_host(void (*work)(void *argument), void *argument, Failure *failure)
{
	MemoryContext context = CurrentMemoryContext;
	uint32 holdoffs = InterruptHoldoffCount;
	ErrorData *volatile error = NULL;

	PG_TRY();
	{
		work(argument);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		InterruptHoldoffCount = holdoffs; /* which the error reset */
	}
	PG_END_TRY();
	if (error == NULL)
		return LL_OK;
	fail(failure, LL_HOST, "%s", error->message);
	failure->host_error = error;
	return LL_HOST;
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
		case LL_HOST:
		case LL_LATE:
		case LL_OK:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

/* What a failure's remedy is called here. */
static const char *const remedies[REMEDIES] = {
	[REMEDY_CATEGORICAL_RANGE] = "Use linlearn_categorical.",
	[REMEDY_INTEGER_RANGE] = "Use linlearn_integer.",
	[REMEDY_TRAINED_MODEL] = "A model is the bytea that linlearn_train() or "
							 "linlearn_tune() returned; a saved one, by its "
							 "name, is linlearn_model('name').",
	[REMEDY_TRAINING_MEMORY] = "Lower num_models, num_classes or feature_dim, "
							   "or raise linlearn.train_mem.",
	[REMEDY_READ_SIZE] = "linlearn.max_download_size sets the limit.",
	[REMEDY_URL_TIME] = "linlearn.url_timeout sets the limit.",
	[REMEDY_LISTED_URL] = "linlearn.allowed_url_prefixes names what is.",
	[REMEDY_LISTED_ADDRESS] = "A superuser can allow it in "
							  "linlearn.allowed_url_prefixes.",
	[REMEDY_URL_LIST] = "It is in linlearn.allowed_url_prefixes.",
};

/* A failure's hint, NULL for none: the core's own, else ours. */
static const char *
failure_hint(const Failure *failure)
{
	return failure->hint[0] != '\0' ? failure->hint
									: remedies[failure->remedy];
}

/*
 * A text of the core's without what is no character: it cuts long ones by bytes,
 * and clients may refuse what is not of their encoding.
 */
static const char *
whole_characters(const char *text)
{
	size_t left = strlen(text);
	char *clean, *to;

	if (pg_verifymbstr(text, (int) left, true))
		return text;
	clean = to = palloc(left + 1);
	while (left > 0)
	{
		size_t length = pg_encoding_mblen(GetDatabaseEncoding(), text);
		bool good = length <= left && pg_verifymbstr(text, (int) length, true);

		if (!good)
			length = 1;
		memcpy(to, good ? text : "?", length);
		to += length;
		text += length;
		left -= length;
	}
	*to = '\0';
	return clean;
}

void
report_failure(const Failure *failure)
{
	const char *hint = failure_hint(failure);

	if (failure->status == LL_CANCELLED || failure->status == LL_NO_MEMORY)
		CHECK_FOR_INTERRUPTS();
	if (failure->host_error != NULL)
		ReThrowError((ErrorData *) failure->host_error);
	ereport(ERROR, (errcode(failure_sqlstate(failure->status)),
					errmsg("%s", whole_characters(failure->message)),
					failure->detail[0] != '\0'
						? errdetail("%s", whole_characters(failure->detail))
						: 0,
					hint != NULL ? errhint("%s", whole_characters(hint)) : 0));
	pg_unreachable();
}
