/*
 * rows.c
 *		Rows packed in memory, and their canonical order.
 */
#include "core/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/moments.h"
#include "core/random.h"
#include "core/spill.h"
#include "core/stream.h"

#define FIRST_PIECE_BYTES ((size_t) 4096)
#define LARGEST_PIECE_BYTES (8 * RUNTIME_HUGE_PAGE)
#define FIRST_CAPACITY 64
/* Shorter records, which fill few whole cache lines, gain nothing. */
#define STREAM_LEAST_BYTES ((size_t) 256)
/* Rows sorted between two looks at the interrupt flag. */
#define SORT_LOOK 65536
/* Rows a task hashes, and tasks between two looks. */
#define HASH_ROWS 256
#define HASH_TASKS 64

typedef struct RowPiece
{
	char *memory;			/* as allocated */
	char *bytes;
	size_t size;
	size_t used;
} RowPiece;

uint64_t
hash64_bytes(const void *bytes, size_t size, uint64_t seed)
{
	const unsigned char *cursor = bytes;
	uint64_t lanes[4] = {seed, seed ^ UINT64_C(0x9e3779b97f4a7c15),
						 ~seed, seed + UINT64_C(0xd1342543de82ef95)};
	uint64_t word;
	size_t left = size;

	/* Four independent multiply-rotate lanes keep the multiplier busy. */
	for (; left >= 32; left -= 32, cursor += 32)
	{
		for (int i = 0; i < 4; i++)
		{
			memcpy(&word, cursor + 8 * i, 8);
			lanes[i] = (lanes[i] ^ word) * UINT64_C(0x9fb21c651e98df25);
			lanes[i] ^= lanes[i] >> 32;
		}
	}
	for (int i = 0; left > 0; i++)
	{
		size_t part = left < 8 ? left : 8;

		word = 0;
		if (part == 8)
			memcpy(&word, cursor, 8);
		else
			memcpy(&word, cursor, part);
		lanes[i] = (lanes[i] ^ word) * UINT64_C(0x9fb21c651e98df25);
		lanes[i] ^= lanes[i] >> 32;
		cursor += part;
		left -= part;
	}
	word = random_mix(lanes[0] + size);
	for (int i = 1; i < 4; i++)
		word = random_mix(word ^ lanes[i]);
	return word;
}

void
rows_init(Rows *rows, const Runtime *runtime, RowFormat format,
		  uint32_t dimension)
{
	static const size_t element[] = {1, sizeof(float), sizeof(double), 0};

	memset(rows, 0, sizeof(*rows));
	rows->runtime = *runtime;
	rows->format = format;
	rows->dimension = dimension;
	rows->stride = element[format] * dimension;
}

/* Gives an array a new size, copying what it holds. */
static void *
resize(Rows *rows, void *old, size_t old_size, size_t new_size)
{
	void *new = runtime_allocate(&rows->runtime, new_size);

	if (new == NULL)
		return NULL;
	if (old_size > 0)
		memcpy(new, old, old_size);
	runtime_release(&rows->runtime, old);
	rows->bytes += new_size - old_size;
	return new;
}

/* Makes room for one more row in the per-row arrays. */
static bool
grow_arrays(Rows *rows)
{
	size_t old = rows->capacity;
	size_t new = old == 0 ? FIRST_CAPACITY : 2 * old;
	void *array;

#define GROW(field)                                                           \
	do                                                                        \
	{                                                                         \
		array = resize(rows, rows->field, old * sizeof(*rows->field),         \
					   new * sizeof(*rows->field));                           \
		if (array == NULL)                                                    \
			return false;                                                     \
		rows->field = array;                                                  \
	} while (0)

	GROW(records);
	GROW(labels);
	GROW(hashes);
	if (rows->weights != NULL)
		GROW(weights);
#undef GROW
	rows->capacity = new;
	return true;
}

/* A record's size with the padding that keeps the next one aligned. */
static size_t
padded(size_t size)
{
	return (size + 7) & ~(size_t) 7;
}

