/*
 * references.h
 *		The levels that a plain estimate compares others with.
 */
#ifndef LINLEARN_CORE_COLUMNS_REFERENCES_H
#define LINLEARN_CORE_COLUMNS_REFERENCES_H

#include "core/columns/columns.h"

/* Whether each outcome of a piece of levels gives a term: there is no reference. */
extern bool piece_lacks_reference(const Piece *piece);

/*
 * Marks, of each piece that lacks a reference, the term of the outcome that would be
 * it, the most frequent one: marked[width], which the others leave as it is.
 */
extern void columns_mark_references(const Columns *columns, bool *marked);

#endif
