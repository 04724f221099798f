/*
 * score_runs.c
 *		All scores of two classes, in order, within work_mem.
 */
#include "pg/judge/score_runs.h"

#include "core/math/sort.h"
#include "core/judge/metrics.h"
#include "miscadmin.h"
#include "pg/judge/score_merge.h"
#include "utils/memutils.h"

/* Entries sorted at once: some 10 ms' worth. */
#define PIECE_ENTRIES (1024 * 1024)

/* Entries that are copied or written between two looks at the interrupt flag. */
#define COPY_ENTRIES (64 * 1024)

/* Entries of a new collection: small, for there may be many groups. */
#define FIRST_CAPACITY 32

/* Runs merged at once, at most and at least. */
#define MOST_FAN_IN 32
#define LEAST_FAN_IN 4

/* The keys of the best and of the worst score, and that of no score: -0 is 0. */
#define BEST_KEY (~UINT64CONST(0x7FF0000000000000) & PG_INT64_MAX)
#define WORST_KEY UINT64CONST(0xFFF0000000000000)
#define MINUS_ZERO_KEY UINT64CONST(0x8000000000000000)

struct ScoreCursor
{
	MemoryContext context;
	ScoreMerge *classes[2];
	Size words;
};

static Size
entry_words(const ScoreRuns *runs)
{
	return runs->weighted ? 2 : 1;
}

