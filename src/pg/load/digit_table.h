/*
 * digit_table.h
 *		Tables of digits as linlearn_mnist is one, and filling them.
 */
#ifndef LINLEARN_PG_LOAD_DIGIT_TABLE_H
#define LINLEARN_PG_LOAD_DIGIT_TABLE_H

#include "pg/base/version.h"

/* One row of such a table. */
typedef struct DigitRow
{
	const char *split;
	int64 id;
	int label;
	const uint8 *pixels;
	Size width; /* bytes of pixels */
} DigitRow;

/*
 * Gives the next row, which stays valid until the next call; false: no more.
 */
typedef bool (*DigitSource)(void *state, DigitRow *row);

/*
 * Finds the table that a user names; makes it when there is none.  The bare
 * name linlearn_mnist is the extension's own table, in schema extension.
 */
extern Oid digit_table_find(const text *name, Oid extension);

/*
 * Raises an error when the table has not the columns or the user not the
 * privileges, before any work is done for it.
 */
extern void digit_table_check(Oid table);

/*
 * Replaces the rows of a table, as TRUNCATE and COPY do it: with the same
 * privileges, triggers, constraints and indexes, in the caller's transaction.
 */
extern void digit_table_replace(Oid table, DigitSource next, void *state);

#endif
