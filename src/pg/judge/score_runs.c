/*
 * score_runs.c
 *		All scores of two classes, in order, within work_mem.
 */
#include "pg/judge/score_runs.h"

#include "core/math/sort.h"
#include "core/judge/metrics.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Entries of a block: what is read and written at once. */
#define BLOCK_ENTRIES 1024

/* Entries sorted at once: some 10 ms' worth. */
#define PIECE_ENTRIES (1024 * 1024)

/* Entries of a new collection: small, for there may be many groups. */
#define FIRST_CAPACITY 32

/* Runs merged at once, at most and at least. */
#define MOST_FAN_IN 32
#define LEAST_FAN_IN 4

/* A piece of a run: sorted entries, and which of them are positive. */
typedef struct ScoreBlock
{
	uint64 count;
	uint8 positive[BLOCK_ENTRIES / 8];
	uint64 entries[2 * BLOCK_ENTRIES];
} ScoreBlock;

/* Where a cursor takes entries from: memory of one class, or a run. */
typedef struct ScoreSource
{
	uint64 key; /* the next entry's */
	const uint64 *entries;
	Size at;
	Size count;
	int class;	   /* in memory: of all entries */
	BufFile *file; /* NULL: memory */
	ScoreBlock *block;
} ScoreSource;

struct ScoreCursor
{
	Size words;
	ScoreSource *sources;
	ScoreSource **heap; /* of those not at their end, least key first */
	int heap_size;
	int source_count;
};

/* Where blocks go: a run's file or a state's bytes. */
typedef struct BlockWriter
{
	Size words;
	BufFile *file;
	StringInfo bytes;
	ScoreBlock *block;
} BlockWriter;

static Size
entry_words(const ScoreRuns *runs)
{
	return runs->weighted ? 2 : 1;
}

void
score_not_a_number(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("score must not be NaN")));
	pg_unreachable();
}

/* Close the runs' files: the aggregate's end. */
static void
close_files(Datum argument)
{
	ScoreRuns *runs = (ScoreRuns *) DatumGetPointer(argument);

	for (int i = 0; i < runs->run_count; i++)
		BufFileClose(runs->runs[i].file);
	runs->run_count = 0;
}

void
score_runs_init(ScoreRuns *runs, FunctionCallInfo fcinfo,
				MemoryContext context, bool weighted)
{
	Size memory = (Size) work_mem * 1024;

	memset(runs, 0, sizeof(*runs));
	runs->context = context;
	runs->weighted = weighted;
	runs->may_spill =
		AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE;
	runs->budget = memory / (2 * entry_words(runs) * sizeof(uint64));
	runs->fan_in = (int) Min(memory / (2 * sizeof(ScoreBlock)), MOST_FAN_IN);
	runs->fan_in = Max(runs->fan_in, LEAST_FAN_IN);
	if (runs->may_spill)
		AggRegisterCallback(fcinfo, close_files, PointerGetDatum(runs));
}

/*
 * The sorted pieces of a class in the array.  Pieces, so that a sort of much
 * memory heeds a cancel in between and needs little scratch.
 */
static Size
piece_count(const ScoreRuns *runs, int class)
{
	return (runs->counts[class] + PIECE_ENTRIES - 1) / PIECE_ENTRIES;
}

/* Where a piece begins, and how many entries it has. */
static uint64 *
piece_entries(const ScoreRuns *runs, int class, Size piece, Size *count)
{
	Size first = piece * PIECE_ENTRIES;

	*count = Min(runs->counts[class] - first, PIECE_ENTRIES);
	if (class == 1)
		first += runs->capacity - runs->counts[1];
	return runs->entries + first * entry_words(runs);
}

