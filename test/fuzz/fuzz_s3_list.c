/*
 * fuzz_s3_list.c
 *		Any bytes as a page of an S3 list: an error or objects that were asked
 *		for, never a crash.  The first byte chooses what was asked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/s3_list.h"

static const char *const keys[] = {"", "a", "data/", "data/\xc3\xa4 +%"};

/* Traps unless an object keeps its promises. */
static void
check_entry(const S3Entry *entry, const char *prefix)
{
	if (strlen(entry->key) != entry->key_length || entry->key_length == 0)
		abort();
	if (strncmp(entry->key, prefix, strlen(prefix)) != 0)
		abort();
	if (entry->size < 0 || entry->modified < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	S3List list = {.runtime = runtime};
	const S3Entry *entry;
	uint8_t *page;
	Failure failure;
	bool found = true;

	if (size == 0)
		return 0;
	list.prefix.name = strcpy(runtime_allocate(&runtime, 16), "s3://b/k");
	list.prefix.key = keys[data[0] % 4];
	page = runtime_allocate(&runtime, size);
	memcpy(page, data + 1, size - 1);
	if (s3_list_take(&list, page, size - 1, &failure) == LL_OK)
	{
		list.truncated = false; /* nobody would send the next page */
		while (s3_list_next(&list, &found, &entry, &failure) == LL_OK && found)
			check_entry(entry, list.prefix.key);
	}
	s3_list_close(&list);
	malloc_arena_free(&arena);
	return 0;
}
