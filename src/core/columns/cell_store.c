/*
 * cell_store.c
 *		The cells of rows packed as they come.
 *
 * A record: the number of its columns as 8 bytes, a word a column, the tail.  A
 * number's word is the number, NaN for NULL; a level's is its code + 1, 0 for
 * NULL; that of what is longer is where it lies in the record, 0 for NULL: there,
 * a count as 8 bytes and the items.
 */
#include "core/columns/cell_store.h"

#include <math.h>
#include <string.h>

#define FIRST_COLUMNS 16
#define WORD sizeof(uint64_t)

void
cell_store_init(CellStore *store, const Runtime *runtime)
{
	memset(store, 0, sizeof(*store));
	store->runtime = *runtime;
}

/* Makes an array larger. */
static void *
enlarge(CellStore *store, void *old, size_t old_size, size_t new_size)
{
	void *new = runtime_allocate(&store->runtime, new_size);

	if (new == NULL)
		return NULL;
	if (old_size > 0)
		memcpy(new, old, old_size);
	runtime_release(&store->runtime, old);
	return new;
}

Status
cell_store_add(CellStore *store, ColumnKind kind, Failure *failure)
{
	if (store->count == store->capacity)
	{
		uint32_t old = store->capacity;
		uint32_t new = old == 0 ? FIRST_COLUMNS : 2 * old;
		ColumnKind *kinds =
			enlarge(store, store->kinds, old * sizeof(ColumnKind),
					new * sizeof(ColumnKind));
		Dictionary *dictionaries =
			enlarge(store, store->dictionaries, old * sizeof(Dictionary),
					new * sizeof(Dictionary));
		Cell *cells = enlarge(store, store->cells, old * sizeof(Cell),
							  new * sizeof(Cell));

		if (kinds == NULL || dictionaries == NULL || cells == NULL)
			return fail_no_memory(failure);
		store->kinds = kinds;
		store->dictionaries = dictionaries;
		store->cells = cells;
		store->capacity = new;
	}
	store->kinds[store->count] = kind;
	dictionary_init(&store->dictionaries[store->count], &store->runtime);
	store->count++;
	return LL_OK;
}

/* Bytes of an item in the tail; 0: the kind has none there. */
static size_t
item_size(ColumnKind kind)
{
	switch (kind)
	{
		case COLUMN_WORDS:
		case COLUMN_SET:
			return sizeof(PackedWord);
		case COLUMN_BLOCK:
			return sizeof(double);
		case COLUMN_ENTRIES:
			return sizeof(double) + sizeof(uint32_t);
		default:
			return 0;
	}
}

/* Bytes of a cell in the tail, all of it aligned. */
static size_t
tail_size(ColumnKind kind, uint32_t count)
{
	return WORD + (item_size(kind) * count + WORD - 1) / WORD * WORD;
}

/* Makes room for a record. */
static Status
reserve(CellStore *store, const Cell *cells, size_t *size, Failure *failure)
{
	*size = WORD * (1 + (size_t) store->count);
	for (uint32_t i = 0; i < store->count; i++)
		if (item_size(store->kinds[i]) > 0 && !cells[i].null)
			*size += tail_size(store->kinds[i], cells[i].count);
	if (*size > UINT32_MAX)
		return fail(failure, LL_LIMIT, "a row of more than 4 GB");
	if (*size > store->record_room)
	{
		runtime_release(&store->runtime, store->record);
		store->record_room = 2 * *size;
		store->record = runtime_allocate(&store->runtime, store->record_room);
		if (store->record == NULL)
		{
			store->record_room = 0;
			return fail_no_memory(failure);
		}
	}
	return LL_OK;
}

/* Packs words or elements. */
static Status
pack_words(Dictionary *dictionary, const Cell *cell, uint8_t *tail,
		   Failure *failure)
{
	for (uint32_t i = 0; i < cell->count; i++)
	{
		PackedWord word = {cell->words[i].code, cell->words[i].count};

		if (cell->words[i].bytes != NULL)
		{
			Status status =
				dictionary_code(dictionary, cell->words[i].bytes,
								cell->words[i].size, 0.0, &word.code, failure);

			if (status != LL_OK)
				return status;
		}
		memcpy(tail + i * sizeof(word), &word, sizeof(word));
	}
	return LL_OK;
}

/* Packs what lies in the tail. */
static Status
pack_tail(CellStore *store, uint32_t column, const Cell *cell, uint8_t *tail,
		  Failure *failure)
{
	ColumnKind kind = store->kinds[column];
	uint64_t count = cell->count;
	size_t size = item_size(kind) * cell->count;

	memcpy(tail, &count, WORD);
	/* padding is part of the record's bytes */
	if (size % WORD > 0)
		memset(tail + WORD + size / WORD * WORD, 0, WORD);
	tail += WORD;
	if (kind == COLUMN_WORDS || kind == COLUMN_SET)
		return pack_words(&store->dictionaries[column], cell, tail, failure);
	if (cell->count == 0)
		return LL_OK;
	memcpy(tail, cell->numbers, cell->count * sizeof(double));
	if (kind == COLUMN_ENTRIES)
		memcpy(tail + cell->count * sizeof(double), cell->indexes,
			   cell->count * sizeof(uint32_t));
	return LL_OK;
}

