/*
 * cell_room.h
 *		The memory that the words and numbers of a column's cell are put into, and
 *		bytes of the database as bytes of UTF-8.
 */
#ifndef LINLEARN_PG_VALUES_CELL_ROOM_H
#define LINLEARN_PG_VALUES_CELL_ROOM_H

#include "pg/base/version.h"

#include "core/columns/columns.h"

/* Of one column, for each of its rows in turn. */
typedef struct CellRoom
{
	MemoryContext context;
	uint32 word_capacity;
	CellWord *words;
	uint32 number_capacity;
	double *numbers;
	uint32_t *indexes; /* as many as numbers */
} CellRoom;

/* Makes room for words; what was in it is lost. */
extern CellWord *cell_room_words(CellRoom *room, uint32 count);

/* Makes room for numbers and indexes; what was in it is lost. */
extern double *cell_room_numbers(CellRoom *room, uint32 count);

/*
 * Sets bytes and size to a text of the database in UTF-8: the text itself where
 * nothing is to convert, else in the current memory context.
 */
extern void cell_utf8(const char *string, Size length, const char **bytes,
					  uint32_t *size);

/* Puts words in the order of their bytes, and those that are alike together. */
extern uint32 cell_words_unite(CellWord *words, uint32 count);

#endif
