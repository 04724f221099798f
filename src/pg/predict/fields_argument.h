/*
 * fields_argument.h
 *		The fields of a record that a call site gives beside a model, one by one.
 */
#ifndef LINLEARN_PG_PREDICT_FIELDS_ARGUMENT_H
#define LINLEARN_PG_PREDICT_FIELDS_ARGUMENT_H

#include "pg/predict/model_cache.h"

/* Arguments before the fields: the model and the fields' names. */
#define FIELDS_FIRST 2

/* What the name of a function that takes fields adds to that of one of records. */
#define FIELDS_SUFFIX "_fields"

/* What a call site keeps of them; begins cleared. */
typedef struct FieldsArgument
{
	bool ready;
	int32 typmod; /* of the record that they would be */
} FieldsArgument;

/*
 * Reads the arguments (model bytea, names text[], VARIADIC "any") as a row for a
 * model, which lasts until the next, as the same fields in one record are read.
 * Errors for names that are not constant or not one a field, and for who may not
 * call the function of records.
 */
extern void fields_argument_read(FieldsArgument *argument,
								 FunctionCallInfo fcinfo, CachedModel *cached,
								 RowFormat *format, RowView *row);

#endif
