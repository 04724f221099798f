/*
 * rows.c
 *		Rows packed in memory, and their canonical order.
 */
#include "core/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"

#define FIRST_PIECE_BYTES ((size_t) 4096)
#define LARGEST_PIECE_BYTES ((size_t) 1 << 24)
#define FIRST_CAPACITY 64

typedef struct RowPiece
{
	char *bytes;
	size_t size;
	size_t used;
} RowPiece;

uint64_t
hash_bytes(const void *bytes, size_t size, uint64_t seed)
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
	size_t new = old == 0 ? FIRST_CAPACITY : old + old / 2;
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

/* Finds size bytes for a record, 8-byte aligned; NULL when out of memory. */
static char *
take_record(Rows *rows, size_t size)
{
	RowPiece *piece;
	size_t wanted;
	char *record;

	size = (size + 7) & ~(size_t) 7;
	piece = rows->piece_count > 0 ? &rows->pieces[rows->piece_count - 1] : NULL;
	if (piece == NULL || piece->size - piece->used < size)
	{
		wanted = piece == NULL ? FIRST_PIECE_BYTES : piece->size * 2;
		if (wanted > LARGEST_PIECE_BYTES)
			wanted = LARGEST_PIECE_BYTES;
		if (wanted < size)
			wanted = size;
		if (rows->piece_count == rows->piece_capacity)
		{
			size_t capacity = rows->piece_capacity * 2 + 8;
			void *pieces = resize(rows, rows->pieces,
								  rows->piece_count * sizeof(RowPiece),
								  capacity * sizeof(RowPiece));

			if (pieces == NULL)
				return NULL;
			rows->pieces = pieces;
			rows->piece_capacity = capacity;
		}
		piece = &rows->pieces[rows->piece_count];
		piece->bytes = runtime_allocate(&rows->runtime, wanted);
		if (piece->bytes == NULL)
			return NULL;
		piece->size = wanted;
		piece->used = 0;
		rows->piece_count++;
		rows->bytes += wanted;
	}
	record = piece->bytes + piece->used;
	piece->used += size;
	return record;
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

Status
rows_append(Rows *rows, const RowView *row, double label, uint64_t label_hash,
			float weight, Failure *failure)
{
	size_t size = record_size(rows, row);
	uint64_t hash;
	char *record;

	if (rows->count >= UINT32_MAX)
		return fail(failure, LL_LIMIT, "more than %u rows in one channel",
					UINT32_MAX);
	if (rows->count == rows->capacity && !grow_arrays(rows))
		return fail_no_memory(failure);
	record = take_record(rows, size);
	if (record == NULL || !keep_weight(rows, weight))
		return fail_no_memory(failure);
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
	hash = hash_bytes(record, size, label_hash);
	if (weight != 1.0f)
		hash = hash_bytes(&weight, sizeof(weight), hash);
	rows->records[rows->count] = record;
	rows->labels[rows->count] = label;
	rows->hashes[rows->count] = hash;
	rows->fingerprint += random_mix(hash);
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

/* What the sort of rows_seal looks at. */
typedef struct SortItem
{
	uint64_t hash;
	uint32_t row;
} SortItem;

/* Orders rows with the same hash: equal rows in all likelihood. */
static int
compare_records(const Rows *rows, uint32_t a, uint32_t b)
{
	RowView view_a = rows_view(rows, a), view_b = rows_view(rows, b);
	size_t size_a = record_size(rows, &view_a);
	size_t size_b = record_size(rows, &view_b);
	float weight_a = rows_weight(rows, a), weight_b = rows_weight(rows, b);
	int order;

	if (size_a != size_b)
		return size_a < size_b ? -1 : 1;
	order = memcmp(rows->records[a], rows->records[b], size_a);
	if (order != 0)
		return order;
	if (rows->labels[a] != rows->labels[b])
		return rows->labels[a] < rows->labels[b] ? -1 : 1;
	return (weight_a > weight_b) - (weight_a < weight_b);
}

/*
 * Sorts by the hash's 64 bits: least significant digit first over its upper 32
 * bits, then an insertion sort, for hashes are nearly all distinct there.
 */
static void
sort_items(const Rows *rows, SortItem *items, SortItem *spare)
{
	size_t count = rows->count;

	for (int shift = 32; shift < 64; shift += 8)
	{
		size_t places[257] = {0};
		SortItem *swap;

		for (size_t i = 0; i < count; i++)
			places[((items[i].hash >> shift) & 255) + 1]++;
		for (int digit = 0; digit < 256; digit++)
			places[digit + 1] += places[digit];
		for (size_t i = 0; i < count; i++)
			spare[places[(items[i].hash >> shift) & 255]++] = items[i];
		swap = items;
		items = spare;
		spare = swap;
	}
}

/* Order of two items by hash, then by what the rows hold. */
static int
compare_items(const Rows *rows, const SortItem *a, const SortItem *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_records(rows, a->row, b->row);
}

/*
 * Sorts one run of items whose upper hash bits agree.  Bytes-equal rows compare
 * equal at once, so a run of many copies costs one pass.
 */
static void
sort_run(const Rows *rows, SortItem *items, SortItem *spare, size_t count)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort_run(rows, items, spare, half);
	sort_run(rows, items + half, spare, count - half);
	if (compare_items(rows, &items[half - 1], &items[half]) <= 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (right == count ||
			(left < half && compare_items(rows, &items[left], &items[right]) <= 0))
			spare[i] = items[left++];
		else
			spare[i] = items[right++];
	}
	memcpy(items, spare, count * sizeof(SortItem));
}

Status
rows_seal(Rows *rows, Failure *failure)
{
	size_t count = rows->count;
	SortItem *items = runtime_allocate(&rows->runtime, count * sizeof(SortItem));
	SortItem *spare = runtime_allocate(&rows->runtime, count * sizeof(SortItem));

	rows->order = runtime_allocate(&rows->runtime, count * sizeof(uint32_t));
	if (items == NULL || spare == NULL || rows->order == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		items[i] = (SortItem){rows->hashes[i], (uint32_t) i};
	sort_items(rows, items, spare);
	for (size_t start = 0, end; start < count; start = end)
	{
		for (end = start + 1;
			 end < count && items[end].hash >> 32 == items[start].hash >> 32;)
			end++;
		sort_run(rows, items + start, spare, end - start);
	}
	for (size_t i = 0; i < count; i++)
		rows->order[i] = items[i].row;
	runtime_release(&rows->runtime, items);
	runtime_release(&rows->runtime, spare);
	return LL_OK;
}

Status
rows_split(Rows *rows, double fraction, uint64_t key, Rows *taken,
		   Failure *failure)
{
	size_t kept = 0;

	rows_init(taken, &rows->runtime, rows->format, rows->dimension);
	rows->fingerprint = 0;
	for (size_t i = 0; i < rows->count; i++)
	{
		uint64_t hash = rows->hashes[i];
		bool take = random_uniform(key, hash) < fraction;
		Rows *into = take ? taken : rows;
		size_t at = take ? taken->count : kept++;

		if (take)
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
		into->hashes[at] = hash;
		into->fingerprint += random_mix(hash);
	}
	rows->count = kept;
	return LL_OK;
}
