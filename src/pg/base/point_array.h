/*
 * point_array.h
 *		Arrays of composite values whose fields are all float8: the points of
 *		a curve, as an aggregate returns them.
 */
#ifndef LINLEARN_PG_BASE_POINT_ARRAY_H
#define LINLEARN_PG_BASE_POINT_ARRAY_H

#include "pg/base/version.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "utils/array.h"

/* Most points of one array: beyond, a curve must be thinned. */
#define MAX_ARRAY_POINTS 5000000

/* Most fields of a point. */
#define MAX_POINT_FIELDS 12

typedef struct PointArray
{
	TupleDesc descriptor;
	Oid type;
	ArrayBuildState *build;
	int count;
} PointArray;

/* Opens an array of the calling function's result type. */
extern void point_array_open(PointArray *points, FunctionCallInfo fcinfo);

/* Adds a point; NaN becomes NULL. */
extern void point_array_add(PointArray *points, const double *fields);

/* The finished array. */
extern Datum point_array_close(PointArray *points);

#endif
