/*
 * features.h
 *		Rows of features out of SQL values.
 *
 * Takes real[], double precision[], smallint[], integer[], bigint[], numeric[],
 * boolean[], bytea (one uint8 a feature), linlearn_sparse, and pgvector's vector,
 * halfvec and sparsevec.  The type is looked at once a query.
 */
#ifndef LINLEARN_PG_VALUES_FEATURES_H
#define LINLEARN_PG_VALUES_FEATURES_H

#include "pg/base/version.h"

#include "core/rows/rows.h"

typedef enum FeatureType
{
	FEATURES_BYTEA,
	FEATURES_FLOAT4,
	FEATURES_FLOAT8,
	FEATURES_INT2,
	FEATURES_INT4,
	FEATURES_INT8,
	FEATURES_NUMERIC,
	FEATURES_BOOL,
	FEATURES_VECTOR,
	FEATURES_HALFVEC,
	FEATURES_SPARSE,
	FEATURES_SPARSEVEC
} FeatureType;

typedef struct FeatureReader
{
	Oid type;
	FeatureType kind;
	RowFormat format;	   /* of the rows it gives */
	MemoryContext context; /* of the buffer */
	void *buffer;		   /* converted elements */
	uint32 capacity;	   /* elements the buffer holds */
	uintptr_t first;	   /* where the first value read of a page lies */
	uintptr_t last;		   /* where the one before lies */
	union				   /* an array whose header was short */
	{
		double aligned;
		char bytes[VARHDRSZ + VARATT_SHORT_MAX];
	} moved;
} FeatureReader;

/* What was wrong with a value; the row can then be skipped or reported. */
typedef enum FeatureProblem
{
	FEATURES_FINE,
	FEATURES_EMPTY,		 /* no element */
	FEATURES_DIMENSIONS, /* an array of several dimensions */
	FEATURES_NULL_ELEMENT,
	FEATURES_NOT_FINITE /* NaN or infinite */
} FeatureProblem;

/* Chooses how to read a type; false if it cannot be features. */
extern bool feature_reader_find(FeatureReader *reader, Oid type,
								MemoryContext context);

/* Chooses how to read a type; an error names the types there are. */
extern void feature_reader_init(FeatureReader *reader, Oid type,
								MemoryContext context);

/*
 * Reads one value.  *view points into the value or the reader's buffer, valid
 * until the next call or until the caller's short-lived memory goes.  *position
 * is the first bad element, from 1.
 */
extern FeatureProblem feature_reader_read(FeatureReader *reader, Datum value,
										  RowView *view, uint32 *dimension,
										  uint32 *position);

/*
 * Raises the error of a problem; row is its number from 1, or 0; hint is NULL
 * or what helps.
 */
pg_noreturn extern void report_feature_problem(FeatureProblem problem,
											   uint32 position, uint64 row,
											   const char *hint);

#endif
