/*
 * tune_times.c
 *		How long the trials of a tuning took.
 */
#include "pg/tune_times.h"

#include "utils/memutils.h"

typedef struct TuneTimesEntry
{
	uint32 checksum;
	uint32 count; /* 0: the entry is free */
	Size size;
	double *seconds; /* in TopMemoryContext */
} TuneTimesEntry;

/* The session's; the oldest gives way. */
static TuneTimesEntry entries[TUNE_TIMES_MODELS];
static int next_entry = 0;

/* The entry of a model, or NULL. */
static TuneTimesEntry *
find(uint32 checksum, Size size)
{
	for (int i = 0; i < TUNE_TIMES_MODELS; i++)
		if (entries[i].count > 0 && entries[i].checksum == checksum &&
			entries[i].size == size)
			return &entries[i];
	return NULL;
}

void
tune_times_keep(uint32 checksum, Size size, const double *seconds,
				uint32 count)
{
	TuneTimesEntry *entry = find(checksum, size);
	double *copy =
		MemoryContextAlloc(TopMemoryContext, Max(count, 1) * sizeof(double));

	if (entry == NULL)
	{
		entry = &entries[next_entry];
		next_entry = (next_entry + 1) % TUNE_TIMES_MODELS;
	}
	memcpy(copy, seconds, count * sizeof(double));
	if (entry->seconds != NULL)
		pfree(entry->seconds);
	*entry = (TuneTimesEntry){checksum, count, size, copy};
}

const double *
tune_times_find(uint32 checksum, Size size, uint32 count)
{
	TuneTimesEntry *entry = find(checksum, size);

	return entry != NULL && entry->count == count ? entry->seconds : NULL;
}
