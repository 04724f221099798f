/*
 * record_objects.h
 *		The keys of jsonb columns as columns of their own, "column.key".
 */
#ifndef LINLEARN_PG_VALUES_RECORD_OBJECTS_H
#define LINLEARN_PG_VALUES_RECORD_OBJECTS_H

#include "pg/base/version.h"

#include "pg/values/record_columns.h"

/* A key of an object that is a column of a model. */
typedef struct ObjectKey
{
	uint32 column;
	const char *key; /* in the database's encoding */
	int size;
} ObjectKey;

/*
 * Reads the keys of a jsonb column's value, those that are new as columns that
 * are added.  The cells of keys that it lacks are left as they are.  column says
 * which has a problem.
 */
extern RecordProblem record_object_learn(RecordColumns *columns,
										 const char *object, Datum value,
										 uint32 *column, CellFault *fault);

/* Reads a model's keys of a jsonb column's value; NULL where one is not there. */
extern RecordProblem record_object_read(RecordColumns *columns,
										const char *object, Datum value,
										const ObjectKey *keys, uint32 count,
										uint32 *column, CellFault *fault);

/* Reads a model's key of an object inside of another. */
extern RecordProblem record_key_read(RecordColumns *columns,
									 JsonbContainer *object,
									 const ObjectKey *key, CellFault *fault);

#endif
