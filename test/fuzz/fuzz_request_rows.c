/*
 * fuzz_request_rows.c
 *		Any bytes as a request for rows of a table, CSV or JSON: an error or pieces
 *		of the text, never a crash.  The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/csv_record.h"
#include "formats/json_rows.h"

/* Most fields of a line. */
#define MOST_FIELDS 64

/* Reads all fields, to the last of their bytes. */
static void
read_csv(const Runtime *runtime, const uint8_t *data, size_t size)
{
	CsvRecords records;
	Failure failure;
	unsigned sum = 0;
	bool found = true;

	csv_records_init(&records, runtime, data, size);
	while (csv_records_next(&records, MOST_FIELDS, &found, &failure) ==
			   LL_OK &&
		   found)
	{
		if (records.count == 0 || records.count > MOST_FIELDS)
			abort();
		for (size_t i = 0; i < records.count; i++)
			for (size_t k = 0; k < records.fields[i].length; k++)
				sum += (unsigned char) records.fields[i].begin[k];
	}
	/* so that no compiler leaves the reads out */
	if (sum == UINT32_MAX)
		abort();
}

/* Reads all rows: each lies in the text, an object or an array. */
static void
read_json(const Runtime *runtime, const uint8_t *data, size_t size, int mode)
{
	JsonRowNames names = {.instances = mode & 4,
						  .data = mode & 8,
						  .features = mode & 16,
						  .values = mode & 32};
	const char *text = (const char *) data;
	JsonRows rows;
	Failure failure;
	bool found = true;

	json_rows_init(&rows, runtime, data, size, mode & 2, &names);
	while (json_rows_next(&rows, &found, &failure) == LL_OK && found)
	{
		if (rows.length < 2 || rows.begin < text ||
			rows.begin + rows.length > text + size ||
			rows.begin[0] != (rows.array ? '[' : '{') ||
			rows.begin[rows.length - 1] != (rows.array ? ']' : '}'))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	if (size > 0 && (data[0] & 1))
		read_csv(&runtime, data + 1, size - 1);
	else if (size > 0)
		read_json(&runtime, data + 1, size - 1, data[0]);
	malloc_arena_free(&arena);
	return 0;
}
