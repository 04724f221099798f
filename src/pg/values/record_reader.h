/*
 * record_reader.h
 *		Cells out of a row of a table, or out of a JSON object.
 *
 * The columns of a row are found by name.  Types are looked at once for each row
 * type that comes; those of anonymous records are known by names and types alone,
 * as their typmods differ between processes.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_READER_H
#define LINLEARN_PG_VALUES_RECORD_READER_H

#include "pg/base/version.h"

#include "pg/values/table_options.h"
#include "utils/jsonb.h"

typedef struct RecordReader RecordReader;

/* What was wrong with a row; it can then be skipped or reported. */
typedef enum RecordProblem
{
	RECORD_FINE,
	RECORD_NOT_FINITE, /* a number, date or element is NaN or infinite */
	RECORD_LENGTH	   /* an array of another length than the rows before */
} RecordProblem;

/* Whether features of a type are rows (or, if json, also jsonb objects). */
extern bool record_reader_takes(Oid type, bool json);

/*
 * A reader whose columns are those of the rows that come: of the first row, and
 * the keys of jsonb columns as they come, each a column "column.key".  Their
 * order is that of arrival; a column stays where it is.  options must stay.
 */
extern RecordReader *record_reader_begin(TableOptions *options,
										 MemoryContext context);

/*
 * A reader whose columns are a model's, in the model's order.  A column that a
 * row lacks is an error, as is one of a type of another kind; others are not
 * looked at.  options NULL: to predict, columns with a role being the model's, which
 * rows may lack; else to learn from the rows, too: they are the options'.
 */
extern RecordReader *record_reader_for(const Columns *columns,
									   TableOptions *options,
									   MemoryContext context);

/*
 * Reads a row: a composite value, or jsonb, as type says.  The cells, as many as
 * there are columns, point into the value or the reader's memory, until the next
 * call.  roles (may be NULL: they are not read) are what the columns of roles say;
 * of a row of weight 0 nothing else is read, and it brings no column.  Offsets that
 * are not finite and exposures not above 0, NULL among them, are errors.  problem
 * says what is wrong, and column in which column.  What is RECORD_LENGTH depends
 * on the row that came first, so that it is an error whatever is skipped.
 */
extern const Cell *record_reader_read(RecordReader *reader, Datum value,
									  Oid type, RowRoles *roles,
									  RecordProblem *problem, uint32 *column);

/*
 * Reads a row whose fields come apart, of a record type that has been blessed;
 * otherwise likewise.
 */
extern const Cell *
record_reader_read_fields(RecordReader *reader, int32 typmod,
						  const NullableDatum *fields, RowRoles *roles,
						  RecordProblem *problem, uint32 *column);

/* Marks the fields of such a type that are columns, or have keys that are. */
extern void record_reader_mark(RecordReader *reader, int32 typmod, bool *used);

/*
 * Reads a row of a model whose values come in the order of its columns, one a
 * column, as JSON has them; otherwise likewise.
 */
extern const Cell *record_reader_read_values(RecordReader *reader,
											 const JsonbValue *values,
											 RecordProblem *problem,
											 uint32 *column);

/*
 * The columns so far: name (in UTF-8), type, kind, options, length, whole, hours are
 * set; hours says whether any moment so far has a time of day.
 */
extern const Column *record_reader_columns(const RecordReader *reader,
										   uint32 *count);

/*
 * A column's place by its name, added if it is not there, with this reader's
 * options for it: that of another reader, whose rows are taken over.  Error if it
 * is of another kind here.
 */
extern uint32 record_reader_add(RecordReader *reader, const Column *column);

/* Raises the error of a problem; row is its number from 1, or 0: not said. */
pg_noreturn extern void report_record_problem(const RecordReader *reader,
											  RecordProblem problem,
											  uint32 column, uint64 row,
											  const char *hint);

#endif
