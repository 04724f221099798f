/*
 * record_fields.h
 *		The fields of a row that an expression gives, for the planner.
 */
#ifndef LINLEARN_PG_PREDICT_RECORD_FIELDS_H
#define LINLEARN_PG_PREDICT_RECORD_FIELDS_H

#include "pg/base/version.h"

#include "nodes/pathnodes.h"

/*
 * Finds the fields of a row, as expressions, and their names, as strings: of a
 * record that the query makes, of a view, or of a table where no outer join may
 * leave its row out.  False: the row has to be made.  root is the query that the
 * expression is planned for, or NULL: an expression of a table's own row.
 */
extern bool record_fields_find(const PlannerInfo *root, Node *row,
							   List **names, List **fields);

#endif
