/*
 * record_plan.h
 *		How the rows of one row type are read: made once for each that comes.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_PLAN_H
#define LINLEARN_PG_VALUES_RECORD_PLAN_H

#include "pg/base/version.h"

#include "access/tupdesc.h"
#include "pg/values/record_objects.h"
#include "utils/typcache.h"

/* An attribute that is a number or a flag. */
typedef struct RowNumber
{
	int number; /* from 0 */
	uint32 column;
	CellSource source;
} RowNumber;

/* Another attribute that is a column. */
typedef struct RowAttribute
{
	int number; /* from 0 */
	uint32 column;
	CellReader cells;
} RowAttribute;

/* A jsonb attribute whose keys are columns. */
typedef struct RowObject
{
	int number;
	const char *name;
	uint32 key_count; /* of a model */
	ObjectKey *keys;
} RowObject;

typedef struct RowPlan
{
	MemoryContext context; /* of all of it */
	Oid type;
	int32 typmod;
	TypeCacheEntry *entry; /* NULL: an anonymous record */
	uint64 identifier;	   /* of the entry's descriptor then */
	TupleDesc descriptor;
	Datum *values;
	bool *nulls;
	uint32 number_count; /* apart: most rows are of little else */
	RowNumber *numbers;
	uint32 count;
	RowAttribute *attributes;
	uint32 object_count;
	RowObject *objects;
	int roles[ROLE_COUNT]; /* the attribute of each; -1: none */
	CellSource role_sources[ROLE_COUNT];
	Oid role_types[ROLE_COUNT]; /* base types, of what folds go by */
} RowPlan;

/* Whether rows of a type can be read by a plan, which may be NULL. */
extern bool row_plan_fits(const RowPlan *plan, Oid type, int32 typmod);

/*
 * Makes a plan for rows of a type, whose columns are added (the first time) or
 * must be those that are there; of a model, those that it has.
 */
extern RowPlan *row_plan_make(RecordColumns *columns, Oid type, int32 typmod);

/* Raises the error of a column that only some rows of a training have. */
pg_noreturn extern void row_plan_refuse_absent(const char *name);

#endif
