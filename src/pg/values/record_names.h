/*
 * record_names.h
 *		Which attributes of a row type are columns, by their names.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_NAMES_H
#define LINLEARN_PG_VALUES_RECORD_NAMES_H

#include "pg/base/version.h"

#include "access/tupdesc.h"
#include "pg/values/table_options.h"

/* The typmod of the record type of fields of such names and types. */
extern int32 record_type_of(char **names, const Oid *types, int count);

/* Whether options leave an attribute in; of jsonb also if only keys of it. */
extern bool attribute_is_column(const TableOptions *options, const char *name,
								bool object);

/* Whether options leave in a key of an object, whose full name is given. */
extern bool key_is_column(const TableOptions *options, const char *name,
						  const char *object);

/*
 * Whether the fields of a record have the names that ROW() gives: f1, f2 and so
 * on, in a type that nobody has named.
 */
extern bool record_is_unnamed(TupleDesc descriptor);

/* Raises the error of such a record. */
pg_noreturn extern void refuse_unnamed(void);

/* The attribute of a name, from 0; -1: none.  Two of it are an error. */
extern int find_attribute(TupleDesc descriptor, const char *name);

/* Raises the error of a name that two attributes have, or an attribute and a
 * key. */
pg_noreturn extern void refuse_duplicate(const char *name);

/* Raises the error of a column of a model that a row lacks. */
pg_noreturn extern void refuse_missing(TupleDesc descriptor, const char *name);

/* Raises the error of a name in an option that no attribute has. */
pg_noreturn extern void refuse_unknown(TupleDesc descriptor,
									   const char *option, const char *name);

/* Checks that attributes of the names in all options are there. */
extern void check_option_names(TupleDesc descriptor,
							   const TableOptions *options);

#endif