/* Adds a piece of at least size bytes. */
static bool
add_piece(Rows *rows, size_t size)
{
	size_t count = rows->piece_count;
	size_t wanted = count == 0 ? FIRST_PIECE_BYTES :
		rows->pieces[count - 1].size * 2;
	size_t slack;
	char *memory;

	if (wanted > LARGEST_PIECE_BYTES)
		wanted = LARGEST_PIECE_BYTES;
	if (wanted < size)
		wanted = size;
	if (count == rows->piece_capacity)
	{
		size_t capacity = rows->piece_capacity * 2 + 8;
		void *pieces = resize(rows, rows->pieces, count * sizeof(RowPiece),
							  capacity * sizeof(RowPiece));

		if (pieces == NULL)
			return false;
		rows->pieces = pieces;
		rows->piece_capacity = capacity;
	}
	/* Packing rows into small pages would be mostly page faults. */
	slack = wanted >= RUNTIME_HUGE_PAGE ? RUNTIME_HUGE_PAGE : 0;
	memory = runtime_allocate(&rows->runtime, wanted + slack);
	if (memory == NULL)
		return false;
	if (slack > 0)
		slack -= (uintptr_t) memory % RUNTIME_HUGE_PAGE;
	rows->pieces[rows->piece_count++] =
		(RowPiece){memory, memory + slack, wanted, 0};
	rows->bytes += wanted;
	return true;
}

/* Finds size bytes for a record, 8-byte aligned; NULL when out of memory. */
static char *
take_record(Rows *rows, size_t size)
{
	RowPiece *piece;
	char *record;

	size = padded(size);
	while (rows->piece_current < rows->piece_count &&
		   rows->pieces[rows->piece_current].size -
			   rows->pieces[rows->piece_current].used < size)
		rows->piece_current++;
	if (rows->piece_current >= rows->piece_count)
	{
		if (!add_piece(rows, size))
			return NULL;
		rows->piece_current = rows->piece_count - 1;
	}
	piece = &rows->pieces[rows->piece_current];
	record = piece->bytes + piece->used;
	piece->used += size;
	rows->record_bytes += size;
	return record;
}

void
rows_reuse_pieces(Rows *rows)
{
	for (size_t i = 0; i < rows->piece_count; i++)
		rows->pieces[i].used = 0;
	rows->piece_current = 0;
	rows->spilled_bytes = rows->record_bytes;
}

void
rows_release_pieces(Rows *rows)
{
	for (size_t i = 0; i < rows->piece_count; i++)
	{
		rows->bytes -= rows->pieces[i].size;
		runtime_release(&rows->runtime, rows->pieces[i].memory);
	}
	rows->piece_count = rows->piece_current = 0;
}

/*
 * Whether to stream a record of so many bytes to where take_record() put it.
 * Rows that fill pieces of huge pages are more than caches hold until training
 * reads them.
 */
static bool
is_streamed(const Rows *rows, size_t size)
{
	return size >= STREAM_LEAST_BYTES &&
		   rows->pieces[rows->piece_current].size >= RUNTIME_HUGE_PAGE;
}

/* Bytes of a row's record before padding. */
static size_t
record_size(const Rows *rows, const RowView *row)
{
	if (rows->format != ROWS_SPARSE)
		return rows->stride;
	return sizeof(uint32_t) +
		(size_t) row->count * (sizeof(uint32_t) + sizeof(float));
}

size_t
rows_record_bytes(const Rows *rows, size_t i)
{
	RowView view = rows_view(rows, i);

	return padded(record_size(rows, &view));
}

/* Keeps weights only from the first one that is not 1. */
static bool
keep_weight(Rows *rows, float weight)
{
	if (rows->weights == NULL && weight != 1.0f)
	{
		rows->weights = resize(rows, NULL, 0, rows->capacity * sizeof(float));
		if (rows->weights == NULL)
			return false;
		for (size_t i = 0; i < rows->count; i++)
			rows->weights[i] = 1.0f;
	}
	if (rows->weights != NULL)
		rows->weights[rows->count] = weight;
	return true;
}

/* Packs a row into its record. */
static void
fill_record(const Rows *rows, char *record, const RowView *row, size_t size)
{
	if (rows->format != ROWS_SPARSE && is_streamed(rows, size))
	{
		stream_copy(record, row->dense, size);
		return;
	}
	/* Padding is compared, and written to files. */
	if (padded(size) > size)
		memset(record + size, 0, padded(size) - size);
	if (rows->format == ROWS_SPARSE)
	{
		memcpy(record, &row->count, sizeof(uint32_t));
		if (row->count > 0)
		{
			memcpy(record + sizeof(uint32_t), row->index,
				   row->count * sizeof(uint32_t));
			memcpy(record + sizeof(uint32_t) + row->count * sizeof(uint32_t),
				   row->value, row->count * sizeof(float));
		}
	}
	else
		memcpy(record, row->dense, size);
}

