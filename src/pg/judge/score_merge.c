/*
 * score_merge.c
 *		Merges scores of one class by a tree of merges of two.
 */
#include "pg/judge/score_merge.h"

#include "miscadmin.h"

void
score_merge_memory(ScoreMerge *merge, Size words, const uint64 *entries,
				   Size count)
{
	memset(merge, 0, sizeof(*merge));
	merge->words = words;
	merge->ready.entries = entries;
	merge->ready.count = count;
}

void
score_merge_file(ScoreMerge *merge, Size words, BufFile *file, uint64 count)
{
	score_merge_memory(merge, words, NULL, 0);
	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not rewind a temporary file: %m")));
	merge->file = file;
	merge->left = count;
	merge->buffer = palloc(MERGE_ENTRIES * words * sizeof(uint64));
}

/* Reads more entries of a file. */
static void
refill_from_file(ScoreMerge *merge)
{
	Size count = (Size) Min(merge->left, MERGE_ENTRIES);
	Size size = count * merge->words * sizeof(uint64);

	if (BufFileRead(merge->file, merge->buffer, size) != size)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read scores back from a "
							   "temporary file")));
	merge->left -= count;
	merge->ready = (MergeInput){merge->buffer, 0, count};
}

/* Passes on what the one part has at hand that is left. */
static bool
refill_from_one(ScoreMerge *merge, ScoreMerge *part)
{
	if (!score_merge_has(part))
		return false;
	merge->ready = part->ready;
	part->ready.at = part->ready.count;
	return true;
}

/* Merges what the parts have. */
static bool
refill_from_parts(ScoreMerge *merge)
{
	MergeInput inputs[2];
	Size merged = 0;

	while (merged < MERGE_ENTRIES)
	{
		bool first = score_merge_has(merge->parts[0]);
		bool second = score_merge_has(merge->parts[1]);

		if (!first || !second)
		{
			if (merged > 0)
				break;
			return refill_from_one(merge, merge->parts[first ? 0 : 1]);
		}
		inputs[0] = merge->parts[0]->ready;
		inputs[1] = merge->parts[1]->ready;
		merged += merge_entries(inputs, merge->words,
								merge->buffer + merged * merge->words,
								MERGE_ENTRIES - merged);
		merge->parts[0]->ready = inputs[0];
		merge->parts[1]->ready = inputs[1];
	}
	merge->ready = (MergeInput){merge->buffer, 0, merged};
	return true;
}

bool
score_merge_refill(ScoreMerge *merge)
{
	CHECK_FOR_INTERRUPTS();
	if (merge->parts[0] != NULL)
		return refill_from_parts(merge);
	if (merge->left == 0)
		return false;
	refill_from_file(merge);
	return true;
}

ScoreMerge *
score_merge_all(ScoreMerge *merges, Size count, Size words)
{
	ScoreMerge *merge;

	if (count == 1)
		return merges;
	merge = palloc(sizeof(ScoreMerge));
	score_merge_memory(merge, words, NULL, 0);
	if (count == 0)
		return merge;
	merge->parts[0] = score_merge_all(merges, count / 2, words);
	merge->parts[1] =
		score_merge_all(merges + count / 2, count - count / 2, words);
	merge->buffer = palloc(MERGE_ENTRIES * words * sizeof(uint64));
	return merge;
}