/* Sort the pieces of both classes. */
static void
sort_entries(ScoreRuns *runs)
{
	Size most =
		Min(Max(runs->counts[0], runs->counts[1]), (Size) PIECE_ENTRIES);
	uint64 *scratch;

	if (most < 2)
		return;
	scratch = MemoryContextAllocHuge(runs->context, most * entry_words(runs) *
														sizeof(uint64));
	for (int class = 0; class < 2; class ++)
	{
		for (Size piece = 0; piece < piece_count(runs, class); piece++)
		{
			Size count;
			uint64 *entries = piece_entries(runs, class, piece, &count);

			CHECK_FOR_INTERRUPTS();
			if (runs->weighted)
				sort_pairs((SortPair *) entries, (SortPair *) scratch, count,
						   NULL);
			else
				sort_keys(entries, scratch, count, NULL);
		}
	}
	pfree(scratch);
}

/* Send the block away. */
static void
flush_block(BlockWriter *writer)
{
	ScoreBlock *block = writer->block;
	Size size = offsetof(ScoreBlock, entries) +
				block->count * writer->words * sizeof(uint64);

	CHECK_FOR_INTERRUPTS();
	if (block->count == 0)
		return;
	if (writer->file != NULL)
		BufFileWrite(writer->file, (void *) block, size);
	else
		state_write_bytes(writer->bytes, block, size);
	memset(block, 0, offsetof(ScoreBlock, entries));
}

/* Start a run that the aggregate's end closes. */
static ScoreRun *
add_run(ScoreRuns *runs, int level)
{
	MemoryContext old = MemoryContextSwitchTo(runs->context);

	if (runs->run_count == runs->run_capacity)
	{
		int capacity = Max(8, runs->run_capacity * 2);

		if (runs->runs == NULL)
			runs->runs = palloc(capacity * sizeof(ScoreRun));
		else
			runs->runs = repalloc(runs->runs, capacity * sizeof(ScoreRun));
		runs->run_capacity = capacity;
	}
	runs->runs[runs->run_count].file = BufFileCreateTemp(false);
	runs->runs[runs->run_count].level = level;
	MemoryContextSwitchTo(old);
	return &runs->runs[runs->run_count++];
}

/* A source's next entry; false at its end. */
static bool
source_advance(ScoreSource *source, Size words)
{
	if (++source->at >= source->count)
	{
		ScoreBlock *block = source->block;

		if (source->file == NULL ||
			BufFileRead(source->file, block, offsetof(ScoreBlock, entries)) !=
				offsetof(ScoreBlock, entries))
			return false;
		CHECK_FOR_INTERRUPTS();
		if (BufFileRead(source->file, block->entries,
						block->count * words * sizeof(uint64)) !=
			block->count * words * sizeof(uint64))
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not read scores back from a "
								   "temporary file")));
		source->at = 0;
		source->count = block->count;
	}
	source->key = source->entries[source->at * words];
	return true;
}

/* The class of a source's current entry. */
static int
source_class(const ScoreSource *source)
{
	if (source->file == NULL)
		return source->class;
	return source->block->positive[source->at / 8] >> (source->at % 8) & 1;
}