Status
rows_append(Rows *rows, const RowView *row, double label, uint64_t label_hash,
			float weight, Failure *failure)
{
	size_t size = record_size(rows, row);
	char *record;

	if (rows->moments != NULL)
		return rows_fold_row(rows, row, label, label_hash, weight, failure);
	if (rows->count >= UINT32_MAX)
		return fail(failure, LL_LIMIT, "more than %u rows in one channel",
					UINT32_MAX);
	if (rows->count == rows->capacity && !grow_arrays(rows))
		return fail_no_memory(failure);
	record = take_record(rows, size);
	if (record == NULL || !keep_weight(rows, weight))
		return fail_no_memory(failure);
	fill_record(rows, record, row, size);
	rows->records[rows->count] = record;
	rows->labels[rows->count] = label;
	rows->hashes[rows->count] = label_hash;
	rows->count++;
	return LL_OK;
}

RowView
rows_view(const Rows *rows, size_t i)
{
	const char *record = rows->records[i];
	RowView view = {record, NULL, NULL, 0};

	if (rows->format == ROWS_SPARSE)
	{
		view.count = *(const uint32_t *) record;
		view.index = (const uint32_t *) record + 1;
		view.value = (const float *) (view.index + view.count);
	}
	return view;
}

uint64_t
rows_record_hash(const void *record, size_t size, uint64_t label_hash,
				 float weight)
{
	uint64_t hash = hash64_bytes(record, size, label_hash);

	return weight == 1.0f ? hash :
		hash64_bytes(&weight, sizeof(weight), hash);
}

/* What the tasks of rows_hash share. */
typedef struct HashJob
{
	Rows *rows;
	size_t from;
} HashJob;

/* Completes the hashes of one task's rows. */
static void
run_hash_task(void *argument, size_t index)
{
	const HashJob *job = argument;
	const Rows *rows = job->rows;
	size_t i = job->from + index * HASH_ROWS;
	size_t end = i + HASH_ROWS < rows->count ? i + HASH_ROWS : rows->count;

	for (; i < end; i++)
	{
		RowView view = rows_view(rows, i);

		rows->hashes[i] =
			rows_record_hash(rows->records[i], record_size(rows, &view),
							 rows->hashes[i], rows_weight(rows, i));
	}
}

