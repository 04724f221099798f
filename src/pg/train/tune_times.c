/*
 * tune_times.c
 *		How long the trials of a tuning took.
 */
#include "pg/train/tune_times.h"

#include <math.h>

#include "utils/memutils.h"

/* What tells a trial apart, and its time. */
typedef struct TimedTrial
{
	double settings[HP_COUNT];
	double objective;
} TimedTrial;

typedef struct TuneTimesEntry
{
	uint32 checksum;
	uint32 count; /* 0: the entry is free */
	Size size;
	TimedTrial *trials; /* in TopMemoryContext, as the seconds are */
	double *seconds;
} TuneTimesEntry;

/* The session's; the oldest gives way. */
static TuneTimesEntry entries[TUNE_TIMES_MODELS];
static int next_entry = 0;

/* Equal numbers, NaN equal to itself. */
static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* Whether the trials are a model's: a checksum alone says nothing of them. */
static bool
same_trials(const TuneTimesEntry *entry, const Model *model)
{
	if (entry->count != model->trial_count)
		return false;
	for (uint32 i = 0; i < entry->count; i++)
	{
		const ModelTrial *trial = &model->trials[i];

		if (!same_number(entry->trials[i].objective, trial->objective))
			return false;
		for (int row = 0; row < HP_COUNT; row++)
			if (!same_number(entry->trials[i].settings[row],
							 trial->settings.value[row]))
				return false;
	}
	return true;
}

/* The entry of a model, or NULL. */
static TuneTimesEntry *
find(const Model *model, uint32 checksum, Size size)
{
	for (int i = 0; i < TUNE_TIMES_MODELS; i++)
		if (entries[i].count > 0 && entries[i].checksum == checksum &&
			entries[i].size == size && same_trials(&entries[i], model))
			return &entries[i];
	return NULL;
}

/* Gives an entry's room back. */
static void
forget(TuneTimesEntry *entry)
{
	entry->count = 0;
	if (entry->trials != NULL)
		pfree(entry->trials);
	entry->trials = NULL;
	if (entry->seconds != NULL)
		pfree(entry->seconds);
	entry->seconds = NULL;
}

void
tune_times_keep(const Model *model, uint32 checksum, Size size,
				const double *seconds)
{
	TuneTimesEntry *entry = find(model, checksum, size);
	uint32 count = model->trial_count;

	if (entry == NULL)
	{
		entry = &entries[next_entry];
		next_entry = (next_entry + 1) % TUNE_TIMES_MODELS;
	}
	forget(entry);
	entry->trials = MemoryContextAlloc(TopMemoryContext,
									   Max(count, 1) * sizeof(TimedTrial));
	entry->seconds =
		MemoryContextAlloc(TopMemoryContext, Max(count, 1) * sizeof(double));
	memcpy(entry->seconds, seconds, count * sizeof(double));
	for (uint32 i = 0; i < count; i++)
	{
		memcpy(entry->trials[i].settings, model->trials[i].settings.value,
			   sizeof(entry->trials[i].settings));
		entry->trials[i].objective = model->trials[i].objective;
	}
	entry->checksum = checksum;
	entry->size = size;
	entry->count = count;
}

const double *
tune_times_find(const Model *model, uint32 checksum, Size size)
{
	const TuneTimesEntry *entry = find(model, checksum, size);

	return entry != NULL ? entry->seconds : NULL;
}
