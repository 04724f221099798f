/*
 * columns_encode.h
 *		Puts a table's columns into a section of a model's bytes.
 */
#ifndef LINLEARN_CORE_MODEL_COLUMNS_ENCODE_H
#define LINLEARN_CORE_MODEL_COLUMNS_ENCODE_H

#include "core/columns/columns.h"
#include "core/model/model_writer.h"

extern void columns_encode(Writer *writer, const Columns *columns);

#endif
