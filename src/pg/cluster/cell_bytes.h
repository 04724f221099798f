/*
 * cell_bytes.h
 *		The cells of a row as bytes, with what their columns are called: values of
 *		linlearn_cells, one or several behind each other.
 *
 * The bytes may be anybody's: the reader raises an error for what no writer wrote.
 */
#ifndef LINLEARN_PG_CLUSTER_CELL_BYTES_H
#define LINLEARN_PG_CLUSTER_CELL_BYTES_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "lib/stringinfo.h"

/* Writes what a row's columns are; cuts: quantiles cut numbers of some. */
extern void cell_layout_write(StringInfo out, const Column *columns,
							  uint32 count, bool cuts);

/* The bytes of a row, as an SQL value: such a layout, and its cells. */
extern bytea *cells_write(const StringInfoData *layout, const Column *columns,
						  const Cell *cells, uint32 count);

/* What reads rows that one call site sees. */
typedef struct CellsReader CellsReader;

extern CellsReader *cells_reader_begin(MemoryContext context);

/*
 * Reads a row; true if its columns are others than those of the row before.  The
 * cells point into the bytes, or into the current memory context; those of a sparse
 * row have its width as their code.
 */
extern bool cells_read(CellsReader *reader, const char *bytes, Size size);

/* The columns of the row read last: name, type, kind, whole and log are set. */
extern const Column *cells_columns(const CellsReader *reader, uint32 *count);

/* Its cells, as many, and one more that is NULL. */
extern const Cell *cells_of(const CellsReader *reader);

/* Whether quantiles cut numbers of some column. */
extern bool cells_cut(const CellsReader *reader);

#endif
