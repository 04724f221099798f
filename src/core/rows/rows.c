/*
 * rows.c
 *		Rows packed in memory, and their hashes.
 */
#include "core/rows/rows.h"

#include <string.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/math/stream.h"
#include "core/rows/row_array.h"
#include "core/rows/rows_hash.h"

#define FIRST_PIECE_BYTES ((size_t) 4096)
#define LARGEST_PIECE_BYTES (8 * RUNTIME_HUGE_PAGE)
/* So far ahead of the records a piece's pages are made. */
#define EXPECTED_BYTES (2 * RUNTIME_HUGE_PAGE)
#define FIRST_CAPACITY 64
/* Bytes of records between two looks ahead, each of which wakes the thread beside. */
#define LOOK_BYTES ((size_t) 1 << 20)
/* Shorter records, which fill few whole cache lines, gain nothing. */
#define STREAM_LEAST_BYTES ((size_t) 256)
typedef struct RowPiece
{
	char *memory; /* as allocated */
	char *bytes;
	size_t size;
	size_t used;
	size_t expected; /* bytes that are or will be there, once written to */
} RowPiece;

void
rows_init(Rows *rows, const Runtime *runtime, RowFormat format,
		  uint32_t dimension)
{
	static const size_t element[] = {1, sizeof(float), sizeof(double), 0, 0};

	memset(rows, 0, sizeof(*rows));
	rows->runtime = *runtime;
	rows->format = format;
	rows->dimension = dimension;
	rows->stride = rows->ahead = element[format] * dimension;
}

/* Gives an array a new size, copying what it holds. */
static void *
resize(Rows *rows, void *old, size_t old_size, size_t new_size)
{
	void *new = row_array_resize(&rows->runtime, old, old_size, new_size);

	if (new != NULL)
		rows->bytes += new_size - old_size;
	return new;
}

/* Gives the per-row arrays room for so many rows. */
static bool
resize_arrays(Rows *rows, size_t new)
{
	size_t old = rows->capacity;
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
	if (rows->offsets != NULL)
		GROW(offsets);
	if (rows->fold_keys != NULL)
		GROW(fold_keys);
#undef GROW
	rows->capacity = new;
	return true;
}

/* Makes room for one more row. */
static bool
grow_arrays(Rows *rows)
{
	bool grown;

	rows_hold(rows);
	grown = resize_arrays(rows, rows->capacity == 0 ? FIRST_CAPACITY
													: 2 * rows->capacity);
	rows_let_go(rows);
	return grown;
}

/* Makes room for one more piece in their list. */
static bool
grow_pieces(Rows *rows)
{
	size_t count = rows->piece_count, capacity = rows->piece_capacity * 2 + 8;
	void *pieces;

	if (count < rows->piece_capacity)
		return true;
	pieces = resize(rows, rows->pieces, count * sizeof(RowPiece),
					capacity * sizeof(RowPiece));
	if (pieces == NULL)
		return false;
	rows->pieces = pieces;
	rows->piece_capacity = capacity;
	return true;
}

/* Adds a piece of at least size bytes. */
static bool
add_piece(Rows *rows, size_t size)
{
	size_t count = rows->piece_count;
	size_t wanted =
		count == 0 ? FIRST_PIECE_BYTES : rows->pieces[count - 1].size * 2;
	size_t slack;
	char *memory;

	if (wanted > LARGEST_PIECE_BYTES)
		wanted = LARGEST_PIECE_BYTES;
	if (wanted < size)
		wanted = size;
	if (!grow_pieces(rows))
		return false;
	/* Packing rows into small pages would be mostly page faults. */
	slack = wanted >= RUNTIME_HUGE_PAGE ? RUNTIME_HUGE_PAGE : 0;
	memory = runtime_allocate(&rows->runtime, wanted + slack);
	if (memory == NULL)
		return false;
	if (slack > 0)
		slack -= (uintptr_t) memory % RUNTIME_HUGE_PAGE;
	rows->pieces[rows->piece_count++] =
		(RowPiece){memory, memory + slack, wanted, 0,
				   wanted < RUNTIME_HUGE_PAGE ? wanted : RUNTIME_HUGE_PAGE};
	rows->bytes += wanted;
	return true;
}

