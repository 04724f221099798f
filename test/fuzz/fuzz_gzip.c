/*
 * fuzz_gzip.c
 *		Any bytes as a gzip file: unpacked within the limit or refused.
 */
#include <stdlib.h>

#include "formats/gzip.h"

#define LIMIT 100000

extern int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure = {0};
	uint8_t *unpacked;
	size_t size;

	if (gzip_unpack(&runtime, bytes, length, LIMIT, &unpacked, &size,
					&failure) == LL_OK)
	{
		if (size > LIMIT)
			abort();
	}
	else if (failure.message[0] == '\0' || arena.count != 0)
		abort();
	malloc_arena_free(&arena);
	return 0;
}
