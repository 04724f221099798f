/*
 * record_enums.h
 *		Labels and ranks of enums' values, looked up once.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_ENUMS_H
#define LINLEARN_PG_VALUES_RECORD_ENUMS_H

#include "pg/base/version.h"

#include "utils/hsearch.h"

/* The values of an enum that a column's cells have had. */
typedef struct EnumValues
{
	HTAB *known; /* by OID */
	uint64 generation;
} EnumValues;

/* Before a cell: forgets values that may have been renamed or moved. */
extern void enum_values_begin(EnumValues *values, MemoryContext context);

/*
 * The label, in UTF-8, and the place in its enum's order of a value; the label
 * stays until the next cell begins.
 */
extern void enum_values_read(EnumValues *values, Oid value, const char **bytes,
							 uint32 *size, double *rank);

#endif
