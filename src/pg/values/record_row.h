/*
 * record_row.h
 *		A row of SQL values as a record to be written.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_ROW_H
#define LINLEARN_PG_VALUES_RECORD_ROW_H

#include "pg/base/version.h"

#include "formats/recordio.h"
#include "pg/values/features.h"

/* Turns values of two SQL types into records; made once a query. */
typedef struct RecordRowMaker
{
	Oid features_type;
	Oid label_type;		   /* InvalidOid: no label */
	uint64 rows;		   /* made so far */
	uint32 dimension;	   /* of the first row */
	MemoryContext context; /* holds the buffer */
	float4 *buffer;		   /* integers as floats */
	FeatureReader reader;  /* of types that are no such array */
} RecordRowMaker;

/*
 * Begins; an error names a type that has no place in a record.  What a row
 * needs for long is allocated in the current memory context.
 */
extern void record_row_begin(RecordRowMaker *maker, Oid features_type,
							 Oid label_type);

/*
 * Makes a record that borrows from the values: it lasts until the next call,
 * and no longer than the current memory context.  An error names the row that
 * is NULL, of another width than the first, or holds what a float cannot hold.
 */
extern void record_row_make(RecordRowMaker *maker, Datum features,
							bool features_null, Datum label, bool label_null,
							RecordRow *row);

#endif