Status
rows_hash(Rows *rows, ThreadPool *pool, Failure *failure)
{
	HashJob job = {rows, rows->hashed};

	stream_fence();
	while (job.from < rows->count)
	{
		size_t tasks = (rows->count - job.from + HASH_ROWS - 1) / HASH_ROWS;
		size_t end;

		if (tasks > HASH_TASKS)
			tasks = HASH_TASKS;
		end = job.from + tasks * HASH_ROWS;
		if (end > rows->count)
			end = rows->count;
		if (pool != NULL)
			threads_run(pool, run_hash_task, &job, tasks);
		else
			for (size_t i = 0; i < tasks; i++)
				run_hash_task(&job, i);
		for (; job.from < end; job.from++)
			rows->fingerprint += random_mix(rows->hashes[job.from]);
		rows->hashed = end;
		if (runtime_interrupted(&rows->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* What the sort of rows_seal looks at. */
typedef struct SortItem
{
	uint64_t hash;
	uint32_t row;
} SortItem;

/* What a sort works on. */
typedef struct Sort
{
	const Rows *rows;
	SortItem *items;
	SortItem *spare;
	size_t count;
	bool by_bytes;
} Sort;

/* Orders rows with the same hash: copies of one row in all likelihood. */
static int
compare_rows(const Rows *rows, uint32_t a, uint32_t b, bool by_bytes)
{
	float weight_a = rows_weight(rows, a), weight_b = rows_weight(rows, b);

	if (by_bytes)
	{
		size_t size_a = rows_record_bytes(rows, a);
		size_t size_b = rows_record_bytes(rows, b);
		int order;

		if (size_a != size_b)
			return size_a < size_b ? -1 : 1;
		order = memcmp(rows->records[a], rows->records[b], size_a);
		if (order != 0)
			return order;
	}
	if (rows->labels[a] != rows->labels[b])
		return rows->labels[a] < rows->labels[b] ? -1 : 1;
	return (weight_a > weight_b) - (weight_a < weight_b);
}

/*
 * Sorts by the hash's 64 bits: least significant digit first over its upper 32
 * bits, then a merge sort of what agrees there, which is little.
 */
static Status
sort_upper_bits(Sort *sort, Failure *failure)
{
	size_t count = sort->count;

	for (int shift = 32; shift < 64; shift += 8)
	{
		const SortItem *items = sort->items;
		size_t places[257] = {0};

		for (size_t i = 0; i < count; i++)
		{
			if (runtime_stops(&sort->rows->runtime, i))
				return fail_cancelled(failure);
			places[((items[i].hash >> shift) & 255) + 1]++;
		}
		for (int digit = 0; digit < 256; digit++)
			places[digit + 1] += places[digit];
		for (size_t i = 0; i < count; i++)
		{
			/* Any of them may be the first to touch a huge page. */
			if (runtime_stops_wide(&sort->rows->runtime, i, 256))
				return fail_cancelled(failure);
			sort->spare[places[(items[i].hash >> shift) & 255]++] = items[i];
		}
		sort->items = sort->spare;
		sort->spare = (SortItem *) items;
	}
	return LL_OK;
}

/* Order of two items by hash, then by what the rows hold. */
static int
compare_items(const Sort *sort, const SortItem *a, const SortItem *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_rows(sort->rows, a->row, b->row, sort->by_bytes);
}

/*
 * Sorts one run of items whose upper hash bits agree.  Bytes-equal rows compare
 * equal at once, so a run of many copies costs one pass.
 */
static void
sort_run(const Sort *sort, SortItem *items, size_t count)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort_run(sort, items, half);
	sort_run(sort, items + half, count - half);
	if (compare_items(sort, &items[half - 1], &items[half]) <= 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (right == count ||
			(left < half &&
			 compare_items(sort, &items[left], &items[right]) <= 0))
			sort->spare[i] = items[left++];
		else
			sort->spare[i] = items[right++];
	}
	memcpy(items, sort->spare, count * sizeof(SortItem));
}

Status
rows_sort(const Rows *rows, uint32_t *order, size_t count, bool by_bytes,
		  Failure *failure)
{
	SortItem *items = runtime_allocate(&rows->runtime,
									   2 * count * sizeof(SortItem));
	Sort sort = {rows, items, items + count, count, by_bytes};
	size_t looked = 0;
	Status status;

	if (items == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		items[i] = (SortItem){rows->hashes[order[i]], order[i]};
	status = sort_upper_bits(&sort, failure);
	for (size_t start = 0, end; start < count && status == LL_OK; start = end)
	{
		const SortItem *sorted = sort.items;

		for (end = start + 1;
			 end < count && sorted[end].hash >> 32 == sorted[start].hash >> 32;)
			end++;
		sort_run(&sort, sort.items + start, end - start);
		if (end - looked > SORT_LOOK && runtime_interrupted(&rows->runtime))
			status = fail_cancelled(failure);
		if (end - looked > SORT_LOOK)
			looked = end;
	}
	for (size_t i = 0; i < count && status == LL_OK; i++)
		order[i] = sort.items[i].row;
	runtime_release(&rows->runtime, items);
	return status;
}

/* Where the rows of one hash end that start at `start`. */
static size_t
end_of_hash(const Rows *rows, const uint32_t *order, size_t start,
			size_t count)
{
	size_t end = start + 1;

	while (end < count &&
		   rows->hashes[order[end]] == rows->hashes[order[start]])
		end++;
	return end;
}

/*
 * Puts spilled rows that share a hash into the order of their contents: the
 * hash says that they are alike, not that they are copies.  Windows without such
 * rows are not loaded.
 */
static Status
sort_loaded(const Rows *rows, uint32_t *order, size_t count, Failure *failure)
{
	size_t loaded = 0;
	Status status = LL_OK;

	for (size_t start = 0, end; start < count && status == LL_OK; start = end)
	{
		end = end_of_hash(rows, order, start, count);
		if (runtime_stops(&rows->runtime, start))
			return fail_cancelled(failure);
		if (end == start + 1)
			continue;
		if (start >= loaded)
		{
			status = rows_load(rows, order + start, count - start, &loaded,
							   failure);
			loaded += start;
		}
		if (status == LL_OK)
			status = rows_sort(rows, order + start, end - start, true, failure);
	}
	return status;
}

/* Sorts row numbers by hash and content, spilled or not. */
static Status
sort_rows(const Rows *rows, uint32_t *order, size_t count, Failure *failure)
{
	Status status =
		rows_sort(rows, order, count, rows->spill == NULL, failure);

	if (status == LL_OK && rows->spill != NULL)
		status = sort_loaded(rows, order, count, failure);
	return status;
}

/* Puts row numbers into order window by window; notes where each starts. */
static Status
deal_windows(Rows *rows, size_t windows, Failure *failure)
{
	size_t *start = runtime_allocate_zero(&rows->runtime, windows + 2,
										  sizeof(size_t));

	if (start == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
		start[hash_window(rows->hashes[i], windows) + 2]++;
	for (size_t w = 0; w < windows; w++)
		start[w + 2] += start[w + 1];
	for (size_t i = 0; i < rows->count; i++)
	{
		if (runtime_stops(&rows->runtime, i))
			return fail_cancelled(failure);
		rows->order[start[hash_window(rows->hashes[i], windows) + 1]++] =
			(uint32_t) i;
	}
	rows->window_start = start;
	return LL_OK;
}

Status
rows_seal(Rows *rows, Failure *failure)
{
	size_t windows = rows_windows(rows);
	Status status;

	if (rows->moments != NULL)
		return moments_flush(rows->moments, failure);
	status = rows_hash(rows, NULL, failure);
	if (status != LL_OK)
		return status;
	rows->order = runtime_allocate(&rows->runtime,
								   rows->count * sizeof(uint32_t));
	if (rows->order == NULL)
		return fail_no_memory(failure);
	status = deal_windows(rows, windows, failure);
	for (size_t w = 0; w < windows && status == LL_OK; w++)
		status = sort_rows(rows, rows->order + rows->window_start[w],
						   rows->window_start[w + 1] - rows->window_start[w],
						   failure);
	return status;
}

/*
 * Which rows a split takes, by hash and, among rows that share one, by their
 * place: of copies it makes no difference which.
 */
static Status
choose_taken(const Rows *rows, double fraction, uint64_t key, bool *take,
			 Failure *failure)
{
	uint32_t *order = runtime_allocate(&rows->runtime,
									   rows->count * sizeof(uint32_t));
	uint64_t copy = 0;
	Status status;

	if (order == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < rows->count; i++)
		order[i] = (uint32_t) i;
	status = sort_rows(rows, order, rows->count, failure);
	for (size_t i = 0; i < rows->count && status == LL_OK; i++)
	{
		uint64_t hash = rows->hashes[order[i]];

		copy = i > 0 && rows->hashes[order[i - 1]] == hash ? copy + 1 : 0;
		take[order[i]] = random_uniform(key, hash + copy) < fraction;
	}
	runtime_release(&rows->runtime, order);
	return status;
}

/* Moves the rows marked so to the other store. */
static Status
move_rows(Rows *rows, const bool *take, Rows *taken, Failure *failure)
{
	size_t kept = 0;

	rows->fingerprint = 0;
	for (size_t i = 0; i < rows->count; i++)
	{
		Rows *into = take[i] ? taken : rows;
		size_t at = take[i] ? taken->count : kept++;

		if (runtime_stops(&rows->runtime, i))
			return fail_cancelled(failure);
		if (take[i])
		{
			if (taken->count == taken->capacity && !grow_arrays(taken))
				return fail_no_memory(failure);
			if (!keep_weight(taken, rows_weight(rows, i)))
				return fail_no_memory(failure);
			taken->count++;
		}
		else if (rows->weights != NULL)
			rows->weights[at] = rows->weights[i];
		into->records[at] = rows->records[i];
		into->labels[at] = rows->labels[i];
		into->hashes[at] = rows->hashes[i];
		into->fingerprint += random_mix(rows->hashes[i]);
	}
	rows->count = rows->hashed = kept;
	taken->hashed = taken->count;
	return LL_OK;
}

Status
rows_split(Rows *rows, double fraction, uint64_t key, Rows *taken,
		   Failure *failure)
{
	bool *take = runtime_allocate(&rows->runtime, rows->count * sizeof(bool));
	Status status = rows_hash(rows, NULL, failure);

	if (take == NULL)
		return fail_no_memory(failure);
	if (status == LL_OK)
		status = choose_taken(rows, fraction, key, take, failure);
	if (status != LL_OK)
		return status;
	rows_init(taken, &rows->runtime, rows->format, rows->dimension);
	taken->spill = rows->spill;
	status = move_rows(rows, take, taken, failure);
	runtime_release(&rows->runtime, take);
	return status;
}
