/*
 * own_schema.h
 *		The schema that the extension is in: where its called functions live.
 *
 * Both raise an error where it is gone: a function may be dropped while a query
 * that calls it runs.
 */
#ifndef LINLEARN_PG_BASE_OWN_SCHEMA_H
#define LINLEARN_PG_BASE_OWN_SCHEMA_H

#include "pg/base/version.h"

/* The schema of the function that is running. */
extern Oid own_schema(FunctionCallInfo fcinfo);

/* A schema's name as SQL writes it. */
extern const char *own_schema_name(Oid schema);

#endif
