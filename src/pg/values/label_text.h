/*
 * label_text.h
 *		Labels as text that no setting of the session changes, and the order of
 *		such labels.
 */
#ifndef LINLEARN_PG_VALUES_LABEL_TEXT_H
#define LINLEARN_PG_VALUES_LABEL_TEXT_H

#include "pg/base/version.h"

/* Largest whole number that a double holds exactly. */
#define EXACT_INTEGER (INT64CONST(1) << 53)

/*
 * A value as the text that a model holds: as its type prints it with the
 * server's default settings, whatever the session's are.  Times with a zone are
 * in UTC, names that the search_path would find are qualified, money is in
 * the locale C, char(n) has no blanks at its end.
 */
extern char *label_text_of(Oid type, Datum value);

/*
 * A value from a text, by its type's input function: a text that a model holds
 * is read the same in every session.
 */
extern Datum label_text_read(FmgrInfo *input, Oid parameter, const char *text);

/* A number as text: whole ones in full, others by their shortest digits. */
extern char *label_number_text(double value, bool single);

/* The name of a type as it is where its schema comes first in search_path. */
extern char *label_type_name(Oid type);

/* Whether an enum has a value of this name. */
extern bool label_is_enum_value(Oid type, const char *name);

/* The order of two values of an enum by their names; false: no enum, or gone. */
extern bool label_enum_compare(Oid type, const char *a, const char *b,
							   int *order);

#endif