/* Has the pages made that records will soon come to, one after the other. */
static void
expect_records(const Rows *rows, RowPiece *piece)
{
	while (piece->expected < piece->size &&
		   piece->expected < piece->used + EXPECTED_BYTES)
	{
		size_t left = piece->size - piece->expected;
		size_t next = left < RUNTIME_HUGE_PAGE ? left : RUNTIME_HUGE_PAGE;

		runtime_expect(&rows->runtime, piece->bytes + piece->expected, next);
		piece->expected += next;
	}
}

char *
rows_take_record(Rows *rows, size_t size)
{
	RowPiece *piece;
	char *record;

	size = rows_padded(size);
	while (rows->piece_current < rows->piece_count &&
		   rows->pieces[rows->piece_current].size -
				   rows->pieces[rows->piece_current].used <
			   size)
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
	if (piece->expected < piece->used + EXPECTED_BYTES)
		expect_records(rows, piece);
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
rows_swap_pieces(Rows *a, Rows *b)
{
	Rows old = *a;

	a->pieces = b->pieces;
	a->piece_count = b->piece_count;
	a->piece_capacity = b->piece_capacity;
	a->piece_current = b->piece_current;
	b->pieces = old.pieces;
	b->piece_count = old.piece_count;
	b->piece_capacity = old.piece_capacity;
	b->piece_current = old.piece_current;
}

void
rows_give_pieces(Rows *from, size_t i, Rows *to)
{
	size_t given = 0;

	if (from->spill != NULL || to->spill != NULL)
		return;
	while (given < from->piece_current)
	{
		RowPiece *piece = &from->pieces[given];

		if ((from->records[i] >= piece->bytes &&
			 from->records[i] < piece->bytes + piece->size) ||
			!grow_pieces(to))
			break;
		piece->used = 0;
		to->pieces[to->piece_count++] = *piece;
		to->bytes += piece->size;
		from->bytes -= piece->size;
		given++;
	}
	from->piece_count -= given;
	from->piece_current -= given;
	memmove(from->pieces, from->pieces + given,
			from->piece_count * sizeof(RowPiece));
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

void
rows_release(Rows *rows)
{
	rows_settle(rows);
	rows_release_pieces(rows);
	row_array_release(&rows->runtime, rows->pieces);
	row_array_release(&rows->runtime, rows->records);
	row_array_release(&rows->runtime, rows->labels);
	row_array_release(&rows->runtime, rows->hashes);
	row_array_release(&rows->runtime, rows->weights);
	row_array_release(&rows->runtime, rows->offsets);
	row_array_release(&rows->runtime, rows->fold_keys);
	memset(rows, 0, sizeof(*rows));
}

void
rows_forget_hashes(Rows *rows)
{
	if (rows->hashes == NULL || rows->spill != NULL)
		return;
	rows->bytes -= rows->capacity * sizeof(*rows->hashes);
	row_array_release(&rows->runtime, rows->hashes);
	rows->hashes = NULL;
}

/* Whether records go to pieces of huge pages: there are more than caches hold. */
static bool
are_many(const Rows *rows)
{
	return rows->piece_count > 0 &&
		   rows->pieces[rows->piece_current].size >= RUNTIME_HUGE_PAGE;
}

/*
 * Whether to stream a record of so many bytes to where rows_take_record() put it.
 * Rows that fill pieces of huge pages are more than caches hold until training
 * reads them.
 */
static bool
is_streamed(const Rows *rows, size_t size)
{
	return size >= STREAM_LEAST_BYTES && are_many(rows);
}

/* Gives the rows before weights of 1. */
static bool
begin_weights(Rows *rows)
{
	float *weights = resize(rows, NULL, 0, rows->capacity * sizeof(float));

	if (weights == NULL)
		return false;
	for (size_t i = 0; i < rows->count; i++)
		weights[i] = 1.0f;
	rows_hold(rows);
	rows->weights = weights;
	rows_let_go(rows);
	return true;
}

/* Keeps weights only from the first one that is not 1. */
static bool
keep_weight(Rows *rows, float weight)
{
	if (rows->weights == NULL && weight != 1.0f && !begin_weights(rows))
		return false;
	if (rows->weights != NULL)
		rows->weights[rows->count] = weight;
	return true;
}

/* Keeps the number of a row only from the first one that is not 0. */
static bool
keep_number(Rows *rows, double **numbers, size_t row, double number)
{
	if (*numbers == NULL && number != 0.0)
	{
		*numbers = resize(rows, NULL, 0, rows->capacity * sizeof(double));
		if (*numbers == NULL)
			return false;
		memset(*numbers, 0, row * sizeof(double));
	}
	if (*numbers != NULL)
		(*numbers)[row] = number;
	return true;
}

Status
rows_give_offset(Rows *rows, double offset, Failure *failure)
{
	size_t last = rows->count - 1;

	if (offset == 0.0)
		return LL_OK;
	if (!keep_number(rows, &rows->offsets, last, offset))
		return fail_no_memory(failure);
	rows->hashes[last] =
		hash64_bytes(&offset, sizeof(offset), rows->hashes[last]);
	return LL_OK;
}

Status
rows_give_fold_key(Rows *rows, double key, uint64_t key_hash, Failure *failure)
{
	size_t last = rows->count - 1;

	if (!keep_number(rows, &rows->fold_keys, last, key))
		return fail_no_memory(failure);
	rows->hashes[last] =
		hash64_bytes(&key_hash, sizeof(key_hash), rows->hashes[last]);
	return LL_OK;
}

/* Packs a row into its record. */
static void
fill_record(const Rows *rows, char *record, const RowView *row, size_t size)
{
	if (rows->format < ROWS_SPARSE && is_streamed(rows, size))
	{
		stream_copy(record, row->dense, size);
		return;
	}
	/* Padding is compared, and written to files. */
	if (rows_padded(size) > size)
		memset(record + size, 0, rows_padded(size) - size);
	if (rows->format == ROWS_CELLS)
	{
		uint64_t bytes = row->count;

		memcpy(record, &bytes, ROWS_CELLS_HEADER);
		memcpy(record + ROWS_CELLS_HEADER, row->dense, row->count);
	}
	else if (rows->format == ROWS_SPARSE)
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

/* Hands rows over; few are there, with their hashes, before anyone is asked. */
static void
look_ahead(Rows *rows)
{
	rows->next_look = rows->record_bytes + LOOK_BYTES;
	if (are_many(rows))
		rows_look_ahead(rows);
}

Status
rows_append(Rows *rows, const RowView *row, double label, uint64_t label_hash,
			float weight, Failure *failure)
{
	size_t size = rows_record_size(rows, row);
	char *record;

	if (rows->count >= UINT32_MAX)
		return fail(failure, LL_LIMIT, "more than %u rows in one channel",
					UINT32_MAX);
	if (rows->count == rows->capacity && !grow_arrays(rows))
		return fail_no_memory(failure);
	if (rows->record_bytes >= rows->next_look)
		look_ahead(rows);
	record = rows_take_record(rows, size);
	if (record == NULL || !keep_weight(rows, weight) ||
		!keep_number(rows, &rows->offsets, rows->count, 0.0) ||
		!keep_number(rows, &rows->fold_keys, rows->count, 0.0))
		return fail_no_memory(failure);
	fill_record(rows, record, row, size);
	rows->records[rows->count] = record;
	rows->labels[rows->count] = label;
	rows->hashes[rows->count] = label_hash;
	rows->count++;
	return LL_OK;
}

bool
rows_share(Rows *rows, const Rows *from, size_t i)
{
	if (rows->count == rows->capacity && !grow_arrays(rows))
		return false;
	if (!keep_weight(rows, rows_weight(from, i)) ||
		!keep_number(rows, &rows->offsets, rows->count,
					 rows_offset(from, i)) ||
		!keep_number(rows, &rows->fold_keys, rows->count,
					 rows_fold_key(from, i)))
		return false;
	rows->records[rows->count] = from->records[i];
	rows->labels[rows->count] = from->labels[i];
	rows->hashes[rows->count] = from->hashes[i];
	rows->fingerprint += random_mix(from->hashes[i]);
	rows->hashed = ++rows->count;
	return true;
}
