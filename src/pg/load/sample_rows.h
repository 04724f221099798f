/*
 * sample_rows.h
 *		Rows of SQL made of what readers of files give.
 */
#ifndef LINLEARN_PG_LOAD_SAMPLE_ROWS_H
#define LINLEARN_PG_LOAD_SAMPLE_ROWS_H

#include "pg/base/version.h"

#include "formats/format_table.h"
#include "funcapi.h"

/*
 * Tells from the result's column "features" (the third) what arrays hold: real
 * or double precision, which a polymorphic call chooses.
 */
extern bool sample_rows_are_single(TupleDesc row);

/*
 * Makes a row (id, label, features [, sparse]) of one that was read.  A label that
 * is text is UTF-8, or text of the database.
 */
extern Datum sample_row(TupleDesc row, bool single, bool labels_are_utf8,
						const FileRow *found, uint64 id);

#endif
