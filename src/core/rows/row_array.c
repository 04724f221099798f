/*
 * row_array.c
 *		Memory of an array with an element a row.
 */
#include "core/rows/row_array.h"

#include <string.h>

/* Before an array: what was allocated for it. */
#define HEAD_BYTES ((size_t) 16)
/* Bytes copied between two looks at interrupts. */
#define COPY_BYTES ((size_t) 16 << 20)

/* What was allocated for an array. */
static void **
memory_of(void *array)
{
	return (void **) ((char *) array - HEAD_BYTES);
}

/* Finds memory for an array. */
static void *
allocate(const Runtime *runtime, size_t size)
{
	size_t edge = size < RUNTIME_HUGE_PAGE ? 1 : RUNTIME_HUGE_PAGE;
	char *memory = runtime_allocate(runtime, HEAD_BYTES + edge - 1 + size);
	char *array;

	if (memory == NULL)
		return NULL;
	array = memory + HEAD_BYTES;
	array += -(uintptr_t) array & (edge - 1);
	*memory_of(array) = memory;
	return array;
}

void *
row_array_resize(const Runtime *runtime, void *old, size_t old_size,
				 size_t new_size)
{
	size_t kept = old_size < new_size ? old_size : new_size;
	char *new = allocate(runtime, new_size);

	if (new == NULL || old == NULL)
		return new;
	for (size_t at = 0; at < kept; at += COPY_BYTES)
	{
		if (at > 0 && runtime_interrupted(runtime))
		{
			row_array_release(runtime, new);
			return NULL;
		}
		memcpy(new + at, (const char *) old + at,
			   kept - at < COPY_BYTES ? kept - at : COPY_BYTES);
	}
	row_array_release(runtime, old);
	return new;
}

void
row_array_release(const Runtime *runtime, void *array)
{
	if (array != NULL)
		runtime_release(runtime, *memory_of(array));
}
