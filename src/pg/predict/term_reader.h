/*
 * term_reader.h
 *		What a model's features are called, as values of SQL.
 */
#ifndef LINLEARN_PG_PREDICT_TERM_READER_H
#define LINLEARN_PG_PREDICT_TERM_READER_H

#include "pg/base/version.h"

#include "core/columns/term_names.h"
#include "core/model/model.h"

/* A model and the names of its features. */
typedef struct TermReader
{
	const Model *model;
	TermNames names; /* of a model of a table's rows */
	TermText text;
	MemoryContext row; /* what is made of one */
} TermReader;

/* The places of what a feature is called. */
enum
{
	TERM_COLUMN,
	TERM_LEVEL,
	TERM_NAME,
	TERM_VALUES
};

/* Begins to read a model's features, in the current context. */
extern void term_reader_init(TermReader *terms, const Model *model);

/*
 * Fills in a feature's "column", level and term: values[TERM_VALUES].  One of an
 * array is known by its number; the bias, feature model->dimension, is none.
 */
extern void term_reader_name(TermReader *terms, uint32 feature, Datum *values,
							 bool *nulls);

/* A text of names as one of the database. */
extern Datum term_reader_datum(const TermText *text);

/* Raises an error where a name found no memory. */
extern void term_reader_need(bool named);

/* What is subtracted from a feature before it is weighted. */
static inline double
model_center(const Model *model, uint32 feature)
{
	return model->columns != NULL ? model->columns->center[feature] : 0.0;
}

#endif
