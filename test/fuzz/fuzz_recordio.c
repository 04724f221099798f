/*
 * fuzz_recordio.c
 *		Any bytes as recordIO: an error or sound rows, never a crash; and what
 *		is read, written and read again is the same.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/recordio.h"

/* Traps unless a dense row comes back from what the writer makes of it. */
static void
check_round_trip(const RecordReader *reader, const Runtime *runtime)
{
	RecordRow row = {.format = ROWS_F64,
					 .dimension = reader->features.dimension,
					 .label_type = reader->has_label ? RECORD_LABEL_FLOAT64
													 : RECORD_LABEL_NONE,
					 .label = reader->label};
	size_t size;
	uint8_t *bytes;
	RecordReader again;
	Failure failure;
	bool found;

	row.view.dense = reader->features.values;
	size = recordio_frame_size(&row);
	bytes = runtime_allocate(runtime, size);
	if (bytes == NULL || recordio_write_frame(&row, bytes) != bytes + size)
		abort();
	recordio_init(&again, runtime, bytes, size);
	if (recordio_next(&again, &found, &failure) != LL_OK || !found ||
		again.features.count != row.dimension ||
		again.has_label != reader->has_label)
		abort();
	if (row.dimension > 0 && memcmp(again.features.values, row.view.dense,
									row.dimension * sizeof(double)) != 0)
		abort();
	runtime_release(runtime, bytes);
}

/* Traps unless a sparse row keeps its promises. */
static void
check_sparse(const Sample *sample)
{
	if (sample->key_count != sample->count)
		abort();
	for (size_t i = 0; i < sample->count; i++)
	{
		if (sample->keys[i] >= sample->dimension ||
			(i > 0 && sample->keys[i] <= sample->keys[i - 1]))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	RecordReader reader;
	Failure failure;
	bool found = true;

	recordio_init(&reader, &runtime, data, size);
	while (found && recordio_next(&reader, &found, &failure) == LL_OK)
	{
		if (!found || !reader.has_features)
			continue;
		if (reader.features.sparse)
			check_sparse(&reader.features);
		else if (reader.features.dimension > 0)
			check_round_trip(&reader, &runtime);
	}
	malloc_arena_free(&arena);
	return 0;
}
