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

/* Memory of the dictionaries. */
extern size_t cell_store_bytes(const CellStore *store);

#endif
