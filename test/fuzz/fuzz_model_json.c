/*
 * fuzz_model_json.c
 *		Models out of JSON that nobody vouches for.
 *
 * Input is the JSON, or where it does not begin with a brace the bytes of a model,
 * whose checksum is then made right.  What is taken comes back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "core/model/checksum.h"
#include "core/model/model.h"
#include "formats/model_json.h"

#define HEADER_SIZE 16

/* Writes a model as JSON and reads it again: the same bytes. */
static void
come_back(const uint8_t *bytes, size_t size, const Runtime *runtime)
{
	Failure failure;
	char *text;
	uint8_t *again;
	size_t length, again_size;

	for (int ascii = 0; ascii < 2; ascii++)
		if (model_json_write(bytes, size, ascii, runtime, &text, &length,
							 &failure) != LL_OK ||
			model_json_read(text, length, runtime, &again, &again_size,
							&failure) != LL_OK ||
			again_size != size || memcmp(again, bytes, size) != 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	uint8_t *bytes = runtime_allocate(&runtime, size + 1);
	Model model;

	memcpy(bytes, data, size);
	if (size > 0 && data[0] == '{')
	{
		uint8_t *read;
		size_t read_size;

		if (model_json_read((const char *) bytes, size, &runtime, &read,
							&read_size, &failure) == LL_OK)
			come_back(read, read_size, &runtime);
	}
	else if (size >= HEADER_SIZE)
	{
		uint32_t crc =
			model_crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE, &runtime);

		memcpy(bytes + 8, &crc, sizeof(crc));
		if (model_decode(bytes, size, &runtime, &model, &failure) == LL_OK)
			come_back(bytes, size, &runtime);
	}
	malloc_arena_free(&arena);
	return 0;
}
