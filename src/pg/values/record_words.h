/*
 * record_words.h
 *		Words out of tsvectors, and sets out of arrays of texts.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_WORDS_H
#define LINLEARN_PG_VALUES_RECORD_WORDS_H

#include "pg/base/version.h"

#include "pg/values/cell_room.h"

/* The words of a tsvector: each as often as it has positions, or once. */
extern void cell_read_tsvector(Datum value, CellRoom *room, Cell *cell);

/* The words of a text, by a text search configuration. */
extern void cell_read_text_words(Datum value, Oid configuration,
								 CellRoom *room, Cell *cell);

/* Sets a cell to so many of a room's words, those that are alike as one. */
extern void cell_set_words(Cell *cell, CellRoom *room, uint32 count);

#endif
