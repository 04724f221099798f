/*
 * text_numbers.h
 *		Numbers in the texts of types that JSON does not have, as to_jsonb()
 *		writes them.
 */
#ifndef LINLEARN_PG_VALUES_TEXT_NUMBERS_H
#define LINLEARN_PG_VALUES_TEXT_NUMBERS_H

#include "pg/base/version.h"

/*
 * How many numbers there are in "\x00ff", bytea in hexadecimal, or in "[1,2]", a
 * vector; false: it is neither.
 */
extern bool block_text_count(const char *text, int size, uint32 *count);

/* Reads them all, a byte b as b/256; false: they are no numbers. */
extern bool block_text_read(const char *text, int size, double *numbers);

/* The most entries of "{key:value,...}/width", and its width; false: it is not. */
extern bool sparse_text_count(const char *text, int size, uint32 *count,
							  uint32 *width);

/*
 * Reads them, places from 0, ascending and below the width, where keys count from
 * `first`; zeros are left out.  False: they are not so.
 */
extern bool sparse_text_read(const char *text, int size, uint32 first,
							 uint32_t *places, double *numbers, uint32 *count);

/*
 * The seconds of an interval in any style; false: in which style decides what it
 * is, as of "-1 2:00".  Errors of PostgreSQL's for what is no interval.
 */
extern bool interval_text_seconds(const char *text, int size, double *seconds);

#endif