/* Restore the heap below a place. */
static void
sift_down(ScoreSource **heap, int size, int at)
{
	ScoreSource *moving = heap[at];

	for (;;)
	{
		int child = 2 * at + 1;

		if (child >= size)
			break;
		if (child + 1 < size && heap[child + 1]->key < heap[child]->key)
			child++;
		if (moving->key <= heap[child]->key)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

/* Put the sources that have entries in a heap. */
static void
heap_build(ScoreCursor *cursor)
{
	cursor->heap =
		palloc(Max(cursor->source_count, 1) * sizeof(ScoreSource *));
	for (int i = 0; i < cursor->source_count; i++)
	{
		/* Step onto the first entry. */
		cursor->sources[i].at = (Size) -1;
		if (source_advance(&cursor->sources[i], cursor->words))
			cursor->heap[cursor->heap_size++] = &cursor->sources[i];
	}
	for (int i = cursor->heap_size / 2; i-- > 0;)
		sift_down(cursor->heap, cursor->heap_size, i);
}

/* A cursor over the sorted array. */
static ScoreCursor *
memory_cursor(ScoreRuns *runs)
{
	ScoreCursor *cursor = palloc0(sizeof(ScoreCursor));
	Size pieces = piece_count(runs, 0) + piece_count(runs, 1);
	ScoreSource *source;

	cursor->words = entry_words(runs);
	cursor->sources = palloc0(Max(pieces, 1) * sizeof(ScoreSource));
	source = cursor->sources;
	for (int class = 0; class < 2; class ++)
	{
		for (Size piece = 0; piece < piece_count(runs, class); piece++)
		{
			source->entries =
				piece_entries(runs, class, piece, &source->count);
			source->class = class;
			source++;
		}
	}
	cursor->source_count = (int) pieces;
	heap_build(cursor);
	return cursor;
}

/* A cursor over the runs from first on. */
static ScoreCursor *
run_cursor(ScoreRuns *runs, int first)
{
	ScoreCursor *cursor = palloc0(sizeof(ScoreCursor));

	cursor->words = entry_words(runs);
	cursor->source_count = runs->run_count - first;
	cursor->sources = palloc0(cursor->source_count * sizeof(ScoreSource));
	for (int i = 0; i < cursor->source_count; i++)
	{
		ScoreSource *source = &cursor->sources[i];

		source->file = runs->runs[first + i].file;
		source->block = palloc(sizeof(ScoreBlock));
		source->entries = source->block->entries;
		if (BufFileSeek(source->file, 0, 0, SEEK_SET) != 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not rewind a temporary file: %m")));
	}
	heap_build(cursor);
	return cursor;
}

/* Take the least entry off the heap. */
static void
cursor_step(ScoreCursor *cursor)
{
	CHECK_FOR_INTERRUPTS();
	if (!source_advance(cursor->heap[0], cursor->words))
		cursor->heap[0] = cursor->heap[--cursor->heap_size];
	if (cursor->heap_size > 1)
		sift_down(cursor->heap, cursor->heap_size, 0);
}

/* Write everything the cursor gives as blocks. */
static void
write_blocks(BlockWriter *writer, ScoreCursor *cursor)
{
	ScoreBlock *block = palloc0(sizeof(ScoreBlock));
	Size words = cursor->words;

	writer->block = block;
	writer->words = words;
	while (cursor->heap_size > 0)
	{
		const ScoreSource *source = cursor->heap[0];

		memcpy(&block->entries[block->count * words],
			   &source->entries[source->at * words], words * sizeof(uint64));
		block->positive[block->count / 8] |= source_class(source)
											 << (block->count % 8);
		if (++block->count == BLOCK_ENTRIES)
			flush_block(writer);
		cursor_step(cursor);
	}
	flush_block(writer);
	pfree(block);
}

/* Merge the last fan-in of runs if they are of one level. */
static void
merge_level(ScoreRuns *runs)
{
	int first = runs->run_count - runs->fan_in;
	int level = runs->runs[runs->run_count - 1].level;
	BlockWriter writer = {0};
	ScoreCursor *cursor;

	if (first < 0 || runs->runs[first].level != level)
		return;
	cursor = run_cursor(runs, first);
	writer.file = add_run(runs, level + 1)->file;
	write_blocks(&writer, cursor);
	score_cursor_close(cursor);
	for (int i = first; i < runs->run_count - 1; i++)
		BufFileClose(runs->runs[i].file);
	runs->runs[first] = runs->runs[runs->run_count - 1];
	runs->run_count = first + 1;
	merge_level(runs);
}

/* Write the array as a run and empty it. */
static void
spill(ScoreRuns *runs)
{
	BlockWriter writer = {0};
	ScoreCursor *cursor;

	sort_entries(runs);
	cursor = memory_cursor(runs);
	writer.file = add_run(runs, 0)->file;
	write_blocks(&writer, cursor);
	score_cursor_close(cursor);
	runs->counts[0] = runs->counts[1] = 0;
	merge_level(runs);
}

/* Give the array another size, keeping both ends. */
static void
resize(ScoreRuns *runs, Size capacity)
{
	Size size = entry_words(runs) * sizeof(uint64);
	char *entries;

	if (capacity > MaxAllocHugeSize / size)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many scores in one window frame")));
	entries = MemoryContextAllocHuge(runs->context, capacity * size);
	if (runs->entries != NULL)
	{
		char *old = (char *) runs->entries;

		memcpy(entries, old, runs->counts[0] * size);
		memcpy(entries + (capacity - runs->counts[1]) * size,
			   old + (runs->capacity - runs->counts[1]) * size,
			   runs->counts[1] * size);
		pfree(old);
	}
	runs->entries = (uint64 *) entries;
	runs->capacity = capacity;
}

void
score_runs_make_room(ScoreRuns *runs)
{
	Size capacity = Max(FIRST_CAPACITY, runs->capacity * 2);

	if (!runs->may_spill)
		resize(runs, capacity);
	else if (runs->capacity < runs->budget)
		resize(runs, Min(capacity, runs->budget));
	else
		spill(runs);
}

void
score_runs_release(ScoreRuns *runs)
{
	close_files(PointerGetDatum(runs));
	if (runs->entries != NULL)
		pfree(runs->entries);
	runs->entries = NULL;
	runs->capacity = 0;
	runs->counts[0] = runs->counts[1] = 0;
}

ScoreCursor *
score_cursor_open(ScoreRuns *runs)
{
	if (runs->run_count == 0)
	{
		sort_entries(runs);
		return memory_cursor(runs);
	}
	if (runs->counts[0] + runs->counts[1] > 0)
		spill(runs);
	/* The runs' blocks take the array's place in memory. */
	if (runs->entries != NULL)
		pfree(runs->entries);
	runs->entries = NULL;
	runs->capacity = 0;
	return run_cursor(runs, 0);
}

bool
score_cursor_next(ScoreCursor *cursor, ScoreGroup *group)
{
	uint64 key;

	if (cursor->heap_size == 0)
		return false;
	key = cursor->heap[0]->key;
	group->score = key_to_score(key);
	group->weights[0] = group->weights[1] = 0;
	while (cursor->heap_size > 0 && cursor->heap[0]->key == key)
	{
		const ScoreSource *source = cursor->heap[0];
		double weight = 1;

		if (cursor->words == 2)
			memcpy(&weight, &source->entries[2 * source->at + 1],
				   sizeof(weight));
		group->weights[source_class(source)] += weight;
		cursor_step(cursor);
	}
	return true;
}

void
score_cursor_close(ScoreCursor *cursor)
{
	for (int i = 0; i < cursor->source_count; i++)
	{
		if (cursor->sources[i].block != NULL)
			pfree(cursor->sources[i].block);
	}
	pfree(cursor->sources);
	pfree(cursor->heap);
	pfree(cursor);
}

void
score_runs_write(ScoreRuns *runs, StringInfo out)
{
	BlockWriter writer = {0};
	ScoreCursor *cursor = score_cursor_open(runs);

	state_write_uint64(out, runs->weighted);
	writer.bytes = out;
	write_blocks(&writer, cursor);
	score_cursor_close(cursor);
	state_write_uint64(out, 0);
}

void
score_runs_read(ScoreRuns *runs, StateReader *reader, const int classes[2])
{
	ScoreBlock *block = palloc(sizeof(ScoreBlock));
	bool weighted = state_read_uint64(reader) != 0;
	Size words = weighted ? 2 : 1;

	if (weighted != runs->weighted)
		state_damaged();
	while ((block->count = state_read_uint64(reader)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (block->count > BLOCK_ENTRIES)
			state_damaged();
		state_read_bytes(reader, block->positive, sizeof(block->positive));
		state_read_bytes(reader, block->entries,
						 block->count * words * sizeof(uint64));
		for (uint64 i = 0; i < block->count; i++)
		{
			int class = block->positive[i / 8] >> (i % 8) & 1;
			double weight = 1;

			if (weighted)
				memcpy(&weight, &block->entries[2 * i + 1], sizeof(weight));
			if (!WEIGHT_IS_VALID(weight))
				state_damaged();
			score_runs_add(runs, classes[class],
						   key_to_score(block->entries[i * words]), weight);
		}
	}
	pfree(block);
}
