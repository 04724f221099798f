/*
 * result_set.h
 *		Rows returned by a set-returning function, gathered in a tuplestore.
 *
 * PostgreSQL 15 has InitMaterializedSRF() for this; this one serves 13 as
 * well.
 */
#ifndef LINLEARN_PG_BASE_RESULT_SET_H
#define LINLEARN_PG_BASE_RESULT_SET_H

#include "pg/base/version.h"

#include "funcapi.h"

/*
 * Makes the function's result a tuplestore (it spills beyond work_mem) of the
 * row type that the function was declared with.  The caller then only returns
 * (Datum) 0.
 */
extern ReturnSetInfo *result_set_begin(FunctionCallInfo fcinfo);

/* Appends one row; values and nulls have a place for each column. */
extern void result_set_put(ReturnSetInfo *result, const Datum *values,
						   const bool *nulls);

#endif
