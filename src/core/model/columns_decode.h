/*
 * columns_decode.h
 *		Takes a table's columns from a section of a model's bytes.
 */
#ifndef LINLEARN_CORE_MODEL_COLUMNS_DECODE_H
#define LINLEARN_CORE_MODEL_COLUMNS_DECODE_H

#include "core/columns/columns.h"
#include "core/model/model_reader.h"

/*
 * Columns of so many terms, checked and with their levels' hash tables.  Arrays
 * of as many numbers as there are terms are known to be in the bytes.  NULL:
 * the reader tells why not, or the host wants to stop.
 */
extern Columns *columns_decode(Reader *reader, uint32_t width);

/* Reads the names of its columns that have a role. */
extern void columns_decode_roles(Reader *reader, Columns *columns);

#endif
