/*
 * own_query.h
 *		Queries of ours that hold a text of the caller's.
 */
#ifndef LINLEARN_PG_BASE_OWN_QUERY_H
#define LINLEARN_PG_BASE_OWN_QUERY_H

#include "pg/base/version.h"

/*
 * As SPI_execute_with_args(), for a query that calls functions of the
 * extension, which is in a schema (quoted).  It is read by the caller's
 * search_path; `theirs` is the caller's text in it, which may call any function.
 * An error if a name of ours with that schema elsewhere means a function
 * of somebody else's, as it may where others can create functions beside ours
 * that fit the features' type better.
 */
extern int own_query_execute(const char *schema, const char *query,
							 const char *theirs, int count, Oid *types,
							 Datum *values, const char *nulls, bool read_only,
							 long limit);

#endif
