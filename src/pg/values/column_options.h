/*
 * column_options.h
 *		The options of one column: read, checked, and as a column has them.
 */
#ifndef LINLEARN_PG_VALUES_COLUMN_OPTIONS_H
#define LINLEARN_PG_VALUES_COLUMN_OPTIONS_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "utils/jsonb.h"

/*
 * Reads the options of a column out of the value of its name, which must be an
 * object.  Errors name the column, the option and what it may be.
 */
extern void column_options_read(const char *column, const JsonbValue *value,
								ColumnOptions *options);

/* Raises the error of an option that a column of its kind has no use for. */
extern void column_options_check(const char *column, ColumnKind kind,
								 const ColumnOptions *options);

/*
 * Whether some of the options are given, and columns of these kinds, as bits, have a
 * use for none of them.
 */
extern bool column_options_idle(const ColumnOptions *options, unsigned kinds);

/*
 * A column's options, those that its kind has a use for, with texts in UTF-8 and
 * the text search configuration's name qualified, in the current memory context.
 */
extern ColumnOptions column_options_of(ColumnKind kind,
									   const ColumnOptions *options);

/*
 * The text search configuration of a name that column_options_of has made, in
 * whatever search_path; an error if it is gone.
 */
extern Oid column_options_configuration(const char *words);

#endif
