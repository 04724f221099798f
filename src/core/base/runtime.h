/*
 * runtime.h
 *		What the core gets from its host, and how it reports failure.
 *
 * core, formats and io know nothing of PostgreSQL.  They take memory and learn
 * of a wish to stop through a Runtime, and they report failure by a Status and
 * a Failure that says what, where and what is allowed.  They never exit, jump
 * or print, and no callback of the host's may jump out of them: it keeps its
 * error in the Failure and returns LL_HOST, which is handed up like any other
 * status and never passed over.
 */
#ifndef LINLEARN_CORE_BASE_RUNTIME_H
#define LINLEARN_CORE_BASE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A thread beside the caller (aside.h). */
typedef struct Aside Aside;

/* What went wrong; the host maps each to its own error code. */
typedef enum Status
{
	LL_OK = 0,
	LL_INVALID,		/* an argument or option outside what is allowed */
	LL_MALFORMED,	/* bytes that are not what they claim to be */
	LL_LIMIT,		/* a size limit was exceeded */
	LL_NO_MEMORY,	/* the host could not give memory */
	LL_CANCELLED,	/* the host asked to stop */
	LL_UNSUPPORTED, /* valid, but not something we do */
	LL_IO,			/* a file, socket or peer failed */
	LL_DENIED,		/* the target is not allowed */
	LL_ABSENT,		/* there is nothing of that name */
	LL_HOST,		/* a callback of the host's failed, who knows how */
	LL_LATE /* time is up: the solvers', who answer with what they have */
} Status;

/*
 * What can be done about a failure where only the host has a name for it, that
 * of a setting or a function of its own: the host says it as the hint.
 */
typedef enum Remedy
{
	REMEDY_NONE = 0,
	REMEDY_CATEGORICAL_RANGE, /* a range of values */
	REMEDY_INTEGER_RANGE,
	REMEDY_TRAINED_MODEL,	/* bytes that a training returned */
	REMEDY_TRAINING_MEMORY, /* fewer weights, or a higher limit */
	REMEDY_READ_SIZE,		/* a higher limit of what is read */
	REMEDY_URL_TIME,		/* a longer wait */
	REMEDY_LISTED_URL,		/* a URL of the list of those allowed */
	REMEDY_LISTED_ADDRESS,	/* an entry of that list for a private address */
	REMEDY_URL_LIST,		/* another list: this one is wrong */
	REMEDIES
} Remedy;

typedef struct Failure
{
	Status status;
	Remedy remedy;	   /* of the host's; unless there is a hint */
	void *host_error;  /* of LL_HOST: the host's own, else NULL */
	char message[512]; /* lower case, no full stop */
	char detail[512];  /* a sentence, or empty */
	char hint[512];	   /* a sentence, or empty */
} Failure;

/*
 * Memory belongs to the host's current owner and is freed all at once when that
 * owner goes, on success or failure; release() gives a large piece back early.
 * Only the thread that called into the core may call these two.
 */
typedef struct Runtime
{
	void *context;
	void *(*allocate)(void *context, size_t size); /* NULL: out of memory */
	void (*release)(void *context, void *pointer);
	bool (*interrupted)(void *context); /* true: stop soon; any thread */
	/* Memory that will be written to soon, so that it may be made ready on another
	 * thread.  May be missing. */
	void (*expect)(void *context, void *pointer, size_t size);
	/* The thread that goes on with what memory of this runtime holds, started when
	 * first asked for and ended before the memory is freed; NULL: there is none.
	 * May be missing. */
	Aside *(*aside)(void *context);
} Runtime;

/*
 * The size of a huge page.  A host may ask for such pages where an allocation
 * holds whole ones, so a large array does well to start at a multiple.
 */
#define RUNTIME_HUGE_PAGE ((size_t) 2 << 20)

/* Allocates size bytes, uninitialised; NULL when out of memory. */
extern void *runtime_allocate(const Runtime *runtime, size_t size);

/*
 * Allocates count * size zeroed bytes; NULL on overflow or out of memory, or
 * when the host wants to stop, which it then prefers to report.
 */
extern void *runtime_allocate_zero(const Runtime *runtime, size_t count,
								   size_t size);

/* Clears memory; false when the host wants to stop, and some of it is as it was. */
extern bool runtime_clear(const Runtime *runtime, void *pointer, size_t size);

/* Says that memory will be written to soon. */
extern void runtime_expect(const Runtime *runtime, void *pointer, size_t size);

/* The thread beside; NULL: none. */
extern Aside *runtime_aside(const Runtime *runtime);

/* Gives memory back early; NULL is allowed. */
extern void runtime_release(const Runtime *runtime, void *pointer);

/* True when the host wants the call to end with LL_CANCELLED. */
extern bool runtime_interrupted(const Runtime *runtime);

/* Cheap steps of a loop, such as rows, between two looks. */
#define RUNTIME_STEPS 65536

/*
 * Whether a loop is to end at a step: looks at the interrupt flag only now and
 * then.  What is computed then means nothing; the flag stays up, so that it is
 * enough to ask runtime_interrupted() after the loop, or later.  runtime NULL:
 * never.
 */
static inline bool
runtime_stops(const Runtime *runtime, size_t step)
{
	return step % RUNTIME_STEPS == 0 && runtime != NULL &&
		   runtime_interrupted(runtime);
}

/* The same where each step does `width` things. */
static inline bool
runtime_stops_wide(const Runtime *runtime, size_t step, size_t width)
{
	return step % (RUNTIME_STEPS / (width + 1) + 1) == 0 && runtime != NULL &&
		   runtime_interrupted(runtime);
}

/* Fills failure (which may be NULL) with a formatted message; returns status. */
extern Status fail(Failure *failure, Status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a detail sentence or a hint sentence to a failure already filled. */
extern void fail_detail(Failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
extern void fail_hint(Failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Lets the host say a failure's hint. */
extern void fail_remedy(Failure *failure, Remedy remedy);

/* The failures that every module reports alike. */
extern Status fail_no_memory(Failure *failure);
extern Status fail_cancelled(Failure *failure);

/* A Runtime over malloc for programs without a host, such as the unit tests. */
typedef struct MallocArena
{
	void **pointers;
	size_t count;
	size_t capacity;
	long allocations_left; /* negative: no limit; else how many succeed yet */
	bool interrupt;		   /* what interrupted() answers */
} MallocArena;

extern Runtime malloc_runtime(MallocArena *arena);
extern void malloc_arena_free(MallocArena *arena);

#endif
