/*
 * cell_store.h
 *		The cells of rows packed as they come, before anything is decided.
 *
 * A record has a word of 8 bytes a column, then what is longer.  Levels and words
 * are codes of their column's dictionary, which grows.  Columns may be added
 * while rows come: in a row packed before, they are NULL.
 */
#ifndef LINLEARN_CORE_COLUMNS_CELL_STORE_H
#define LINLEARN_CORE_COLUMNS_CELL_STORE_H

#include "core/columns/columns.h"
#include "core/columns/dictionary.h"
#include "core/rows/rows.h"

typedef struct CellStore
{
	Runtime runtime;
	uint32_t count; /* columns */
	uint32_t capacity;
	ColumnKind *kinds;
	Dictionary *dictionaries; /* empty for kinds without levels */
	uint8_t *record;		  /* packed last */
	size_t record_room;
	Cell *cells; /* unpacked last: [count] */
	CellWord *words;
	size_t word_room;
	uint32_t *indexes;
	size_t index_room;
} CellStore;

extern void cell_store_init(CellStore *store, const Runtime *runtime);

/* Adds a column, whose place is the number of those before. */
extern Status cell_store_add(CellStore *store, ColumnKind kind,
							 Failure *failure);

/*
 * Packs cells[store->count] into a record for rows_append of ROWS_CELLS, which
 * lasts until the next.  LL_LIMIT beyond 2^32 - 1 bytes.
 */
extern Status cell_store_pack(CellStore *store, const Cell *cells,
							  RowView *view, Failure *failure);

/*
 * Unpacks a record into store->cells, which point into it and the store, until
 * the next.  False without memory.
 */
extern bool cell_store_unpack(CellStore *store, const RowView *view);

/*
 * Whether a record, which another process handed over, is one of a store of so
 * many columns whose dictionaries have the store's codes.
 */
extern bool cell_store_check(const CellStore *store, const void *record,
							 size_t size);

/* ---- Records as they lie, for passes over many ---- */

/* A word or element in a record. */
typedef struct PackedWord
{
	uint32_t code;
	float count;
} PackedWord;

/* What lies behind a record's words. */
typedef struct CellTail
{
	uint32_t count;
	const PackedWord *words;
	const double *numbers;
	const uint32_t *indexes;
} CellTail;

/* The word of a column; of one that the record lacks it is NULL's, 0 or NaN. */
static inline uint64_t
cell_record_word(const RowView *view, uint32_t place)
{
	const uint64_t *record = view->dense;

	return place < record[0] ? record[1 + place] : UINT64_MAX;
}

/* Whether a word says NULL. */
static inline bool
cell_word_null(uint64_t word, ColumnKind kind)
{
	if (kind <= COLUMN_MOMENT && kind != COLUMN_CATEGORY)
		return (word & (UINT64_MAX >> 1)) > UINT64_C(0x7ff0000000000000);
	return word == 0 || word == UINT64_MAX;
}

/* What the word of a column with a tail, not NULL, leads to. */
static inline CellTail
cell_record_tail(const RowView *view, uint64_t word, ColumnKind kind)
{
	const uint64_t *tail = (const uint64_t *) view->dense + word / 8;
	const double *numbers = (const double *) (const void *) (tail + 1);

	if (kind == COLUMN_WORDS || kind == COLUMN_SET)
		return (CellTail){.count = (uint32_t) *tail,
						  .words = (const PackedWord *) (tail + 1)};
	return (CellTail){.count = (uint32_t) *tail,
					  .numbers = numbers,
					  .indexes =
						  (const uint32_t *) (const void *) (numbers + *tail)};
}

/* Memory of the dictionaries. */
extern size_t cell_store_bytes(const CellStore *store);

#endif
