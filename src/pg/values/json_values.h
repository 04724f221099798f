/*
 * json_values.h
 *		Values of JSON, and the errors of those that a column cannot have.
 */
#ifndef LINLEARN_PG_VALUES_JSON_VALUES_H
#define LINLEARN_PG_VALUES_JSON_VALUES_H

#include "pg/base/version.h"

#include "core/columns/columns.h"
#include "utils/jsonb.h"

/* A value's kind as messages name it: "a string". */
extern const char *json_kind_name(const JsonbValue *value);

/* Raises the error of a value of a kind that a column cannot have. */
pg_noreturn extern void json_cell_refuse(const Column *column,
										 const JsonbValue *value);

/* Raises the error of a string, or another value, that is of no use there. */
extern void json_refuse_content(const Column *column, const char *what);

/*
 * A number, or a string that is one, as a real where it is single; false: the
 * value is neither.
 */
extern bool json_number_of(const JsonbValue *value, bool single,
						   double *number);

/* An array's iterator behind its begin; an error for what is no array. */
extern JsonbIterator *json_begin_array(const Column *column,
									   const JsonbValue *value, uint32 *count);

#endif
