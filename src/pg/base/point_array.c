/*
 * point_array.c
 *		Arrays of composite values whose fields are all float8.
 */
#include "pg/base/point_array.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

void
point_array_open(PointArray *points, FunctionCallInfo fcinfo)
{
	/* Not of the call's expression: a cluster calls without one. */
	points->type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	if (!OidIsValid(points->type))
		elog(ERROR, "result type is not an array");
	points->descriptor = lookup_rowtype_tupdesc_copy(points->type, -1);
	if (points->descriptor->natts > MAX_POINT_FIELDS)
		elog(ERROR, "too many fields in a point");
	for (int i = 0; i < points->descriptor->natts; i++)
	{
		if (TupleDescAttr(points->descriptor, i)->atttypid != FLOAT8OID)
			elog(ERROR, "field of a point is not double precision");
	}
	points->build = initArrayResult(points->type, CurrentMemoryContext, false);
	points->count = 0;
}

void
point_array_add(PointArray *points, const double *fields)
{
	Datum values[MAX_POINT_FIELDS];
	bool nulls[MAX_POINT_FIELDS];
	HeapTuple tuple;

	if (++points->count > MAX_ARRAY_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("curve has more than %d points", MAX_ARRAY_POINTS),
				 errhint("Ask for fewer, as in linlearn_roc_curve(actual, "
						 "score, 1000).")));
	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < points->descriptor->natts; i++)
	{
		nulls[i] = isnan(fields[i]);
		values[i] = Float8GetDatum(fields[i]);
	}
	tuple = heap_form_tuple(points->descriptor, values, nulls);
	points->build =
		accumArrayResult(points->build, HeapTupleGetDatum(tuple), false,
						 points->type, CurrentMemoryContext);
	heap_freetuple(tuple);
}

Datum
point_array_close(PointArray *points)
{
	return makeArrayResult(points->build, CurrentMemoryContext);
}
