/*
 * record_json.h
 *		A whole row out of a JSON object, by the names of a model's columns.
 */
#ifndef LINLEARN_PG_VALUES_RECORD_JSON_H
#define LINLEARN_PG_VALUES_RECORD_JSON_H

#include "pg/base/version.h"

#include "pg/values/record_objects.h"

typedef struct JsonRowPlan JsonRowPlan;

/* Makes ready to read objects; in the columns' context. */
extern JsonRowPlan *json_row_plan(const RecordColumns *columns);

/*
 * Reads a row.  A name that the object lacks is an error, null is NULL; of a
 * jsonb column, a key that its object lacks is NULL.  roles (may be NULL) take what
 * the object has of them.  column says which has a problem.
 */
extern RecordProblem json_row_read(const JsonRowPlan *plan,
								   RecordColumns *columns, Datum value,
								   RowRoles *roles, uint32 *column,
								   CellFault *fault);

#endif
