/*
 * fuzz_libsvm.c
 *		Any bytes as libsvm text: an error or sound rows, never a crash.  The
 * first byte chooses the reader's options.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/libsvm.h"

/* Traps unless a sample keeps its promises. */
static void
check_sample(const Sample *sample)
{
	for (size_t i = 0; sample->sparse && i < sample->count; i++)
	{
		if (i > 0 && sample->keys[i] <= sample->keys[i - 1])
			abort();
		if (sample->dimension > 0 && sample->keys[i] >= sample->dimension)
			abort();
	}
	if (sample->sparse ? sample->key_count != sample->count
					   : sample->dimension != sample->count)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	LibsvmReader reader;
	Failure failure;
	bool found = size > 0;

	if (found)
		libsvm_init(&reader, &runtime, data + 1, size - 1, data[0] & 1,
					data[0] & 2 ? 100 : 0, data[0] & 4);
	while (found && libsvm_next(&reader, &found, &failure) == LL_OK)
	{
		if (found)
			check_sample(&reader.sample);
	}
	malloc_arena_free(&arena);
	return 0;
}
