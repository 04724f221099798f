/*
 * fuzz_idx.c
 *		Any bytes as an idx file: read or refused.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/idx.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	NumberArray array;
	Failure failure;

	if (idx_parse(bytes, length, &array, &failure) != LL_OK)
		return 0;
	/* what was read can be read to its end */
	if (array.rows * array.width * number_size(array.type) > length)
		abort();
	for (size_t row = 0; row < array.rows; row++)
		for (size_t column = 0; column < array.width; column++)
			(void) numbers_at(&array, row, column);
	return 0;
}
