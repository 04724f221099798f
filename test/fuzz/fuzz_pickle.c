/*
 * fuzz_pickle.c
 *		Any bytes as a pickle: read or refused, with a message either way.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/digits.h"
#include "formats/pickle.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Read all numbers of the arrays, and make digits of them. */
static void
read_arrays(const Runtime *runtime, const PickleArrays *arrays)
{
	DigitSet set = {0};
	Failure failure;
	uint8_t *pixels;
	int label;

	for (size_t i = 0; i < arrays->count; i++)
	{
		const NumberArray *array = &arrays->arrays[i].numbers;

		if (array->rows == 0)
			continue;
		(void) numbers_at(array, 0, 0);
		(void) numbers_at(array, array->rows - 1, array->width - 1);
	}
	if (digits_add_pickle(&set, arrays, &failure) != LL_OK ||
		digits_scan(runtime, &set, &failure) != LL_OK)
		return;
	pixels = runtime_allocate(runtime, set.width);
	for (int split = 0; pixels != NULL && split < DIGITS_SPLITS; split++)
		for (size_t row = 0; row < set.splits[split].rows; row++)
			digits_row(&set, split, row, pixels, &label, &failure);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	PickleArrays arrays;
	Failure failure = {0};

	if (pickle_parse(&runtime, bytes, length, &arrays, &failure) == LL_OK)
		read_arrays(&runtime, &arrays);
	else if (failure.message[0] == '\0')
		abort();
	malloc_arena_free(&arena);
	return 0;
}
