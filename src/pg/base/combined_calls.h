/*
 * combined_calls.h
 *		What the planner asks about a combine function: which calls it is of.
 */
#ifndef LINLEARN_PG_BASE_COMBINED_CALLS_H
#define LINLEARN_PG_BASE_COMBINED_CALLS_H

#include "pg/base/version.h"

#include "nodes/pathnodes.h"
#include "nodes/primnodes.h"

/* Sees one of a query's calls of aggregates that have the combine function. */
typedef void (*CombinedCallVisit)(const Aggref *call, void *context);

/* Visits all of them. */
extern void combined_calls_visit(PlannerInfo *root, Oid combine,
								 CombinedCallVisit visit, void *context);

/* An argument of a call, NULL if there are not so many. */
extern Node *combined_call_argument(const Aggref *call, int place);

/* Rows that the query's aggregates see, as the planner estimates them. */
extern double aggregated_rows(PlannerInfo *root);

#endif