Status
cell_store_pack(CellStore *store, const Cell *cells, RowView *view,
				Failure *failure)
{
	uint64_t columns = store->count;
	size_t size, tail = WORD * (1 + (size_t) store->count);
	Status status = reserve(store, cells, &size, failure);
	uint8_t *at = store->record;

	if (status != LL_OK)
		return status;
	memcpy(at, &columns, WORD);
	for (uint32_t i = 0; i < store->count && status == LL_OK; i++)
	{
		const Cell *cell = &cells[i];
		uint64_t word = 0;
		double number;
		uint32_t code;

		at += WORD;
		switch (store->kinds[i])
		{
			case COLUMN_NUMBER:
			case COLUMN_FLAG:
			case COLUMN_MOMENT:
				number = cell->null ? NAN : cell->number + 0.0;
				memcpy(&word, &number, WORD);
				break;
			case COLUMN_CATEGORY:
				code = cell->code;
				if (!cell->null && cell->bytes != NULL)
					status = dictionary_code(&store->dictionaries[i],
											 cell->bytes, cell->size,
											 cell->rank, &code, failure);
				word = cell->null ? 0 : (uint64_t) code + 1;
				break;
			default:
				if (cell->null)
					break;
				word = tail;
				status =
					pack_tail(store, i, cell, store->record + tail, failure);
				tail += tail_size(store->kinds[i], cell->count);
				break;
		}
		memcpy(at, &word, WORD);
	}
	*view = (RowView){.dense = store->record, .count = (uint32_t) size};
	return status;
}

/* Makes room for the words and indexes of a record of so many bytes. */
static bool
reserve_items(CellStore *store, size_t size)
{
	size_t room = size / sizeof(PackedWord) + 1;

	if (room <= store->word_room)
		return true;
	runtime_release(&store->runtime, store->words);
	runtime_release(&store->runtime, store->indexes);
	store->word_room = 2 * room;
	store->words =
		runtime_allocate(&store->runtime, store->word_room * sizeof(CellWord));
	store->indexes =
		runtime_allocate(&store->runtime, store->word_room * sizeof(uint32_t));
	if (store->words != NULL && store->indexes != NULL)
		return true;
	store->word_room = 0;
	return false;
}

/* Unpacks words or elements into the store's, from *used on. */
static void
unpack_words(CellStore *store, const uint8_t *tail, Cell *cell, size_t *used)
{
	CellWord *words = store->words + *used;

	for (uint32_t i = 0; i < cell->count; i++)
	{
		PackedWord word;

		memcpy(&word, tail + i * sizeof(word), sizeof(word));
		words[i] = (CellWord){NULL, 0, word.code, word.count};
	}
	cell->words = words;
	*used += cell->count;
}

/* Unpacks what lies in the tail. */
static void
unpack_tail(CellStore *store, ColumnKind kind, const uint8_t *tail, Cell *cell,
			size_t *used)
{
	uint64_t count;

	memcpy(&count, tail, WORD);
	cell->count = (uint32_t) count;
	tail += WORD;
	if (kind == COLUMN_WORDS || kind == COLUMN_SET)
	{
		unpack_words(store, tail, cell, used);
		return;
	}
	/* records are aligned, and so is their tail */
	cell->numbers = (const double *) (const void *) tail;
	if (kind == COLUMN_ENTRIES)
		cell->indexes = (const uint32_t *) (cell->numbers + count);
}

bool
cell_store_unpack(CellStore *store, const RowView *view)
{
	const uint8_t *record = view->dense;
	uint64_t columns, word;
	size_t used = 0;

	memcpy(&columns, record, WORD);
	if (view->count > WORD * (1 + columns) &&
		!reserve_items(store, view->count))
		return false;
	for (uint32_t i = 0; i < store->count; i++)
	{
		Cell *cell = &store->cells[i];

		if (i >= columns)
		{
			cell->null = true;
			continue;
		}
		memcpy(&word, record + WORD * (1 + i), WORD);
		cell->bytes = NULL;
		switch (store->kinds[i])
		{
			case COLUMN_NUMBER:
			case COLUMN_FLAG:
			case COLUMN_MOMENT:
				memcpy(&cell->number, &word, WORD);
				cell->null = isnan(cell->number);
				break;
			case COLUMN_CATEGORY:
				cell->null = word == 0;
				cell->code = (uint32_t) (word - 1);
				break;
			default:
				cell->null = word == 0;
				if (word != 0)
					unpack_tail(store, store->kinds[i], record + word, cell,
								&used);
				break;
		}
	}
	return true;
}

/* Whether a tail lies in a record of so many bytes, with codes that exist. */
static bool
check_tail(const CellStore *store, uint32_t column, const uint8_t *record,
		   size_t size, uint64_t at)
{
	ColumnKind kind = store->kinds[column];
	size_t item = item_size(kind);
	uint64_t count;

	if (at % WORD != 0 || at > size || size - at < WORD)
		return false;
	memcpy(&count, record + at, WORD);
	if (count > (size - at - WORD) / item)
		return false;
	for (uint64_t i = 0;
		 i < count && (kind == COLUMN_WORDS || kind == COLUMN_SET); i++)
	{
		PackedWord word;

		memcpy(&word, record + at + WORD + i * item, sizeof(word));
		if (word.code >= store->dictionaries[column].count)
			return false;
	}
	return true;
}

bool
cell_store_check(const CellStore *store, const void *record, size_t size)
{
	const uint8_t *bytes = record;
	uint64_t columns, word;

	if (size < WORD)
		return false;
	memcpy(&columns, bytes, WORD);
	if (columns > store->count || size / WORD - 1 < columns)
		return false;
	for (uint32_t i = 0; i < columns; i++)
	{
		memcpy(&word, bytes + WORD * (1 + i), WORD);
		if (store->kinds[i] == COLUMN_CATEGORY &&
			word > store->dictionaries[i].count)
			return false;
		if (item_size(store->kinds[i]) > 0 && word != 0 &&
			!check_tail(store, i, bytes, size, word))
			return false;
	}
	return true;
}

size_t
cell_store_bytes(const CellStore *store)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < store->count; i++)
		bytes += store->dictionaries[i].bytes;
	return bytes;
}
