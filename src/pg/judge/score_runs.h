/*
 * score_runs.h
 *		All scores of two classes, in order, within work_mem.
 *
 * Rows collect in one array, negatives from its left end and positives from
 * its right, so that a row costs its score's 8 bytes (16 with a weight) and no
 * more.  When half of work_mem is full (the other half is the sort's scratch)
 * each class is sorted and written to temporary files as runs; reading merges
 * the runs.  Runs of one level merge into one of the next when a fan-in's
 * worth has come together, so that memory stays bounded for any input.
 *
 * A worker hands entries over as they lie, unsorted: to sort them all at the end
 * takes no longer than to merge what was sorted.
 */
#ifndef LINLEARN_PG_JUDGE_SCORE_RUNS_H
#define LINLEARN_PG_JUDGE_SCORE_RUNS_H

#include "pg/base/version.h"

#include "core/judge/ranking.h"
#include "pg/base/state_bytes.h"
#include "storage/buffile.h"

typedef struct ScoreRun
{
	BufFile *file;
	uint64 count;
	int level;
} ScoreRun;

/* Runs of one class, those of the highest levels first. */
typedef struct ScoreRunList
{
	ScoreRun *runs;
	int count;
	int capacity;
} ScoreRunList;

typedef struct ScoreRuns
{
	MemoryContext context;
	bool weighted;
	bool may_spill;
	uint64 *entries; /* (key) or (key, weight bits) */
	Size capacity;	 /* in entries */
	Size counts[2];	 /* in entries now: negatives, positives */
	Size budget;	 /* capacity at which to spill */
	ScoreRunList lists[2];
	int fan_in;
} ScoreRuns;

/* One step of a curve: all rows with one score. */
typedef struct ScoreGroup
{
	double score;
	double weights[2]; /* of negatives and positives; counts if unweighted */
} ScoreGroup;

typedef struct ScoreCursor ScoreCursor;

/*
 * Starts an empty collection in the aggregate's memory context.  Only a plain
 * aggregate may spill: a window has no way to close the files.
 */
extern void score_runs_init(ScoreRuns *runs, FunctionCallInfo fcinfo,
							MemoryContext context, bool weighted);

/* Makes room for an entry more, and for up to so many if memory has it. */
extern void score_runs_make_room(ScoreRuns *runs, Size wanted);

/* Frees memory and files. */
extern void score_runs_release(ScoreRuns *runs);

/* Writes all entries; adds all entries written, class c as classes[c]. */
extern void score_runs_write(ScoreRuns *runs, StringInfo out);
extern void score_runs_read(ScoreRuns *runs, StateReader *reader,
							const int classes[2]);

/* Reads the groups from the best score down; the collection stays. */
extern ScoreCursor *score_cursor_open(ScoreRuns *runs);
extern bool score_cursor_next(ScoreCursor *cursor, ScoreGroup *group);
extern void score_cursor_close(ScoreCursor *cursor);

/* Raises the error of a NaN score. */
pg_noreturn extern void score_not_a_number(void);

/* Adds a row; class is 0 for a negative, 1 for a positive. */
static inline void
score_runs_add(ScoreRuns *runs, int class, double score, double weight)
{
	Size at;

	if (unlikely(score != score))
		score_not_a_number();
	if (unlikely(runs->counts[0] + runs->counts[1] == runs->capacity))
		score_runs_make_room(runs, 1);
	runs->counts[class]++;
	at = class ? runs->capacity - runs->counts[1] : runs->counts[0] - 1;
	if (!runs->weighted)
		runs->entries[at] = score_to_key(score);
	else
	{
		runs->entries[2 * at] = score_to_key(score);
		memcpy(&runs->entries[2 * at + 1], &weight, sizeof(weight));
	}
}

#endif
