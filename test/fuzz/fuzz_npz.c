/*
 * fuzz_npz.c
 *		Any bytes as numpy's .npy or .npz: read or refused.
 */
#include <string.h>

#include "formats/npy.h"

#include "formats/npz.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	NamedArrays arrays;
	Failure failure;

	if (npz_parse(&runtime, bytes, length, 1 << 22, &arrays, &failure) ==
		LL_OK)
		for (size_t i = 0; i < arrays.count; i++)
		{
			const NumberArray *array = &arrays.arrays[i].numbers;

			/* what was read can be read to its end */
			for (size_t row = 0; row < array->rows; row++)
				for (size_t column = 0; column < array->width; column++)
					(void) numbers_at(array, row, column);
		}
	malloc_arena_free(&arena);
	return 0;
}
