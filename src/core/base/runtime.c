/*
 * runtime.c
 *		Failure reports and the malloc-backed Runtime.
 */
#include "core/base/runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes cleared between two looks at interrupts. */
#define CLEAR_BYTES ((size_t) 16 << 20)

void *
runtime_allocate(const Runtime *runtime, size_t size)
{
	return runtime->allocate(runtime->context, size > 0 ? size : 1);
}

void *
runtime_allocate_zero(const Runtime *runtime, size_t count, size_t size)
{
	size_t total;
	void *pointer;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	pointer = runtime_allocate(runtime, total);
	if (pointer == NULL || runtime_clear(runtime, pointer, total))
		return pointer;
	runtime_release(runtime, pointer);
	return NULL;
}

bool
runtime_clear(const Runtime *runtime, void *pointer, size_t size)
{
	for (size_t at = 0; at < size; at += CLEAR_BYTES)
	{
		if (at > 0 && runtime_interrupted(runtime))
			return false;
		memset((char *) pointer + at, 0,
			   size - at < CLEAR_BYTES ? size - at : CLEAR_BYTES);
	}
	return true;
}

void
runtime_expect(const Runtime *runtime, void *pointer, size_t size)
{
	if (runtime->expect != NULL)
		runtime->expect(runtime->context, pointer, size);
}

Aside *
runtime_aside(const Runtime *runtime)
{
	return runtime->aside != NULL ? runtime->aside(runtime->context) : NULL;
}

void
runtime_release(const Runtime *runtime, void *pointer)
{
	if (pointer != NULL)
		runtime->release(runtime->context, pointer);
}

bool
runtime_interrupted(const Runtime *runtime)
{
	return runtime->interrupted != NULL &&
		   runtime->interrupted(runtime->context);
}

Status
fail(Failure *failure, Status status, const char *format, ...)
{
	va_list arguments;

	if (failure == NULL)
		return status;
	failure->status = status;
	failure->detail[0] = '\0';
	failure->hint[0] = '\0';
	failure->remedy = REMEDY_NONE;
	failure->host_error = NULL;
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
	va_end(arguments);
	return status;
}

void
fail_detail(Failure *failure, const char *format, ...)
{
	va_list arguments;

	if (failure == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(failure->detail, sizeof(failure->detail), format, arguments);
	va_end(arguments);
}

void
fail_hint(Failure *failure, const char *format, ...)
{
	va_list arguments;

	if (failure == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(failure->hint, sizeof(failure->hint), format, arguments);
	va_end(arguments);
}

void
fail_remedy(Failure *failure, Remedy remedy)
{
	if (failure != NULL)
		failure->remedy = remedy;
}

Status
fail_no_memory(Failure *failure)
{
	return fail(failure, LL_NO_MEMORY, "out of memory");
}

Status
fail_cancelled(Failure *failure)
{
	return fail(failure, LL_CANCELLED, "canceled");
}

/* Remembers each piece, so that malloc_arena_free can return them all. */
static void *
arena_allocate(void *context, size_t size)
{
	MallocArena *arena = context;
	void *pointer;

	if (arena->allocations_left == 0)
		return NULL;
	if (arena->count == arena->capacity)
	{
		size_t capacity = arena->capacity > 0 ? arena->capacity * 2 : 64;
		void **pointers = realloc(arena->pointers, capacity * sizeof(void *));

		if (pointers == NULL)
			return NULL;
		arena->pointers = pointers;
		arena->capacity = capacity;
	}
	/* Alignment as an AVX-512 load wants it; the size must be a multiple. */
	pointer = aligned_alloc(64, (size + 63) / 64 * 64);
	if (pointer == NULL)
		return NULL;
	if (arena->allocations_left > 0)
		arena->allocations_left--;
	arena->pointers[arena->count++] = pointer;
	return pointer;
}

static void
arena_release(void *context, void *pointer)
{
	MallocArena *arena = context;

	for (size_t i = arena->count; i-- > 0;)
	{
		if (arena->pointers[i] == pointer)
		{
			free(pointer);
			arena->pointers[i] = arena->pointers[--arena->count];
			return;
		}
	}
}

static bool
arena_interrupted(void *context)
{
	return ((MallocArena *) context)->interrupt;
}

Runtime
malloc_runtime(MallocArena *arena)
{
	memset(arena, 0, sizeof(*arena));
	arena->allocations_left = -1;
	return (Runtime){
		arena, arena_allocate, arena_release, arena_interrupted, NULL, NULL};
}

void
malloc_arena_free(MallocArena *arena)
{
	for (size_t i = 0; i < arena->count; i++)
		free(arena->pointers[i]);
	free(arena->pointers);
	memset(arena, 0, sizeof(*arena));
}
