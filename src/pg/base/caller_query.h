/*
 * caller_query.h
 *		A query that the caller gives as text, and expressions over its columns.
 *
 * SPI is connected in all of this.
 */
#ifndef LINLEARN_PG_BASE_CALLER_QUERY_H
#define LINLEARN_PG_BASE_CALLER_QUERY_H

#include "pg/base/version.h"

#include "access/tupdesc.h"

typedef struct CallerQuery
{
	char *text;		   /* one SELECT, without a semicolon */
	TupleDesc columns; /* that it gives */
	const char *alias; /* of its rows: no column is called so */
} CallerQuery;

/* Takes trailing blanks and semicolons off a query. */
extern void caller_query_trim(char *text);

/*
 * Understands a query, whose text is cut; an error, with the detail, for one that
 * is not one SELECT.
 */
extern CallerQuery *caller_query_read(char *text, const char *detail);

/* The column of a name; NULL: there is none. */
extern const char *caller_query_column(const CallerQuery *query,
									   const char *name);

/*
 * SQL over the rows' alias of what is given as the name of a column, or as one
 * expression over the columns; an error, which says `what` it is, for what is
 * neither.
 */
extern const char *caller_query_expression(const CallerQuery *query,
										   const char *text, const char *what);

/*
 * Whether a text is several expressions, one with a name, or a star, as SELECT has
 * them; an error for what SELECT does not take.
 */
extern bool caller_query_is_list(const char *text, const char *what);

/*
 * SQL over the rows' alias of a list of expressions, as SELECT has it, with names
 * and stars; a row alone is its columns.  columns: what the list gives.
 */
extern const char *caller_query_list(const CallerQuery *query,
									 const char *text, const char *what,
									 TupleDesc *columns);

/* Marks the columns that an expression, or a list of them, reads: read[natts]. */
extern void caller_query_mark(const CallerQuery *query, const char *expression,
							  const char *what, bool *read);

/*
 * A query of features and label, to be nested, made of one with a column, or an
 * expression over them, that is the label: features are the row itself, or else
 * the one other column.  label NULL: the query is that
 * already, or an error says what it lacks.
 */
extern char *caller_query_labelled(char *text, const char *label, bool rows);

#endif
