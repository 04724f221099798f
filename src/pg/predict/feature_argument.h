/*
 * feature_argument.h
 *		The features that a call site gives beside a model.
 */
#ifndef LINLEARN_PG_PREDICT_FEATURE_ARGUMENT_H
#define LINLEARN_PG_PREDICT_FEATURE_ARGUMENT_H

#include "pg/predict/model_cache.h"

/* What a call site keeps of an argument; begins cleared. */
typedef struct FeatureArgument
{
	FeatureReader reader;
	bool reader_ready;
	Oid array_type; /* the argument's, if it is the reader's; else invalid */
	Oid row_type;	/* the argument's, if it is a row's; else invalid */
	bool warned;	/* of a row's magnitude */
} FeatureArgument;

/*
 * Reads the argument of that number as a row for a model, which lasts until the
 * next.  Errors, which name the endpoint if it is not NULL, for features of
 * another type, width or with NULL, NaN or infinite elements.
 */
extern void feature_argument_read(FeatureArgument *argument,
								  FunctionCallInfo fcinfo, int number,
								  CachedModel *cached, const char *endpoint,
								  RowFormat *format, RowView *row);

#endif
