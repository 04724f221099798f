/*
 * record_words.c
 *		Words out of tsvectors.
 */
#include "pg/values/record_words.h"

#include "tsearch/ts_type.h"
#include "utils/fmgrprotos.h"

void
cell_set_words(Cell *cell, CellRoom *room, uint32 count)
{
	cell->count = cell_words_unite(room->words, count);
	cell->words = room->words;
}

void
cell_read_tsvector(Datum value, CellRoom *room, Cell *cell)
{
	TSVector vector = DatumGetTSVector(value);
	WordEntry *entries = ARRPTR(vector);
	CellWord *words = cell_room_words(room, (uint32) vector->size);

	/* They are in an order of their own, and each is there once. */
	for (int32 i = 0; i < vector->size; i++)
	{
		uint32 positions = POSDATALEN(vector, &entries[i]);

		cell_utf8(STRPTR(vector) + entries[i].pos, entries[i].len,
				  &words[i].bytes, &words[i].size);
		words[i].code = 0;
		words[i].count = (float) Max(positions, 1);
	}
	cell->count = (uint32) vector->size;
	cell->words = words;
}

void
cell_read_text_words(Datum value, Oid configuration, CellRoom *room,
					 Cell *cell)
{
	cell_read_tsvector(DirectFunctionCall2(to_tsvector_byid,
										   ObjectIdGetDatum(configuration),
										   value),
					   room, cell);
}