static Size
entry_size(const ScoreRuns *runs)
{
	return entry_words(runs) * sizeof(uint64);
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

	for (int class = 0; class < 2; class ++)
	{
		ScoreRunList *list = &runs->lists[class];

		while (list->count > 0)
			BufFileClose(list->runs[--list->count].file);
	}
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
	runs->budget = memory / (2 * entry_size(runs));
	runs->fan_in = (int) Min(
		memory / (2 * MERGE_FILE_BYTES(entry_words(runs))), MOST_FAN_IN);
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

/* Where a class begins in the array. */
static uint64 *
class_entries(const ScoreRuns *runs, int class)
{
	Size first = class == 1 ? runs->capacity - runs->counts[1] : 0;

	return runs->entries + first * entry_words(runs);
}

/* Where a piece begins, and how many entries it has. */
static uint64 *
piece_entries(const ScoreRuns *runs, int class, Size piece, Size *count)
{
	Size first = piece * PIECE_ENTRIES;

	*count = Min(runs->counts[class] - first, PIECE_ENTRIES);
	return class_entries(runs, class) + first * entry_words(runs);
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
	scratch = MemoryContextAllocHuge(runs->context, most * entry_size(runs));
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

/* Start a run that the aggregate's end closes. */
static ScoreRun *
add_run(ScoreRuns *runs, int class, int level)
{
	MemoryContext old = MemoryContextSwitchTo(runs->context);
	ScoreRunList *list = &runs->lists[class];

	if (list->count == list->capacity)
	{
		int capacity = Max(8, list->capacity * 2);

		if (list->runs == NULL)
			list->runs = palloc(capacity * sizeof(ScoreRun));
		else
			list->runs = repalloc(list->runs, capacity * sizeof(ScoreRun));
		list->capacity = capacity;
	}
	list->runs[list->count] = (ScoreRun){BufFileCreateTemp(false), 0, level};
	MemoryContextSwitchTo(old);
	return &list->runs[list->count++];
}

/* Add entries to a run. */
static void
write_entries(ScoreRun *run, const uint64 *entries, Size count, Size words)
{
	run->count += count;
	while (count > 0)
	{
		Size some = Min(count, COPY_ENTRIES);

		CHECK_FOR_INTERRUPTS();
		BufFileWrite(run->file, (void *) entries,
					 some * words * sizeof(uint64));
		entries += some * words;
		count -= some;
	}
}

/* A merge of a class's runs from first on. */
static ScoreMerge *
merge_runs(const ScoreRuns *runs, int class, int first)
{
	const ScoreRunList *list = &runs->lists[class];
	Size words = entry_words(runs);
	ScoreMerge *merges =
		palloc((list->count - first + 1) * sizeof(ScoreMerge));

	for (int i = first; i < list->count; i++)
		score_merge_file(&merges[i - first], words, list->runs[i].file,
						 list->runs[i].count);
	return score_merge_all(merges, list->count - first, words);
}

/* A merge of a class's sorted pieces. */
static ScoreMerge *
merge_pieces(const ScoreRuns *runs, int class)
{
	Size pieces = piece_count(runs, class);
	ScoreMerge *merges = palloc((pieces + 1) * sizeof(ScoreMerge));

	for (Size piece = 0; piece < pieces; piece++)
	{
		Size count;
		const uint64 *entries = piece_entries(runs, class, piece, &count);

		score_merge_memory(&merges[piece], entry_words(runs), entries, count);
	}
	return score_merge_all(merges, pieces, entry_words(runs));
}

/* Starts what merges allocate, to be freed as one. */
static MemoryContext
merge_context(const ScoreRuns *runs)
{
	return AllocSetContextCreate(runs->context, "scores in order",
								 ALLOCSET_SMALL_SIZES);
}

/* Merge the last fan-in of a class's runs if they are of one level. */
static void
merge_level(ScoreRuns *runs, int class)
{
	ScoreRunList *list = &runs->lists[class];
	int first = list->count - runs->fan_in;
	int level = list->runs[list->count - 1].level;
	MemoryContext context, old;
	ScoreMerge *merge;
	ScoreRun *run;

	if (first < 0 || list->runs[first].level != level)
		return;
	context = merge_context(runs);
	old = MemoryContextSwitchTo(context);
	merge = merge_runs(runs, class, first);
	run = add_run(runs, class, level + 1);
	while (score_merge_has(merge))
	{
		write_entries(run,
					  merge->ready.entries + merge->ready.at * merge->words,
					  merge->ready.count - merge->ready.at, merge->words);
		merge->ready.at = merge->ready.count;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	for (int i = first; i < list->count - 1; i++)
		BufFileClose(list->runs[i].file);
	list->runs[first] = list->runs[list->count - 1];
	list->count = first + 1;
	merge_level(runs, class);
}

/* Write the array as runs and empty it. */
static void
spill(ScoreRuns *runs)
{
	sort_entries(runs);
	for (int class = 0; class < 2; class ++)
	{
		for (Size piece = 0; piece < piece_count(runs, class); piece++)
		{
			Size count;
			const uint64 *entries = piece_entries(runs, class, piece, &count);

			write_entries(add_run(runs, class, 0), entries, count,
						  entry_words(runs));
			merge_level(runs, class);
		}
	}
	runs->counts[0] = runs->counts[1] = 0;
}

/* Give the array another size, keeping both ends. */
static void
resize(ScoreRuns *runs, Size capacity)
{
	Size size = entry_size(runs);
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
score_runs_make_room(ScoreRuns *runs, Size wanted)
{
	Size entries = runs->counts[0] + runs->counts[1];
	Size capacity =
		Max(Max(FIRST_CAPACITY, runs->capacity * 2), entries + wanted);

	if (!runs->may_spill)
		resize(runs, capacity);
	else if (runs->capacity < runs->budget)
		resize(runs, Min(capacity, runs->budget));
	else
		spill(runs);
}

/* Frees the array. */
static void
free_entries(ScoreRuns *runs)
{
	if (runs->entries != NULL)
		pfree(runs->entries);
	runs->entries = NULL;
	runs->capacity = 0;
	runs->counts[0] = runs->counts[1] = 0;
}

void
score_runs_release(ScoreRuns *runs)
{
	close_files(PointerGetDatum(runs));
	free_entries(runs);
}

/* Whether some entries are in files. */
static bool
has_runs(const ScoreRuns *runs)
{
	return runs->lists[0].count + runs->lists[1].count > 0;
}

ScoreCursor *
score_cursor_open(ScoreRuns *runs)
{
	MemoryContext context, old;
	ScoreCursor *cursor;
	bool files = has_runs(runs);

	if (files && runs->counts[0] + runs->counts[1] > 0)
		spill(runs);
	/* The runs' blocks take the array's place in memory. */
	if (files)
		free_entries(runs);
	else
		sort_entries(runs);
	context = merge_context(runs);
	old = MemoryContextSwitchTo(context);
	cursor = palloc(sizeof(ScoreCursor));
	cursor->context = context;
	cursor->words = entry_words(runs);
	for (int class = 0; class < 2; class ++)
		cursor->classes[class] =
			files ? merge_runs(runs, class, 0) : merge_pieces(runs, class);
	MemoryContextSwitchTo(old);
	return cursor;
}

/* The key of the entry at hand, and the weight. */
static inline uint64
key_at_hand(const ScoreMerge *merge, Size words)
{
	return merge->ready.entries[merge->ready.at * words];
}

/* Takes the entries of a class that have this key. */
static double
take_equal(ScoreMerge *merge, uint64 key, Size words)
{
	double sum = 0;

	while (score_merge_has(merge) && key_at_hand(merge, words) == key)
	{
		double weight = 1;

		if (words == 2)
			memcpy(&weight, &merge->ready.entries[2 * merge->ready.at + 1],
				   sizeof(weight));
		sum += weight;
		merge->ready.at++;
	}
	return sum;
}

/*
 * The next group where it is one entry, without a branch on its class, which
 * nobody can foresee; false: nothing is taken, and it may be otherwise.
 */
static inline bool
next_single(ScoreCursor *cursor, ScoreGroup *group)
{
	uint64 keys[2];
	ScoreMerge *merge;
	int class;

	if (cursor->words > 1)
		return false;
	for (int i = 0; i < 2; i++)
	{
		merge = cursor->classes[i];
		if (merge->ready.at + 1 >= merge->ready.count)
			return false;
		keys[i] = key_at_hand(merge, 1);
	}
	class = keys[1] < keys[0];
	merge = cursor->classes[class];
	if (keys[0] == keys[1] ||
		merge->ready.entries[merge->ready.at + 1] == keys[class])
		return false;
	merge->ready.at++;
	group->score = key_to_score(keys[class]);
	group->weights[0] = 1 - class;
	group->weights[1] = class;
	return true;
}

bool
score_cursor_next(ScoreCursor *cursor, ScoreGroup *group)
{
	bool more[2];
	uint64 key = PG_UINT64_MAX;

	if (next_single(cursor, group))
		return true;
	for (int class = 0; class < 2; class ++)
	{
		more[class] = score_merge_has(cursor->classes[class]);
		if (more[class])
			key = Min(key, key_at_hand(cursor->classes[class], cursor->words));
	}
	if (!more[0] && !more[1])
		return false;
	group->score = key_to_score(key);
	for (int class = 0; class < 2; class ++)
		group->weights[class] =
			take_equal(cursor->classes[class], key, cursor->words);
	return true;
}

void
score_cursor_close(ScoreCursor *cursor)
{
	MemoryContextDelete(cursor->context);
}

/* Copies a run's entries; returns where the next go. */
static char *
copy_run(const ScoreRuns *runs, const ScoreRun *run, char *to)
{
	uint64 left = run->count;

	if (BufFileSeek(run->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not rewind a temporary file: %m")));
	while (left > 0)
	{
		Size size = (Size) Min(left, COPY_ENTRIES) * entry_size(runs);

		CHECK_FOR_INTERRUPTS();
		if (BufFileRead(run->file, to, size) != size)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not read scores back from a "
								   "temporary file")));
		to += size;
		left -= size / entry_size(runs);
	}
	return to;
}

/* Entries of a class, wherever they are. */
static uint64
class_count(const ScoreRuns *runs, int class)
{
	uint64 count = runs->counts[class];

	for (int i = 0; i < runs->lists[class].count; i++)
		count += runs->lists[class].runs[i].count;
	return count;
}

void
score_runs_write(ScoreRuns *runs, StringInfo out)
{
	uint64 counts[2] = {class_count(runs, 0), class_count(runs, 1)};

	state_write_uint64(out, runs->weighted);
	state_write_bytes(out, counts, sizeof(counts));
	for (int class = 0; class < 2; class ++)
	{
		Size here = runs->counts[class] * entry_size(runs);
		char *to = state_write_reserve(out, counts[class] * entry_size(runs));

		if (here > 0)
			memcpy(to, class_entries(runs, class), here);
		to += here;
		for (int i = 0; i < runs->lists[class].count; i++)
			to = copy_run(runs, &runs->lists[class].runs[i], to);
		state_write_reserved(out, to);
	}
}

/* Refuses entries that nobody has added, which the bytes of a stranger may have. */
static void
check_entries(const uint64 *entries, Size count, Size words)
{
	bool fine = true;

	for (Size i = 0; i < count; i++)
	{
		uint64 key = entries[i * words];
		double weight = 1;

		if (words == 2)
			memcpy(&weight, &entries[i * words + 1], sizeof(weight));
		fine &= (key >= BEST_KEY) & (key <= WORST_KEY) &
				(key != MINUS_ZERO_KEY) & WEIGHT_IS_VALID(weight);
	}
	if (!fine)
		state_damaged();
}

/* Adds so many entries of a class as they lie in a state. */
static void
read_entries(ScoreRuns *runs, StateReader *reader, int class, uint64 count)
{
	Size size = entry_size(runs);

	while (count > 0)
	{
		Size room = runs->capacity - runs->counts[0] - runs->counts[1];
		Size some = Min(Min(count, room), COPY_ENTRIES);
		uint64 *to;

		CHECK_FOR_INTERRUPTS();
		if (room == 0)
		{
			score_runs_make_room(runs, count);
			continue;
		}
		if (class == 1)
			to = class_entries(runs, 1) - some * entry_words(runs);
		else
			to = runs->entries + runs->counts[0] * entry_words(runs);
		state_read_bytes(reader, to, some * size);
		check_entries(to, some, entry_words(runs));
		runs->counts[class] += some;
		count -= some;
	}
}

void
score_runs_read(ScoreRuns *runs, StateReader *reader, const int classes[2])
{
	uint64 counts[2];

	if ((state_read_uint64(reader) != 0) != runs->weighted)
		state_damaged();
	state_read_bytes(reader, counts, sizeof(counts));
	for (int class = 0; class < 2; class ++)
	{
		if (counts[class] > reader->left / entry_size(runs))
			state_damaged();
		read_entries(runs, reader, classes[class], counts[class]);
	}
}
