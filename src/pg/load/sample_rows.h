/*
 * sample_rows.h
 *		Rows of SQL made of what readers of files give.
 */
#ifndef LINLEARN_PG_LOAD_SAMPLE_ROWS_H
#define LINLEARN_PG_LOAD_SAMPLE_ROWS_H

#include "pg/base/version.h"

#include "formats/csv.h"
#include "formats/recordio.h"
#include "funcapi.h"

/*
 * Tells from the result's column "features" (the third) what arrays hold: real
 * or double precision, which a polymorphic call chooses.
 */
extern bool sample_rows_are_single(TupleDesc row);

/* Makes a linlearn_sparse of a sparse sample; row names it in an error. */
extern Datum sample_sparse_datum(const Sample *sample, uint32 width,
								 uint64 row);

/* Makes a row (id, label, features, sparse) of the record that was read. */
extern Datum recordio_row(TupleDesc row, bool single,
						  const RecordReader *reader, uint64 id);

/*
 * Makes a row (id, label, features) of the line that was read, whose label is
 * UTF-8 or text of the database; number is its place in the file, from 1.
 */
extern Datum csv_row(TupleDesc row, bool single, bool labels_are_utf8,
					 const CsvReader *reader, uint64 number, uint64 id);

#endif
