/*
 * columns.c
 *		Looking for columns, pieces and levels.
 */
#include "core/columns/columns.h"

#include <string.h>

#include "core/base/hash.h"

/* Levels of a piece whose slots, at most 32 KB, stay in a processor's cache. */
#define FEW_LEVELS 1024

const char *
column_kind_name(ColumnKind kind)
{
	static const char *const names[COLUMN_KINDS] = {"a number",
													"a flag",
													"a category",
													"a date or timestamp",
													"words",
													"a set of elements",
													"a block of numbers",
													"a sparse row"};

	return names[kind];
}

int
level_compare(const Level *a, const Level *b)
{
	uint32_t size = a->size < b->size ? a->size : b->size;
	int order;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	order = size > 0 ? memcmp(a->bytes, b->bytes, size) : 0;
	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

uint32_t
level_number(const char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

int
columns_find(const Columns *columns, const char *name, size_t size)
{
	uint32_t low = 0, high = columns->count;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		const char *other = columns->columns[middle].name;
		size_t length = strlen(other);
		int order = memcmp(name, other, size < length ? size : length);

		if (order == 0)
			order = (size > length) - (size < length);
		if (order == 0)
			return (int) middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const Piece *
columns_piece_of(const Columns *columns, uint32_t term)
{
	uint32_t low = 0, high = columns->piece_count;

	while (high - low > 1)
	{
		uint32_t middle = low + (high - low) / 2;

		if (columns->pieces[middle].first <= term)
			low = middle;
		else
			high = middle;
	}
	return &columns->pieces[low];
}

bool
piece_has_levels(PieceKind kind)
{
	switch (kind)
	{
		case PIECE_LEVELS:
		case PIECE_MONTH:
		case PIECE_WEEKDAY:
		case PIECE_HOUR:
		case PIECE_BUCKETS:
		case PIECE_CROSS:
			return true;
		default:
			return false;
	}
}

/*
 * A hash table of a piece's levels, at most half full; of those few that stay in
 * the processor's cache at most a quarter, so that the first slot is mostly it.
 */
static bool
index_levels(Piece *piece, const Runtime *runtime)
{
	uint32_t slots = 4, room = piece->level_count <= FEW_LEVELS ? 4 : 2;
	size_t steps = 0;

	while (slots < room * piece->level_count)
		slots *= 2;
	piece->slots = runtime_allocate_zero(runtime, slots, sizeof(uint32_t));
	if (piece->slots == NULL)
		return false;
	piece->slot_count = slots;
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];
		uint32_t at =
			(uint32_t) hash64_short(level->bytes, level->size) & (slots - 1);

		/* Who wrote the levels may have made them all meet in a slot. */
		for (; !runtime_stops(runtime, steps) && piece->slots[at] != 0;
			 steps++)
			at = (at + 1) & (slots - 1);
		if (runtime_stops(runtime, steps++))
			return false;
		piece->slots[at] = i + 1;
	}
	return true;
}

Status
columns_index(Columns *columns, const Runtime *runtime, Failure *failure)
{
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		Piece *piece = &columns->pieces[p];

		piece->hashed =
			(piece->kind == PIECE_LEVELS || piece->kind == PIECE_WORDS ||
			 piece->kind == PIECE_SET) &&
			columns->columns[piece->column].options.hash > 0;
		if (piece->level_count > 0 && !index_levels(piece, runtime))
			return runtime_interrupted(runtime) ? fail_cancelled(failure)
												: fail_no_memory(failure);
	}
	return LL_OK;
}

int64_t
piece_find_level(const Piece *piece, const char *bytes, uint32_t size)
{
	uint32_t mask = piece->slot_count - 1, at;

	if (piece->slot_count == 0)
		return -1;
	at = (uint32_t) hash64_short(bytes, size) & mask;
	for (; piece->slots[at] != 0; at = (at + 1) & mask)
	{
		const Level *level = &piece->levels[piece->slots[at] - 1];

		if (level->size == size && same_short(level->bytes, bytes, size))
			return piece->slots[at] - 1;
	}
	return -1;
}

uint32_t
level_bucket(const char *bytes, uint32_t size, uint32_t buckets)
{
	return (uint32_t) (((hash64_bytes(bytes, size, 1) >> 32) * buckets) >> 32);
}
