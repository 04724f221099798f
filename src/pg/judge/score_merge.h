/*
 * score_merge.h
 *		Scores of one class that lie in several places, merged into one order.
 */
#ifndef LINLEARN_PG_JUDGE_SCORE_MERGE_H
#define LINLEARN_PG_JUDGE_SCORE_MERGE_H

#include "pg/base/version.h"

#include "core/math/merge.h"
#include "storage/buffile.h"

/* Entries of a file that are read at once, and entries that are merged at once. */
#define MERGE_ENTRIES 1024

/* Bytes that a file which is merged with others takes in memory. */
#define MERGE_FILE_BYTES(words)                                               \
	(BLCKSZ + 2 * MERGE_ENTRIES * (words) * sizeof(uint64))

/* Where entries come from, in order: memory, a file, or two others. */
typedef struct ScoreMerge
{
	MergeInput ready; /* what is at hand */
	Size words;
	BufFile *file; /* NULL: none */
	uint64 left;   /* entries of the file that have not been read */
	struct ScoreMerge *parts[2];
	uint64 *buffer;
} ScoreMerge;

/*
 * Starts on entries in memory, or from the beginning of a file's.  What is allocated
 * is the current memory context's.
 */
extern void score_merge_memory(ScoreMerge *merge, Size words,
							   const uint64 *entries, Size count);
extern void score_merge_file(ScoreMerge *merge, Size words, BufFile *file,
							 uint64 count);

/* Merges several, of which none may be used by itself from now on. */
extern ScoreMerge *score_merge_all(ScoreMerge *merges, Size count, Size words);

/* Puts more at hand once that is used up; false: there are no more. */
extern bool score_merge_refill(ScoreMerge *merge);

/* Whether there is an entry at hand. */
static inline bool
score_merge_has(ScoreMerge *merge)
{
	return likely(merge->ready.at < merge->ready.count) ||
		   score_merge_refill(merge);
}

#endif
